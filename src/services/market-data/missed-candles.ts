import { setTimeout as sleep } from 'node:timers/promises';
import type { Candle, Candles } from '../../trading/candle.ts';
import { candleAt, candlesOf } from '../../trading/series.ts';
import { timeframeMs } from '../../trading/timeframe.ts';
import { DomainError } from '../errors.ts';
import type { CandleSource } from '../exchanges/port/market-data.ts';
import type { Logger } from '../logger.ts';
import type { FeedHealth } from './feed-health.ts';
import { longestRetryMs, retryMs, waitAfter } from './feed-retries.ts';
import type { FeedStore } from './feed-writer.ts';
import { type SeriesKey, seriesName } from './series-key.ts';

/** Missing candles that a feed fetches by itself; a longer hole is left to be filled on purpose, and shows in the coverage. */
const mostFetched = 10_000;
/** Stored candles that are looked through for holes when a feed opens: one page of most exchanges. */
const mostLookedBack = 1_000;

/** What the fetching of missed candles has to do with, of one feed. */
export interface MissedCandlesParts {
  readonly key: SeriesKey;
  readonly source: Pick<CandleSource, 'now' | 'history'>;
  readonly store: FeedStore;
  readonly logger: Logger;
  readonly health: FeedHealth;
  /** Aborted when the feed is stopped. */
  readonly signal: AbortSignal;
  /** Open time of the last candle that was told closed, or that had closed before anybody listened. */
  readonly lastClosed: () => number;
  /** Stores closed candles, ascending, and tells those that are news. */
  readonly take: (closed: readonly Candle[]) => Promise<void>;
  /** Open time of the first candle that is not stored yet, as the feed finds it. */
  readonly onStoredUpTo: (openTime: number) => void;
}

/** Candles that closed unheard: while nobody watched, while the exchange was silent, or left out by its stream. They are fetched, however long that takes. */
export class MissedCandles {
  private readonly parts: MissedCandlesParts;
  /** Open time of the first candle that was missed and is not fetched yet. */
  private since = Number.POSITIVE_INFINITY;
  /** On the monotonic clock: when what was missed is to be fetched again, because it could not be. */
  private retryAt = Number.POSITIVE_INFINITY;
  private waitMs = retryMs;

  constructor(parts: MissedCandlesParts) {
    this.parts = parts;
  }

  /** What could not be fetched is to be tried again. */
  get isDue(): boolean {
    return performance.now() >= this.retryAt;
  }

  /** What closed while nobody watched or the exchange was silent. What nobody was told of is only stored. */
  async fetch(): Promise<void> {
    const { key, source, store, logger, health, lastClosed, take } = this.parts;
    try {
      const now = source.now();
      // Until it has been fetched, what is stored meanwhile must not hide it.
      const from = (this.since = Math.min(this.since, await this.firstMissing(now)));
      if (from + timeframeMs(key.timeframe) <= now) {
        const candles = rows(await source.history(key.symbol, key.timeframe, from, now));
        const old = candles.filter(({ openTime }) => openTime <= lastClosed());
        if (old.length > 0) await store.upsert(key, candlesOf(old));
        await take(candles.slice(old.length));
      }
      this.since = this.retryAt = Number.POSITIVE_INFINITY;
      this.waitMs = retryMs;
      health.right('MISSING');
    } catch (error) {
      logger.warn({ err: error }, `the candles missed by ${seriesName(key)} could not be fetched`);
      health.wrong('MISSING', reasonOf(error));
      this.retryAt = performance.now() + waitAfter(error, this.waitMs);
      this.waitMs = Math.min(2 * this.waitMs, longestRetryMs);
    }
  }

  /** Open time of the first candle that the newest part of the stored series lacks; a long hole at its end is left. */
  private async firstMissing(now: number): Promise<number> {
    const { key, store, lastClosed, onStoredUpTo } = this.parts;
    const length = timeframeMs(key.timeframe);
    const last = await store.last(key);
    if (last !== undefined) onStoredUpTo(last + length);
    if (last === undefined || (now - last) / length > mostFetched) return lastClosed() + length;
    // A program that was killed while it fetched has left its hole behind newer candles.
    const { gaps } = await store.gaps(key, last - mostLookedBack * length, last + 1);
    return gaps[0]?.from ?? Math.min(last, lastClosed()) + length;
  }

  /**
   * What the upstream left out before a candle that it did send. Tries until the exchange answers: a candle late is right, a candle left out is not.
   * @returns false when the feed was stopped before
   */
  async fetchBetween(from: number, to: number): Promise<boolean> {
    const { key, source, logger, health, signal, take } = this.parts;
    for (let wait = retryMs; !signal.aborted; wait = Math.min(2 * wait, longestRetryMs)) {
      try {
        await take(rows(await source.history(key.symbol, key.timeframe, from, to)));
        health.right('MISSING');
        return true;
      } catch (error) {
        logger.warn({ err: error }, `the candles left out by ${seriesName(key)} could not be fetched`);
        health.wrong('MISSING', reasonOf(error));
        await sleep(waitAfter(error, wait), undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
    return false;
  }
}

function rows(candles: Candles): Candle[] {
  return Array.from(candles.openTime, (_, i) => candleAt(candles, i));
}

function reasonOf(error: unknown): string {
  return `missing candles are being fetched: ${error instanceof DomainError ? error.message : 'they could not be read or stored'}`;
}
