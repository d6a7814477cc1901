import * as ti from 'technicalindicators';
import * as ts from 'trading-signals';
import { describe, expect, it } from 'vitest';
import type { Candle, Candles } from '../../../src/trading/candle.ts';
import { candleAt, sliceCandles } from '../../../src/trading/series.ts';
import { sharedCandles, sharedMissing, whyMissing } from '../support/shared-data.ts';
import { generatedCandles, lineOn, worstDifference } from './support.ts';

/** What another library makes of candles; undefined or null where it has no value yet. */
type Peer = (candles: Candles) => (number | null | undefined)[];

/** A peer that takes one candle after the other. */
function each(make: () => (candle: Candle) => number | null | undefined): Peer {
  return (candles) => {
    const next = make();
    return Array.from(candles.openTime, (_, i) => next(candleAt(candles, i)));
  };
}

/** A peer that gives the values it has, the last one at the last candle. */
function whole(compute: (columns: Record<'high' | 'low' | 'close' | 'volume', number[]>) => (number | undefined)[]): Peer {
  return (candles) => {
    const [high, low, close, volume] = [candles.high, candles.low, candles.close, candles.volume].map((x) => [...x]);
    const values = compute({ high, low, close, volume });
    return [...Array.from({ length: close.length - values.length }, () => undefined), ...values];
  };
}

const macd = (line: 'macd' | 'signal' | 'histogram'): Peer =>
  each(() => {
    const peer = new ts.MACD(new ts.EMA(12), new ts.EMA(26), new ts.EMA(9));
    return ({ close }) => peer.update(close, false)?.[line];
  });
const bands = (line: 'upper' | 'middle' | 'lower'): Peer =>
  each(() => {
    const peer = new ts.BollingerBands(20, 2);
    return ({ close }) => peer.update(close, false)?.[line];
  });
const stochastic = (line: 'stochK' | 'stochD'): Peer =>
  each(() => {
    const peer = new ts.StochasticOscillator({ kPeriod: 14, kSlowingPeriod: 3, dPeriod: 3 });
    return (candle) => peer.update(candle, false)?.[line];
  });
const donchian = (line: 'upper' | 'middle' | 'lower'): Peer =>
  each(() => {
    const peer = new ts.DonchianChannels(20);
    return (candle) => peer.update(candle, false)?.[line];
  });
const keltner = (line: 'upper' | 'middle' | 'lower'): Peer =>
  each(() => {
    const peer = new ts.KeltnerChannels({ emaInterval: 20, atrInterval: 10, multiplier: 2 });
    return (candle) => peer.update(candle, false)?.[line];
  });
const supertrend = (read: (result: ts.SuperTrendResult) => number): Peer =>
  each(() => {
    const peer = new ts.SuperTrend({ interval: 10, multiplier: 3 });
    return (candle) => {
      const result = peer.update(candle, false);
      return result === null ? null : read(result);
    };
  });
const adx = (line: 'adx' | 'pdi' | 'mdi'): Peer =>
  whole(({ high, low, close }) => ti.ADX.calculate({ period: 14, high, low, close }).map((values) => values[line]));
/** A day's candles at a time: theirs never begins anew. */
const dailyVwap: Peer = (candles) => {
  const day = (i: number): number => Math.floor(candles.openTime[i] / 86_400_000);
  const starts = Array.from(candles.openTime, (_, i) => i).filter((i) => i === 0 || day(i) !== day(i - 1));
  return starts.flatMap((start, k) => {
    const today = sliceCandles(candles, start, starts[k + 1] ?? candles.openTime.length);
    return whole((columns) => ti.VWAP.calculate(columns))(today);
  });
};

/** Both EMAs and Wilder means forget their beginnings, where conventions differ; by then they have. */
const forgotten = 1_500;

