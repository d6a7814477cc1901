import { describe, expect, it } from 'vitest';
import { ParameterError } from '../../../src/trading/errors.ts';
import { readRules, rulesLimits } from '../../../src/trading/rules/index.ts';
import { above, asRules, constant, indicator, price } from './builders.ts';

const rises = above(price('CLOSE'), price('CLOSE', 1));
const close = { price: { source: 'CLOSE' } };
const one = { constant: 1 };

/** What reading ends with. */
function refusal(input: unknown): { path: readonly string[]; message: string } {
  try {
    readRules(input);
  } catch (error) {
    if (error instanceof ParameterError) return { path: error.path, message: error.message };
    throw error;
  }
  throw new Error('the rules were accepted');
}

/** A condition inside as many `not` as wanted, made without recursion. */
function nested(depth: number): unknown {
  let condition: unknown = rises;
  for (let i = 0; i < depth; i++) condition = { not: condition };
  return condition;
}

const cyclic: { not?: unknown } = {};
cyclic.not = cyclic;

const fast = { name: 'fast', type: 'INTEGER', default: 9, min: 2, max: 50 };
const emaOf = (period: unknown): unknown => ({
  enterLong: { above: { left: { indicator: { name: 'EMA', parameters: { period } } }, right: one } },
});

describe('reading rules', () => {
  it.each([
    ['a price', { above: { left: price('CLOSE', 500), right: one } }],
    ['a cross', { crossesAbove: { left: price('CLOSE', 499), right: one } }],
    ['a rise', { rising: { operand: close, candles: 500 } }],
    ['what was within', { within: { candles: 301, condition: { rising: { operand: close, candles: 200 } } } }],
  ])('lets %s look back as far as the limit', (_name, enterLong) => {
    expect(readRules({ enterLong }).enterLong).toMatchObject(enterLong);
  });

  it.each(Object.entries(asRules))('takes %s as it is, also after a journey as JSON', (_name, rules) => {
    expect(readRules(rules)).toEqual(rules);
    expect(readRules(JSON.parse(JSON.stringify(readRules(rules))))).toEqual(rules);
  });

  it('fills in what a default leaves open, and leaves out what says nothing', () => {
    const right = { indicator: { name: 'RSI', parameters: null, output: null, source: 'CLOSE', offset: 0 } };
    expect(readRules({ enterLong: { above: { left: one, right } }, exitLong: null, reverses: false, parameters: [] })).toEqual({
      enterLong: above(constant(1), indicator('RSI', 14)),
    });
  });

  it('gives a tree of its own', () => {
    const input = { enterLong: { all: [{ ...rises }] } };
    const rules = readRules(input);
    input.enterLong.all.push(rises);
    expect(rules).toEqual({ enterLong: { all: [rises] } });
  });

  it.each<[string, unknown, string, string | RegExp]>([
    ['nothing', undefined, '', 'the rules must be an object, not undefined'],
    ['a list', [], '', 'the rules must be an object, not a list'],
    ['text', 'EMA(9) > 3', '', 'the rules must be an object, not "EMA(9) > 3"'],
    ['an object of a class', new Date(0), '', 'the rules must be a plain object, not one of a class'],
    ['a field on the prototype', Object.create({ enterLong: rises }), '', /must be a plain object/],
    ['a way out only', { exitLong: rises }, '', 'the rules never enter: give enterLong or enterShort'],
    ['an unknown moment', { enterlong: rises }, 'enterlong', /^"enterlong" is no field of the rules; the fields are enterLong, /],
    ['__proto__', JSON.parse('{"__proto__": {}}'), '__proto__', /^"__proto__" is no field/],
    ['a condition of a wrong type', { enterLong: true }, 'enterLong', 'a condition must be an object, not true'],
    ['no condition', { enterLong: {} }, 'enterLong', /^a condition must have exactly one of all, any, .*, not none$/],
    ['two conditions in one', { enterLong: { not: rises, all: [] } }, 'enterLong', /exactly one of .*, not not, all$/],
    [
      'an unknown condition',
      { enterLong: { xor: [] } },
      'enterLong xor',
      /^"xor" is no field of a condition; the fields are all, any, not/,
    ],
    ['an inherited name', { enterLong: { constructor: rises } }, 'enterLong constructor', /^"constructor" is no field/],
    ['all of an object', { enterLong: { all: { 0: rises } } }, 'enterLong all', 'all must be a list, not a value of type object'],
    ['all of nothing', { enterLong: { all: [] } }, 'enterLong all', 'all needs at least one condition'],
    [
      'a hole in a list',
      { enterLong: { any: [rises, undefined] } },
      'enterLong any 1',
      'a condition must be an object, not undefined',
    ],
    ['one side', { enterLong: { above: { left: one } } }, 'enterLong above right', 'above needs right'],
    [
      'a number for an operand',
      { enterLong: { above: { left: 1, right: one } } },
      'enterLong above left',
      'an operand must be an object, not 1',
    ],
    [
      'text for a constant',
      { enterLong: { above: { left: { constant: '1' }, right: one } } },
      'enterLong above left constant',
      'a constant must be a number, not "1"',
    ],
    [
      'NaN',
      { enterLong: { above: { left: { constant: Number.NaN }, right: one } } },
      'enterLong above left constant',
      'a constant must be a number, not NaN',
    ],
    [
      'Infinity',
      { enterLong: { above: { left: { constant: Infinity }, right: one } } },
      'enterLong above left constant',
      'a constant must be a number, not Infinity',
    ],
    [
      'a huge constant',
      { enterLong: { above: { left: { constant: 1e300 }, right: one } } },
      'enterLong above left constant',
      'a constant 1e+300 exceeds its limit 1000000000000000',
    ],
    [
      'an unknown price',
      { enterLong: { above: { left: { price: { source: 'close' } }, right: one } } },
      'enterLong above left price source',
      'the source must be one of OPEN, HIGH, LOW, CLOSE, VOLUME, not "close"',
    ],
    [
      'half a candle ago',
      { enterLong: { above: { left: price('CLOSE', 0.5), right: one } } },
      'enterLong above left price offset',
      'offset must be a whole number, not 0.5',
    ],
    [
      'the future',
      { enterLong: { above: { left: { price: { source: 'CLOSE', offset: -1 } }, right: one } } },
      'enterLong above left price offset',
      'offset -1 must be at least 0',
    ],
    [
      'too long ago',
      { enterLong: { above: { left: price('CLOSE', 501), right: one } } },
      'enterLong above left price offset',
      'offset 501 exceeds its limit 500',
    ],
    [
      'too long ago for a cross',
      { enterLong: { crossesAbove: { left: price('CLOSE', 500), right: one } } },
      'enterLong crossesAbove left price offset',
      'the rules look back 501 candles, the maximum is 500',
    ],
    [
      'too much together',
      { enterLong: { within: { candles: 400, condition: { rising: { operand: close, candles: 200 } } } } },
      'enterLong within condition rising candles',
      'the rules look back 599 candles, the maximum is 500',
    ],
    [
      'within no candles',
      { enterLong: { within: { candles: 0, condition: rises } } },
      'enterLong within candles',
      'candles of within 0 must be at least 1',
    ],
    [
      'within how many',
      { enterLong: { within: { condition: rises } } },
      'enterLong within candles',
      'candles of within must be a number, not undefined',
    ],
    [
      'an unknown indicator',
      { enterLong: { above: { left: { indicator: { name: 'EMMA' } }, right: one } } },
      'enterLong above left indicator name',
      /^there is no indicator "EMMA"; there are SMA, EMA/,
    ],
    [
      'a period out of bounds',
      emaOf(0),
      'enterLong above left indicator parameters period',
      /period 0 of indicator EMA must be at least 1/,
    ],
    [
      'a number for the name of an indicator',
      { enterLong: { above: { left: { indicator: { name: 7 } }, right: one } } },
      'enterLong above left indicator name',
      /^the name of an indicator must be/,
    ],
    [
      'an unknown field of within',
      { enterLong: { within: { candles: 2, of: rises } } },
      'enterLong within of',
      /^"of" is no field of within; the fields are condition, candles/,
    ],
    [
      'more parameters than there may be',
      { enterLong: rises, parameters: Array.from({ length: 101 }, (_, i) => ({ ...fast, name: `p${i}` })) },
      'parameters',
      /^the rules have 101 parameters, the maximum is \d+$/,
    ],
    ['text for a period', emaOf('9'), 'enterLong above left indicator parameters period', /must be a number, not "9"/],
    ['a list for a period', emaOf([9]), 'enterLong above left indicator parameters period', /must be an object, not a list/],
    [
      'an unknown parameter of an indicator',
      { enterLong: { above: { left: { indicator: { name: 'EMA', parameters: { length: 3 } } }, right: one } } },
      'enterLong above left indicator parameters length',
      /has no parameter "length"; it has period/,
    ],
    [
      'an output that is not there',
      { enterLong: { above: { left: { indicator: { name: 'EMA', output: 'upper' } }, right: one } } },
      'enterLong above left indicator output',
      /EMA has no output "upper"/,
    ],
    [
      'a parameter that is not declared',
      { enterLong: { above: { left: { parameter: 'x' }, right: one } } },
      'enterLong above left parameter',
      'the rules declare no parameter "x"; they declare none',
    ],
    [
      'a period that is not declared',
      { ...(emaOf({ parameter: 'slow' }) as object), parameters: [fast] },
      'enterLong above left indicator parameters period parameter',
      'the rules declare no parameter "slow"; they declare fast',
    ],
    [
      'a parameter that may be what a period may not',
      { ...(emaOf({ parameter: 'fast' }) as object), parameters: [{ ...fast, min: 0 }] },
      'enterLong above left indicator parameters period',
      'the parameter "fast" goes from 0 to 50, period from 1 to 5000',
    ],
    [
      'a parameter with halves for a period',
      { ...(emaOf({ parameter: 'fast' }) as object), parameters: [{ ...fast, type: 'NUMBER' }] },
      'enterLong above left indicator parameters period',
      /period is a whole number, but the parameter "fast" is not/,
    ],
    [
      'a parameter without bounds',
      { enterLong: rises, parameters: [{ name: 'x', default: 1, max: 3 }] },
      'parameters 0 min',
      'the parameter "x" needs min',
    ],
    [
      'a default out of bounds',
      { enterLong: rises, parameters: [{ ...fast, default: 51 }] },
      'parameters 0 default',
      'default of the parameter "fast" 51 exceeds its limit 50',
    ],
    [
      'bounds the wrong way round',
      { enterLong: rises, parameters: [{ ...fast, min: 60 }] },
      'parameters 0 max',
      'max of the parameter "fast" 50 must be at least 60',
    ],
    [
      'half a whole number',
      { enterLong: rises, parameters: [{ ...fast, min: 1.5 }] },
      'parameters 0 min',
      'min of the parameter "fast" must be a whole number, not 1.5',
    ],
    [
      'a name that is none',
      { enterLong: rises, parameters: [{ ...fast, name: '__proto__' }] },
      'parameters 0 name',
      /must be a letter and up to 39 letters, digits or _, not "__proto__"/,
    ],
    [
      'a parameter that stands twice',
      { enterLong: rises, parameters: [fast, fast] },
      'parameters 1 name',
      'the parameter "fast" is declared twice',
    ],
    [
      'no step',
      { enterLong: rises, parameters: [{ ...fast, step: 0 }] },
      'parameters 0 step',
      'step of the parameter "fast" must be above 0',
    ],
    ['a condition for a level', { enterLong: rises, stopLong: rises }, 'stopLong above', /^"above" is no field of an operand/],
    ['text for reverses', { enterLong: rises, reverses: 'yes' }, 'reverses', 'reverses must be true or false, not "yes"'],
    ['17 nested conditions', { enterLong: nested(16) }, `enterLong${' not'.repeat(16)}`, 'the rules are nested deeper than 16'],
    ['a circle', { enterLong: cyclic }, `enterLong${' not'.repeat(16)}`, 'the rules are nested deeper than 16'],
    [
      'a circle in an operand',
      { enterLong: { above: { left: cyclic, right: one } } },
      'enterLong above left not',
      /^"not" is no field of an operand/,
    ],
  ])('refuses %s with the place and the reason', (_name, input, path, message) => {
    const refused = refusal(input);
    expect(refused.path.join(' ')).toBe(`rules ${path}`.trim());
    expect(refused.message).toMatch(message);
  });

  it('refuses what is far too large, deep or wide at once', () => {
    expect(refusal({ enterLong: nested(10_000) }).message).toBe('the rules are nested deeper than 16');
    expect(refusal({ enterLong: { all: Array.from({ length: 1_000_000 }, () => rises) } }).message).toBe(
      'the rules have more than 200 conditions and operands',
    );
    // Sixteen levels of two each would be 65,536 nodes.
    let doubled: unknown = rises;
    for (let i = 0; i < 14; i++) doubled = { all: [doubled, doubled] };
    expect(refusal({ enterLong: doubled }).message).toBe('the rules have more than 200 conditions and operands');
  });

  it('counts nodes over all moments, and indicators that differ', () => {
    const many = (count: number): unknown => ({ any: Array.from({ length: count }, () => rises) });
    // A list, and three nodes for each comparison in it.
    expect(() => readRules({ enterLong: many(33), exitLong: many(33) })).not.toThrow();
    expect(refusal({ enterLong: many(33), exitLong: many(34) }).path.slice(0, 2)).toEqual(['rules', 'exitLong']);
    const indicators = (count: number): unknown => ({
      enterLong: { any: Array.from({ length: count }, (_, i) => above(price('CLOSE'), indicator('EMA', i + 2))) },
    });
    expect(() => readRules(indicators(rulesLimits.indicators))).not.toThrow();
    expect(refusal(indicators(33)).message).toBe('the rules have more than 32 different indicators');
  });
});

it('a constant of -0 is 0, as it is once it was stored', () => {
  const rules = readRules({ enterLong: above(price('CLOSE'), constant(-0)) });
  expect(rules).toEqual(JSON.parse(JSON.stringify(rules)));
});
