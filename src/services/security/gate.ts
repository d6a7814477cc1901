import { DomainError } from '../errors.ts';

/**
 * Lets a few tasks run at once and a bounded number wait, first come first served. Password hashing goes through one, so that a flood
 * of sign-ins takes neither the thread pool nor unbounded memory from trading.
 */
export class Gate {
  readonly #running: number;
  readonly #waiting: number;
  readonly #queue: (() => void)[] = [];
  #active = 0;

  constructor(limits: { running: number; waiting: number }) {
    this.#running = limits.running;
    this.#waiting = limits.waiting;
  }

  /** @throws DomainError THROTTLED, without running the task, when the queue is full */
  async run<T>(task: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await task();
    } finally {
      const next = this.#queue.shift();
      // The place goes straight to the next in line: `active` only falls when nobody waits.
      if (next) next();
      else this.#active -= 1;
    }
  }

  #enter(): Promise<void> {
    if (this.#active < this.#running) {
      this.#active += 1;
      return Promise.resolve();
    }
    if (this.#queue.length >= this.#waiting) {
      const message = `${this.#queue.length} sign-ins are waiting already, the limit is ${this.#waiting}; try again in a second`;
      return Promise.reject(new DomainError('THROTTLED', message, { details: { retryAfterMs: 1_000 } }));
    }
    return new Promise((resolve) => this.#queue.push(resolve));
  }
}
