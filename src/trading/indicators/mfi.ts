import type { Candles } from '../candle.ts';
import { checkPeriod, type Indicator, indicatorKey, type IndicatorStream } from './indicator.ts';
import { RunningSum } from './running/sum.ts';
import { typicalPrice } from './typical-price.ts';

/**
 * Money flow index, 0 to 100: 100·P/(P + N), where P and N are the sums of typical price times volume over those of the last `period` candles
 * whose typical price rose and fell; 50 where both are 0. From index `period`.
 * Source: Gene Quong and Avrum Soudack (1989); TA-Lib `MFI`, TradingView `ta.mfi`. TA-Lib gives 0 where P + N is less than 1.
 */
export function mfi(period: number): Indicator {
  checkPeriod('MFI', period);
  return {
    key: indicatorKey('MFI', 'close', period),
    warmUp: period,
    batch(candles: Candles, out: Float64Array): void {
      const stream = new MfiStream(period);
      for (let i = 0; i < out.length; i++) out[i] = stream.next(candles, i);
    },
    stream: () => new MfiStream(period),
  };
}

class MfiStream implements IndicatorStream {
  readonly #positive: RunningSum;
  readonly #negative: RunningSum;
  #before = Number.NaN;

  constructor(period: number) {
    this.#positive = new RunningSum(period);
    this.#negative = new RunningSum(period);
  }

  next(candles: Candles, index: number): number {
    const typical = typicalPrice(candles, index);
    const change = typical - this.#before;
    this.#before = typical;
    if (Number.isNaN(change)) return Number.NaN;
    const flow = typical * candles.volume[index];
    const positive = this.#positive.next(change > 0 ? flow : 0);
    const negative = this.#negative.next(change < 0 ? flow : 0);
    const both = positive + negative;
    return both === 0 ? 50 : 100 * (positive / both);
  }
}
