import type { Candles } from '../candle.ts';
import { checkPeriod, type Indicator, indicatorKey, type IndicatorStream } from './indicator.ts';
import { RunningSum } from './running/sum.ts';
import { typicalPrice } from './typical-price.ts';

const day = 86_400_000;

/**
 * Volume-weighted average price: Σ t·v / Σ v, where t is the typical price and v the volume. With `period` null it is anchored: the sums begin
 * anew with the first candle that opens on a new day UTC; it has a value from index 0, on the first day counted from the first candle. With a
 * period it rolls over the last `period` candles, from index period − 1. As long as nothing was traded it is the candle's typical price.
 * Source: TradingView `ta.vwap`, anchored by session; a day UTC is the usual session of markets that never close.
 */
export function vwap(period: number | null = null): Indicator {
  if (period === null)
    return {
      key: 'VWAP(day)',
      warmUp: 0,
      batch(candles: Candles, out: Float64Array): void {
        const stream = new DailyVwapStream();
        for (let i = 0; i < out.length; i++) out[i] = stream.next(candles, i);
      },
      stream: () => new DailyVwapStream(),
    };
  checkPeriod('VWAP', period);
  return {
    key: indicatorKey('VWAP', 'close', period),
    warmUp: period - 1,
    batch(candles: Candles, out: Float64Array): void {
      const stream = new RollingVwapStream(period);
      for (let i = 0; i < out.length; i++) out[i] = stream.next(candles, i);
    },
    stream: () => new RollingVwapStream(period),
  };
}

class DailyVwapStream implements IndicatorStream {
  #day = Number.NaN;
  #value = 0;
  #volume = 0;

  next(candles: Candles, index: number): number {
    const today = Math.floor(candles.openTime[index] / day);
    if (today !== this.#day) {
      this.#day = today;
      this.#value = 0;
      this.#volume = 0;
    }
    const typical = typicalPrice(candles, index);
    const volume = candles.volume[index];
    this.#value += typical * volume;
    this.#volume += volume;
    return this.#volume === 0 ? typical : this.#value / this.#volume;
  }
}

class RollingVwapStream implements IndicatorStream {
  readonly #value: RunningSum;
  readonly #volume: RunningSum;

  constructor(period: number) {
    this.#value = new RunningSum(period);
    this.#volume = new RunningSum(period);
  }

  next(candles: Candles, index: number): number {
    const typical = typicalPrice(candles, index);
    const value = this.#value.next(typical * candles.volume[index]);
    const volume = this.#volume.next(candles.volume[index]);
    return volume === 0 ? typical : value / volume;
  }
}
