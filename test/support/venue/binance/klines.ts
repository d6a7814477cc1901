import { intervalMs, type VenueCandle } from '../candles.ts';

const text = (value: number): string => value.toFixed(8);

/** A candle as a row of `klines`. */
export function klineRow(candle: VenueCandle, interval: string): unknown[] {
  const { openTime, open, high, low, close, volume } = candle;
  const closeTime = openTime + (intervalMs[interval] ?? 0) - 1;
  return [openTime, text(open), text(high), text(low), text(close), text(volume), closeTime, '0.0', 10, '0.0', '0.0', '0'];
}

/** A candle as the kline stream tells it. `x` says that it is closed. */
export function klineEvent(symbol: string, interval: string, candle: VenueCandle, isClosed: boolean, at: number): unknown {
  const { openTime, open, high, low, close, volume } = candle;
  return {
    e: 'kline',
    E: at,
    s: symbol,
    k: {
      t: openTime,
      T: openTime + (intervalMs[interval] ?? 0) - 1,
      s: symbol,
      i: interval,
      f: 100,
      L: 200,
      o: text(open),
      c: text(close),
      h: text(high),
      l: text(low),
      v: text(volume),
      n: 100,
      x: isClosed,
      q: '0.00000000',
      V: '0.00000000',
      Q: '0.00000000',
      B: '0',
    },
  };
}
