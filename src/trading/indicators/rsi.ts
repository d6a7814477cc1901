import type { Candles } from '../candle.ts';
import { checkPeriod, type Indicator, indicatorKey, type IndicatorStream, type PriceSource } from './indicator.ts';
import { WilderMean } from './running/wilder.ts';

/**
 * Relative strength index with Wilder's smoothing: mean gain G and mean loss L of the first `period` changes at index `period`, then
 * G = (G·(period − 1) + gain)/period and likewise L; 100·G/(G + L), and 50 when both are 0.
 * Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978), section VI.
 */
export function rsi(period: number, source: PriceSource = 'close'): Indicator {
  checkPeriod('RSI', period);
  return {
    key: indicatorKey('RSI', source, period),
    warmUp: period,
    batch(candles: Candles, out: Float64Array): void {
      const x = candles[source];
      const n = x.length;
      out.fill(Number.NaN, 0, Math.min(period, x.length));
      if (n <= period) return;
      let gain = 0;
      let loss = 0;
      for (let i = 1; i <= period; i++) {
        const change = x[i] - x[i - 1];
        if (change > 0) gain += change;
        else loss -= change;
      }
      const share = 1 / period;
      const kept = period - 1;
      gain *= share;
      loss *= share;
      out[period] = strength(gain, loss);
      let before = x[period];
      for (let i = period + 1; i < n; i++) {
        const now = x[i];
        const change = now - before;
        before = now;
        // |c| ± c is twice the gain or the loss, exactly, and without a branch that no processor can predict.
        const size = Math.abs(change);
        gain = (gain * kept + (size + change) * 0.5) * share;
        loss = (loss * kept + (size - change) * 0.5) * share;
        out[i] = strength(gain, loss);
      }
    },
    stream: () => new RsiStream(period, source),
  };
}

function strength(gain: number, loss: number): number {
  const both = gain + loss;
  return both === 0 ? 50 : (100 * gain) / both;
}

class RsiStream implements IndicatorStream {
  readonly #source: PriceSource;
  readonly #gain: WilderMean;
  readonly #loss: WilderMean;
  #before = Number.NaN;

  constructor(period: number, source: PriceSource) {
    this.#source = source;
    this.#gain = new WilderMean(period);
    this.#loss = new WilderMean(period);
  }

  next(candles: Candles, index: number): number {
    const x = candles[this.#source][index];
    const change = x - this.#before;
    this.#before = x;
    if (Number.isNaN(change)) return Number.NaN;
    const size = Math.abs(change);
    return strength(this.#gain.next((size + change) * 0.5), this.#loss.next((size - change) * 0.5));
  }
}