const cases: readonly (readonly [name: string, output: string, parameters: object, peer: Peer, from: number])[] = [
  [
    'WMA',
    '',
    { period: 21 },
    each(() =>
      (
        (peer) =>
        ({ close }) =>
          peer.update(close, false)
      )(new ts.WMA(21)),
    ),
    20,
  ],
  ['WMA', '', { period: 200 }, whole(({ close }) => ti.WMA.calculate({ period: 200, values: close })), 199],
  ['MACD', 'macd', {}, macd('macd'), forgotten],
  ['MACD', 'signal', {}, macd('signal'), forgotten],
  ['MACD', 'histogram', {}, macd('histogram'), forgotten],
  ['BOLLINGER', 'upper', {}, bands('upper'), 19],
  ['BOLLINGER', 'middle', {}, bands('middle'), 19],
  ['BOLLINGER', 'lower', {}, bands('lower'), 19],
  [
    'BOLLINGER',
    'bandwidth',
    { period: 50 },
    each(() =>
      (
        (peer) =>
        ({ close }) =>
          peer.update(close, false)
      )(new ts.BollingerBandsWidth(new ts.BollingerBands(50, 2))),
    ),
    49,
  ],
  [
    'BOLLINGER',
    'percentB',
    { deviations: 2.5 },
    each(() =>
      (
        (peer) =>
        ({ close }) =>
          peer.update(close, false)
      )(new ts.PercentB({ interval: 20, deviationMultiplier: 2.5 })),
    ),
    19,
  ],
  [
    'ATR',
    '',
    {},
    each(() =>
      (
        (peer) => (candle) =>
          peer.update(candle, false)
      )(new ts.ATR(14)),
    ),
    forgotten,
  ],
  ['ATR', '', { period: 20 }, whole(({ high, low, close }) => ti.ATR.calculate({ period: 20, high, low, close })), forgotten],
  ['ADX', 'adx', {}, adx('adx'), forgotten],
  ['ADX', 'plusDi', {}, adx('pdi'), 40],
  ['ADX', 'minusDi', {}, adx('mdi'), 40],
  ['STOCHASTIC', 'k', {}, stochastic('stochK'), 17],
  ['STOCHASTIC', 'd', {}, stochastic('stochD'), 17],
  [
    'CCI',
    '',
    {},
    each(() =>
      (
        (peer) => (candle) =>
          peer.update(candle, false)
      )(new ts.CCI(20)),
    ),
    19,
  ],
  ['DONCHIAN', 'upper', {}, donchian('upper'), 19],
  ['DONCHIAN', 'middle', {}, donchian('middle'), 19],
  ['DONCHIAN', 'lower', {}, donchian('lower'), 19],
  ['KELTNER', 'upper', {}, keltner('upper'), forgotten],
  ['KELTNER', 'middle', {}, keltner('middle'), forgotten],
  ['KELTNER', 'lower', {}, keltner('lower'), forgotten],
  ['SUPERTREND', 'line', {}, supertrend(({ supertrend }) => supertrend), forgotten],
  ['SUPERTREND', 'direction', {}, supertrend(({ trend }) => (trend === ts.TradingSignal.BULLISH ? 1 : -1)), forgotten],
  [
    'ROC',
    '',
    {},
    each(() =>
      (
        (peer) =>
        ({ close }) =>
          100 * (peer.update(close, false) ?? Number.NaN)
      )(new ts.ROC(10)),
    ),
    10,
  ],
  [
    'WILLIAMS_R',
    '',
    {},
    each(() =>
      (
        (peer) => (candle) =>
          peer.update(candle, false)
      )(new ts.WilliamsR(14)),
    ),
    13,
  ],
  [
    'MFI',
    '',
    {},
    each(() =>
      (
        (peer) => (candle) =>
          peer.update(candle, false)
      )(new ts.MFI(14)),
    ),
    14,
  ],
  ['VWAP', '', {}, dailyVwap, 0],
  ['PSAR', '', {}, whole(({ high, low }) => ti.PSAR.calculate({ step: 0.02, max: 0.2, high, low })), forgotten],
  // Theirs begins with 0 at the second candle.
  [
    'OBV',
    '',
    {},
    (candles) => whole((columns) => ti.OBV.calculate(columns).map((value) => value + columns.volume[0]))(candles),
    1,
  ],
];

/** Theirs give 0 or −100 where a whole window is one price, and turn when the stop is passed, not when it is touched. */
const otherwiseInTies = ['STOCHASTIC', 'WILLIAMS_R', 'PSAR'];

function compare(candles: Candles, without: readonly string[] = []): void {
  for (const [name, output, parameters, peer, from] of cases.filter(([name]) => !without.includes(name))) {
    const theirs = peer(candles).map((value) => value ?? Number.NaN);
    const worst = worstDifference(lineOn(candles, name, { ...parameters }, output), theirs, from);
    expect.soft(worst, `${name} ${output} ${JSON.stringify(parameters)}`).toBeLessThan(1e-9);
  }
}

describe('every line agrees with an independent library', () => {
  it('on a generated market', () => compare(generatedCandles(6_000)));

  it.skipIf(sharedMissing).each(['BTCUSDT-1h', 'GOOG-1d'])(`on %s${whyMissing}`, (name) => compare(sharedCandles(name)));

  it.skipIf(sharedMissing)(`on a market with dead stretches and equal extremes${whyMissing}`, () =>
    compare(sharedCandles('ac-BTCUSDT-5m'), otherwiseInTies),
  );
});
