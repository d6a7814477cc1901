import type { Candle, Candles } from '../../trading/candle.ts';
import { candlesOf } from '../../trading/series.ts';
import { timeframeMs } from '../../trading/timeframe.ts';
import { isDiskFull } from '../database/index.ts';
import type { CandleSource } from '../exchanges/port/market-data.ts';
import type { Logger } from '../logger.ts';
import type { FeedHealth } from './feed-health.ts';
import type { GapReport } from './gaps.ts';
import type { StoredCandles } from './missed-corrections.ts';
import { type SeriesKey, seriesName } from './series-key.ts';

/** Where closed candles go. */
export interface FeedStore extends StoredCandles {
  upsert(key: SeriesKey, candles: Candles): Promise<unknown>;
  /** Open time of the newest stored candle. */
  last(key: SeriesKey): Promise<number | undefined>;
  /** Candles missing between the first and the last of a range, `from <= openTime < to`. */
  gaps(key: SeriesKey, from: number, to: number): Promise<GapReport>;
}

/** Candles that could not be stored and are kept to be tried again; older ones are fetched from the exchange when there is room. */
const mostUnsaved = 1_000;

/** Stores the closed candles of one feed. What cannot be stored is kept, told as the feed's trouble, and tried again. */
export class FeedWriter {
  private readonly parts: { key: SeriesKey; store: FeedStore; logger: Logger; health: FeedHealth };
  private unsaved: Candle[] = [];
  /** Candles that were given up although they are not stored: `from <= openTime < to`. */
  private lost: { from: number; to: number } | undefined;

  constructor(parts: { key: SeriesKey; store: FeedStore; logger: Logger; health: FeedHealth }) {
    this.parts = parts;
  }

  get notStored(): readonly Candle[] {
    return this.unsaved;
  }

  /** Something waits to be stored. */
  get hasWork(): boolean {
    return this.unsaved.length > 0 || this.lost !== undefined;
  }

  /** Never throws: candles are told whether or not they could be stored. */
  async write(candles: readonly Candle[]): Promise<void> {
    const { key, store, logger, health } = this.parts;
    const all = latestOfEach([...this.unsaved, ...candles]);
    const dropped = all.slice(0, -mostUnsaved);
    this.unsaved = all.slice(-mostUnsaved);
    try {
      await store.upsert(key, candlesOf(all));
      this.unsaved = [];
      if (!this.lost) health.right('STORAGE');
    } catch (error) {
      logger.error({ err: error }, `candles of ${seriesName(key)} could not be stored`);
      if (dropped.length > 0) {
        const from = this.lost?.from ?? dropped[0].openTime;
        this.lost = { from, to: dropped[dropped.length - 1].openTime + timeframeMs(key.timeframe) };
      }
      const why = isDiskFull(error) ? 'the disk of the database is full' : 'the database does not take them';
      health.wrong('STORAGE', `closed candles cannot be stored, ${why}: they are kept and tried again`);
    }
  }

  /** Tries again, and fetches what was given up. */
  async retry(source: Pick<CandleSource, 'history'>): Promise<void> {
    const { key, store, logger, health } = this.parts;
    if (this.unsaved.length > 0) await this.write([]);
    const { lost } = this;
    if (this.unsaved.length > 0 || !lost) return;
    try {
      await store.upsert(key, await source.history(key.symbol, key.timeframe, lost.from, lost.to));
      this.lost = undefined;
      health.right('STORAGE');
    } catch (error) {
      logger.warn({ err: error }, `candles of ${seriesName(key)} that could not be stored are not fetched yet`);
    }
  }
}

/** Ascending; of a candle that was corrected before it could be stored only what came last, since a statement can store each candle once. */
function latestOfEach(candles: readonly Candle[]): Candle[] {
  return [...new Map(candles.map((candle) => [candle.openTime, candle])).values()].sort((a, b) => a.openTime - b.openTime);
}
