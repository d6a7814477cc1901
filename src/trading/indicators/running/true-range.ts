import type { Candles } from '../../candle.ts';

/**
 * True range, candle by candle: from the lower of low and previous close to the higher of high and previous close. NaN at the first
 * candle, which has no previous close. Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978), section III.
 */
export class TrueRange {
  #before = Number.NaN;

  next(candles: Candles, index: number): number {
    const range = Math.max(candles.high[index], this.#before) - Math.min(candles.low[index], this.#before);
    this.#before = candles.close[index];
    return range;
  }
}
