import type { Candle } from '../../trading/candle.ts';
import { resample } from '../../trading/resample.ts';
import { candleAt, candlesOf } from '../../trading/series.ts';
import { openTimeAt, type Timeframe, timeframeMs, timeframeText } from '../../trading/timeframe.ts';
import type { Page, PageArguments } from '../database/index.ts';
import { DomainError } from '../errors.ts';
import type { CandleSource } from '../exchanges/port/market-data.ts';
import { type CandleColumns, type CandleRange, firstOpenTime } from './candle-columns.ts';
import type { CandleStore } from './candle-store.ts';
import { type SeriesKey, seriesName } from './series-key.ts';
import { timePage } from './time-cursor.ts';

const largestCandlePage = 1_000;
/** Stored candles that may be read to build one page. */
const mostParts = 200_000;

/** Reads candles from one end of a range; `from <= openTime < to`, ascending whichever end. */
interface Reader {
  forward(from: number, to: number, limit: number): Promise<Candle[]>;
  backward(from: number, to: number, limit: number): Promise<Candle[]>;
}

/** Closed candles page by page, ascending; a page far in costs what the first does, whether candles are stored, built or generated. */
export class CandlePages {
  private readonly store: CandleStore;
  private readonly columns: CandleColumns;
  private readonly findSource: (exchange: string) => CandleSource | undefined;

  constructor(store: CandleStore, columns: CandleColumns, findSource: (exchange: string) => CandleSource | undefined) {
    this.store = store;
    this.columns = columns;
    this.findSource = findSource;
  }

  /**
   * @param args 25 candles when no size is given, 1,000 at most
   * @throws DomainError LIMIT_EXCEEDED, BAD_REQUEST or BAD_CURSOR, as for other pages
   */
  async page(key: SeriesKey, range: CandleRange, args: PageArguments): Promise<Page<Candle>> {
    const page = timePage(seriesName(key), range, args, largestCandlePage);
    const { size, backwards, from, to } = page;
    const reader = await this.readerOf(key, from, to);
    const found = await (backwards ? reader.backward(from, to, size + 1) : reader.forward(from, to, size + 1));
    return { ...page.pageOf(found), cursorOf: (candle) => page.cursorOf(candle.openTime) };
  }

  /** How many candles a range has, counted up to 10,000. */
  async count(key: SeriesKey, range: CandleRange): Promise<{ value: number; exact: boolean }> {
    const cap = 10_000;
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = range;
    const base = this.findSource(key.exchange)?.isGenerated ? undefined : await this.columns.baseOf(key, from, to);
    if (base) {
      // Built candles are not counted one by one: so many are there at the least if none of their parts is missing.
      const parts = await this.store.extent({ ...key, timeframe: base }, from, to);
      const whole = Math.floor(((parts?.count ?? 0) * timeframeMs(base)) / timeframeMs(key.timeframe));
      return { value: Math.min(whole, cap), exact: false };
    }
    const reader = await this.readerOf(key, from, to);
    const counted = (await reader.forward(from, to, cap + 1)).length;
    return { value: Math.min(counted, cap), exact: counted <= cap };
  }

  /** Closed candles from a moment on, the first ones. */
  async closedFrom(key: SeriesKey, from: number, limit: number): Promise<Candle[]> {
    const reader = await this.readerOf(key, from, Number.POSITIVE_INFINITY);
    return reader.forward(from, Number.POSITIVE_INFINITY, limit);
  }

  private async readerOf(key: SeriesKey, from: number, to: number): Promise<Reader> {
    const source = this.findSource(key.exchange);
    if (source?.isGenerated) return generated(key, source);
    const base = await this.columns.baseOf(key, from, to);
    if (base) return built(key, base, this.store);
    return {
      forward: (first, last, limit) => this.store.forward(key, first, last, limit),
      backward: (first, last, limit) => this.store.backward(key, first, last, limit),
    };
  }
}

/** A generated series has no holes, so the time tells which candles a page holds. */
function generated({ symbol, timeframe }: SeriesKey, source: CandleSource): Reader {
  const length = timeframeMs(timeframe);
  const read = async (from: number, to: number): Promise<Candle[]> => {
    const candles = await source.history(symbol, timeframe, from, to);
    return Array.from(candles.openTime, (_, i) => candleAt(candles, i));
  };
  return {
    forward: async (from, to, limit) => {
      const first = firstOpenTime(timeframe, Math.max(from, source.beginsAt));
      return read(first, Math.min(to, first + limit * length, source.now()));
    },
    backward: async (from, to, limit) => {
      const end = Math.min(firstOpenTime(timeframe, to), openTimeAt(timeframe, source.now()));
      return read(Math.max(from, end - limit * length), end);
    },
  };
}

/** Candles built from shorter ones, which are read in the numbers that a page needs. */
function built(key: SeriesKey, base: Timeframe, store: CandleStore): Reader {
  const parts = { ...key, timeframe: base };
  const ratio = timeframeMs(key.timeframe) / timeframeMs(base);
  const partsFor = (limit: number): number => {
    const most = Math.floor(mostParts / ratio) - 2;
    if (limit - 1 <= most) return (limit + 1) * ratio;
    throw new DomainError(
      'LIMIT_EXCEEDED',
      `${limit - 1} candles of ${seriesName(key)} would be built from ${timeframeText(base)} candles; at most ${most} of them can be asked for at once`,
      { details: { limit: most, value: limit - 1 } },
    );
  };
  const build = (candles: readonly Candle[]): Candle[] => {
    const { candles: result } = resample(candlesOf(candles), base, key.timeframe);
    return Array.from(result.openTime, (_, i) => candleAt(result, i));
  };
  return {
    forward: async (from, to, limit) => {
      const rows = await store.forward(
        parts,
        firstOpenTime(key.timeframe, from),
        firstOpenTime(key.timeframe, to),
        partsFor(limit),
      );
      return build(rows).slice(0, limit);
    },
    backward: async (from, to, limit) => {
      const rows = await store.backward(
        parts,
        firstOpenTime(key.timeframe, from),
        firstOpenTime(key.timeframe, to),
        partsFor(limit),
      );
      return build(rows).slice(-limit);
    },
  };
}
