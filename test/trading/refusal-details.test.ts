import { describe, expect, it } from 'vitest';
import { runBacktest } from '../../src/trading/backtest.ts';
import type { BacktestSpec } from '../../src/trading/backtest-types.ts';
import { CanceledError, ParameterError, shown } from '../../src/trading/errors.ts';
import { indicatorNamed } from '../../src/trading/indicators/catalog.ts';
import { readParameters } from '../../src/trading/parameters.ts';
import { mostMarkets, runPortfolioBacktest } from '../../src/trading/portfolio/run.ts';
import { readRules, rulesLimits } from '../../src/trading/rules/index.ts';
import { Timeframe } from '../../src/trading/timeframe.ts';
import { closesOf } from './support/builders.ts';

const candles = closesOf([1, 2, 3, 2, 1, 2, 3]);
const spec: BacktestSpec = { strategy: 'buy-and-hold', timeframe: 'H1' };
const run = (change: Partial<BacktestSpec>) => (): unknown => runBacktest(candles, { ...spec, ...change });
const market = { symbol: 'A', candles };
const portfolio = (change: object) => (): unknown => runPortfolioBacktest({ ...spec, markets: [market], ...change } as never);

const declarations = {
  period: { type: 'INTEGER', description: 'A period.', default: 14, min: 2, max: 100, step: 1 },
  level: { type: 'NUMBER', description: 'A level.', default: null, min: 0, max: 1, step: 0.1, nullable: true, aboveMin: true },
  strict: { type: 'BOOLEAN', description: 'A switch.', default: false },
  source: { type: 'CHOICE', description: 'A column.', values: ['open', 'close'], default: 'close' },
} as const;
const read = (input: Record<string, unknown>) => (): unknown => readParameters(declarations, input, 'a test', ['p']);

const one = { constant: 1 };
const rises = { above: { left: one, right: one } };
const rules = (input: object) => (): unknown => readRules({ enterLong: rises, ...input });
const slow = { name: 'slow', min: 1, max: 50, default: 9, type: 'INTEGER' };
const wide = Array.from({ length: rulesLimits.parameters + 1 }, (_, i) => ({ ...slow, name: `slow${i}` }));

