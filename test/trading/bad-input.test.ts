import { describe, expect, it } from 'vitest';
import { type BacktestSpec, runBacktest } from '../../src/trading/backtest.ts';
import type { Candles } from '../../src/trading/candle.ts';
import { ParameterError } from '../../src/trading/errors.ts';
import { runPortfolioBacktest } from '../../src/trading/portfolio/run.ts';
import { Signal } from '../../src/trading/strategy.ts';
import { candlesOf, closesOf, hour, plain, scripted, start } from './support/builders.ts';

const good = closesOf(Array.from({ length: 60 }, (_, i) => 100 + (i % 7)));
const spec = { strategy: 'ema-rsi', timeframe: 'H1' } as const;

/** How a run was refused, and whether anything had run by then. */
function refusal(candles: Candles, options: object): { path: string; message: string; progressed: number } {
  let progressed = 0;
  try {
    runBacktest(candles, { ...spec, ...options } as BacktestSpec, () => {
      progressed += 1;
      return true;
    });
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    return { path: error.path.join('.'), message: error.message, progressed };
  }
  throw new Error('nothing was refused');
}

describe('a spec that makes no sense is refused with the path of what is wrong', () => {
  it.each<readonly [object, string, string]>([
    [
      { strategy: 'ema-rsy' },
      'strategy',
      'there is no strategy "ema-rsy"; there are ema-rsi, sma-cross, rsi-reversion, macd-trend, ',
    ],
    [{ timeframe: 'H5' }, 'timeframe', 'there is no timeframe "H5"; there are M1, M3,'],
    [{ timeframe: 'toString' }, 'timeframe', 'there is no timeframe "toString"'],
    [{ timeframe: 60 }, 'timeframe', 'there is no timeframe 60'],
    [{ parameters: { emaFast: -9 } }, 'parameters.emaFast', 'emaFast -9 of strategy "ema-rsi" must be at least 1'],
    [{ parameters: { emaSlow: 1e9 } }, 'parameters.emaSlow', 'emaSlow 1000000000 of strategy "ema-rsi" exceeds its limit 5000'],
    [{ parameters: { emaFasst: 9 } }, 'parameters.emaFasst', 'strategy "ema-rsi" has no parameter "emaFasst"'],
    [{ parameters: [9, 21] }, 'parameters', 'the parameters of strategy "ema-rsi" must be an object, not a list'],
    [{ initialCapital: 0 }, 'initialCapital', 'initialCapital 0 of the backtest must be at least 1e-8'],
    [{ initialCapital: -1 }, 'initialCapital', 'initialCapital -1 of the backtest must be at least 1e-8'],
    [{ initialCapital: 1e300 }, 'initialCapital', 'initialCapital 1e+300 of the backtest exceeds its limit 1000000000000'],
    [{ initialCapital: '10000' }, 'initialCapital', 'initialCapital of the backtest must be a number, not "10000"'],
    [{ feePercent: -0.1 }, 'feePercent', 'feePercent -0.1 of the backtest must be at least 0'],
    [{ feePercent: 11 }, 'feePercent', 'feePercent 11 of the backtest exceeds its limit 10'],
    [{ makerFeePercent: -2 }, 'makerFeePercent', 'makerFeePercent -2 of the backtest must be at least -1'],
    [{ slippagePercent: Number.NaN }, 'slippagePercent', 'slippagePercent of the backtest must be a number, not NaN'],
    [{ positionSizePercent: 0 }, 'positionSizePercent', 'positionSizePercent 0 of the backtest must be above 0'],
    [{ positionSizePercent: 101 }, 'positionSizePercent', 'positionSizePercent 101 of the backtest exceeds its limit 100'],
    [{ positionSizeFixed: -5 }, 'positionSizeFixed', 'positionSizeFixed -5 of the backtest must be above 0'],
    [{ stopLossPercent: 0 }, 'stopLossPercent', 'stopLossPercent 0 of the backtest must be above 0'],
    [{ stopLossPercent: 100 }, 'stopLossPercent', 'stopLossPercent 100 of the backtest exceeds its limit 99.99'],
    [{ trailingStopPercent: -1 }, 'trailingStopPercent', 'trailingStopPercent -1 of the backtest must be above 0'],
    [{ quantityStep: 0 }, 'quantityStep', 'quantityStep 0 of the backtest must be above 0'],
    [{ fillAt: 'YESTERDAY' }, 'fillAt', 'fillAt of the backtest must be one of NEXT_OPEN, SIGNAL_CLOSE, not "YESTERDAY"'],
    [
      { fillModel: 'OPTIMISTIC' },
      'fillModel',
      'fillModel of the backtest must be one of PESSIMISTIC, OHLC_PATH, DETAIL, not "OPTIMISTIC"',
    ],
    [{ closeAtEnd: 'yes' }, 'closeAtEnd', 'closeAtEnd of the backtest must be true or false, not "yes"'],
    [{ marketType: 'MARGIN' }, 'marketType', 'marketType of the backtest must be one of SPOT, FUTURES, not "MARGIN"'],
    [{ leverage: 2 }, 'leverage', 'leverage 2 needs marketType FUTURES; on SPOT it is 1'],
    [{ leverage: 0.5, marketType: 'FUTURES' }, 'leverage', 'leverage 0.5 of the backtest must be at least 1'],
    [{ leverage: 126, marketType: 'FUTURES' }, 'leverage', 'leverage 126 of the backtest exceeds its limit 125'],
    [
      { leverage: 50, maintenanceMarginPercent: 2, marketType: 'FUTURES' },
      'leverage',
      'leverage 50 with maintenanceMarginPercent 2 would be liquidated at entry',
    ],
    [{ stopLos: 3 }, 'stopLos', 'the backtest has no parameter "stopLos"'],
  ])('%j', (options, path, message) => {
    const refused = refusal(good, options);
    expect([refused.path, refused.progressed]).toEqual([path, 0]);
    expect(refused.message).toContain(message);
  });
});

