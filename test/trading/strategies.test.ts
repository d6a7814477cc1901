import { describe, expect, it } from 'vitest';
import { runBacktest } from '../../src/trading/backtest.ts';
import { ParameterError } from '../../src/trading/errors.ts';
import { builtInStrategies, builtInStrategy } from '../../src/trading/strategies/index.ts';
import { parameterSchema } from '../../src/trading/parameters.ts';
import { bindStrategy, Decision, Signal, type StrategyDefinition } from '../../src/trading/strategy.ts';
import { candlesOf, closesOf, plain, type Row } from './support/builders.ts';

/** What a strategy's signals are on columns that a test makes up. */
function signalsOf(
  strategy: StrategyDefinition,
  columns: Readonly<Record<string, readonly number[]>>,
  {
    parameters = {},
    shorts = true,
    closes,
  }: { readonly parameters?: object; readonly shorts?: boolean; readonly closes?: readonly number[] } = {},
): string[] {
  const bound = bindStrategy(strategy, parameters as Record<string, unknown>);
  const length = Object.values(columns)[0].length;
  const out = new Uint8Array(length);
  const candles = closesOf(closes ?? Array.from({ length }, () => 1));
  const given = Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)]));
  strategy.signals?.({ candles, columns: given, parameters: bound.parameters, shorts })(1, length, out);
  const names = Object.entries(Signal).filter(([, bit]) => bit > 0);
  return Array.from(out, (signal) =>
    names
      .filter(([, bit]) => signal & bit)
      .map(([name]) => name)
      .join(' '),
  );
}

describe('ema-rsi', () => {
  const up = { fast: [1, 3], slow: [2, 2] };
  const down = { fast: [3, 1], slow: [2, 2] };
  const strategy = builtInStrategy('ema-rsi');

  it.each([
    ['cross up', { ...up, rsi: [50, 69.9] }, {}, 'ENTER_LONG EXIT_SHORT'],
    ['cross up while overbought', { ...up, rsi: [50, 70] }, {}, 'EXIT_SHORT'],
    ['cross up beyond the exit', { ...up, rsi: [50, 81] }, {}, 'EXIT_LONG EXIT_SHORT'],
    ['cross up from a tie', { fast: [2, 3], slow: [2, 2], rsi: [50, 50] }, {}, ''],
    ['into a tie', { fast: [1, 2], slow: [2, 2], rsi: [50, 50] }, {}, ''],
    ['no cross', { fast: [3, 4], slow: [2, 2], rsi: [50, 50] }, {}, ''],
    ['cross down', { ...down, rsi: [50, 30.1] }, {}, 'ENTER_SHORT EXIT_LONG'],
    ['cross down while oversold', { ...down, rsi: [50, 30] }, {}, 'EXIT_LONG'],
    ['cross down from a tie', { fast: [2, 1], slow: [2, 2], rsi: [50, 50] }, {}, ''],
    ['stretched up', { fast: [3, 3], slow: [2, 2], rsi: [50, 80.1] }, {}, 'EXIT_LONG'],
    ['just not stretched up', { fast: [3, 3], slow: [2, 2], rsi: [50, 80] }, {}, ''],
    ['stretched down', { fast: [1, 1], slow: [2, 2], rsi: [50, 19.9] }, {}, 'EXIT_SHORT'],
    ['just not stretched down', { fast: [1, 1], slow: [2, 2], rsi: [50, 20] }, {}, ''],
    ['stretched with the exit off', { fast: [3, 3], slow: [2, 2], rsi: [50, 99] }, { parameters: { rsiExit: null } }, ''],
    ['stretched down with the exit off', { fast: [1, 1], slow: [2, 2], rsi: [50, 1] }, { parameters: { rsiExit: null } }, ''],
    ['cross down on spot', { ...down, rsi: [50, 50] }, { shorts: false }, 'EXIT_LONG'],
    ['before the averages are there', { fast: [Number.NaN, 3], slow: [Number.NaN, 2], rsi: [50, 50] }, {}, ''],
  ] as const)('%s', (_name, columns, options, expected) => {
    expect(signalsOf(strategy, columns, options)[1]).toBe(expected);
  });

  it('publishes its parameters as bots have them', () => {
    const properties = parameterSchema(strategy.parameters).properties;
    expect(
      Object.entries(properties).map(([name, { type, default: value, minimum, maximum }]) => [
        name,
        type,
        value,
        minimum,
        maximum,
      ]),
    ).toEqual([
      ['emaFast', 'integer', 9, 1, 1_000],
      ['emaSlow', 'integer', 21, 2, 5_000],
      ['rsiPeriod', 'integer', 14, 2, 1_000],
      ['rsiOversold', 'number', 30, 0, 100],
      ['rsiOverbought', 'number', 70, 0, 100],
      ['rsiExit', ['number', 'null'], 80, 0, 100],
    ]);
  });

  it('decides first at one after the largest warm-up', () => {
    expect(bindStrategy(strategy, {}).firstDecision).toBe(21);
    expect(bindStrategy(strategy, { rsiPeriod: 40 }).firstDecision).toBe(41);
  });

  it('a cross that closes a position does not open the other one', () => {
    const closes = Array.from({ length: 200 }, (_, i) => 100 + 10 * Math.sin(i / 8));
    const { trades } = runBacktest(closesOf(closes), {
      ...plain,
      strategy: 'ema-rsi',
      marketType: 'FUTURES',
      parameters: { rsiExit: null, rsiOverbought: 100, rsiOversold: 0 },
    });
    expect(trades.length).toBeGreaterThan(1);
    expect(trades.slice(1).some((trade, i) => trade.entryIndex === trades[i].exitIndex)).toBe(false);
  });
});

