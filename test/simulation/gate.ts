import type { Cancel, Timers } from '../../src/services/timers.ts';
import type { VirtualTime } from './virtual-time.ts';

export const never = new Promise<never>(() => undefined);

/** A process as its surroundings see it: while it is paused nothing reaches it, and once it is killed nothing ever does. */
export class Gate {
  private state: 'RUNNING' | 'PAUSED' | 'DEAD' = 'RUNNING';
  private waiting: (() => void)[] = [];

  get isDead(): boolean {
    return this.state === 'DEAD';
  }

  get isPaused(): boolean {
    return this.state === 'PAUSED';
  }

  /** Everything in memory is gone: what it waited for never comes. */
  kill(): void {
    this.state = 'DEAD';
    this.waiting = [];
  }

  pause(): void {
    if (this.state === 'RUNNING') this.state = 'PAUSED';
  }

  resume(): void {
    if (this.state !== 'PAUSED') return;
    this.state = 'RUNNING';
    for (const callback of this.waiting.splice(0)) this.run(callback);
  }

  /** Calls back now, when the process goes on, or never. */
  run(callback: () => void): void {
    if (this.state === 'RUNNING') callback();
    else if (this.state === 'PAUSED') this.waiting.push(callback);
  }

  /** Resolves when the process runs; never once it is dead. */
  pass(): Promise<void> {
    if (this.state === 'RUNNING') return Promise.resolve();
    if (this.state === 'DEAD') return never;
    return new Promise<void>((resolve) => this.waiting.push(resolve)).then(() => this.pass());
  }
}

/** The timers of one process on the world's time. */
export function timersOf(time: VirtualTime, gate: Gate): Timers {
  return {
    after: (ms, callback) => {
      let isCanceled = false;
      time.after(ms, () => gate.run(() => isCanceled || callback()));
      return () => {
        isCanceled = true;
      };
    },
    every: (ms, callback) => {
      let cancel: Cancel = () => undefined;
      let isCanceled = false;
      const again = (): void => {
        if (isCanceled || gate.isDead) return;
        cancel = time.after(ms, () =>
          gate.run(() => {
            if (!isCanceled) callback();
            again();
          }),
        );
      };
      again();
      return () => {
        isCanceled = true;
        cancel();
      };
    },
    elapsed: () => time.now,
  };
}
