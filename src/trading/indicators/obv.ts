import type { Candles } from '../candle.ts';
import { type Indicator, indicatorKey, type IndicatorStream } from './indicator.ts';

/**
 * On-balance volume: the volume of the first candle, then plus the volume of every candle that closes above the one before, minus that of
 * every candle that closes below. In units of volume; its level depends on where the series begins, only its changes mean something.
 * Source: Joseph Granville, New Key to Stock Market Profits (1963); TA-Lib `OBV`. TradingView's `ta.obv` begins with 0.
 */
export function obv(): Indicator {
  return {
    key: indicatorKey('OBV', 'close'),
    warmUp: 0,
    batch(candles: Candles, out: Float64Array): void {
      const stream = new ObvStream();
      for (let i = 0; i < out.length; i++) out[i] = stream.next(candles, i);
    },
    stream: () => new ObvStream(),
  };
}

class ObvStream implements IndicatorStream {
  #close = 0;
  #balance = 0;

  next(candles: Candles, index: number): number {
    const close = candles.close[index];
    // Every price is above the 0 before the first candle.
    this.#balance += candles.volume[index] * Math.sign(close - this.#close);
    this.#close = close;
    return this.#balance;
  }
}
