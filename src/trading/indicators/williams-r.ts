import type { Candles } from '../candle.ts';
import { checkPeriod, type Indicator, indicatorKey, type IndicatorStream } from './indicator.ts';
import { RunningExtreme } from './running/extreme.ts';

/**
 * Williams %R, −100 to 0: −100·(H − close)/(H − L), where H is the highest high and L the lowest low of the last `period` candles; −50 where
 * they are one. From index period − 1.
 * Source: Larry Williams; TA-Lib `WILLR`, TradingView `ta.wpr`. TA-Lib gives 0 where high and low are one.
 */
export function williamsR(period: number): Indicator {
  checkPeriod('WILLIAMS_R', period);
  return {
    key: indicatorKey('WILLIAMS_R', 'close', period),
    warmUp: period - 1,
    batch(candles: Candles, out: Float64Array): void {
      const stream = new WilliamsRStream(period);
      for (let i = 0; i < out.length; i++) out[i] = stream.next(candles, i);
    },
    stream: () => new WilliamsRStream(period),
  };
}

class WilliamsRStream implements IndicatorStream {
  readonly #highest: RunningExtreme;
  readonly #lowest: RunningExtreme;

  constructor(period: number) {
    this.#highest = new RunningExtreme(period, 1);
    this.#lowest = new RunningExtreme(period, -1);
  }

  next(candles: Candles, index: number): number {
    const highest = this.#highest.next(candles.high[index]);
    const lowest = this.#lowest.next(candles.low[index]);
    return highest === lowest ? -50 : -100 * ((highest - candles.close[index]) / (highest - lowest));
  }
}
