/** What a wake-up is about: a user's event log grew, a bot's row changed, a job was canceled. */
export const WakeKind = { LOG: 'LOG', BOT: 'BOT', JOB: 'JOB' } as const;
export type WakeKind = (typeof WakeKind)[keyof typeof WakeKind];

/**
 * Wake-ups between the processes of one installation: "look at that row". The database is the truth and is looked at anyway, so a
 * wake-up that is lost costs a second and nothing else.
 */
export interface WakeBus {
  /** Tells the other processes, after the commit. Never throws, never waits. */
  publish(kind: WakeKind, id: string): void;
  /** Calls the listener for what other processes publish. */
  onWake(kind: WakeKind, listener: (id: string) => void): void;
  /** False while wake-ups of other processes may be lost. */
  readonly isConnected: boolean;
  close(): Promise<void>;
}

/** Where the database belongs to this process alone, as a SQLite file does, there is nobody to tell. */
export const aloneBus: WakeBus = {
  publish: () => undefined,
  onWake: () => undefined,
  isConnected: true,
  close: () => Promise.resolve(),
};

/** Several processes without anything between them: each looks at the database by itself. */
export const silentBus: WakeBus = { ...aloneBus, isConnected: false };
