import type { Candles } from '../../trading/candle.ts';
import { resample } from '../../trading/resample.ts';
import { openTimeAt, type Timeframe, timeframeMs, timeframeText } from '../../trading/timeframe.ts';
import { DomainError } from '../errors.ts';
import type { CandleSource } from '../exchanges/port.ts';
import type { CandleStore } from './candle-store.ts';
import { type GapReport, gapsIn, reportGaps } from './gaps.ts';
import { type SeriesKey, seriesName } from './series-key.ts';

/** A range of candles as columns, and where they come from. */
export interface LoadedCandles {
  readonly candles: Candles;
  /** The shorter timeframe that they were built from, because theirs is not stored. */
  readonly builtFrom?: Timeframe;
  /** Open times of candles that were built although parts of them are missing. */
  readonly incomplete: readonly number[];
  readonly gaps: GapReport;
}

/** Which candles: `from <= openTime < to`, ms UTC; everything there is when left out. */
export interface CandleRange {
  readonly from?: number;
  readonly to?: number;
}

/**
 * Past candles for whoever computes with them. Generated ones (the simulated market) are computed, others read from the database; when the
 * timeframe is not stored, they are built from the longest shorter one that is.
 */
export class CandleColumns {
  private readonly store: CandleStore;
  private readonly findSource: (exchange: string) => CandleSource | undefined;

  constructor(store: CandleStore, findSource: (exchange: string) => CandleSource | undefined) {
    this.store = store;
    this.findSource = findSource;
  }

  /**
   * @param options.shared on memory that worker threads can see
   * @throws DomainError NOT_FOUND when there are none, naming what is there instead
   */
  async load(key: SeriesKey, range: CandleRange = {}, options: { shared?: boolean } = {}): Promise<LoadedCandles> {
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = range;
    const found = await this.find(key, from, to);
    if (found.candles.openTime.length === 0) throw await this.nothing(key, range);
    const candles = options.shared ? shared(found.candles) : found.candles;
    return { ...found, candles, gaps: reportGaps(gapsIn(candles.openTime, key.timeframe)) };
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
    const { candles, gaps } = await this.load(key, range);
    return { candles: candles.openTime.length, gaps };
  }

  /** The shorter timeframe to build this one from; undefined when it is stored or nothing fits. */
  async baseOf(key: SeriesKey, from: number, to: number): Promise<Timeframe | undefined> {
    const stored = await this.store.timeframes(key.exchange, key.symbol);
    if (stored.includes(key.timeframe) && (await this.store.extent(key, from, to))) return undefined;
    const length = timeframeMs(key.timeframe);
    return stored
      .filter((shorter) => timeframeMs(shorter) < length && length % timeframeMs(shorter) === 0)
      .toSorted((a, b) => timeframeMs(b) - timeframeMs(a))[0];
  }

  private async find(key: SeriesKey, from: number, to: number): Promise<Omit<LoadedCandles, 'gaps'>> {
    const source = this.findSource(key.exchange);
    if (source?.isGenerated) {
      const until = Math.min(to, source.now());
      return { candles: await source.history(key.symbol, key.timeframe, Math.max(from, 0), until), incomplete: [] };
    }
    const base = await this.baseOf(key, from, to);
    if (!base) return { candles: await this.store.columns(key, from, to), incomplete: [] };
    const [first, last] = [from, to].map((at) => wholeCandles(key.timeframe, at));
    const parts = await this.store.columns({ ...key, timeframe: base }, first, last);
    return { ...resample(parts, base, key.timeframe), builtFrom: base };
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

function shared(candles: Candles): Candles {
  const copy = (column: Float64Array): Float64Array => {
    const result = new Float64Array(new SharedArrayBuffer(column.byteLength));
    result.set(column);
    return result;
  };
  const { openTime, open, high, low, close, volume } = candles;
  return {
    openTime: copy(openTime),
    open: copy(open),
    high: copy(high),
    low: copy(low),
    close: copy(close),
    volume: copy(volume),
  };
}
