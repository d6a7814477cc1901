import type { Candles } from '../../src/trading/candle.ts';
import { emptyCandles } from '../../src/trading/series.ts';

/** Mulberry32: a small seeded generator, uniform in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A random walk in hourly candles that looks like a market to an EMA cross: slow swings, noisy closes, wicks, a cent as the tick. */
export function generatedCandles(count: number, seed = 1): Candles {
  const random = seeded(seed);
  const candles = emptyCandles(count);
  const cent = (price: number): number => Math.max(1, Math.round(price * 100) / 100);
  let price = 27_000;
  let drift = 0;
  for (let i = 0; i < count; i++) {
    drift = drift * 0.98 + (random() - 0.5) * 0.0008;
    const open = price;
    const close = cent(open * (1 + drift + (random() - 0.5) * 0.012) + (20_000 - open) * 0.0002);
    candles.openTime[i] = 1_600_000_000_000 - (1_600_000_000_000 % 3_600_000) + i * 3_600_000;
    candles.open[i] = open;
    candles.close[i] = close;
    candles.high[i] = cent(Math.max(open, close) * (1 + random() * 0.004));
    candles.low[i] = cent(Math.min(open, close) * (1 - random() * 0.004));
    candles.volume[i] = Math.round(random() * 1e6) / 1e3;
    price = close;
  }
  return candles;
}