describe('the other built-ins', () => {
  /** The channels of the candle before, and of the current one, which must not count. */
  const channel = { highest: [8, 99], lowest: [2, 0], exitHighest: [6, 99], exitLowest: [4, 0] };

  it.each([
    ['sma-cross', { fast: [1, 3], slow: [2, 2] }, {}, 'ENTER_LONG EXIT_SHORT'],
    ['sma-cross', { fast: [3, 1], slow: [2, 2] }, {}, 'ENTER_SHORT EXIT_LONG'],
    ['sma-cross', { fast: [3, 1], slow: [2, 2] }, { shorts: false }, 'EXIT_LONG'],
    ['sma-cross', { fast: [2, 3], slow: [2, 2] }, {}, ''],
    ['sma-cross', { fast: [2, 1], slow: [2, 2] }, {}, ''],
    ['sma-cross', { fast: [3, 2], slow: [2, 2] }, {}, ''],
    ['sma-cross', { fast: [1, 2], slow: [2, 2] }, {}, ''],
    ['rsi-reversion', { rsi: [29, 31] }, {}, 'ENTER_LONG EXIT_SHORT'],
    ['rsi-reversion', { rsi: [30, 30.1] }, {}, 'ENTER_LONG EXIT_SHORT'],
    ['rsi-reversion', { rsi: [31, 32] }, {}, 'EXIT_SHORT'],
    ['rsi-reversion', { rsi: [71, 69] }, {}, 'ENTER_SHORT EXIT_LONG'],
    ['rsi-reversion', { rsi: [71, 69] }, { shorts: false }, 'EXIT_LONG'],
    ['rsi-reversion', { rsi: [40, 50] }, {}, 'EXIT_LONG EXIT_SHORT'],
    ['macd-trend', { histogram: [-1, 1], trend: [9, 9] }, { closes: [9, 9.1] }, 'ENTER_LONG EXIT_SHORT'],
    ['macd-trend', { histogram: [-1, 1], trend: [9, 9] }, { closes: [9.1, 9] }, 'EXIT_SHORT'],
    ['macd-trend', { histogram: [-1, 1], trend: [9, 9] }, { closes: [9, 8] }, 'EXIT_SHORT'],
    ['macd-trend', { histogram: [-1, 1] }, { closes: [9, 8], parameters: { trendPeriod: null } }, 'ENTER_LONG EXIT_SHORT'],
    ['macd-trend', { histogram: [1, -1], trend: [9, 9] }, { closes: [9, 8.9] }, 'ENTER_SHORT EXIT_LONG'],
    ['macd-trend', { histogram: [1, -1], trend: [9, 9] }, { closes: [8.9, 9] }, 'EXIT_LONG'],
    ['macd-trend', { histogram: [1, -1], trend: [9, 9] }, { closes: [9, 8.9], shorts: false }, 'EXIT_LONG'],
    ['macd-trend', { histogram: [1, -1] }, { parameters: { trendPeriod: null } }, 'ENTER_SHORT EXIT_LONG'],
    ['macd-trend', { histogram: [0, 1], trend: [0, 0] }, {}, ''],
    ['macd-trend', { histogram: [1, 2], trend: [0, 0] }, {}, ''],
    ['macd-trend', { histogram: [Number.NaN, 1], trend: [0, 0] }, {}, ''],
    ['bollinger-reversion', { place: [-0.1, 0] }, {}, 'ENTER_LONG EXIT_SHORT'],
    ['bollinger-reversion', { place: [-0.1, 0.49] }, {}, 'ENTER_LONG EXIT_SHORT'],
    ['bollinger-reversion', { place: [-0.1, -0.01] }, {}, 'EXIT_SHORT'],
    ['bollinger-reversion', { place: [0, 0.1] }, {}, 'EXIT_SHORT'],
    ['bollinger-reversion', { place: [-0.1, 0.5] }, {}, 'EXIT_LONG EXIT_SHORT'],
    ['bollinger-reversion', { place: [-0.1, 0.6] }, {}, 'EXIT_LONG'],
    ['bollinger-reversion', { place: [1.1, 1] }, {}, 'ENTER_SHORT EXIT_LONG'],
    ['bollinger-reversion', { place: [1.1, 1] }, { shorts: false }, 'EXIT_LONG'],
    ['bollinger-reversion', { place: [1.1, 1.01] }, {}, 'EXIT_LONG'],
    ['bollinger-reversion', { place: [1.1, 0.5] }, {}, 'EXIT_LONG EXIT_SHORT'],
    ['bollinger-reversion', { place: [Number.NaN, 0.1] }, {}, 'EXIT_SHORT'],
    ['donchian-breakout', channel, { closes: [5, 8.1] }, 'ENTER_LONG EXIT_SHORT'],
    ['donchian-breakout', channel, { closes: [5, 8] }, 'EXIT_SHORT'],
    ['donchian-breakout', channel, { closes: [5, 6.1] }, 'EXIT_SHORT'],
    ['donchian-breakout', channel, { closes: [5, 6] }, ''],
    ['donchian-breakout', channel, { closes: [5, 4] }, ''],
    ['donchian-breakout', channel, { closes: [5, 3.9] }, 'EXIT_LONG'],
    ['donchian-breakout', channel, { closes: [5, 2] }, 'EXIT_LONG'],
    ['donchian-breakout', channel, { closes: [5, 1.9] }, 'ENTER_SHORT EXIT_LONG'],
    ['donchian-breakout', channel, { closes: [5, 1.9], shorts: false }, 'EXIT_LONG'],
    ['supertrend', { direction: [-1, 1] }, {}, 'ENTER_LONG EXIT_SHORT'],
    ['supertrend', { direction: [1, -1] }, {}, 'ENTER_SHORT EXIT_LONG'],
    ['supertrend', { direction: [1, -1] }, { shorts: false }, 'EXIT_LONG'],
    ['supertrend', { direction: [1, 1] }, {}, ''],
    ['supertrend', { direction: [-1, -1] }, {}, ''],
    ['supertrend', { direction: [Number.NaN, -1] }, {}, ''],
  ] as const)('%s on %j', (name, columns, options, expected) => {
    expect(signalsOf(builtInStrategy(name), columns, options)[1]).toBe(expected);
  });

  it('sma-cross on futures is always on one side after its first cross', () => {
    const closes = Array.from({ length: 600 }, (_, i) => 100 + 10 * Math.sin(i / 20));
    const { trades } = runBacktest(closesOf(closes), {
      ...plain,
      strategy: 'sma-cross',
      marketType: 'FUTURES',
      parameters: { fastPeriod: 3, slowPeriod: 9 },
    });
    expect(trades.length).toBeGreaterThan(4);
    expect(trades.slice(1).every((trade, i) => trade.entryIndex === trades[i].exitIndex && trade.side !== trades[i].side)).toBe(
      true,
    );
  });

  it.each([
    ['macd-trend', { fastPeriod: 5, slowPeriod: 10, signalPeriod: 4, trendPeriod: null }],
    ['supertrend', { period: 3, multiplier: 1.5 }],
    ['donchian-breakout', { entryPeriod: 5, exitPeriod: 3 }],
  ])('%s rides a rise and is out in the fall after it', (strategy, parameters) => {
    // Down to candle 30, up to candle 60, down again.
    const closes = Array.from({ length: 81 }, (_, i) => 100 + 15 * Math.cos((i / 30) * Math.PI));
    const { trades, openPosition } = runBacktest(closesOf(closes), { ...plain, strategy, parameters });
    expect([trades.length, openPosition]).toEqual([1, null]);
    expect(trades[0]).toMatchObject({ side: 'LONG', exitReason: 'SIGNAL' });
    expect(trades[0].entryPrice).toBeLessThan(100);
    expect(trades[0].exitPrice).toBeGreaterThan(trades[0].entryPrice * 1.1);
  });

  it('donchian-breakout decides at the first close above the highs of the candles before it', () => {
    const rows: Row[] = [10, 12, 11, 12, 12.5].map((close) => [close, Math.max(close, 12), 9, close]);
    const { openPosition, firstDecision } = runBacktest(candlesOf([...rows, [12.5, 13, 12, 13]]), {
      ...plain,
      strategy: 'donchian-breakout',
      parameters: { entryPeriod: 3, exitPeriod: 3 },
    });
    // A close at the highest high is no breakout; 12.5 at candle 4 is one, bought at the open of candle 5.
    expect([firstDecision, openPosition?.entryIndex, openPosition?.entryPrice]).toEqual([3, 5, 12.5]);
  });

  it('donchian-breakout computes on spot only what long positions need, and waits as long', () => {
    const [spot, futures] = [false, true].map((shorts) => bindStrategy(builtInStrategy('donchian-breakout'), {}, [], shorts));
    expect(Object.keys(spot.indicators)).toEqual(['highest', 'exitLowest']);
    expect(Object.keys(futures.indicators)).toEqual(['highest', 'exitLowest', 'lowest', 'exitHighest']);
    expect(spot.firstDecision).toBe(futures.firstDecision);
  });

  it('bollinger-reversion buys the return from a fall and sells at the middle', () => {
    const closes = [...Array.from({ length: 20 }, (_, i) => 100 + (i % 2)), 90, 96, 97, 101, 102];
    const { trades } = runBacktest(closesOf(closes), { ...plain, strategy: 'bollinger-reversion', marketType: 'SPOT' });
    // Below the band at candle 20, back in it at 21, above the middle (about 99.9) at 23.
    expect(trades.map((trade) => [trade.side, trade.entryIndex, trade.exitIndex])).toEqual([['LONG', 22, 24]]);
  });

  it('buy-and-hold buys at the second candle and holds to the end', () => {
    const { trades, openPosition, metrics } = runBacktest(closesOf([100, 100, 150, 120]), { ...plain, strategy: 'buy-and-hold' });
    expect([trades.length, openPosition?.entryIndex, metrics.totalReturnPercent]).toEqual([0, 1, 20]);
  });
});

