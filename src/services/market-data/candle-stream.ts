import { setTimeout as sleep } from 'node:timers/promises';
import type { Candle } from '../../trading/candle.ts';
import { openTimeAt, timeframeMs } from '../../trading/timeframe.ts';
import { endable } from '../events/endable.ts';
import type { CandleUpdate } from '../exchanges/port/market-data.ts';
import type { Unsubscribe } from '../exchanges/port/subscription.ts';
import type { SeriesKey } from './series-key.ts';

/** What a stream of candles is made of. */
export interface StreamSources {
  /** The exchange's clock, ms UTC. */
  now(key: SeriesKey): number;
  subscribe(key: SeriesKey, listener: (update: CandleUpdate) => void): Unsubscribe;
  /** Closed candles with `openTime >= from`, ascending, at most `limit`. */
  closedFrom(key: SeriesKey, from: number, limit: number): Promise<readonly Candle[]>;
}

export interface StreamOptions {
  readonly key: SeriesKey;
  /** Closed candles that open at or after this moment (ms UTC) come first; live only when absent. */
  readonly since?: number;
  /** Leaves the forming candle out. */
  readonly closedOnly: boolean;
  /** How often a second the forming candle is told at most. */
  readonly maxRate: number;
  readonly signal?: AbortSignal;
}

const pageSize = 1_000;
/** Closed candles that wait for a slow reader; beyond that they are read from the database when the reader comes back. */
const mostQueued = 500;

/**
 * The candles of a market for one subscriber: past ones since a moment, then live ones. Closed candles come once each, in order, none left
 * out, however slow the reader is and whatever happens between past and live; the forming one is told at its latest value, at most
 * `maxRate` times a second. Memory is bounded, because everything that closed can be read again.
 * @throws DomainError when there is no such market or it has no live candles; at the first step
 */
export function candleStream(sources: StreamSources, options: StreamOptions): AsyncIterableIterator<CandleUpdate> {
  const inbox = new Inbox();
  return endable(updates(sources, options, inbox), () => inbox.end());
}

async function* updates(
  sources: StreamSources,
  { key, since, closedOnly, maxRate, signal }: StreamOptions,
  inbox: Inbox,
): AsyncGenerator<CandleUpdate, undefined, undefined> {
  const length = timeframeMs(key.timeframe);
  const interval = 1000 / maxRate;
  const leave = sources.subscribe(key, (update) => inbox.take(update, closedOnly));
  const onAbort = (): void => inbox.end();
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) inbox.end();
  let last = since === undefined ? openTimeAt(key.timeframe, sources.now(key)) : openTimeAt(key.timeframe, since + length - 1);
  last -= length;
  let formingFrom = 0;

  /** Past candles up to `until`, as long as there are any. */
  async function* past(until: number): AsyncGenerator<CandleUpdate, undefined, undefined> {
    for (;;) {
      if (inbox.ended) return;
      const page = await sources.closedFrom(key, last + length, pageSize);
      for (const candle of page) {
        if (candle.openTime >= until || inbox.ended) return;
        last = candle.openTime;
        yield { candle, isClosed: true };
      }
      if (page.length < pageSize) return;
    }
  }

  try {
    if (since !== undefined) yield* past(Number.POSITIVE_INFINITY);
    while (!inbox.ended) {
      const closed = inbox.nextClosed();
      if (closed) {
        if (closed.openTime <= last) continue;
        // Either the exchange has no such candles, or they overflowed the queue: the database knows.
        if (closed.openTime > last + length) yield* past(closed.openTime);
        last = closed.openTime;
        yield { candle: closed, isClosed: true };
        continue;
      }
      const wait = formingFrom - performance.now();
      if (inbox.forming && wait <= 0) {
        const candle = inbox.forming;
        inbox.forming = undefined;
        if (candle.openTime <= last) continue;
        formingFrom = performance.now() + interval;
        yield { candle, isClosed: false };
        continue;
      }
      await inbox.wait(inbox.forming ? wait : undefined);
    }
  } finally {
    leave();
    signal?.removeEventListener('abort', onAbort);
  }
  return undefined;
}

/** What has come in and was not taken yet. */
class Inbox {
  forming: Candle | undefined;
  ended = false;
  private closed: Candle[] = [];
  private wake: (() => void) | undefined;

  take({ candle, isClosed }: CandleUpdate, closedOnly: boolean): void {
    if (isClosed) {
      this.closed.push(candle);
      if (this.closed.length > mostQueued) this.closed = this.closed.slice(-1);
      if (this.forming && this.forming.openTime <= candle.openTime) this.forming = undefined;
    } else if (closedOnly) return;
    else this.forming = candle;
    this.wake?.();
  }

  nextClosed(): Candle | undefined {
    return this.closed.shift();
  }

  end(): void {
    this.ended = true;
    this.wake?.();
  }

  /** Resolves when something came in, the stream ended, or so many milliseconds have passed. */
  async wait(ms: number | undefined): Promise<void> {
    if (this.closed.length > 0 || this.ended) return;
    const timer = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    const timeout =
      ms === undefined ? undefined : sleep(Math.max(1, ms), undefined, { signal: timer.signal }).catch(() => undefined);
    await (timeout ? Promise.race([woken, timeout]) : woken);
    this.wake = undefined;
    timer.abort();
  }
}
