import { describe, expect, it } from 'vitest';
import { closesOf, hour, start } from '../support/builders.ts';
import { lineOn, tradedCandles } from './support.ts';

/** The first 28 days of the series on which TA-Lib's own tests are made: open, high, low, close, volume. */
const daily = tradedCandles([
  [92.5, 93.25, 90.75, 91.5, 4_077_500],
  [91.5, 94.94, 91.405, 94.815, 4_955_900],
  [95.155, 96.375, 94.25, 94.375, 4_775_300],
  [93.97, 96.19, 93.5, 95.095, 4_155_300],
  [95.5, 96, 92.815, 93.78, 4_593_100],
  [94.5, 94.72, 93.5, 94.625, 3_631_300],
  [95, 95, 92, 92.53, 3_382_800],
  [91.5, 93.72, 89.75, 92.75, 4_954_200],
  [91.815, 92.47, 89.44, 90.315, 4_500_000],
  [91.125, 92.75, 90.625, 92.47, 3_397_500],
  [93.875, 96.25, 92.75, 96.125, 4_204_500],
  [97.5, 99.625, 96.315, 97.25, 6_321_400],
  [98.815, 99.125, 96.03, 98.5, 10_203_600],
  [92, 92.75, 88.815, 89.875, 19_043_900],
  [91.125, 91.315, 86.75, 91, 11_692_000],
  [91.875, 93.25, 90.94, 92.815, 9_553_300],
  [93.405, 93.405, 88.905, 89.155, 8_920_300],
  [89.75, 90.655, 88.78, 89.345, 5_970_900],
  [89.345, 91.97, 89.25, 91.625, 5_062_300],
  [92.25, 92.25, 89.75, 89.875, 3_705_600],
  [89.78, 90.345, 87.5, 88.375, 5_865_600],
  [87.94, 88.5, 86.53, 87.625, 5_603_000],
  [87.595, 88.25, 84.625, 84.78, 5_811_900],
  [85.22, 85.5, 82.28, 83, 8_483_800],
  [83.5, 84.44, 81.565, 83.5, 5_995_200],
  [83.5, 84.75, 80.875, 81.375, 5_408_800],
  [81.25, 84.44, 81.25, 84.44, 5_430_500],
  [85.125, 89.405, 84.065, 89.25, 6_283_800],
]);

/** Wilder's own example of the parabolic stop and reverse, as far as his book's table goes. */
const wilderHighs = [
  51.12, 52.35, 52.1, 51.8, 52.1, 52.5, 52.8, 52.5, 53.5, 53.5, 53.8, 54.2, 53.4, 53.5, 54.4, 55.2, 55.7, 57, 57.5, 58, 57.7, 58,
  57.5, 57, 56.7, 57.5, 56.7, 56, 56.2, 54.8, 55.5, 54.7, 54, 52.5, 51, 51.5, 51.7, 53,
];
const wilderLows = [
  50, 51.5, 51, 50.5, 51.25, 51.7, 51.85, 51.5, 52.3, 52.5, 53, 53.5, 52.5, 52.1, 53, 54, 55, 56, 56.5, 57, 56.5, 57.3, 56.7,
  56.3, 56.2, 56, 55.5, 55, 54.9, 54, 54.5, 53.8, 53, 51.5, 50, 50.5, 50.2, 51.5,
];

