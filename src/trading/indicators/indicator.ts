import type { Candles } from '../candle.ts';

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
