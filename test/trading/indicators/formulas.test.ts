import { describe, expect, it } from 'vitest';
import type { Candles } from '../../../src/trading/candle.ts';
import { generatedCandles, lineOn, tradedCandles, worstDifference } from './support.ts';

/*
 * The definitions once more, the long way: every value from its whole history, nothing carried along. Where other libraries begin otherwise
 * these say what the beginning is.
 */

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const places = (candles: Candles): number[] => Array.from(candles.openTime, (_, i) => i);
/** The last `period` values up to each place; null while there are fewer numbers. */
function windows<T>(values: readonly number[], period: number, of: (window: number[]) => T, otherwise: T): T[] {
  return values.map((_, i) => {
    const window = values.slice(Math.max(0, i - period + 1), i + 1);
    return window.length < period || window.some(Number.isNaN) ? otherwise : of(window);
  });
}
const smoothed = (values: readonly number[], period: number, weight: number): number[] => {
  const first = values.findIndex((value) => !Number.isNaN(value));
  let value = Number.NaN;
  return values.map((x, i) => {
    if (first < 0 || i < first + period - 1) return Number.NaN;
    value = i === first + period - 1 ? mean(values.slice(first, i + 1)) : value * (1 - weight) + x * weight;
    return value;
  });
};
const ema = (values: readonly number[], period: number): number[] => smoothed(values, period, 2 / (period + 1));
const wilder = (values: readonly number[], period: number): number[] => smoothed(values, period, 1 / period);
const trueRanges = ({ high, low, close }: Candles): number[] =>
  Array.from(high, (h, i) =>
    i === 0 ? Number.NaN : Math.max(h - low[i], Math.abs(h - close[i - 1]), Math.abs(low[i] - close[i - 1])),
  );
const typical = ({ high, low, close }: Candles): number[] => Array.from(high, (h, i) => (h + low[i] + close[i]) / 3);

function directions(candles: Candles, period: number): Record<'adx' | 'plusDi' | 'minusDi', number[]> {
  const { high, low } = candles;
  const moves = places(candles).map((i) => [high[i] - high[i - 1], low[i - 1] - low[i]]);
  const plusDm = moves.map(([up, down], i) => (i === 0 ? Number.NaN : up > down && up > 0 ? up : 0));
  const minusDm = moves.map(([up, down], i) => (i === 0 ? Number.NaN : down > up && down > 0 ? down : 0));
  const range = wilder(trueRanges(candles), period);
  const share = (moves: number[]): number[] =>
    wilder(moves, period).map((move, i) => (range[i] === 0 ? 0 : (100 * move) / range[i]));
  const [plusDi, minusDi] = [share(plusDm), share(minusDm)];
  const dx = plusDi.map((plus, i) => (plus + minusDi[i] === 0 ? 0 : (100 * Math.abs(plus - minusDi[i])) / (plus + minusDi[i])));
  return { adx: wilder(dx, period), plusDi, minusDi };
}

function macd(candles: Candles): Record<'macd' | 'signal' | 'histogram', number[]> {
  const slow = ema([...candles.close], 26);
  const macd = ema([...candles.close], 12).map((fast, i) => fast - slow[i]);
  const signal = ema(macd, 9);
  return { macd, signal, histogram: macd.map((value, i) => value - signal[i]) };
}

function keltner(candles: Candles): Record<'upper' | 'middle' | 'lower', number[]> {
  const middle = ema([...candles.close], 20);
  const away = wilder(trueRanges(candles), 10).map((range) => 2 * range);
  return { upper: middle.map((m, i) => m + away[i]), middle, lower: middle.map((m, i) => m - away[i]) };
}

function supertrend(candles: Candles): Record<'line' | 'direction', number[]> {
  const { high, low, close } = candles;
  const range = wilder(trueRanges(candles), 10);
  const [upper, lower, line, direction] = [0, 1, 2, 3].map(() => places(candles).map(() => Number.NaN));
  for (let i = 10; i < range.length; i++) {
    const [above, below] = [(high[i] + low[i]) / 2 + 3 * range[i], (high[i] + low[i]) / 2 - 3 * range[i]];
    upper[i] = i === 10 || above < upper[i - 1] || close[i - 1] > upper[i - 1] ? above : upper[i - 1];
    lower[i] = i === 10 || below > lower[i - 1] || close[i - 1] < lower[i - 1] ? below : lower[i - 1];
    if (i === 10) direction[i] = -1;
    else if (direction[i - 1] === -1) direction[i] = close[i] > upper[i] ? 1 : -1;
    else direction[i] = close[i] < lower[i] ? -1 : 1;
    line[i] = direction[i] === 1 ? lower[i] : upper[i];
  }
  return { line, direction };
}