describe('every built-in strategy', () => {
  it.each(builtInStrategies.map((strategy) => [strategy.name, strategy] as const))(
    '%s describes itself and runs on its defaults',
    (name, strategy) => {
      expect(strategy.description.length).toBeGreaterThan(10);
      for (const property of Object.values(parameterSchema(strategy.parameters).properties))
        expect(property.description.length).toBeGreaterThan(5);
      const candles = closesOf(Array.from({ length: 300 }, (_, i) => 100 + 10 * Math.sin(i / 9)));
      expect(runBacktest(candles, { ...plain, strategy: name }).equity.length).toBe(300);
    },
  );

  it('has a name of its own', () => {
    const names = builtInStrategies.map((strategy) => strategy.name);
    expect(names).toEqual([
      'ema-rsi',
      'sma-cross',
      'rsi-reversion',
      'macd-trend',
      'bollinger-reversion',
      'donchian-breakout',
      'supertrend',
      'buy-and-hold',
      'manual',
    ]);
  });

  it.each([
    ['ema-rsi', { emaFast: 21 }, 'emaFast', 'emaFast 21 must be less than emaSlow 21'],
    ['sma-cross', { fastPeriod: 60 }, 'fastPeriod', 'fastPeriod 60 must be less than slowPeriod 50'],
    ['rsi-reversion', { oversold: 50 }, 'oversold', 'oversold 50 must be less than exitLevel 50'],
    ['rsi-reversion', { overbought: 40 }, 'overbought', 'overbought 40 must be above exitLevel 50'],
    ['macd-trend', { fastPeriod: 26 }, 'fastPeriod', 'fastPeriod 26 must be less than slowPeriod 26'],
    ['macd-trend', { trendPeriod: 1 }, 'trendPeriod', 'trendPeriod 1 of strategy "macd-trend" must be at least 2'],
    ['donchian-breakout', { exitPeriod: 21 }, 'exitPeriod', 'exitPeriod 21 must not exceed entryPeriod 20'],
    [
      'donchian-breakout',
      { entryPeriod: 2.5 },
      'entryPeriod',
      'entryPeriod of strategy "donchian-breakout" must be a whole number, not 2.5',
    ],
    ['bollinger-reversion', { deviations: 0 }, 'deviations', 'deviations 0 of strategy "bollinger-reversion" must be above 0'],
    ['bollinger-reversion', { period: 1 }, 'period', 'period 1 of strategy "bollinger-reversion" must be at least 2'],
    ['supertrend', { multiplier: 101 }, 'multiplier', 'multiplier 101 of strategy "supertrend" exceeds its limit 100'],
    ['supertrend', { length: 7 }, 'length', 'strategy "supertrend" has no parameter "length"; it has period, multiplier'],
  ])('%s refuses %j', (name, parameters, field, message) => {
    const bind = (): unknown => bindStrategy(builtInStrategy(name), parameters, ['input', 'parameters']);
    expect(bind).toThrow(message);
    expect(bind).toThrow(expect.objectContaining({ path: ['input', 'parameters', field], constructor: ParameterError }));
  });
});

describe('a definition', () => {
  it('that has neither signals nor decisions, or both, is refused', () => {
    const base = { name: 'x', description: 'A test.', parameters: {}, indicators: () => ({}), lookBack: 0 };
    const neither: StrategyDefinition = base;
    const both: StrategyDefinition = { ...base, signals: () => () => {}, decide: () => () => Decision.HOLD };
    for (const definition of [neither, both])
      expect(() => bindStrategy(definition, {})).toThrow('strategy "x" must have either signals or decide');
  });
});
