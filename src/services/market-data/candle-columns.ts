import type { Candles } from '../../trading/candle.ts';
import type { CheckedCandles } from '../../trading/checked-candles.ts';
import { dividing, openTimeAt, Timeframe, timeframeMs, timeframeText } from '../../trading/timeframe.ts';
import { DomainError } from '../errors.ts';
import { knownExchanges } from '../exchanges/catalogue.ts';
import { unknownExchange } from '../exchanges/exchanges.ts';
import type { CandleSource } from '../exchanges/port/market-data.ts';
import { CandleCache, standardCacheBytes } from './candle-cache.ts';
import { bytesPerCandle } from './growing-candles.ts';
import { type Findings, KnownCandles, ownCandles, sharedCandles } from './known-candles.ts';
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
  /** The candles, looked through and named, where somebody has done that and told. */
  readonly checked: CheckedCandles | undefined;
  /** Keeps what a run found out by looking through them, for whoever loads them next. */
  readonly remember: (findings: Findings) => void;
}

/** Candles that are loaded to count them and their gaps: it takes half the time that the database needs to count. */
const mostToCount = 2_000_000;

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
  private readonly mostToCount: number;
  private readonly findSource: (exchange: string) => CandleSource | undefined;

  /** @param cacheBytes what stored candles may take in memory */
  constructor(
    store: CandleStore,
    findSource: (exchange: string) => CandleSource | undefined,
    cacheBytes: number = standardCacheBytes,
  ) {
    this.store = store;
    this.mostToCount = Math.min(mostToCount, cacheBytes / bytesPerCandle);
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
      checked: found.checked && { ...found.checked, candles },
      remember: (findings) => found.remember(findings),
    };
  }

  /**
   * How many candles `load` would give, and the gaps between them: counted in memory, where the next run needs them anyway, or by the
   * database when they are too many.
   * @throws DomainError NOT_FOUND as `load` does
   */
  async coverage(key: SeriesKey, range: CandleRange = {}): Promise<{ readonly candles: number; readonly gaps: GapReport }> {
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = range;
    const ends = this.findSource(key.exchange)?.isGenerated ? undefined : await this.store.ends(key, from, to);
    const mayBeMany = ends !== undefined && (ends.to - ends.from) / timeframeMs(key.timeframe) >= this.mostToCount;
    const extent = mayBeMany ? await this.store.extent(key, from, to) : undefined;
    if (extent) return { candles: extent.count, gaps: await this.store.gaps(key, from, to) };
    const { candles, gaps } = await this.load(key, range, { shared: true });
    return { candles: candles.openTime.length, gaps };
  }

  /** The shorter timeframe to build this one from; undefined when it is stored or nothing fits. */
  async baseOf(key: SeriesKey, from: number, to: number): Promise<Timeframe | undefined> {
    const stored = await this.store.timeframes(key.exchange, key.symbol);
    if (stored.includes(key.timeframe) && (await this.store.ends(key, from, to))) return undefined;
    return dividing(key.timeframe, stored).at(-1);
  }

  /**
   * The finest timeframe that these candles divide into and that has candles from the first to the last of them.
   * @throws DomainError NOT_FOUND when there is none, naming what is there instead
   */
  async finest(key: SeriesKey, range: CandleRange = {}): Promise<Timeframe> {
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = range;
    const finest = this.findSource(key.exchange)?.isGenerated
      ? dividing(key.timeframe, Object.values(Timeframe))[0]
      : await this.finestStored(key, from, to);
    if (finest) return finest;
    const length = timeframeText(key.timeframe);
    const name = `${key.exchange} ${key.symbol}`;
    throw new DomainError(
      'NOT_FOUND',
      `there are no finer candles of ${name} than ${length} that reach over the same time; ${await this.instead(key)}`,
    );
  }

  private async finestStored(key: SeriesKey, from: number, to: number): Promise<Timeframe | undefined> {
    const base = await this.baseOf(key, from, to);
    const wanted = await this.store.ends({ ...key, timeframe: base ?? key.timeframe }, from, to);
    if (!wanted) return undefined;
    for (const timeframe of dividing(key.timeframe, await this.store.timeframes(key.exchange, key.symbol))) {
      const ends = await this.store.ends({ ...key, timeframe }, from, to);
      if (ends && ends.from <= wanted.from && ends.to >= wanted.to) return timeframe;
    }
    return undefined;
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
    const [first, last] = [from, to].map((at) => firstOpenTime(key.timeframe, at));
    const parts = await this.cache.range({ ...key, timeframe: base }, first, last);
    return { ...parts.longer(key.timeframe), builtFrom: base };
  }

  private async nothing(key: SeriesKey, { from, to }: CandleRange): Promise<DomainError> {
    if (!knownExchanges.some(({ name }) => name === key.exchange)) return unknownExchange(key.exchange);
    const between = `${from === undefined ? '' : ` from ${iso(from)}`}${to === undefined ? '' : ` to ${iso(to)}`}`;
    return new DomainError('NOT_FOUND', `there are no candles of ${seriesName(key)}${between}; ${await this.instead(key)}`);
  }

  /** What is stored of a market, for those who asked for something else. */
  private async instead({ exchange, symbol }: SeriesKey): Promise<string> {
    const stored = await this.store.series({ exchange, symbol });
    const have = stored.map((series) => `${timeframeText(series.timeframe)} from ${iso(series.from)} to ${iso(series.to)}`);
    return have.length > 0 ? `there are ${have.join(', ')}` : 'import or fetch some first';
  }
}

/** Open time of the first candle at or after a moment; the moment itself when it is infinite. */
export function firstOpenTime(timeframe: Timeframe, at: number): number {
  return Number.isFinite(at) ? openTimeAt(timeframe, at + timeframeMs(timeframe) - 1) : at;
}

function iso(at: number): string {
  return new Date(at).toISOString().replace(':00.000Z', 'Z');
}
