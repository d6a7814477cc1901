import type { Candles } from '../candle.ts';
import { checkPeriod, type Indicator, indicatorKey, type IndicatorStream, type PriceSource, warmColumn } from './indicator.ts';

/**
 * Exponential moving average: the mean of the first `period` values at index period − 1, then e += (x − e)·2/(period + 1).
 * Source: TA-Lib `EMA` in its default compatibility. Not the form that starts at the first value (pandas `ewm(adjust=False)`).
 */
export function ema(period: number, source: PriceSource = 'close'): Indicator {
  checkPeriod('EMA', period);
  const warmUp = period - 1;
  const weight = 2 / (period + 1);
  return {
    key: indicatorKey('EMA', source, period),
    warmUp,
    batch(candles: Candles): Float64Array {
      const x = candles[source];
      const n = x.length;
      const out = warmColumn(n, warmUp);
      if (n < period) return out;
      let sum = 0;
      for (let i = 0; i < period; i++) sum += x[i];
      let value = sum / period;
      out[warmUp] = value;
      for (let i = period; i < n; i++) {
        value += (x[i] - value) * weight;
        out[i] = value;
      }
      return out;
    },
    stream: () => new EmaStream(period, source),
  };
}

class EmaStream implements IndicatorStream {
  readonly #source: PriceSource;
  readonly #period: number;
  readonly #weight: number;
  #count = 0;
  #sum = 0;
  #value = Number.NaN;

  constructor(period: number, source: PriceSource) {
    this.#source = source;
    this.#period = period;
    this.#weight = 2 / (period + 1);
  }

  next(candles: Candles, index: number): number {
    const x = candles[this.#source][index];
    if (this.#count >= this.#period) {
      this.#value += (x - this.#value) * this.#weight;
      return this.#value;
    }
    this.#sum += x;
    this.#count += 1;
    if (this.#count === this.#period) this.#value = this.#sum / this.#period;
    return this.#value;
  }
}
