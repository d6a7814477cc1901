import type { Candles } from '../candle.ts';
import { checkPeriod, type Indicator, indicatorKey, type IndicatorStream, type PriceSource } from './indicator.ts';

/**
 * Rate of change: 100·(x − b)/b, in percent, where b is the value `period` candles before; 0 where b is 0. From index `period`.
 * Source: TA-Lib `ROC`, TradingView `ta.roc`.
 */
export function roc(period: number, source: PriceSource = 'close'): Indicator {
  checkPeriod('ROC', period);
  return {
    key: indicatorKey('ROC', source, period),
    warmUp: period,
    batch(candles: Candles, out: Float64Array): void {
      const stream = new RocStream(period, source);
      for (let i = 0; i < out.length; i++) out[i] = stream.next(candles, i);
    },
    stream: () => new RocStream(period, source),
  };
}

class RocStream implements IndicatorStream {
  readonly #source: PriceSource;
  readonly #last: Float64Array;
  #place = 0;

  constructor(period: number, source: PriceSource) {
    this.#source = source;
    this.#last = new Float64Array(period).fill(Number.NaN);
  }

  next(candles: Candles, index: number): number {
    const last = this.#last;
    const x = candles[this.#source][index];
    const before = last[this.#place];
    last[this.#place] = x;
    this.#place = this.#place + 1 === last.length ? 0 : this.#place + 1;
    return before === 0 ? 0 : 100 * ((x - before) / before);
  }
}
