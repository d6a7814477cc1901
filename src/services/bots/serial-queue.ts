/**
 * Runs jobs one after the other, never two at once: what happens to a bot happens on its queue. Jobs run in the order given; urgent ones run before
 * all others that wait. A job that throws closes the queue, because what follows would build on a state that nobody knows.
 */
export class SerialQueue {
  readonly #onFailure: (error: unknown) => void;
  readonly #urgent: Job[] = [];
  readonly #waiting: Job[] = [];
  #running: Promise<void> | undefined;
  #closed = false;
  #length = 0;

  /** @param onFailure told once, with what the first failing job threw */
  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Jobs waiting or running. */
  get length(): number {
    return this.#length;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Adds a job; after closing it is dropped. */
  push(job: () => void | Promise<void>): void {
    this.#push(this.#waiting, job);
  }

  /** Adds a job that overtakes all that are not urgent; after closing it is dropped. */
  pushUrgent(job: () => void | Promise<void>): void {
    this.#push(this.#urgent, job);
  }

  #push(lane: Job[], job: () => void | Promise<void>): void {
    if (this.#closed) return;
    this.#add(lane, async () => {
      try {
        if (!this.#closed) await job();
      } catch (error) {
        const isFirst = !this.#closed;
        this.#closed = true;
        if (isFirst) this.#onFailure(error);
      }
    });
  }

  /**
   * Adds a job and answers what it answers. What it throws goes to the caller, and closes the queue all the same: what waits behind it would build on
   * a state that nobody knows.
   * @throws Error when the queue is closed
   */
  run<T>(job: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) {
        reject(new Error('the queue is closed'));
        return;
      }
      this.#add(this.#waiting, async () => {
        try {
          if (this.#closed) throw new Error('the queue is closed');
          resolve(await job());
        } catch (error) {
          this.#closed = true;
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  #add(lane: Job[], job: Job): void {
    this.#length += 1;
    lane.push(job);
    this.#running ??= this.#work();
  }

  async #work(): Promise<void> {
    // The first is taken now, so that nothing overtakes it; whoever added it goes on before it begins.
    let job = this.#next();
    await Promise.resolve();
    for (; job; job = this.#next()) {
      await job();
      this.#length -= 1;
    }
    this.#running = undefined;
  }

  #next(): Job | undefined {
    return this.#urgent.shift() ?? this.#waiting.shift();
  }

  /** Takes no more jobs and drops those that wait; settles when the running one is done. */
  close(): Promise<void> {
    this.#closed = true;
    return this.drained();
  }

  /** Settles when nothing is left to do. */
  async drained(): Promise<void> {
    await this.#running;
  }
}

/** Never throws. */
type Job = () => Promise<void>;
