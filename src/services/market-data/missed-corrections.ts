import { type Candle, type Candles, isSameCandle } from '../../trading/candle.ts';
import { candleAt } from '../../trading/series.ts';
import { openTimeAt, timeframeMs } from '../../trading/timeframe.ts';
import type { CandleSource } from '../exchanges/port/market-data.ts';
import { retryMs, waitAfter, longestRetryMs } from './feed-retries.ts';
import type { SeriesKey } from './series-key.ts';

/** Closed candles from before an interruption that are read again after it: what an exchange corrects has closed a short while ago. */
const lookedBack = 16;
/** Candles that are read again at the most, the newest ones: one page of every exchange. */
const mostReread = 700;
/** The records of an exchange may be a little behind its stream. */
const settleMs = 2_000;

/** Where stored candles can be read. */
export interface StoredCandles {
  /** The first stored candles of a range, ascending; `from <= openTime < to`. */
  forward(key: SeriesKey, from: number, to: number, limit: number): Promise<readonly Candle[]>;
}

/**
 * Corrections of closed candles that nobody heard, because the stream was interrupted or the program did not run: the candles since then, and a few
 * from before, are compared with the exchange's records, once the stream tells again.
 */
export class MissedCorrections {
  private readonly parts: { key: SeriesKey; source: Pick<CandleSource, 'now' | 'history'>; store: StoredCandles };
  /** Corrections may have been missed from then on, ms UTC by the exchange's clock. */
  private since = Number.POSITIVE_INFINITY;
  /** From then on they are heard again. */
  private until = Number.NEGATIVE_INFINITY;
  /** On the monotonic clock: when the records are to be read. */
  private dueAt = Number.POSITIVE_INFINITY;
  private waitMs = retryMs;
  /** Open times of candles that were told anew while the records were read. */
  private readonly overtaken = new Set<number>();

  constructor(parts: { key: SeriesKey; source: Pick<CandleSource, 'now' | 'history'>; store: StoredCandles }) {
    this.parts = parts;
  }

  get isDue(): boolean {
    return performance.now() >= this.dueAt;
  }

  /** Nobody listened since a moment. The records are read once the stream tells. */
  missedSince(since: number): void {
    this.since = Math.min(this.since, since);
  }

  /** The stream tells everything from now on, and may have left corrections out since a moment. */
  resumed(since: number): void {
    this.missedSince(since);
    this.until = this.parts.source.now();
    this.dueAt = performance.now() + settleMs;
    this.waitMs = retryMs;
  }

  /** The stream has told a closed candle once more: an answer that is under way knows less. */
  told(openTime: number): void {
    this.overtaken.add(openTime);
  }

  /** @returns stored candles as the exchange has them, those that it has otherwise. Throws what reading throws; it is due again later */
  async find(): Promise<Candle[]> {
    const { key, source, store } = this.parts;
    const { since, until } = this;
    const length = timeframeMs(key.timeframe);
    // What forms when the stream resumes is told by it.
    const to = openTimeAt(key.timeframe, until);
    const from = Math.max(openTimeAt(key.timeframe, since) - lookedBack * length, to - mostReread * length);
    this.since = this.dueAt = Number.POSITIVE_INFINITY;
    this.overtaken.clear();
    try {
      const stored = await store.forward(key, from, to, mostReread);
      const [first, last] = [stored.at(0), stored.at(-1)];
      const told =
        first && last ? await source.history(key.symbol, key.timeframe, first.openTime, last.openTime + length) : undefined;
      return told ? this.differing(stored, told) : [];
    } catch (error) {
      this.missedSince(since);
      this.dueAt = Math.min(this.dueAt, performance.now() + waitAfter(error, this.waitMs));
      this.waitMs = Math.min(2 * this.waitMs, longestRetryMs);
      throw error;
    }
  }

  private differing(stored: readonly Candle[], told: Candles): Candle[] {
    const known = new Map(stored.map((candle) => [candle.openTime, candle]));
    const differing: Candle[] = [];
    for (let i = 0; i < told.openTime.length; i++) {
      const candle = candleAt(told, i);
      const before = known.get(candle.openTime);
      if (before && !isSameCandle(before, candle) && !this.overtaken.has(candle.openTime)) differing.push(candle);
    }
    return differing;
  }
}
