import type { Candles } from '../candle.ts';
import { checkPeriod, type Indicator, indicatorKey, type IndicatorStream, type PriceSource } from './indicator.ts';

/**
 * Simple moving average: the mean of the last `period` values, from index period − 1.
 * Source: TA-Lib `SMA`. The running sum is taken anew every `period` values, so that rounding errors cannot pile up.
 */
export function sma(period: number, source: PriceSource = 'close'): Indicator {
  checkPeriod('SMA', period);
  const warmUp = period - 1;
  return {
    key: indicatorKey('SMA', source, period),
    warmUp,
    batch(candles: Candles, out: Float64Array): void {
      const x = candles[source];
      out.fill(Number.NaN, 0, Math.min(warmUp, x.length));
      for (let start = warmUp; start < x.length; start += period) {
        let sum = 0;
        for (let k = start - warmUp; k <= start; k++) sum += x[k];
        out[start] = sum / period;
        const end = Math.min(start + period, x.length);
        for (let i = start + 1; i < end; i++) {
          sum += x[i] - x[i - period];
          out[i] = sum / period;
        }
      }
    },
    stream: () => new SmaStream(period, source),
  };
}

class SmaStream implements IndicatorStream {
  readonly #source: PriceSource;
  readonly #period: number;
  readonly #last: Float64Array;
  #place = 0;
  #sum = Number.NaN;

  constructor(period: number, source: PriceSource) {
    this.#source = source;
    this.#period = period;
    this.#last = new Float64Array(period);
  }

  next(candles: Candles, index: number): number {
    const x = candles[this.#source][index];
    const oldest = this.#last[this.#place];
    this.#last[this.#place] = x;
    this.#place += 1;
    if (this.#place === this.#period) {
      this.#place = 0;
      this.#sum = 0;
      for (const value of this.#last) this.#sum += value;
    } else this.#sum += x - oldest;
    return this.#sum / this.#period;
  }
}
