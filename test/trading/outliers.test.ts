import { describe, expect, it } from 'vitest';
import type { Candles } from '../../src/trading/candle.ts';
import { findOutliers, maxOutliers } from '../../src/trading/outliers.ts';
import { candlesOf } from '../../src/trading/series.ts';

/** Closes that go up and down by 0.2 %, with a little room above and below. */
function quiet(
  count: number,
  change: (index: number, close: number) => Partial<{ high: number; low: number; close: number }> = () => ({}),
): Candles {
  let open = 100;
  const rows = Array.from({ length: count }, (_, i) => {
    const usual = i % 2 === 0 ? 100 : 100.2;
    const close = change(i, usual).close ?? usual;
    const { high = Math.max(open, close) * 1.0005, low = Math.min(open, close) * 0.9995 } = change(i, usual);
    const row = {
      openTime: i * 60_000,
      open,
      high: Math.max(high, open, close),
      low: Math.min(low, open, close),
      close,
      volume: 1,
    };
    open = close;
    return row;
  });
  return candlesOf(rows);
}

describe('outliers', () => {
  it('are none where nothing stands out', () => {
    expect(findOutliers(quiet(500))).toEqual({ outliers: [], outlierCandles: 0 });
  });

  it.each([
    ['a wick up', { high: 130 }, { price: 130, deviation: 130 / 100.2 - 1 }],
    ['a wick down', { low: 60 }, { price: 60, deviation: 60 / 100.2 - 1 }],
    ['a close that comes back at once', { close: 140 }, { price: 140 * 1.0005, deviation: (140 * 1.0005) / 100.2 - 1 }],
  ])('are seen: %s', (_name, change, seen) => {
    const { outliers, outlierCandles: count } = findOutliers(quiet(500, (i) => (i === 200 ? change : {})));
    expect(count).toBe(1);
    expect(outliers).toEqual([
      { index: 200, at: 200 * 60_000, price: seen.price, deviation: expect.closeTo(seen.deviation, 12) },
    ]);
  });

  it.each([
    ['a crash that stays', (i: number, close: number) => (i >= 200 ? { close: close * 0.7 } : {})],
    ['a move under 5 %', (i: number) => (i === 200 ? { high: 104.9 } : {})],
    ['anything in the first 50 candles', (i: number) => (i === 50 ? { high: 200 } : {})],
    ['the first and the last candle', (i: number) => (i === 0 || i === 499 ? { high: 200 } : {})],
  ])('are not: %s', (_name, change) => {
    expect(findOutliers(quiet(500, change)).outlierCandles).toBe(0);
  });

  it('are measured by how the market usually moves', () => {
    const wild = (size: number) =>
      quiet(500, (i, close) => (i === 200 ? { high: 112 } : { close: i % 2 ? close * (1 + size) : close }));
    expect(findOutliers(wild(0.003)).outlierCandles).toBe(1);
    expect(findOutliers(wild(0.006)).outlierCandles).toBe(0);
  });

  it('do not raise what counts as usual', () => {
    const often = findOutliers(quiet(600, (i) => (i >= 100 && i % 50 === 0 ? { close: 150 } : {})));
    expect(often.outliers.map(({ index }) => index)).toEqual([100, 150, 200, 250, 300, 350, 400, 450, 500, 550]);
  });

  it('are listed up to a limit and counted beyond', () => {
    const { outliers, outlierCandles: count } = findOutliers(quiet(5_000, (i) => (i > 50 && i % 4 === 0 ? { high: 150 } : {})));
    expect([outliers.length, count]).toEqual([maxOutliers, (5_000 - 52) / 4]);
  });

  it('need at least three candles to have neighbours', () => {
    expect([0, 1, 2].map((count) => findOutliers(quiet(count)).outlierCandles)).toEqual([0, 0, 0]);
  });
});