describe('candles that cannot be are refused with their place', () => {
  const broken = (column: keyof Candles, index: number, value: number): Candles => {
    const copy = Object.fromEntries(Object.entries(good).map(([name, values]: [string, Float64Array]) => [name, values.slice()]));
    copy[column][index] = value;
    return { ...good, ...copy };
  };

  it.each<readonly [string, Candles, string, string]>([
    ['none', closesOf([]), 'candles', 'there are no candles to run on; at least 2 are needed'],
    ['one', closesOf([1]), 'candles', 'there is 1 candle to run on; at least 2 are needed'],
    [
      'NaN',
      broken('close', 7, Number.NaN),
      'candles.close.7',
      'candle 7 of 2024-01-01T07:00:00.000Z: close must be a price from 1e-12 to 1000000000000, not NaN',
    ],
    [
      'infinite',
      broken('high', 59, Infinity),
      'candles.high.59',
      'high must be a price from 1e-12 to 1000000000000, not Infinity',
    ],
    [
      'beyond belief',
      broken('high', 59, 1e13),
      'candles.high.59',
      'high must be a price from 1e-12 to 1000000000000, not 10000000000000',
    ],
    ['zero', broken('low', 0, 0), 'candles.low.0', 'low must be a price from 1e-12 to 1000000000000, not 0'],
    ['negative', broken('open', 3, -5), 'candles.open.3', 'open must be a price from 1e-12 to 1000000000000, not -5'],
    ['a high below the close', broken('high', 9, 50), 'candles.high.9', 'high 50 is below open'],
    ['a low above the open', broken('low', 9, 150), 'candles.low.9', 'low 150 is above open'],
    ['negative volume', broken('volume', 5, -1), 'candles.volume.5', 'volume must be from 0 to 100000000000000000000, not -1'],
    [
      'volume that is no number',
      broken('volume', 5, Number.NaN),
      'candles.volume.5',
      'volume must be from 0 to 100000000000000000000, not NaN',
    ],
    [
      'the same time twice',
      broken('openTime', 4, start + 3 * hour),
      'candles.openTime.4',
      'its time must come after the candle before it',
    ],
    ['time running back', broken('openTime', 4, start), 'candles.openTime.4', 'its time must come after the candle before it'],
    ['no time', broken('openTime', 4, Number.NaN), 'candles.openTime.4', 'candle 4 of NaN: its time must come after'],
    ['no first time', broken('openTime', 0, Number.NaN), 'candles.openTime.0', 'candle 0 of NaN: its time must come after'],
    ['endless time', broken('openTime', 59, Infinity), 'candles.openTime.59', 'candle 59 of Infinity: its time must come after'],
    [
      'columns of other lengths',
      { ...good, volume: new Float64Array(3) },
      'candles.volume',
      'the candle column volume must be a Float64Array of the 60 values',
    ],
  ])('%s', (_name, candles, path, message) => {
    const refused = refusal(candles, {});
    expect([refused.path, refused.progressed]).toEqual([path, 0]);
    expect(refused.message).toContain(message);
  });
});

