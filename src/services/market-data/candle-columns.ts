import type { Candles } from '../../trading/candle.ts';
import type { CheckedCandles } from '../../trading/checked-candles.ts';
import { openTimeAt, type Timeframe, timeframeMs, timeframeText } from '../../trading/timeframe.ts';
import { DomainError } from '../errors.ts';
import type { CandleSource } from '../exchanges/port.ts';
import { CandleCache } from './candle-cache.ts';
import { KnownCandles, ownCandles, sharedCandles } from './known-candles.ts';
import type { CandleStore } from './candle-store.ts';
import type { GapReport } from './gaps.ts';
import { type SeriesKey, seriesName } from './series-key.ts';

/** A range of candles as columns, and where they come from. */
export interface LoadedCandles {
  readonly candles: Candles;
  /** The shorter timeframe that they were built from, because theirs is not stored. */
  readonly builtFrom?: Timeframe;
  /** Open times of candles that were built although parts of them are missing. */
  readonly incomplete: readonly number[];
  readonly gaps: GapReport;
  /** The candles, looked through and named for runs: once, however often they are loaded. @throws DomainError INVALID for an impossible candle */
  readonly checked: () => CheckedCandles;
}

interface Found {
  readonly range: KnownCandles;
  readonly builtFrom?: Timeframe;
  readonly incomplete: readonly number[];
}

/** Which candles: `from <= openTime < to`, ms UTC; everything there is when left out. */
export interface CandleRange {
  readonly from?: number;
  readonly to?: number;
}

/**
 * Past candles for whoever computes with them. Generated ones (the simulated market) are computed, others come from the database and stay in
 * memory for the next; when the timeframe is not stored, they are built from the longest shorter one that is.
 */
export class CandleColumns {
  private readonly store: CandleStore;
  private readonly cache: CandleCache;
  private readonly findSource: (exchange: string) => CandleSource | undefined;

  /** @param cacheBytes what stored candles may take in memory */
  constructor(store: CandleStore, findSource: (exchange: string) => CandleSource | undefined, cacheBytes?: number) {
    this.store = store;
    this.cache = new CandleCache(store, cacheBytes);
    this.findSource = findSource;
  }

  /**
   * @param options.shared on memory that worker threads can see, and that others read too: nobody may write to it. An own copy otherwise
   * @throws DomainError NOT_FOUND when there are none, naming what is there instead
   */
  async load(key: SeriesKey, range: CandleRange = {}, options: { shared?: boolean } = {}): Promise<LoadedCandles> {
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = range;
    const { range: found, builtFrom, incomplete } = await this.find(key, from, to);
    if (found.candles.openTime.length === 0) throw await this.nothing(key, range);
    const candles = options.shared ? found.candles : ownCandles(found.candles);
    return {
      candles,
      ...(builtFrom && { builtFrom }),
      incomplete,
      gaps: found.gaps(),
      checked: () => ({ ...found.checked(), candles }),
    };
  }

  /**
   * How many candles `load` would give, and the gaps between them, counted where they lie whenever that is possible.
   * @throws DomainError NOT_FOUND as `load` does
   */
  async coverage(key: SeriesKey, range: CandleRange = {}): Promise<{ readonly candles: number; readonly gaps: GapReport }> {
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = range;
    const isStored = !this.findSource(key.exchange)?.isGenerated && !(await this.baseOf(key, from, to));
    const extent = isStored ? await this.store.extent(key, from, to) : undefined;
    if (extent) return { candles: extent.count, gaps: await this.store.gaps(key, from, to) };
    const { candles, gaps } = await this.load(key, range, { shared: true });
    return { candles: candles.openTime.length, gaps };
  }

  /** The shorter timeframe to build this one from; undefined when it is stored or nothing fits. */
  async baseOf(key: SeriesKey, from: number, to: number): Promise<Timeframe | undefined> {
    const stored = await this.store.timeframes(key.exchange, key.symbol);
    if (stored.includes(key.timeframe) && (await this.store.ends(key, from, to))) return undefined;
    const length = timeframeMs(key.timeframe);
    return stored
      .filter((shorter) => timeframeMs(shorter) < length && length % timeframeMs(shorter) === 0)
      .toSorted((a, b) => timeframeMs(b) - timeframeMs(a))[0];
  }

  private async find(key: SeriesKey, from: number, to: number): Promise<Found> {
    const source = this.findSource(key.exchange);
    if (source?.isGenerated) {
      const until = Math.min(to, source.now());
      const candles = await source.history(key.symbol, key.timeframe, Math.max(from, 0), until);
      return { range: new KnownCandles(sharedCandles(candles), key.timeframe), incomplete: [] };
    }
    const base = await this.baseOf(key, from, to);
    if (!base) return { range: await this.cache.range(key, from, to), incomplete: [] };
    const [first, last] = [from, to].map((at) => wholeCandles(key.timeframe, at));
    const parts = await this.cache.range({ ...key, timeframe: base }, first, last);
    return { ...parts.longer(key.timeframe), builtFrom: base };
  }

  private async nothing(key: SeriesKey, { from, to }: CandleRange): Promise<DomainError> {
    const stored = await this.store.series({ exchange: key.exchange, symbol: key.symbol });
    const between = `${from === undefined ? '' : ` from ${iso(from)}`}${to === undefined ? '' : ` to ${iso(to)}`}`;
    const have = stored.map((series) => `${timeframeText(series.timeframe)} from ${iso(series.from)} to ${iso(series.to)}`);
    const instead = have.length > 0 ? `there are ${have.join(', ')}` : 'import or fetch some first';
    return new DomainError('NOT_FOUND', `there are no candles of ${seriesName(key)}${between}; ${instead}`);
  }
}

/** The first candle that opens at or after a moment; the moment itself when it is infinite. */
function wholeCandles(timeframe: Timeframe, at: number): number {
  return Number.isFinite(at) ? openTimeAt(timeframe, at + timeframeMs(timeframe) - 1) : at;
}

function iso(at: number): string {
  return new Date(at).toISOString().replace(':00.000Z', 'Z');
}