describe('published values', () => {
  // Source: TA-Lib, ta_regtest: test_per_hlc.c, test_per_hlcv.c, test_stoch.c, test_mom.c on test_data.c.
  it.each([
    ['CCI', { period: 2 }, '', 1, 66.666],
    ['CCI', { period: 5 }, '', 4, 18.857],
    ['CCI', { period: 11 }, '', 10, 87.927],
    ['CCI', { period: 11 }, '', 12, 143.5190963],
    ['CCI', { period: 11 }, '', 13, -113.8669783],
    ['CCI', { period: 11 }, '', 27, 22.03829204],
    ['WILLIAMS_R', { period: 14 }, '', 13, -90.1943],
    ['WILLIAMS_R', { period: 14 }, '', 14, -66.9903],
    ['WILLIAMS_R', { period: 14 }, '', 25, -97.2602],
    ['MFI', { period: 14 }, '', 14, 42.8923],
    ['MFI', { period: 14 }, '', 15, 45.6072],
    ['STOCHASTIC', { kPeriod: 5, kSmoothing: 3, dPeriod: 4 }, 'k', 9, 38.139],
    ['STOCHASTIC', { kPeriod: 5, kSmoothing: 3, dPeriod: 3 }, 'd', 8, 36.254],
    ['STOCHASTIC', { kPeriod: 5, kSmoothing: 3, dPeriod: 4 }, 'd', 9, 36.725],
    ['ROC', { period: 14 }, '', 14, -0.546],
    ['ROC', { period: 14 }, '', 15, -2.109],
  ])('%s %j %s at candle %i is %d', (name, parameters, output, index, expected) => {
    const decimals = String(expected).split('.')[1].length;
    // The last digit of some is cut off there, of others rounded.
    expect(Math.abs(lineOn(daily, name, parameters, output)[index] - expected)).toBeLessThan(10 ** -decimals);
  });

  it.each([
    [14, 3.9321],
    [15, 3.7576],
  ])('ATR(14) in percent of the close, at candle %i, is %d', (index, expected) => {
    const percent = (100 * lineOn(daily, 'ATR', { period: 14 })[index]) / daily.close[index];
    expect(Math.abs(percent - expected)).toBeLessThan(1e-4);
  });

  it("PSAR follows Wilder's table", () => {
    // Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978), section II, by way of TA-Lib's test_sar.c.
    const candles = tradedCandles(wilderHighs.map((high, i) => [high, high, wilderLows[i], wilderLows[i], 1]));
    const sar = lineOn(candles, 'PSAR');
    expect([sar[1], sar[2].toFixed(3), sar[5].toFixed(3), sar[36].toFixed(2), sar[37]]).toEqual([
      50,
      '50.047',
      '50.182',
      '52.93',
      50,
    ]);
  });

  it('Bollinger: eight numbers with the mean 5 and the standard deviation 2', () => {
    // Source: the basic example of Wikipedia, "Standard deviation".
    const candles = closesOf([2, 4, 4, 4, 5, 5, 7, 9]);
    const last = (output: string): number => lineOn(candles, 'BOLLINGER', { period: 8 }, output)[7];
    expect(['upper', 'middle', 'lower', 'bandwidth', 'percentB'].map(last)).toEqual([9, 5, 1, 1.6, 1]);
  });
});

describe('small series', () => {
  const last = (values: number[]): number => values[values.length - 1];

  it('WMA weighs the newest most', () => {
    expect(lineOn(closesOf([1, 2, 6, 3, 9]), 'WMA', { period: 3 }).slice(2)).toEqual([
      (1 * 1 + 2 * 2 + 3 * 6) / 6,
      (1 * 2 + 2 * 6 + 3 * 3) / 6,
      (1 * 6 + 2 * 3 + 3 * 9) / 6,
    ]);
  });

  it('OBV adds the volume of a rise, takes that of a fall, and ignores that of a tie', () => {
    const candles = tradedCandles([
      [10, 10, 10, 10, 5],
      [10, 11, 10, 11, 7],
      [11, 11, 11, 11, 100],
      [11, 11, 9, 9, 2],
    ]);
    expect(lineOn(candles, 'OBV')).toEqual([5, 12, 12, 10]);
  });

  it('VWAP begins anew at midnight UTC, unless it rolls', () => {
    const candles = tradedCandles(
      [
        [10, 10, 10, 10, 1],
        [20, 20, 20, 20, 3],
        [30, 30, 30, 30, 5],
        [60, 60, 60, 60, 10],
      ],
      hour,
      start - 2 * hour,
    );
    expect(lineOn(candles, 'VWAP')).toEqual([10, 17.5, 30, 50]);
    expect(lineOn(candles, 'VWAP', { period: 2 })).toEqual([Number.NaN, 17.5, 210 / 8, 50]);
  });

  it('SuperTrend keeps its line until a close is beyond it', () => {
    const rows = [
      [10, 11, 9, 10],
      [10, 11, 9, 10], // range 2: the bands are 10 ± 2, the trend counts as down
      [10, 11, 9, 10], // 12 holds
      [10, 14, 10, 14], // range 4: 12 ± 4, but 12 holds, and 14 is above it: up, at 8
      [14, 15, 13, 14], // range 2: the lower band rises to 12
      [14, 14, 11, 11.5], // range 3: 12.5 ± 3, but 12 holds, and 11.5 is below it: down, at 15.5
      [11.5, 12.5, 10.5, 11], // 2: the upper band falls to 13.5
    ] as const;
    const candles = tradedCandles(rows.map((row) => [...row, 1]));
    const lines = ['line', 'direction'].map((output) =>
      lineOn(candles, 'SUPERTREND', { period: 1, multiplier: 1 }, output).slice(1),
    );
    expect(lines).toEqual([
      [12, 12, 8, 12, 15.5, 13.5],
      [-1, -1, 1, 1, -1, -1],
    ]);
  });

  it.each([
    ['up, and turns when it is touched', [12, 13, 12.5], [10, 11, 10.06], [10, 13]],
    ['up, and goes on when it is missed by a little', [12, 13, 12.5], [10, 11, 10.07], [10, 10.06]],
    ['down where the low fell further than the high rose', [12, 11.5, 11], [10, 9, 9.5], [12, 11.94]],
    ['up where both moved as far, and turns at once', [12, 13, 12], [10, 9, 10], [13, 13]],
  ])('PSAR begins %s', (_what, highs, lows, expected) => {
    const candles = tradedCandles(highs.map((high, i) => [high, high, lows[i], lows[i], 1]));
    expect(lineOn(candles, 'PSAR').slice(1)).toEqual(expected);
  });

  it('ADX and DI of a market that only rises', () => {
    const candles = closesOf([10, 11, 12, 13, 14, 15, 16, 17]);
    const lines = ['adx', 'plusDi', 'minusDi'].map((output) => last(lineOn(candles, 'ADX', { period: 3 }, output)));
    expect(lines).toEqual([100, 100, 0]);
  });

  it('Donchian has the current candle in it', () => {
    const candles = tradedCandles([
      [5, 9, 4, 5, 1],
      [5, 7, 3, 6, 1],
      [6, 8, 5, 7, 1],
    ]);
    expect(['upper', 'middle', 'lower'].map((output) => lineOn(candles, 'DONCHIAN', { period: 2 }, output).slice(1))).toEqual([
      [9, 8],
      [6, 5.5],
      [3, 3],
    ]);
  });
});

