import { setTimeout as sleep } from 'node:timers/promises';
import { endable } from '../events/endable.ts';
import type { Unsubscribe } from '../exchanges/port/subscription.ts';

export interface LatestStreamOptions<Key, T> {
  readonly keys: readonly Key[];
  readonly subscribe: (key: Key, listener: (value: T) => void) => Unsubscribe;
  /** How often a second each key's value is told at most. */
  readonly maxRate: number;
  readonly signal?: AbortSignal;
}

interface Slot<T> {
  waiting: T | undefined;
  /** When the next value may be told, on the monotonic clock. */
  from: number;
}

/**
 * The latest values of some keys for one reader: at most `maxRate` a second of each, the last one always. Memory is one value a key, however
 * slow the reader is.
 * @throws at the first step what `subscribe` throws
 */
export function latestStream<Key, T>(options: LatestStreamOptions<Key, T>): AsyncIterableIterator<T> {
  const state = new Waiting();
  return endable(values(options, state), () => state.end());
}

async function* values<Key, T>(
  { keys, subscribe, maxRate, signal }: LatestStreamOptions<Key, T>,
  state: Waiting,
): AsyncGenerator<T, undefined, undefined> {
  const interval = 1000 / maxRate;
  const slots = keys.map((): Slot<T> => ({ waiting: undefined, from: 0 }));
  const leave: Unsubscribe[] = [];
  const onAbort = (): void => state.end();
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) state.end();
  try {
    for (const [i, key] of keys.entries())
      leave.push(
        subscribe(key, (value) => {
          slots[i].waiting = value;
          state.wake();
        }),
      );
    while (!state.ended) {
      const now = performance.now();
      // Whoever was told longest ago is next, so that one busy market does not starve the others.
      const [slot] = slots.filter(({ waiting }) => waiting !== undefined).sort((a, b) => a.from - b.from);
      if (slot?.waiting !== undefined && slot.from <= now) {
        const value = slot.waiting;
        slot.waiting = undefined;
        slot.from = now + interval;
        yield value;
        continue;
      }
      await state.wait(slot && slot.from - now);
    }
  } finally {
    for (const stop of leave) stop();
    signal?.removeEventListener('abort', onAbort);
  }
  return undefined;
}

/** Lets a generator sleep until something comes. */
class Waiting {
  ended = false;
  private isWoken = false;
  private resolve: (() => void) | undefined;

  wake(): void {
    this.isWoken = true;
    this.resolve?.();
  }

  end(): void {
    this.ended = true;
    this.wake();
  }

  /** Resolves at a call of `wake` since the last wait, or after so many milliseconds. */
  async wait(ms: number | undefined): Promise<void> {
    if (!this.isWoken) {
      const timer = new AbortController();
      const woken = new Promise<void>((resolve) => {
        this.resolve = resolve;
      });
      const slept = ms === undefined ? [] : [sleep(Math.max(1, ms), undefined, { signal: timer.signal }).catch(() => undefined)];
      await Promise.race([woken, ...slept]);
      this.resolve = undefined;
      timer.abort();
    }
    this.isWoken = false;
  }
}
