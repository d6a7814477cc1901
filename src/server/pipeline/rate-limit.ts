import { LRUCache } from 'lru-cache';
import type { Clock } from '../../services/clock.ts';

export interface Spending {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Milliseconds until the same cost could be paid; 0 when it was allowed. */
  readonly retryAfterMs: number;
}

/** A leaky bucket per client, by cost: what is spent flows back steadily. Idle clients are forgotten, with a full bucket. */
export class CostBuckets {
  readonly #buckets = new LRUCache<string, { level: number; at: number }>({ max: 50_000 });
  readonly #capacity: number;
  readonly #perMs: number;
  readonly #clock: Clock;

  constructor(bucket: { capacity: number; perSecond: number }, clock: Clock) {
    this.#capacity = bucket.capacity;
    this.#perMs = bucket.perSecond / 1000;
    this.#clock = clock;
  }

  /** Takes `cost` from the client's bucket if it holds that much. */
  spend(client: string, cost: number): Spending {
    const now = this.#clock.now().getTime();
    let bucket = this.#buckets.get(client);
    if (!bucket) this.#buckets.set(client, (bucket = { level: this.#capacity, at: now }));
    bucket.level = Math.min(this.#capacity, bucket.level + Math.max(0, now - bucket.at) * this.#perMs);
    bucket.at = now;
    if (bucket.level < cost)
      return {
        allowed: false,
        remaining: Math.floor(bucket.level),
        retryAfterMs: Math.ceil((cost - bucket.level) / this.#perMs),
      };
    bucket.level -= cost;
    return { allowed: true, remaining: Math.floor(bucket.level), retryAfterMs: 0 };
  }
}
