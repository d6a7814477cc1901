import type { Candles } from '../candle.ts';
import { ParameterError } from '../errors.ts';

/** The columns an indicator may be computed on. */
export type PriceSource = 'open' | 'high' | 'low' | 'close' | 'volume';

/** One value per closed candle, taken one at a time. Gives bit for bit what the batch gives. */
export interface IndicatorStream {
  /**
   * The value at candle `index` of `candles`; called once per candle, in order. Only this candle is read, so that a window of
   * candles may move on.
   */
  next(candles: Candles, index: number): number;
}

/** A number per candle, computed from that candle and those before it. Double precision, NaN before the warm-up is over. */
export interface Indicator {
  /** Its name with parameters, such as "EMA(9)": equal text means equal values, so columns can be shared by it. */
  readonly key: string;
  /** Index of the first candle that has a value. */
  readonly warmUp: number;
  /** The whole column at once, into `out`, which is as long as the candles; every value is written. */
  batch(candles: Candles, out: Float64Array): void;
  /** A fresh stream that has seen nothing. */
  stream(): IndicatorStream;
  /**
   * A batch of this and another indicator in one pass, when there is a faster one than two; the values are the same. A recursive
   * average waits for itself at every step, and two of them can wait at the same time.
   */
  readonly batchWith?: (other: Indicator) => PairBatch | null;
}

/** Writes the columns of two indicators at once. */
export type PairBatch = (candles: Candles, out: Float64Array, otherOut: Float64Array) => void;

/** The longest period of any indicator: bounds the memory of a stream and the time of a batch. */
export const maxPeriod = 100_000;

/** "EMA(9)", and "EMA(high,9)" on anything but the close. */
export function indicatorKey(name: string, source: PriceSource, ...parameters: readonly number[]): string {
  return `${name}(${[...(source === 'close' ? [] : [source]), ...parameters].join(',')})`;
}

/** @throws ParameterError when a period is not a whole number from 1 to `maxPeriod` */
export function checkPeriod(name: string, period: number, field = 'period'): void {
  if (!Number.isInteger(period) || period < 1 || period > maxPeriod)
    throw new ParameterError(`the ${field} ${period} of ${name} must be a whole number from 1 to ${maxPeriod}`, [field], {
      value: period,
      limit: maxPeriod,
    });
}

/** The largest factor of any indicator: deviations of a band, multiples of a range. */
export const maxFactor = 1_000;

/** @throws ParameterError when a factor is not a number above 0 and at most `maxFactor` */
export function checkFactor(name: string, factor: number, field: string): void {
  if (!(factor > 0 && factor <= maxFactor))
    throw new ParameterError(`the ${field} ${factor} of ${name} must be a number above 0 and at most ${maxFactor}`, [field], {
      value: factor,
      limit: maxFactor,
    });
}

/** An indicator's column on these candles. */
export function columnOf(indicator: Indicator, candles: Candles): Float64Array {
  const out = new Float64Array(candles.openTime.length);
  indicator.batch(candles, out);
  return out;
}
