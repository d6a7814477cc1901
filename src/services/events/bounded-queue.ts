/** What a queue may hold before its reader counts as stalled. */
export interface QueueLimits {
  readonly items: number;
  /** Sum of the sizes given with the items. */
  readonly bytes: number;
}

/** 1,000 items or 1 MiB, whichever is reached first. */
export const subscriberLimits: QueueLimits = { items: 1_000, bytes: 1_048_576 };

/**
 * A queue between one writer that never waits and one reader that does. Full means closed: it gives up what it holds, so that a
 * reader that has stalled costs nothing more, and the reader's next step throws.
 */
export class BoundedQueue<T> {
  readonly #limits: QueueLimits;
  #items: { item: T; size: number }[] = [];
  #head = 0;
  #bytes = 0;
  #waiting: { resolve: (item: T | undefined) => void; reject: (error: Error) => void } | undefined;
  #ended = false;
  #error: Error | undefined;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** How many items wait. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isClosed(): boolean {
    return this.#ended || this.#error !== undefined;
  }

  /** Adds an item, or answers false when there is no room: the caller then fails the queue. */
  push(item: T, size: number): boolean {
    if (this.isClosed) return true;
    if (this.#waiting) {
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve(item);
      return true;
    }
    if (this.length >= this.#limits.items || (this.length > 0 && this.#bytes + size > this.#limits.bytes)) return false;
    this.#items.push({ item, size });
    this.#bytes += size;
    return true;
  }

  /** The next item; undefined when the queue was ended. Only one call may wait at a time. */
  next(): Promise<T | undefined> {
    if (this.#error) return Promise.reject(this.#error);
    if (this.#head < this.#items.length) return Promise.resolve(this.#shift());
    if (this.#ended) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #shift(): T {
    const { item, size } = this.#items[this.#head];
    this.#head += 1;
    this.#bytes -= size;
    // Moving the rest once per 256 items keeps shifting cheap and the array short.
    if (this.#head === this.#items.length || this.#head >= 256) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** The reader is done: whatever waits is let go. */
  end(): void {
    if (this.isClosed) return;
    this.#ended = true;
    this.#drop();
    this.#waiting?.resolve(undefined);
    this.#waiting = undefined;
  }

  /** The reader's next step throws; what waits is let go at once. */
  fail(error: Error): void {
    if (this.isClosed) return;
    this.#error = error;
    this.#drop();
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  #drop(): void {
    this.#items = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
