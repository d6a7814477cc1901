import { systemTimers, type Timers } from '../timers.ts';
import { OvertakenError, withDeadline } from './outcome.ts';

/** Waits for what an exchange answers a bot: never longer than a deadline, and not at all once a halt needs the bot. */
export class Waiting {
  readonly #deadlineMs: number;
  readonly #timers: Timers;
  readonly #giveUps = new Set<() => void>();

  constructor(deadlineMs: number, timers: Timers = systemTimers) {
    this.#deadlineMs = deadlineMs;
    this.#timers = timers;
  }

  /**
   * @param what named in errors
   * @param isUrgent asked by the halt itself, which waits for it
   * @throws DeadlineError, OvertakenError; the call goes on, and neither says anything about its outcome
   */
  async inTime<T>(work: Promise<T>, what: string, isUrgent = false): Promise<T> {
    if (isUrgent) return withDeadline(work, this.#deadlineMs, what, this.#timers);
    let giveUp = (): void => undefined;
    const overtaken = new Promise<never>((_, reject) => (giveUp = () => reject(new OvertakenError(what))));
    this.#giveUps.add(giveUp);
    try {
      return await withDeadline(Promise.race([work, overtaken]), this.#deadlineMs, what, this.#timers);
    } finally {
      this.#giveUps.delete(giveUp);
    }
  }

  /** A halt needs the bot: whoever waits now, unless for the halt, is told so. */
  giveUp(): void {
    for (const giveUp of this.#giveUps) giveUp();
  }
}
