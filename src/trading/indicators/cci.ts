import type { Candles } from '../candle.ts';
import { checkPeriod, type Indicator, indicatorKey, type IndicatorStream } from './indicator.ts';
import { RunningMoments } from './running/moments.ts';
import { typicalPrice } from './typical-price.ts';

/**
 * Commodity channel index: (t − m)/(0.015·d), where t is the typical price, m the mean of the last `period` typical prices and d the mean of
 * their distances from m; 0 where they are all equal. From index period − 1.
 * Source: Donald Lambert, Commodities magazine (October 1980); TA-Lib `CCI`, TradingView `ta.cci`.
 */
export function cci(period: number): Indicator {
  checkPeriod('CCI', period);
  return {
    key: indicatorKey('CCI', 'close', period),
    warmUp: period - 1,
    batch(candles: Candles, out: Float64Array): void {
      const stream = new CciStream(period);
      for (let i = 0; i < out.length; i++) out[i] = stream.next(candles, i);
    },
    stream: () => new CciStream(period),
  };
}

class CciStream implements IndicatorStream {
  readonly #last: Float64Array;
  readonly #moments: RunningMoments;
  readonly #mean = new Float64Array(1);
  readonly #squares = new Float64Array(1);
  #place = 0;

  constructor(period: number) {
    this.#last = new Float64Array(period);
    this.#moments = new RunningMoments(period);
  }

  next(candles: Candles, index: number): number {
    const [last, place] = [this.#last, this.#place];
    const typical = typicalPrice(candles, index);
    last[place] = typical;
    this.#moments.take(last, place, place + 1, this.#mean, this.#squares, 0);
    this.#place = place + 1 === last.length ? 0 : place + 1;
    const mean = this.#mean[0];
    let distances = 0;
    for (let k = 0; k < last.length; k++) distances += Math.abs(last[k] - mean);
    return distances === 0 ? 0 : (typical - mean) / (0.015 * (distances / last.length));
  }
}
