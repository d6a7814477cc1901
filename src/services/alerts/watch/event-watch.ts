import type { EventLog } from '../../events/log.ts';
import type { AlertState } from '../conditions.ts';
import { eventVerdict } from './bot-events.ts';
import { AlertChangedError, type Recorder, type WatchedAlert } from './recorder.ts';

interface Watched {
  readonly alert: WatchedAlert;
  state: AlertState;
  stored: AlertState;
}

export interface EventWatchParts {
  readonly userId: string;
  readonly log: EventLog;
  readonly recorder: Recorder;
  readonly onFailed: (error: unknown) => void;
}

const pageSize = 500;

/**
 * A person's alerts on what their bots do, looked at with each event of their log. Each has its own place in the log, stored with what was found up
 * to there: after a restart the log is read on from it, so nothing is missed and nothing told twice.
 */
export class EventWatch {
  readonly #parts: EventWatchParts;
  readonly #alerts = new Map<string, Watched>();
  #work: Promise<void> | undefined;
  #again = false;
  #isStopped = false;

  constructor(parts: EventWatchParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#alerts.size;
  }

  /** Number of the newest event that all of its alerts have seen. */
  get position(): number {
    return Math.min(...[...this.#alerts.values()].map(({ state }) => state.seen ?? 0));
  }

  add(alert: WatchedAlert): void {
    this.#alerts.set(alert.id, { alert, state: alert.state, stored: alert.state });
  }

  remove(alertId: string): void {
    this.#alerts.delete(alertId);
  }

  /** There may be more in the log. */
  wake(): void {
    this.#again = true;
    this.#work ??= this.#run().finally(() => (this.#work = undefined));
  }

  /** Writes down how far it has come. */
  async flush(): Promise<void> {
    await this.settled();
    for (const watched of this.#alerts.values())
      if (watched.state !== watched.stored) await this.#store(watched, watched.state, null);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.settled();
  }

  async settled(): Promise<void> {
    while (this.#work) await this.#work;
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#isStopped) {
        this.#again = false;
        await this.#readOn();
      }
    } catch (error) {
      this.#isStopped = true;
      this.#parts.onFailed(error);
    }
  }

  async #readOn(): Promise<void> {
    const { userId, log } = this.#parts;
    while (this.#alerts.size > 0 && !this.#isStopped) {
      const events = await log.read(userId, this.position, pageSize);
      for (const event of events)
        for (const watched of this.#alerts.values()) {
          if (event.sequence <= (watched.state.seen ?? 0)) continue;
          const { state, finding } = eventVerdict(watched.alert, watched.state, event);
          const after = { ...state, seen: event.sequence };
          // The rest can be read again.
          if (finding) await this.#store(watched, after, finding);
          else watched.state = after;
        }
      if (events.length < pageSize) return;
    }
  }

  async #store(watched: Watched, state: AlertState, finding: Parameters<Recorder['record']>[2]): Promise<void> {
    try {
      await this.#parts.recorder.record(watched.alert, state, finding);
      watched.state = watched.stored = state;
    } catch (error) {
      if (!(error instanceof AlertChangedError)) throw error;
      if (this.#alerts.get(watched.alert.id) === watched) this.remove(watched.alert.id);
    }
  }
}
