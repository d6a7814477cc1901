import type { Cancel, Timers } from '../../../../src/services/timers.ts';
import { VirtualTime } from '../../../simulation/virtual-time.ts';

/** Timers that only a test moves. */
export class HandTimers implements Timers {
  readonly #time = new VirtualTime(0);

  after(ms: number, callback: () => void): Cancel {
    return this.#time.after(ms, callback);
  }

  every(ms: number, callback: () => void): Cancel {
    let cancel: Cancel = () => undefined;
    const again = (): void => {
      cancel = this.#time.after(ms, () => {
        again();
        callback();
      });
    };
    again();
    return () => cancel();
  }

  elapsed(): number {
    return this.#time.now;
  }

  /** Lets so many milliseconds pass. @param settled resolves when what came of the last callback has been dealt with */
  async pass(ms: number, settled: () => Promise<void>): Promise<void> {
    const until = this.elapsed() + ms;
    do await settled();
    while (this.#time.step(until));
  }
}