function bollinger(candles: Candles): Record<'upper' | 'bandwidth' | 'percentB', number[]> {
  const x = [...candles.close];
  const both = windows(
    x,
    20,
    (window) => {
      const m = mean(window);
      const away = window.every((value) => value === window[0])
        ? 0
        : 2 * Math.sqrt(mean(window.map((value) => (value - m) ** 2)));
      return [m, away];
    },
    [Number.NaN, Number.NaN],
  );
  return {
    upper: both.map(([m, away]) => m + away),
    bandwidth: both.map(([m, away]) => (2 * away) / m),
    percentB: both.map(([m, away], i) => (away === 0 ? 0.5 : (x[i] - m + away) / (2 * away))),
  };
}

function cci(candles: Candles): number[] {
  const price = typical(candles);
  const distance = windows(
    price,
    20,
    (window) => [
      mean(window),
      window.every((value) => value === window[0]) ? 0 : mean(window.map((t) => Math.abs(t - mean(window)))),
    ],
    [Number.NaN, Number.NaN],
  );
  return distance.map(([m, d], i) => (d === 0 ? 0 : (price[i] - m) / (0.015 * d)));
}

function rollingVwap({ volume, ...rest }: Candles): number[] {
  const price = typical({ volume, ...rest });
  const traded = windows([...volume], 30, sum, Number.NaN);
  const value = windows(
    price.map((t, i) => t * volume[i]),
    30,
    sum,
    Number.NaN,
  );
  return traded.map((v, i) => (v === 0 ? price[i] : value[i] / v));
}

function dailyVwap(candles: Candles): number[] {
  const price = typical(candles);
  const day = (i: number): string => new Date(candles.openTime[i]).toISOString().slice(0, 10);
  return places(candles).map((i) => {
    const today = places(candles).filter((k) => k <= i && day(k) === day(i));
    const traded = sum(today.map((k) => candles.volume[k]));
    return traded === 0 ? price[i] : sum(today.map((k) => price[k] * candles.volume[k])) / traded;
  });
}

function mfi(candles: Candles): number[] {
  const price = typical(candles);
  const flows = (sign: 1 | -1): number[] =>
    price.map((t, i) => (i === 0 ? Number.NaN : Math.sign(t - price[i - 1]) === sign ? t * candles.volume[i] : 0));
  const falls = windows(flows(-1), 14, sum, Number.NaN);
  return windows(flows(1), 14, sum, Number.NaN).map((rises, i) =>
    rises + falls[i] === 0 ? 50 : 100 - 100 / (1 + rises / falls[i]),
  );
}

function stochastic(candles: Candles): Record<'k' | 'd', number[]> {
  const highest = windows([...candles.high], 14, (window) => Math.max(...window), Number.NaN);
  const lowest = windows([...candles.low], 14, (window) => Math.min(...window), Number.NaN);
  const place = highest.map((high, i) => (high === lowest[i] ? 50 : (100 * (candles.close[i] - lowest[i])) / (high - lowest[i])));
  const k = windows(place, 3, mean, Number.NaN);
  return { k, d: windows(k, 3, mean, Number.NaN) };
}

const definitions: readonly (readonly [
  name: string,
  parameters: object,
  lines: (candles: Candles) => Readonly<Record<string, number[]>>,
])[] = [
  ['EMA', {}, (candles) => ({ '': ema([...candles.close], 20) })],
  ['MACD', {}, macd],
  ['BOLLINGER', {}, bollinger],
  ['ATR', {}, (candles) => ({ '': wilder(trueRanges(candles), 14) })],
  ['ADX', {}, (candles) => directions(candles, 14)],
  ['ADX', { period: 1 }, (candles) => directions(candles, 1)],
  ['STOCHASTIC', {}, stochastic],
  ['CCI', {}, (candles) => ({ '': cci(candles) })],
  ['VWAP', {}, (candles) => ({ '': dailyVwap(candles) })],
  ['VWAP', { period: 30 }, (candles) => ({ '': rollingVwap(candles) })],
  ['KELTNER', {}, keltner],
  ['SUPERTREND', {}, supertrend],
  ['MFI', {}, (candles) => ({ '': mfi(candles) })],
];

/** A live market that dies for 60 candles, without any trade for half of them, and lives on. */
function dyingMarket(): Candles {
  const { open, high, low, close, volume } = generatedCandles(400);
  const rows = Array.from(open, (_, i) => [open[i], high[i], low[i], close[i], volume[i]] as const);
  const still = close[199];
  const dead = Array.from({ length: 60 }, (_, i) => [still, still, still, still, i < 30 ? 7 : 0] as const);
  return tradedCandles([...rows.slice(0, 200), ...dead, ...rows.slice(200)]);
}

describe.each(definitions)('%s %j is what its formula says from the first value to the last', (name, parameters, lines) => {
  it.each([
    ['in a live market', generatedCandles(400)],
    ['in one that dies for a while', dyingMarket()],
  ])('%s', (_market, candles) => {
    for (const [output, expected] of Object.entries(lines(candles))) {
      const actual = lineOn(candles, name, { ...parameters }, output);
      const from = expected.findIndex((value) => !Number.isNaN(value));
      expect(actual.findIndex((value) => !Number.isNaN(value))).toBe(from);
      expect(worstDifference(actual, expected, from), output).toBeLessThan(1e-9);
    }
  });
});
