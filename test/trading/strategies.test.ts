import { describe, expect, it } from 'vitest';
import { runBacktest } from '../../src/trading/backtest.ts';
import { ParameterError } from '../../src/trading/errors.ts';
import { builtInStrategies, builtInStrategy } from '../../src/trading/strategies/index.ts';
import { parameterSchema } from '../../src/trading/parameters.ts';
import { bindStrategy, Decision, Signal, type StrategyDefinition } from '../../src/trading/strategy.ts';
import { closesOf, plain } from './support/builders.ts';

/** What a strategy's signals are on columns that a test makes up. */
function signalsOf(
  strategy: StrategyDefinition,
  columns: Readonly<Record<string, readonly number[]>>,
  { parameters = {}, shorts = true }: { parameters?: object; shorts?: boolean } = {},
): string[] {
  const bound = bindStrategy(strategy, parameters as Record<string, unknown>);
  const length = Object.values(columns)[0].length;
  const out = new Uint8Array(length);
  const candles = closesOf(Array.from({ length }, () => 1));
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
    expect(names).toEqual(['ema-rsi', 'sma-cross', 'rsi-reversion', 'buy-and-hold']);
  });

  it.each([
    ['ema-rsi', { emaFast: 21 }, 'emaFast', 'emaFast 21 must be less than emaSlow 21'],
    ['sma-cross', { fastPeriod: 60 }, 'fastPeriod', 'fastPeriod 60 must be less than slowPeriod 50'],
    ['rsi-reversion', { oversold: 50 }, 'oversold', 'oversold 50 must be less than exitLevel 50'],
    ['rsi-reversion', { overbought: 40 }, 'overbought', 'overbought 40 must be above exitLevel 50'],
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
