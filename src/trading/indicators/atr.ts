import type { Candles } from '../candle.ts';
import { checkPeriod, type Indicator, indicatorKey, type IndicatorStream } from './indicator.ts';
import { TrueRange } from './running/true-range.ts';
import { WilderMean } from './running/wilder.ts';

/**
 * Average true range with Wilder's smoothing: the mean of the true ranges of candles 1 to `period` at index `period`, then
 * (ATR·(period − 1) + range)/period. In the price's unit.
 * Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978), section III; TA-Lib `ATR`. TradingView's `ta.atr` counts high −
 * low of the very first candle as a true range and so starts one candle earlier.
 */
export function atr(period: number): Indicator {
  checkPeriod('ATR', period);
  return {
    key: indicatorKey('ATR', 'close', period),
    warmUp: period,
    batch(candles: Candles, out: Float64Array): void {
      const { high, low, close } = candles;
      const n = close.length;
      out.fill(Number.NaN, 0, Math.min(period, n));
      if (n <= period) return;
      const share = 1 / period;
      const kept = period - 1;
      let value = 0;
      for (let i = 1; i <= period; i++) value += Math.max(high[i], close[i - 1]) - Math.min(low[i], close[i - 1]);
      value *= share;
      out[period] = value;
      for (let i = period + 1; i < n; i++) {
        const range = Math.max(high[i], close[i - 1]) - Math.min(low[i], close[i - 1]);
        value = (value * kept + range) * share;
        out[i] = value;
      }
    },
    stream: () => new AtrStream(period),
  };
}

export class AtrStream implements IndicatorStream {
  readonly #range = new TrueRange();
  readonly #mean: WilderMean;

  constructor(period: number) {
    this.#mean = new WilderMean(period);
  }

  next(candles: Candles, index: number): number {
    const range = this.#range.next(candles, index);
    return Number.isNaN(range) ? Number.NaN : this.#mean.next(range);
  }
}
