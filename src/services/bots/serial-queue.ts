/**
 * Runs jobs one after the other, in the order given, never two at once: what happens to a bot happens on its queue. A job that
 * throws closes the queue, because what follows would build on a state that nobody knows.
 */
export class SerialQueue {
  readonly #onFailure: (error: unknown) => void;
  #tail: Promise<void> = Promise.resolve();
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
    if (this.#closed) return;
    this.#add(async () => {
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
   * Adds a job and answers what it answers. What it throws goes to the caller and does not close the queue.
   * @throws Error when the queue is closed
   */
  run<T>(job: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) {
        reject(new Error('the queue is closed'));
        return;
      }
      this.#add(async () => {
        try {
          if (this.#closed) throw new Error('the queue is closed');
          resolve(await job());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  /** @param job never throws */
  #add(job: () => Promise<void>): void {
    this.#length += 1;
    const before = this.#tail;
    this.#tail = (async () => {
      await before;
      await job();
      this.#length -= 1;
    })();
  }

  /** Takes no more jobs and drops those that wait; settles when the running one is done. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#tail;
  }

  /** Settles when everything that was pushed so far is done. */
  drained(): Promise<void> {
    return this.#tail;
  }
}
