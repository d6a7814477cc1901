import type { Candles } from '../candle.ts';
import {
  checkPeriod,
  type Indicator,
  indicatorKey,
  type IndicatorStream,
  type PairBatch,
  type PriceSource,
} from './indicator.ts';
import { RunningEma } from './running/ema.ts';

/**
 * Exponential moving average: the mean of the first `period` values at index period − 1, then e += (x − e)·2/(period + 1).
 * Source: TA-Lib `EMA` in its default compatibility. Not the form that starts at the first value (pandas `ewm(adjust=False)`).
 */
export function ema(period: number, source: PriceSource = 'close'): Indicator {
  checkPeriod('EMA', period);
  return new Ema(period, source);
}

class Ema implements Indicator {
  readonly key: string;
  readonly warmUp: number;
  readonly #period: number;
  readonly #source: PriceSource;
  readonly #weight: number;

  constructor(period: number, source: PriceSource) {
    this.key = indicatorKey('EMA', source, period);
    this.warmUp = period - 1;
    this.#period = period;
    this.#source = source;
    this.#weight = 2 / (period + 1);
  }

  batch(candles: Candles, out: Float64Array): void {
    const x = candles[this.#source];
    this.#extend(x, out, this.#seed(x, out), x.length);
  }

  batchWith(other: Indicator): PairBatch | null {
    if (!(other instanceof Ema) || other.#source !== this.#source) return null;
    const [short, long]: [Ema, Ema] = this.#period <= other.#period ? [this, other] : [other, this];
    return (candles, out, otherOut) => {
      const x = candles[this.#source];
      const [a, b] = short === this ? [out, otherOut] : [otherOut, out];
      short.#extend(x, a, short.#seed(x, a), long.#seed(x, b));
      if (x.length >= long.#period) short.#extendBoth(long, x, a, b);
    };
  }

  /** Writes everything up to the seed. @returns the index after it, or the length when there is none */
  #seed(x: Float64Array, out: Float64Array): number {
    const period = this.#period;
    out.fill(Number.NaN, 0, Math.min(period - 1, x.length));
    if (x.length < period) return x.length;
    let sum = 0;
    for (let i = 0; i < period; i++) sum += x[i];
    out[period - 1] = sum / period;
    return period;
  }

  #extend(x: Float64Array, out: Float64Array, from: number, to: number): void {
    const weight = this.#weight;
    let value = out[from - 1];
    for (let i = from; i < to; i++) {
      value += (x[i] - value) * weight;
      out[i] = value;
    }
  }

  #extendBoth(long: Ema, x: Float64Array, out: Float64Array, longOut: Float64Array): void {
    const [weight, longWeight, from, n] = [this.#weight, long.#weight, long.#period, x.length];
    let value = out[from - 1];
    let longValue = longOut[from - 1];
    for (let i = from; i < n; i++) {
      value += (x[i] - value) * weight;
      out[i] = value;
      longValue += (x[i] - longValue) * longWeight;
      longOut[i] = longValue;
    }
  }

  stream(): IndicatorStream {
    const source = this.#source;
    const average = new RunningEma(this.#period);
    return { next: (candles: Candles, index: number): number => average.next(candles[source][index]) };
  }
}