function refused(work: () => unknown): ParameterError {
  try {
    work();
  } catch (error) {
    if (error instanceof ParameterError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('what is refused carries the value and the limit for programs, beside the sentence for people', () => {
  it.each<readonly [name: string, work: () => unknown, path: string, details: object]>([
    ['a timeframe', run({ timeframe: 'H7' as never }), 'timeframe', { value: 'H7', limit: Object.keys(Timeframe) }],
    [
      'too many holes',
      () => runBacktest(holed, { ...spec, maxMissingPercent: 10 }),
      'maxMissingPercent',
      { value: 20, limit: 10 },
    ],
    ['too few candles', () => runBacktest(closesOf([1]), spec), 'candles', { value: 1, limit: 2 }],
    [
      'fine candles that do not divide the coarse ones',
      run({ timeframe: 'H6', fillModel: 'DETAIL', detail: { candles, timeframe: 'H4' } }),
      'detail.timeframe',
      { value: 'H4', limit: 'H6' },
    ],
    [
      'fine candles that are coarser',
      run({ fillModel: 'DETAIL', detail: { candles, timeframe: 'H1' } }),
      'detail.timeframe',
      { value: 'H1', limit: 'H1' },
    ],
    [
      'funding beyond all reason',
      run({ marketType: 'FUTURES', funding: { time: Float64Array.of(1), rate: Float64Array.of(0.11) } }),
      'funding.rate.0',
      { value: 0.11, limit: 0.1 },
    ],
    [
      'funding out of order',
      run({ marketType: 'FUTURES', funding: { time: Float64Array.of(2, 2), rate: Float64Array.of(0.1, -0.1) } }),
      'funding.time.1',
      { value: 2 },
    ],
    ['a portfolio of nothing', portfolio({ markets: [] }), 'markets', { value: 0, limit: mostMarkets }],
    [
      'a portfolio of too much',
      portfolio({ markets: Array.from({ length: mostMarkets + 1 }, (_, i) => ({ ...market, symbol: `S${i}` })) }),
      'markets',
      { value: mostMarkets + 1, limit: mostMarkets },
    ],
    ['a market twice', portfolio({ markets: [market, market] }), 'markets.1.symbol', { value: 'A' }],
    ['no position at all', portfolio({ maxOpenPositions: 0 }), 'maxOpenPositions', { value: 0, limit: mostMarkets }],
    ['half a position', portfolio({ maxOpenPositions: 1.5 }), 'maxOpenPositions', { value: 1.5, limit: mostMarkets }],
    [
      'more positions than markets there may be',
      portfolio({ maxOpenPositions: mostMarkets + 1 }),
      'maxOpenPositions',
      { value: mostMarkets + 1, limit: mostMarkets },
    ],
    ['half a whole number', read({ period: 2.5 }), 'p.period', { value: 2.5 }],
    ['text for a number', read({ period: 'x' }), 'p.period', { value: 'x' }],
    ['a number too low', read({ period: 1 }), 'p.period', { value: 1, limit: 2 }],
    ['a number too high', read({ period: 101 }), 'p.period', { value: 101, limit: 100 }],
    ['a number at a bound that is not allowed', read({ level: 0 }), 'p.level', { value: 0, limit: 0 }],
    ['a number for a switch', read({ strict: 1 }), 'p.strict', { value: 1 }],
    ['a choice that is none', read({ source: 'low' }), 'p.source', { value: 'low', limit: ['open', 'close'] }],
    ['an indicator', () => indicatorNamed({ name: 'X' }), 'name', { value: 'X', limit: expect.stringContaining('SMA, EMA') }],
    [
      'an output',
      () => indicatorNamed({ name: 'MACD', output: 'x' }),
      'output',
      { value: 'x', limit: ['macd', 'signal', 'histogram'] },
    ],
    [
      'a source',
      () => indicatorNamed({ name: 'SMA', source: 'x' as never }),
      'source',
      { value: 'x', limit: ['open', 'high', 'low', 'close', 'volume'] },
    ],
    [
      'averages the wrong way round',
      () => indicatorNamed({ name: 'MACD', parameters: { fastPeriod: 30 } }),
      'parameters.fastPeriod',
      { value: 30, limit: 26 },
    ],
    [
      'an acceleration above its maximum',
      () => indicatorNamed({ name: 'PSAR', parameters: { step: 0.5 } }),
      'parameters.step',
      { value: 0.5, limit: 0.2 },
    ],
    ['a source where there is none', () => indicatorNamed({ name: 'ATR', source: 'low' }), 'source', { value: 'low' }],
    [
      'too many parameters of rules',
      rules({ parameters: wide }),
      'rules.parameters',
      { value: wide.length, limit: rulesLimits.parameters },
    ],
    ['a parameter twice', rules({ parameters: [slow, slow] }), 'rules.parameters.1.name', { value: 'slow' }],
    ['no step', rules({ parameters: [{ ...slow, step: 0 }] }), 'rules.parameters.0.step', { value: 0 }],
    [
      'a step of less than nothing',
      rules({ parameters: [{ ...slow, step: -1 }] }),
      'rules.parameters.0.step',
      { value: -1, limit: 0 },
    ],
    ['a whole step', rules({ parameters: [{ ...slow, step: 0.5 }] }), 'rules.parameters.0.step', { value: 0.5 }],
    [
      'a type',
      rules({ parameters: [{ ...slow, type: 'TEXT' }] }),
      'rules.parameters.0.type',
      { value: '"TEXT"', limit: ['INTEGER', 'NUMBER'] },
    ],
    [
      'a long description',
      rules({ parameters: [{ ...slow, description: 'x'.repeat(201) }] }),
      'rules.parameters.0.description',
      { value: 201, limit: 200 },
    ],
    [
      'a field of rules',
      rules({ ['x'.repeat(100)]: 1 }),
      `rules.${'x'.repeat(57)}...`,
      { value: `${'x'.repeat(57)}...`, limit: expect.arrayContaining(['enterLong', 'reverses', 'parameters']) },
    ],
    [
      'two conditions in one',
      rules({ exitLong: { not: rises, all: [] } }),
      'rules.exitLong',
      { limit: expect.arrayContaining(['all', 'not']) },
    ],
    [
      'a constant too large',
      rules({ exitLong: { above: { left: { constant: 2e15 }, right: one } } }),
      'rules.exitLong.above.left.constant',
      { value: 2e15, limit: 1e15 },
    ],
    [
      'a constant too small',
      rules({ exitLong: { above: { left: { constant: -2e15 }, right: one } } }),
      'rules.exitLong.above.left.constant',
      { value: -2e15, limit: -1e15 },
    ],
    [
      'rules that look back too far',
      rules({ exitLong: { crossesAbove: { left: { price: { source: 'OPEN', offset: 500 } }, right: one } } }),
      'rules.exitLong.crossesAbove.left.price.offset',
      { value: 501, limit: 500 },
    ],
    [
      'half a price',
      rules({ exitLong: { above: { left: { price: { source: 'OPEN', offset: 1.5 } }, right: one } } }),
      'rules.exitLong.above.left.price.offset',
      { value: 1.5 },
    ],
  ])('%s', (_name, work, path, details) => {
    const error = refused(work);
    expect([error.name, error.path.join('.'), error.details]).toEqual(['ParameterError', path, details]);
  });
});

const holed = closesOf([1, 2, 3, 2, 1, 2, 3, 2]);
holed.openTime.forEach((time, i) => (holed.openTime[i] = i < 4 ? time : time + 2 * 3_600_000));

it.each([
  ['text for the list', { parameters: 'slow' }, 'the parameters of rules must be a list, not "slow"'],
  ['no name', { parameters: [{ min: 1 }] }, 'a parameter needs name'],
  [
    'an unknown field',
    { parameters: [{ ...slow, sorts: 1 }] },
    /^"sorts" is no field of a parameter; the fields are name, type, /,
  ],
  ['no object', { parameters: [7] }, 'a parameter must be an object, not 7'],
  ['a name of 41 letters', { parameters: [{ ...slow, name: 'x'.repeat(41) }] }, /a letter and up to 39 letters, digits or _/],
  ['a name that begins with a digit', { parameters: [{ ...slow, name: '1x' }] }, /a letter and up to 39 letters, digits or _/],
  ['a name with a space', { parameters: [{ ...slow, name: 'x y' }] }, /a letter and up to 39 letters, digits or _/],
  ['a number for a description', { parameters: [{ ...slow, description: 5 }] }, 'the description of "slow" must be text, not 5'],
  ['a description with a zero', { parameters: [{ ...slow, description: 'a\0b' }] }, /may not contain the character U\+0000/],
] as const)('parameters of rules with %s are refused with a sentence', (_name, input, message) => {
  const error = refused(rules(input));
  expect(error.message).toMatch(message);
  expect(error.path.slice(0, 2)).toEqual(['rules', 'parameters']);
});

it('parameters of rules fill in what is left out', () => {
  const declared = (change: object): unknown =>
    readRules({ enterLong: rises, parameters: [{ ...slow, ...change }] }).parameters?.[0];
  expect(declared({})).toEqual({ ...slow, description: 'The value of slow.', step: 1 });
  expect(declared({ type: undefined, min: -1, max: 3, default: 0.5 })).toEqual({
    name: 'slow',
    type: 'NUMBER',
    description: 'The value of slow.',
    min: -1,
    max: 3,
    default: 0.5,
    step: 0.04,
  });
  expect(declared({ type: 'NUMBER', min: 2, max: 2, default: 2 })).toMatchObject({ step: 1 });
  expect(declared({ description: 'x'.repeat(200), step: 5 })).toMatchObject({ description: 'x'.repeat(200), step: 5 });
  expect(declared({ name: `a${'_'.repeat(39)}` })).toMatchObject({ name: `a${'_'.repeat(39)}` });
});

it('a strategy without parameters says that it has none', () => {
  expect(refused(() => readParameters({}, { x: 1 }, 'strategy "s"')).message).toBe(
    'strategy "s" has no parameter "x"; it has none',
  );
});

it.each([
  [undefined, 'undefined'],
  [null, 'null'],
  [1.5, '1.5'],
  [false, 'false'],
  [12n, '12n'],
  [10n ** 60n, `1${'0'.repeat(39)}n`],
  ['a"b', '"a\\"b"'],
  ['x'.repeat(60), `"${'x'.repeat(60)}"`],
  ['x'.repeat(61), `"${'x'.repeat(57)}..."`],
  [[1], 'a list'],
  [{}, 'a value of type object'],
  [() => 1, 'a value of type function'],
])('a value stands in a message in short', (value, text) => {
  expect(shown(value)).toBe(text);
});

it('a canceled run says how far it was', () => {
  const error = new CanceledError(0.25);
  expect([error.name, error.fraction, error.message]).toEqual(['CanceledError', 0.25, 'canceled after 25.0 % of the candles']);
});

it('rules that nobody made with a class are read, whatever their prototype', () => {
  const bare: object = Object.assign(Object.create(null), { enterLong: rises });
  expect(readRules(bare)).toEqual({ enterLong: rises });
});
