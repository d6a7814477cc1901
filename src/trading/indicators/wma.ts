import type { Candles } from '../candle.ts';
import { checkPeriod, type Indicator, indicatorKey, type IndicatorStream, type PriceSource } from './indicator.ts';

/**
 * Linearly weighted moving average of the last `period` values, the newest weighing `period`, the oldest 1, divided by
 * period·(period + 1)/2; from index period − 1.
 * Source: TA-Lib `WMA`. Nothing is ever subtracted from a running sum, so rounding errors cannot pile up.
 */
export function wma(period: number, source: PriceSource = 'close'): Indicator {
  checkPeriod('WMA', period);
  return {
    key: indicatorKey('WMA', source, period),
    warmUp: period - 1,
    batch(candles: Candles, out: Float64Array): void {
      const stream = new WmaStream(period, source);
      for (let i = 0; i < out.length; i++) out[i] = stream.next(candles, i);
    },
    stream: () => new WmaStream(period, source),
  };
}

/** Values come in blocks of `period`; a window is the end of one block, weighed when that block was full, plus the beginning of the next. */
class WmaStream implements IndicatorStream {
  readonly #source: PriceSource;
  readonly #period: number;
  readonly #weights: number;
  /** Before `#place` the values of this block; from there on, the weighted sum of the block before from that place to its end. */
  readonly #block: Float64Array;
  #place = 0;
  #sum = 0;
  #weighted = 0;

  constructor(period: number, source: PriceSource) {
    this.#source = source;
    this.#period = period;
    this.#weights = (period * (period + 1)) / 2;
    this.#block = new Float64Array(period).fill(Number.NaN);
  }

  next(candles: Candles, index: number): number {
    const [block, period] = [this.#block, this.#period];
    const x = candles[this.#source][index];
    block[this.#place++] = x;
    this.#sum += x;
    this.#weighted += this.#place * x;
    if (this.#place < period) return ((period - this.#place) * this.#sum + this.#weighted + block[this.#place]) / this.#weights;
    const whole = this.#weighted;
    this.#closeBlock();
    return whole / this.#weights;
  }

  #closeBlock(): void {
    const block = this.#block;
    let sum = 0;
    let weighted = 0;
    for (let k = this.#period - 1; k >= 0; k--) {
      sum += block[k];
      weighted += sum;
      block[k] = weighted;
    }
    this.#place = 0;
    this.#sum = 0;
    this.#weighted = 0;
  }
}
