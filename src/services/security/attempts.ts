import { LRUCache } from 'lru-cache';

/** How fast one counter slows its attempts down. Times in milliseconds. */
export interface DelayPolicy {
  /** Attempts that cost no delay. */
  readonly free: number;
  /** The delay after the first attempt beyond those; it doubles with each further one. */
  readonly firstDelayMs: number;
  /** The longest delay: there is no lock-out beyond it. */
  readonly longestDelayMs: number;
  /** How long it takes to forget one attempt. */
  readonly forgetOneMs: number;
}

interface Count {
  /** Attempts not forgotten at the time of the last one, itself included: the delay follows from it. */
  level: number;
  /** When the last attempt was let through. */
  at: number;
}

/**
 * Counts attempts per key as a leaking bucket, and tells how long each key has to wait. Holds a bounded number of keys; the least
 * recently used are forgotten first.
 */
export class AttemptCounter {
  readonly #policy: DelayPolicy;
  readonly #counts: LRUCache<string, Count>;

  constructor(policy: DelayPolicy, maxKeys = 50_000) {
    this.#policy = policy;
    this.#counts = new LRUCache({ max: maxKeys });
  }

  /** Milliseconds until the next attempt is let through; 0 means now. */
  waitMs(key: string, now: number): number {
    const count = this.#counts.get(key);
    if (!count) return 0;
    const { free, firstDelayMs, longestDelayMs } = this.#policy;
    const over = Math.ceil(count.level) - free;
    if (over < 0) return 0;
    const delay = Math.min(firstDelayMs * 2 ** over, longestDelayMs);
    return Math.max(0, count.at + delay - now);
  }

  /** Counts one attempt. */
  add(key: string, now: number): void {
    const count = this.#counts.get(key);
    this.#counts.set(key, { level: (count ? this.#levelAt(count, now) : 0) + 1, at: now });
  }

  /** Takes one attempt back: it turned out to be a right one. */
  forgive(key: string, now: number): void {
    const count = this.#counts.get(key);
    if (!count) return;
    const level = this.#levelAt(count, now) - 1;
    if (level <= 0) this.#counts.delete(key);
    else this.#counts.set(key, { level, at: count.at });
  }

  /** Forgets a key altogether. */
  clear(key: string): void {
    this.#counts.delete(key);
  }

  #levelAt(count: Count, now: number): number {
    return Math.max(0, count.level - Math.max(0, now - count.at) / this.#policy.forgetOneMs);
  }
}
