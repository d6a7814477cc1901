import type { Candles } from '../candle.ts';
import { ParameterError } from '../errors.ts';
import { checkFactor, type Indicator, indicatorKey, type IndicatorStream } from './indicator.ts';

export interface PsarParameters {
  /** What the acceleration begins with and grows by. */
  readonly step: number;
  /** What the acceleration grows to. */
  readonly maximum: number;
}

/**
 * Parabolic stop and reverse, from index 1. The stop moves towards the extreme of its trend by sar += a·(extreme − sar), where a begins with
 * `step` and grows by it, up to `maximum`, with every new extreme; it never enters the range of the last two candles. When a candle touches
 * it the trend turns, and the stop is the old trend's extreme, or beyond the last two candles' range where that reaches further. The first
 * trend is down if the second low is below the first by more than the second high is above the first, otherwise up.
 * Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978), section II; TA-Lib `SAR`. TradingView's `ta.sar` takes the first
 * trend from the first two closes.
 * @throws ParameterError when a parameter is not above 0, or the step exceeds the maximum
 */
export function psar(parameters: PsarParameters): Indicator {
  const { step, maximum } = parameters;
  checkFactor('PSAR', step, 'step');
  checkFactor('PSAR', maximum, 'maximum');
  if (step > maximum)
    throw new ParameterError(`the step ${step} of PSAR must not exceed its maximum ${maximum}`, ['step'], {
      value: step,
      limit: maximum,
    });
  return {
    key: indicatorKey('PSAR', 'close', step, maximum),
    warmUp: 1,
    batch(candles: Candles, out: Float64Array): void {
      const stream = new PsarStream(parameters);
      for (let i = 0; i < out.length; i++) out[i] = stream.next(candles, i);
    },
    stream: () => new PsarStream(parameters),
  };
}

class PsarStream implements IndicatorStream {
  readonly #step: number;
  readonly #maximum: number;
  #long: boolean | null = null;
  #acceleration: number;
  #extreme = Number.NaN;
  /** What the stop will be at the next candle. */
  #sar = Number.NaN;
  #high = Number.NaN;
  #low = Number.NaN;

  constructor({ step, maximum }: PsarParameters) {
    this.#step = step;
    this.#maximum = maximum;
    this.#acceleration = step;
  }

  next(candles: Candles, index: number): number {
    const high = candles.high[index];
    const low = candles.low[index];
    const sar = this.#stop(high, low);
    this.#high = high;
    this.#low = low;
    return sar;
  }

  #stop(high: number, low: number): number {
    if (Number.isNaN(this.#high)) return Number.NaN;
    if (this.#long === null) this.#begin(high, low);
    let sar = this.#sar;
    if (this.#long ? low <= sar : high >= sar) {
      sar = this.#long ? Math.max(this.#extreme, this.#high, high) : Math.min(this.#extreme, this.#low, low);
      this.#long = !this.#long;
      this.#acceleration = this.#step;
      this.#extreme = this.#long ? high : low;
    } else if (this.#long ? high > this.#extreme : low < this.#extreme) {
      this.#acceleration = Math.min(this.#acceleration + this.#step, this.#maximum);
      this.#extreme = this.#long ? high : low;
    }
    const moved = sar + this.#acceleration * (this.#extreme - sar);
    this.#sar = this.#long ? Math.min(moved, this.#low, low) : Math.max(moved, this.#high, high);
    return sar;
  }

  /** The trend at the second candle; the stop begins at the first candle's far end, and that candle holds it back no more. */
  #begin(high: number, low: number): void {
    const rise = high - this.#high;
    const fall = this.#low - low;
    this.#long = !(fall > 0 && fall > rise);
    this.#extreme = this.#long ? high : low;
    this.#sar = this.#long ? this.#low : this.#high;
    this.#high = high;
    this.#low = low;
  }
}