describe('what is odd but possible runs', () => {
  it('a strategy that needs more candles than there are makes no trade', () => {
    const result = runBacktest(good, { ...spec, parameters: { emaSlow: 5_000 } });
    expect([result.trades.length, result.firstDecision, result.finalCapital]).toEqual([0, 5_000, 10_000]);
  });

  it('a market that never moves has no metric that is not a number', () => {
    const { metrics, undefinedMetrics } = runBacktest(closesOf(Array.from({ length: 100 }, () => 5)), spec);
    expect(Object.values(metrics).filter((value) => value !== null && !Number.isFinite(value))).toEqual([]);
    const nulls = Object.entries(metrics).flatMap(([name, value]) => (value === null ? [name] : []));
    expect(Object.keys(undefinedMetrics).sort()).toEqual(nulls.sort());
    expect(undefinedMetrics).toMatchObject({
      sharpeRatio: 'ZERO_DEVIATION',
      winRatePercent: 'NO_TRADES',
      cagrPercent: 'PERIOD_TOO_SHORT',
    });
  });

  it.each([
    ['tiny prices', 1e-9, 1e-6],
    ['huge prices', 1e9, 1e12],
  ])('%s', (_name, low, capital) => {
    const closes = Array.from({ length: 500 }, (_, i) => low * (100 + 10 * Math.sin(i / 9)));
    const { metrics, trades } = runBacktest(closesOf(closes), {
      ...spec,
      initialCapital: capital,
      stopLossPercent: 1,
      quantityStep: 1e-8,
    });
    expect(trades.length).toBeGreaterThan(0);
    expect(Object.values(metrics).filter((value) => value !== null && !Number.isFinite(value))).toEqual([]);
  });

  it('a price that falls to almost nothing and comes back', () => {
    const rows = Array.from({ length: 120 }, (_, i) => (i % 40 === 20 ? 1e-8 : 100 + (i % 5)));
    const { metrics } = runBacktest(closesOf(rows), { strategy: 'buy-and-hold', timeframe: 'H1', stopLossPercent: 5 });
    expect(Object.values(metrics).filter((value) => value !== null && !Number.isFinite(value))).toEqual([]);
  });

  it('a weekend gap is no bad candle', () => {
    const candles = candlesOf([
      [1, 1, 1, 1],
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ]);
    candles.openTime[2] += 60 * hour;
    expect(runBacktest(candles, spec).missingCandles).toBe(60);
  });
});

it('a capital that grows beyond the largest number is refused, not told as null', () => {
  // Bought at 1 and sold at 1e12, thirty times.
  const candles = closesOf(Array.from({ length: 62 }, (_, i) => (i % 2 === 0 ? 1 : 1e12)));
  const script = Object.fromEntries(
    Array.from({ length: 62 }, (_, i) => [i, i % 2 === 0 ? Signal.ENTER_LONG : Signal.EXIT_LONG]),
  );
  const run = { ...plain, strategy: scripted(script), quantityStep: 1 } as const;
  const tooLarge = expect.objectContaining({
    name: 'ParameterError',
    path: ['candles'],
    message: expect.stringContaining('beyond what a number can hold'),
  });
  expect(() => runBacktest(candles, run)).toThrow(tooLarge);
  expect(() => runPortfolioBacktest({ ...run, markets: [{ symbol: 'A', candles }] })).toThrow(tooLarge);
});
