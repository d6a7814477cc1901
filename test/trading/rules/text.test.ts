import { describe, expect, it } from 'vitest';
import {
  type Condition,
  conditionText,
  type Operand,
  operandText,
  readRules,
  rulesText,
} from '../../../src/trading/rules/index.ts';
import { above, asRules, atLeast, atMost, below, constant, crossesBelow, indicator, price } from './builders.ts';

const a = above(price('CLOSE'), constant(1));
const b = below(price('OPEN'), constant(2));
const c = atLeast(price('VOLUME'), constant(3));
const calculated = (kind: 'plus' | 'minus' | 'times' | 'over', left: Operand, right: Operand): Operand =>
  ({ [kind]: { left, right } }) as unknown as Operand;
const [one, two, three] = [constant(1), constant(2), constant(3)];

describe('rules as text', () => {
  it('have a line for each moment', () => {
    expect(rulesText(asRules['ema-rsi'])).toBe(
      [
        'Enter long: EMA(9) crosses above EMA(21) and RSI(14) < 70',
        'Exit long: EMA(9) crosses below EMA(21) or RSI(14) > 80',
        'Enter short: EMA(9) crosses below EMA(21) and RSI(14) > 30',
        'Exit short: EMA(9) crosses above EMA(21) or RSI(14) < 20',
      ].join('\n'),
    );
  });

  it('tell a parameter that is called as a price from the price', () => {
    const parameters = [{ name: 'close', min: 2, max: 9, default: 3, type: 'INTEGER' }];
    const right = { indicator: { name: 'EMA', parameters: { period: { parameter: 'close' } } } };
    const left = { parameter: 'close' };
    expect(rulesText(readRules({ enterLong: { above: { left, right } }, parameters }))).toBe(
      'Enter long: parameter close > EMA(parameter close)',
    );
  });

  it('say that entries reverse', () => {
    expect(rulesText({ enterLong: a, reverses: true })).toBe(
      'Enter long: close > 1\nEntries of the other side reverse an open position',
    );
    expect(rulesText({ enterLong: a, reverses: false })).toBe('Enter long: close > 1');
  });

  it('name the levels after the moments', () => {
    expect(rulesText({ stopShort: calculated('plus', price('HIGH'), one), enterLong: a, targetLong: constant(9) })).toBe(
      'Enter long: close > 1\nLong target: 9\nShort stop: high + 1',
    );
  });

  it.each<[string, Condition]>([
    ['close > 1', a],
    ['RSI(14) 1 candle ago <= 30', atMost(indicator('RSI', 14, 1), constant(30))],
    ['close 3 candles ago crosses below EMA(21)', crossesBelow(price('CLOSE', 3), indicator('EMA', 21))],
    ['close > 1 and open < 2 and volume >= 3', { all: [a, b, c] }],
    ['close > 1 and (open < 2 or volume >= 3)', { all: [a, { any: [b, c] }] }],
    ['close > 1 and open < 2 or volume >= 3', { any: [{ all: [a, b] }, c] }],
    ['close > 1 and (open < 2 and volume >= 3)', { all: [a, { all: [b, c] }] }],
    ['close > 1', { any: [{ all: [a] }] }],
    ['not (close > 1) and open < 2', { all: [{ not: a }, b] }],
    ['not (close > 1 and open < 2)', { not: { all: [a, b] } }],
    ['(close > 1 or open < 2) within 5 candles', { within: { condition: { any: [a, b] }, candles: 5 } }],
    ['EMA(9) rising for 3 candles', { rising: { operand: indicator('EMA', 9), candles: 3 } }],
    ['(close - 1) falling for 1 candle', { falling: { operand: calculated('minus', price('CLOSE'), one), candles: 1 } }],
  ])('%s', (text, condition) => {
    expect(conditionText(condition)).toBe(text);
  });

  it.each<[string, Operand]>([
    ['1 + 2 * 3', calculated('plus', one, calculated('times', two, three))],
    ['(1 + 2) * 3', calculated('times', calculated('plus', one, two), three)],
    ['1 - 2 - 3', calculated('minus', calculated('minus', one, two), three)],
    ['1 - (2 - 3)', calculated('minus', one, calculated('minus', two, three))],
    ['1 / (2 * 3)', calculated('over', one, calculated('times', two, three))],
    ['EMA(fast) * level', calculated('times', indicator('EMA', { parameter: 'fast' }), { parameter: 'level' })],
  ])('%s', (text, operand) => {
    expect(operandText(operand)).toBe(text);
  });

  it.each([
    ['OBV', { name: 'OBV' }],
    ['VWAP', { name: 'VWAP' }],
    ['VWAP(20)', { name: 'VWAP', parameters: { period: 20 } }],
  ])('name %s with the parameters that it has', (text, indicator) => {
    const rules = readRules({ enterLong: { above: { left: { price: { source: 'CLOSE' } }, right: { indicator } } } });
    expect(rulesText(rules)).toBe(`Enter long: close > ${text}`);
  });

  it('name the line and the source of an indicator where there are several', () => {
    const rules = readRules({
      enterLong: {
        above: {
          left: { indicator: { name: 'MACD', output: 'signal', offset: 1 } },
          right: { indicator: { name: 'SMA', parameters: { period: 5 }, source: 'HIGH' } },
        },
      },
    });
    expect(rulesText(rules)).toBe('Enter long: MACD(12,26,9).signal 1 candle ago > SMA(high,5)');
  });
});
