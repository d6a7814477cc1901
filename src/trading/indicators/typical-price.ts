import type { Candles } from '../candle.ts';

/** (high + low + close)/3: the price that stands for a whole candle where volume is weighed. */
export function typicalPrice(candles: Candles, index: number): number {
  return (candles.high[index] + candles.low[index] + candles.close[index]) / 3;
}
