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
  /** The whole column at once. */
  batch(candles: Candles): Float64Array;
  /** A fresh stream that has seen nothing. */
  stream(): IndicatorStream;
}

/** The longest period of any indicator: bounds the memory of a stream and the time of a batch. */
export const maxPeriod = 100_000;

/** "EMA(9)", and "EMA(high,9)" on anything but the close. */
export function indicatorKey(name: string, source: PriceSource, ...parameters: readonly number[]): string {
  return `${name}(${[...(source === 'close' ? [] : [source]), ...parameters].join(',')})`;
}

/** @throws ParameterError when a period is not a whole number from 1 to `maxPeriod` */
export function checkPeriod(name: string, period: number): void {
  if (!Number.isInteger(period) || period < 1 || period > maxPeriod)
    throw new ParameterError(`the period ${period} of ${name} must be a whole number from 1 to ${maxPeriod}`, ['period'], {
      value: period,
      limit: maxPeriod,
    });
}

/** A column of a length whose first `warmUp` values are NaN and the rest zero. */
export function warmColumn(length: number, warmUp: number): Float64Array {
  return new Float64Array(length).fill(Number.NaN, 0, Math.min(warmUp, length));
}
