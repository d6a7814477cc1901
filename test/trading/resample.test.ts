import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candle } from '../../src/trading/candle.ts';
import { CandleBuilder, resample } from '../../src/trading/resample.ts';
import { candleAt, candlesOf as columnsOf } from '../../src/trading/series.ts';
import { openTimeAt, parseTimeframe, Timeframe, timeframeMs, timeframeText } from '../../src/trading/timeframe.ts';
import { candlesOf, hour, type Row, start } from './support/builders.ts';

const rows: readonly Row[] = [
  [10, 12, 9, 11],
  [11, 15, 10, 14],
  [14, 14.5, 8, 9],
  [9, 10, 8.5, 9.5],
  [9.5, 20, 9.5, 19],
  [19, 19, 5, 6],
  [6, 7, 6, 7],
  [7, 8, 6.5, 7.5],
];

describe('candles of a longer timeframe', () => {
  it('have the first open, the highest high, the lowest low, the last close and the whole volume', () => {
    const { candles, incomplete } = resample(candlesOf(rows), 'H1', 'H4');
    expect(incomplete).toEqual([]);
    expect([0, 1].map((i) => candleAt(candles, i))).toEqual([
      { openTime: start, open: 10, high: 15, low: 8, close: 9.5, volume: 4 },
      { openTime: start + 4 * hour, open: 9.5, high: 20, low: 5, close: 7.5, volume: 4 },
    ]);
    expect(candles.openTime).toHaveLength(2);
  });

  it('leave out a first and a last one that the series does not cover', () => {
    const { candles } = resample(candlesOf([...rows, ...rows].slice(0, 13), start - hour), 'H1', 'H4');
    expect([...candles.openTime]).toEqual([start, start + 4 * hour, start + 8 * hour]);
    const short = candlesOf([...rows, ...rows].slice(0, 12), start - hour);
    expect([...resample(short, 'H1', 'H4').candles.openTime]).toEqual([start, start + 4 * hour]);
  });

  it('name those inside that lack a part, and build them from the rest', () => {
    const whole = candlesOf([...rows, ...rows.slice(0, 4)]);
    const kept = Array.from({ length: 12 }, (_, i) => candleAt(whole, i)).filter((_candle, i) => i !== 5);
    const { candles, incomplete } = resample(columnsOf(kept), 'H1', 'H4');
    expect(incomplete).toEqual([start + 4 * hour]);
    expect(candleAt(candles, 1)).toEqual({
      openTime: start + 4 * hour,
      open: 9.5,
      high: 20,
      low: 6,
      close: 7.5,
      volume: 3,
    });
  });

  it('are none of none, and the same of the same length', () => {
    expect(resample(columnsOf([]), 'H1', 'H4').candles.openTime).toHaveLength(0);
    expect(resample(candlesOf(rows), 'H1', 'H1').candles).toEqual(candlesOf(rows));
  });

  it.each([
    ['M5', 'M3'],
    ['H4', 'H1'],
    ['H4', 'H6'],
  ] as const)('of %s are not %s', (from, to) => {
    expect(() => resample(candlesOf(rows), from, to)).toThrow(`${to} candles cannot be built from ${from} candles`);
  });

  it('are the same in one step as in two', () => {
    const minutes = fc.array(fc.tuple(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 0, max: 99_999 })), {
      minLength: 120,
      maxLength: 400,
    });
    fc.assert(
      fc.property(minutes, (closes) => {
        const candles = columnsOf(
          closes.map(([close, volume], i) => ({
            openTime: start + i * 60_000,
            open: close,
            high: close + (i % 7),
            low: close / ((i % 3) + 1),
            close,
            volume: volume / 1_000,
          })),
        );
        const fives = resample(candles, 'M1', 'M5').candles;
        expect(resample(fives, 'M5', 'H1').candles).toEqual(resample(candles, 'M1', 'H1').candles);
      }),
    );
  });
});

describe('a candle that grows', () => {
  const part = (open: number, high: number, low: number, close: number, volume: number): Candle => ({
    openTime: 0,
    open,
    high,
    low,
    close,
    volume,
  });

  it('adds volumes as the decimals they are, whatever their sizes', () => {
    const tenths = new CandleBuilder(0);
    for (let i = 0; i < 10; i++) tenths.addCandle(part(1, 1, 1, 1, 0.1));
    expect(tenths.candle().volume).toBe(1);
    const sizes = new CandleBuilder(0);
    for (const volume of [1, 1e16, 3, 1e16]) sizes.addCandle(part(1, 1, 1, 1, volume));
    expect(sizes.candle().volume).toBe(2e16);
    // Next to 1e14 a double is right to a 64th: each of the hundredths alone would count one and a half.
    const hundredths = Array.from({ length: 100 }, () => 0.01);
    for (const volumes of [
      [1e14, ...hundredths],
      [...hundredths.slice(1), 1e14, 0.01],
    ]) {
      const builder = new CandleBuilder(0);
      for (const volume of volumes) builder.addCandle(part(1, 1, 1, 1, volume));
      expect(builder.candle().volume).toBe(100_000_000_000_001);
      expect(builder.with(part(1, 1, 1, 1, 1)).volume).toBe(100_000_000_000_002);
    }
  });

  it('shows what one more part would make of it, and stays what it is', () => {
    const builder = new CandleBuilder(start);
    expect(builder.with(part(5, 6, 4, 5.5, 2))).toEqual({ openTime: start, open: 5, high: 6, low: 4, close: 5.5, volume: 2 });
    builder.addCandle(part(5, 6, 4, 5.5, 2));
    const before = builder.candle();
    expect(builder.with(part(5.5, 7, 5, 6.5, 1))).toEqual({
      openTime: start,
      open: 5,
      high: 7,
      low: 4,
      close: 6.5,
      volume: 3,
    });
    expect(builder.with(part(5.5, 5.6, 3, 3.5, 1))).toMatchObject({ open: 5, high: 6, low: 3, close: 3.5 });
    expect(builder.candle()).toEqual(before);
    expect(builder.count).toBe(1);
  });
});

describe('timeframes', () => {
  it.each([
    ['M15', '2024-01-03T10:44:59.999Z', '2024-01-03T10:30:00Z'],
    ['H4', '2024-01-03T10:44:00Z', '2024-01-03T08:00:00Z'],
    ['D1', '2024-01-03T00:00:00Z', '2024-01-03T00:00:00Z'],
    ['W1', '2024-01-07T23:59:59Z', '2024-01-01T00:00:00Z'],
    ['W1', '2024-01-08T00:00:00Z', '2024-01-08T00:00:00Z'],
  ] as const)('%s: %s is within the candle of %s', (timeframe, at, open) => {
    expect(openTimeAt(timeframe, Date.parse(at))).toBe(Date.parse(open));
  });

  it('are read as they are written, and in capitals or small letters', () => {
    for (const timeframe of Object.values(Timeframe)) {
      expect(parseTimeframe(timeframeText(timeframe))).toBe(timeframe);
      expect(parseTimeframe(` ${timeframe.toLowerCase()} `)).toBe(timeframe);
    }
    expect([timeframeText('M15'), timeframeMs('M3'), timeframeMs('D1'), timeframeMs('W1')]).toEqual([
      '15m',
      180_000,
      86_400_000,
      604_800_000,
    ]);
    for (const text of ['', 'x', '7h', 'H', '1', '1hh', 'x1h', '1hx']) expect(parseTimeframe(text)).toBeUndefined();
  });
});
