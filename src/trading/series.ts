import type { Candle, Candles } from './candle.ts';
import type { Indicator, IndicatorStream } from './indicators/indicator.ts';

/** Candle columns of a length, filled with zeros. `shared`: on memory that other threads can see. */
export function emptyCandles(length: number, shared = false): Candles {
  const column = (): Float64Array =>
    new Float64Array(shared ? new SharedArrayBuffer(length * 8) : new ArrayBuffer(length * 8)) as Float64Array;
  return { openTime: column(), open: column(), high: column(), low: column(), close: column(), volume: column() };
}

/** Candles as columns. */
export function candlesOf(rows: readonly Candle[]): Candles {
  const candles = emptyCandles(rows.length);
  rows.forEach((row, index) => setCandle(candles, index, row));
  return candles;
}

/** The candle at a place. */
export function candleAt(candles: Candles, index: number): Candle {
  return {
    openTime: candles.openTime[index],
    open: candles.open[index],
    high: candles.high[index],
    low: candles.low[index],
    close: candles.close[index],
    volume: candles.volume[index],
  };
}

/** Candles from place `start` up to `end`, on the same memory. */
export function sliceCandles(candles: Candles, start: number, end: number): Candles {
  return {
    openTime: candles.openTime.subarray(start, end),
    open: candles.open.subarray(start, end),
    high: candles.high.subarray(start, end),
    low: candles.low.subarray(start, end),
    close: candles.close.subarray(start, end),
    volume: candles.volume.subarray(start, end),
  };
}

function setCandle(candles: Candles, index: number, candle: Candle): void {
  candles.openTime[index] = candle.openTime;
  candles.open[index] = candle.open;
  candles.high[index] = candle.high;
  candles.low[index] = candle.low;
  candles.close[index] = candle.close;
  candles.volume[index] = candle.volume;
}

/** Candles a window keeps at the least when it moves on, beyond what the strategy looks back at. */
const kept = 512;

/**
 * A growing series in bounded memory: a window of the newest candles and of each indicator's values. Indicators run on from the
 * first candle ever appended; when the window is full its newest part moves to the front, so the columns stay the same arrays.
 */
export class CandleSeries {
  readonly candles: Candles;
  readonly columns: Readonly<Record<string, Float64Array>>;
  readonly #streams: readonly (readonly [IndicatorStream, Float64Array])[];
  readonly #keep: number;
  readonly #capacity: number;
  #end = 0;

  /** @param lookBack candles before the newest that must stay readable */
  constructor(indicators: Readonly<Record<string, Indicator>>, lookBack: number) {
    this.#keep = lookBack + kept;
    this.#capacity = this.#keep * 2;
    this.candles = emptyCandles(this.#capacity);
    const columns: Record<string, Float64Array> = {};
    this.#streams = Object.entries(indicators).map(([name, indicator]) => {
      const column = new Float64Array(this.#capacity);
      columns[name] = column;
      return [indicator.stream(), column] as const;
    });
    this.columns = columns;
  }

  /** Open time of the newest candle; undefined while empty. */
  get lastOpenTime(): number | undefined {
    return this.#end === 0 ? undefined : this.candles.openTime[this.#end - 1];
  }

  /**
   * Takes the next closed candle.
   * @returns its place in the columns, valid until the next append
   * @throws RangeError when it does not come after the newest one
   */
  append(candle: Candle): number {
    const last = this.lastOpenTime;
    if (last !== undefined && !(candle.openTime > last))
      throw new RangeError(`the candle of ${candle.openTime} does not follow the newest one, of ${last}`);
    if (this.#end === this.#capacity) this.#moveOn();
    const index = this.#end++;
    setCandle(this.candles, index, candle);
    for (const [stream, column] of this.#streams) column[index] = stream.next(this.candles, index);
    return index;
  }

  #moveOn(): void {
    const { openTime, open, high, low, close, volume } = this.candles;
    const columns = [openTime, open, high, low, close, volume, ...this.#streams.map(([, column]) => column)];
    for (const column of columns) column.copyWithin(0, this.#capacity - this.#keep);
    this.#end = this.#keep;
  }
}
