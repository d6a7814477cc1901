import * as fc from 'fast-check';
import { type Condition, type Operand, type Rules, rulesLimits } from '../../../src/trading/rules/index.ts';
import { indicator } from './builders.ts';

const offset: fc.Arbitrary<{ readonly offset?: number }> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  fc.integer({ min: 1, max: 7 }).map((offset) => ({ offset })),
);
const candles = fc.integer({ min: 1, max: 6 });

const leaf: fc.Arbitrary<Operand> = fc.oneof(
  fc.constantFrom(0, 20, 50, 80, 100).map((constant) => ({ constant })),
  fc
    .tuple(fc.constantFrom('OPEN', 'HIGH', 'LOW', 'CLOSE', 'VOLUME'), offset)
    .map(([source, ago]) => ({ price: { source, ...ago } })),
  fc
    .tuple(fc.constantFrom('SMA', 'EMA', 'RSI'), fc.integer({ min: 2, max: 9 }), offset)
    .map(([name, period, { offset = 0 }]) => indicator(name, period, offset)),
);

const { operand } = fc.letrec<{ operand: Operand }>((tie) => ({
  operand: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: leaf },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('plus', 'minus', 'times', 'over'), tie('operand'), tie('operand'))
        .map(([kind, left, right]) => ({ [kind]: { left, right } }) as unknown as Operand),
    },
  ),
}));

const simple: fc.Arbitrary<Condition> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('above', 'atLeast', 'below', 'atMost', 'crossesAbove', 'crossesBelow'), operand, operand)
      .map(([kind, left, right]) => ({ [kind]: { left, right } }) as unknown as Condition),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('rising', 'falling'), operand, candles)
      .map(([kind, operand, candles]) => ({ [kind]: { operand, candles } }) as unknown as Condition),
  },
);

const { condition } = fc.letrec<{ condition: Condition }>((tie) => {
  const parts = fc.array(tie('condition'), { minLength: 1, maxLength: 3 });
  return {
    condition: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 3, arbitrary: simple },
      { weight: 1, arbitrary: parts.map((all) => ({ all })) },
      { weight: 1, arbitrary: parts.map((any) => ({ any })) },
      { weight: 1, arbitrary: tie('condition').map((not) => ({ not })) },
      {
        weight: 1,
        arbitrary: fc.tuple(tie('condition'), candles).map(([condition, candles]) => ({ within: { condition, candles } })),
      },
    ),
  };
});

const levels = fc.record(
  { stopLong: operand, targetLong: operand, stopShort: operand, targetShort: operand },
  { requiredKeys: [] },
);

/** Conditions and operands: each is an object of one of these. */
const node = new RegExp(
  '"(?:all|any|not|within|rising|falling|above|atLeast|below|atMost|crossesAbove|crossesBelow|constant|price|indicator|plus|minus|times|over)":',
  'g',
);
const isSmallEnough = (rules: Rules): boolean => (JSON.stringify(rules).match(node)?.length ?? 0) <= rulesLimits.nodes;

/** Rules of any form that are not too large, also with the same condition in several places. */
export const randomRules: fc.Arbitrary<Rules> = fc
  .tuple(condition, fc.option(condition), fc.option(condition), fc.option(condition), levels, fc.boolean(), fc.boolean())
  .map(([enterLong, exitLong, enterShort, exitShort, prices, reverses, shared]) => ({
    enterLong,
    ...(exitLong ? { exitLong: shared ? { any: [exitLong, { not: enterLong }] } : exitLong } : {}),
    ...(enterShort ? { enterShort: shared ? { all: [{ not: enterLong }, enterShort] } : enterShort } : {}),
    ...(exitShort ? { exitShort } : {}),
    ...prices,
    ...(reverses ? { reverses } : {}),
  }))
  .filter(isSmallEnough);