describe('where nothing moves or nothing is traded', () => {
  // 0.1 is no round number in binary, so a sloppy mean of it is not 0.1.
  const still = tradedCandles(Array.from({ length: 60 }, () => [0.1, 0.1, 0.1, 0.1, 0] as const));
  it.each([
    ['MACD', 'histogram', 0],
    ['BOLLINGER', 'upper', 0.1],
    ['BOLLINGER', 'middle', 0.1],
    ['BOLLINGER', 'lower', 0.1],
    ['BOLLINGER', 'bandwidth', 0],
    ['BOLLINGER', 'percentB', 0.5],
    ['ATR', '', 0],
    ['ADX', 'adx', 0],
    ['ADX', 'plusDi', 0],
    ['ADX', 'minusDi', 0],
    ['STOCHASTIC', 'k', 50],
    ['STOCHASTIC', 'd', 50],
    ['CCI', '', 0],
    ['OBV', '', 0],
    ['VWAP', '', 0.1],
    ['DONCHIAN', 'middle', 0.1],
    ['SUPERTREND', 'direction', -1],
    ['ROC', '', 0],
    ['WILLIAMS_R', '', -50],
    ['MFI', '', 50],
    ['PSAR', '', 0.1],
  ])('%s %s is %d', (name, output, expected) => {
    expect(lineOn(still, name, {}, output)[59]).toBeCloseTo(expected, 14);
  });

  it('Bollinger bands do not remember a move that has left their window, and the CCI neither', () => {
    const moved = tradedCandles(
      Array.from({ length: 90 }, (_, i) => {
        const price = i < 33 ? 50_000.1 + (i % 7) * 1_234.567 : 0.1;
        return [price, price, price, price, 1] as const;
      }),
    );
    for (let i = 33 + 19; i < 90; i++) {
      expect(lineOn(moved, 'BOLLINGER', {}, 'upper')[i]).toBe(0.1);
      expect(lineOn(moved, 'BOLLINGER', {}, 'percentB')[i]).toBe(0.5);
      expect(lineOn(moved, 'CCI')[i]).toBe(0);
    }
  });

  it('MFI and VWAP do not remember a volume that has left their window', () => {
    const traded = tradedCandles(
      Array.from({ length: 60 }, (_, i) => [10, 10 + (i % 2), 10, 10 + (i % 2), i < 20 ? 1e17 / (i + 3) : i % 2] as const),
    );
    // Rises have the volume 1 from candle 20 on, falls have none.
    expect(lineOn(traded, 'MFI').slice(20 + 14)).toEqual(Array.from({ length: 26 }, () => 100));
    const typical = (11 + 10 + 11) / 3;
    for (const value of lineOn(traded, 'VWAP', { period: 14 }).slice(20 + 14)) expect(value).toBeCloseTo(typical, 12);
  });
});
