import { describe, expect, it } from 'vitest';
import { runBacktest } from '../../../src/trading/backtest.ts';
import { entryOrder } from '../../../src/trading/entry-order.ts';
import { ParameterError } from '../../../src/trading/errors.ts';
import { compileRules, type Condition, type Operand, readRules, type Rules } from '../../../src/trading/rules/index.ts';
import { bindStrategy, Signal } from '../../../src/trading/strategy.ts';
import { candlesOf, closesOf, plain } from '../support/builders.ts';
import { above, asRules, atLeast, atMost, below, constant, crossesAbove, crossesBelow, indicator, price } from './builders.ts';

const close = price('CLOSE');

/** Where a condition is true on these closes, as text: "x" true, "." false, "-" not asked yet. */
function truth(condition: Condition, closes: readonly number[]): string {
  const definition = compileRules(readRules({ enterLong: condition }));
  const { firstDecision, parameters } = bindStrategy(definition, {});
  const out = new Uint8Array(closes.length);
  definition.signals?.({ candles: closesOf(closes), columns: {}, parameters, shorts: false })(firstDecision, closes.length, out);
  return Array.from(out, (signal, i) => (i < firstDecision ? '-' : signal === Signal.ENTER_LONG ? 'x' : '.')).join('');
}

/** What an operand is worth at the last of these closes, found by comparing. */
function isWorth(operand: Operand, value: number, closes: readonly number[]): boolean {
  return truth({ all: [atLeast(operand, constant(value)), atMost(operand, constant(value))] }, closes).endsWith('x');
}

const up = above(close, constant(2));
const { NaN: none } = Number;

describe('a condition', () => {
  it.each<[string, Condition, readonly number[], string]>([
    ['above', above(close, constant(2)), [1, 2, 3], '..x'],
    ['at least', atLeast(close, constant(2)), [1, 2, 3], '.xx'],
    ['below', below(close, constant(2)), [1, 2, 3], 'x..'],
    ['at most', atMost(close, constant(2)), [1, 2, 3], 'xx.'],
    ['a comparison with nothing is false', above(close, constant(2)), [none, 3], '.x'],
    ['and its opposite is not true either', atMost(close, constant(2)), [none, 1], '.x'],
    ['not', { not: up }, [1, 2, 3], 'xx.'],
    ['a comparison with the candle before', above(close, price('CLOSE', 1)), [1, 2, 2, 3, 1], '-x.x.'],
    ['crosses above', crossesAbove(close, constant(2)), [1, 3, 4, 1, 3], '-x..x'],
    ['a cross from a tie is none', crossesAbove(close, constant(2)), [1, 2, 3], '-..'],
    ['a cross into a tie is none', crossesAbove(close, constant(2)), [1, 2, 1], '-..'],
    ['crosses below', crossesBelow(close, constant(2)), [3, 1, 2, 1, 3, 1], '-x...x'],
    [
      'crosses in both directions',
      { any: [crossesBelow(close, constant(2)), crossesAbove(close, constant(2))] },
      [1, 3, 3, 2, 1, 3, 1],
      '-x...xx',
    ],
    [
      'a cross after the opposite one',
      { all: [crossesAbove(close, constant(2)), { within: { condition: crossesBelow(close, constant(2)), candles: 3 } }] },
      [3, 1, 1, 3, 1, 3, 1, 1, 1, 3],
      '---x.x....',
    ],
    ['no cross out of nothing', crossesAbove(close, constant(2)), [none, 3], '-.'],
    ['a cross some candles ago', crossesAbove(price('CLOSE', 2), constant(2)), [1, 3, 3, 3, 3], '---x.'],
    ['rising', { rising: { operand: close, candles: 1 } }, [1, 2, 2, 3, 2], '-x.x.'],
    ['rising for two candles', { rising: { operand: close, candles: 2 } }, [1, 2, 3, 4, 4, 5, 6], '--xx..x'],
    ['falling for two candles', { falling: { operand: close, candles: 2 } }, [6, 5, 4, 4, 3, 2], '--x..x'],
    ['within three candles', { within: { condition: up, candles: 3 } }, [3, 1, 1, 1, 3, 1, 1, 1], '--x.xxx.'],
    ['within one candle', { within: { condition: up, candles: 1 } }, [3, 1, 3], 'x.x'],
    [
      'within candles, within candles',
      { within: { condition: { within: { condition: up, candles: 2 } }, candles: 2 } },
      [3, 1, 1, 1, 1],
      '--x..',
    ],
    ['all', { all: [above(close, constant(1)), below(close, constant(4))] }, [1, 2, 3, 4], '.xx.'],
    ['all, with a cross', { all: [below(close, constant(9)), crossesAbove(close, constant(2))] }, [1, 3, 1, 9], '-x..'],
    ['any', { any: [below(close, constant(2)), above(close, constant(3))] }, [1, 2, 3, 4], 'x..x'],
    ['all of one', { all: [up] }, [1, 3], '.x'],
    ['the same twice', { all: [up, up, { not: { not: up } }] }, [1, 3], '.x'],
    [
      'one condition here and over there',
      { any: [{ all: [up, below(close, constant(4))] }, { all: [{ not: up }, below(close, constant(2))] }] },
      [1, 2, 3, 4],
      'x.x.',
    ],
    [
      'within and at the same candle',
      { all: [{ within: { condition: up, candles: 3 } }, { not: up }] },
      [3, 1, 3, 1, 1, 1],
      '--.xx.',
    ],
  ])('%s', (_name, condition, closes, expected) => {
    expect(truth(condition, closes)).toBe(expected);
  });

  it.each<[string, Operand, number]>([
    ['plus', { plus: { left: close, right: constant(2) } }, 9],
    ['minus', { minus: { left: close, right: constant(2) } }, 5],
    ['times', { times: { left: close, right: constant(2) } }, 14],
    ['over', { over: { left: close, right: constant(2) } }, 3.5],
    ['of each other', { minus: { left: { times: { left: close, right: close } }, right: price('CLOSE', 1) } }, 45],
    ['open', price('OPEN'), 4],
    ['candles ago', price('CLOSE', 2), 3],
  ])('calculates %s', (_name, operand, value) => {
    expect(isWorth(operand, value, [1, 3, 4, 7])).toBe(true);
  });

  it('is the same in the last place of a block as in any other', () => {
    const closes = Array.from({ length: 5_000 }, (_, i) => Math.sin(i * i));
    const condition: Condition = {
      within: { condition: { all: [crossesAbove(close, constant(0)), { not: above(close, constant(0.9)) }] }, candles: 3 },
    };
    const cross = (i: number): boolean => closes[i] > 0 && closes[i - 1] < 0 && !(closes[i] > 0.9);
    const expected = closes.map((_, i) => (i < 3 ? '-' : cross(i) || cross(i - 1) || cross(i - 2) ? 'x' : '.'));
    expect(truth(condition, closes)).toBe(expected.join(''));
  });
});

describe('the moments', () => {
  const rows = [
    [1, 1, 1, 1],
    [2, 2, 2, 2],
  ] as const;
  const always = above(close, constant(0));
  const signalOf = (rules: Rules, shorts: boolean): number => {
    const definition = compileRules(readRules(rules));
    const out = new Uint8Array(2);
    definition.signals?.({ candles: candlesOf(rows), columns: {}, parameters: {}, shorts })(0, 2, out);
    return out[1];
  };

  it.each([
    ['enterLong', { enterLong: always }, Signal.ENTER_LONG],
    ['exitLong', { enterShort: up, exitLong: always }, Signal.EXIT_LONG],
    ['enterShort', { enterShort: always }, Signal.ENTER_SHORT],
    ['exitShort', { enterShort: up, exitShort: always }, Signal.EXIT_SHORT],
    ['all four', { enterLong: always, exitLong: always, enterShort: always, exitShort: always }, 15],
  ])('%s speaks with its own bit', (_name, rules, expected) => {
    expect(signalOf(rules, true)).toBe(expected);
  });

  it('of shorts are silent on spot', () => {
    expect(signalOf({ enterLong: always, enterShort: always, exitShort: always }, false)).toBe(Signal.ENTER_LONG);
  });
});

describe('levels', () => {
  const minus = (left: Operand, right: Operand): Operand => ({ minus: { left, right } });
  const plus = (left: Operand, right: Operand): Operand => ({ plus: { left, right } });
  /** The stop and the target that an entry at each of the closes 10, 20, 30 asks for. */
  const asked = (rules: Partial<Rules>, side: 1 | -1): (readonly [number, number])[] => {
    const definition = compileRules(readRules({ enterLong: up, ...rules }));
    const closes = [10, 20, 30];
    const set = definition.levels?.({ candles: closesOf(closes), columns: {}, parameters: {}, shorts: true });
    return closes.map((price, index) => {
      const levels = { stop: none, target: none };
      set?.(index, side, levels);
      const order = entryOrder(side, price, 0, levels, { entryType: 'MARKET', entryOffsetPercent: 0 });
      return [order.stop ?? none, order.target ?? none];
    });
  };

  it.each<[string, Partial<Rules>, 1 | -1, (readonly [number, number])[]]>([
    [
      'none',
      {},
      1,
      [
        [none, none],
        [none, none],
        [none, none],
      ],
    ],
    [
      'of a long entry',
      { stopLong: minus(close, constant(1)), targetLong: plus(close, constant(2)) },
      1,
      [
        [9, 12],
        [19, 22],
        [29, 32],
      ],
    ],
    [
      'of the other side',
      { stopLong: minus(close, constant(1)) },
      -1,
      [
        [none, none],
        [none, none],
        [none, none],
      ],
    ],
    [
      'of a short entry',
      { stopShort: plus(close, constant(1)), targetShort: minus(close, constant(2)) },
      -1,
      [
        [11, 8],
        [21, 18],
        [31, 28],
      ],
    ],
    [
      'a fixed price, where it is on the right side',
      { stopLong: constant(15), targetLong: constant(25) },
      1,
      [
        [none, 25],
        [15, 25],
        [15, none],
      ],
    ],
    [
      'a fixed price of a short entry',
      { stopShort: constant(15), targetShort: constant(25) },
      -1,
      [
        [15, none],
        [none, none],
        [none, 25],
      ],
    ],
    [
      'no price',
      { stopLong: minus(close, constant(20)), targetLong: { over: { left: close, right: constant(0) } } },
      1,
      [
        [none, none],
        [none, none],
        [10, none],
      ],
    ],
    [
      'the candle before',
      { stopLong: price('CLOSE', 1) },
      1,
      [
        [none, none],
        [10, none],
        [20, none],
      ],
    ],
  ])('%s', (_name, rules, side, expected) => {
    expect(asked(rules, side)).toEqual(expected);
  });

  it('guard the position instead of the configured distances', () => {
    const rules: Rules = {
      enterLong: above(close, constant(0)),
      stopLong: minus(price('LOW'), constant(1)),
      targetLong: constant(120),
    };
    const rows = [
      [100, 101, 99, 100],
      [100, 101, 98.5, 100],
      [100, 100, 90, 95],
    ] as const;
    const { trades } = runBacktest(candlesOf(rows), { ...plain, strategy: compileRules(readRules(rules)), stopLossPercent: 1 });
    expect(trades[0]).toMatchObject({ entryIndex: 1, exitIndex: 2, exitPrice: 98, exitReason: 'STOP_LOSS' });
  });

  it('wait for what they look at', () => {
    const rules = readRules({ enterLong: up, stopLong: minus(price('CLOSE', 4), indicator('SMA', 7)) });
    expect(bindStrategy(compileRules(rules), {}).firstDecision).toBe(10);
  });
});

describe('a compiled strategy', () => {
  it('computes each indicator once, and waits for it and for what is looked back at', () => {
    const definition = compileRules(asRules['ema-rsi']);
    const bound = bindStrategy(definition, {});
    expect(Object.values(bound.indicators).map(({ key }) => key)).toEqual(['EMA(9)', 'EMA(21)', 'RSI(14)']);
    expect([definition.lookBack, bound.firstDecision]).toEqual([1, 21]);
  });

  it.each<[string, Condition, number]>([
    ['a comparison', up, 0],
    ['an offset', above(price('CLOSE', 3), constant(1)), 3],
    ['a cross of an offset', crossesAbove(price('CLOSE', 3), constant(1)), 4],
    ['rising', { rising: { operand: close, candles: 5 } }, 5],
    ['within a cross', { within: { condition: crossesAbove(close, constant(1)), candles: 5 } }, 5],
    ['the longest of several', { any: [up, above(price('CLOSE', 2), constant(1)), crossesAbove(close, constant(1))] }, 2],
  ])('looks back as far as %s needs', (_name, condition, expected) => {
    expect(compileRules(readRules({ enterLong: condition })).lookBack).toBe(expected);
  });

  describe('with parameters of its own', () => {
    const period = (name: string, usual: number) => ({ name, type: 'INTEGER', default: usual, min: 2, max: 100 }) as const;
    const level = { name: 'level', default: 70, min: 0, max: 100, step: 5, description: 'Not above.' };
    const rules = readRules({
      enterLong: {
        all: [
          crossesAbove(indicator('EMA', { parameter: 'fast' }), indicator('EMA', { parameter: 'slow' })),
          below(indicator('RSI', 14), { parameter: 'level' }),
        ],
      },
      parameters: [period('fast', 9), period('slow', 21), level],
    });
    const definition = compileRules(rules);

    it('declares them as any strategy does', () => {
      expect(definition.parameters).toEqual({
        fast: { type: 'INTEGER', description: 'The value of fast.', default: 9, min: 2, max: 100, step: 1 },
        slow: { type: 'INTEGER', description: 'The value of slow.', default: 21, min: 2, max: 100, step: 1 },
        level: { type: 'NUMBER', description: 'Not above.', default: 70, min: 0, max: 100, step: 5 },
      });
    });

    it('takes values for indicators and levels', () => {
      const bound = bindStrategy(definition, { fast: 3, slow: 5 });
      expect(Object.values(bound.indicators).map(({ key }) => key)).toEqual(['EMA(3)', 'EMA(5)', 'RSI(14)']);
      const columns = Object.fromEntries(Object.keys(bound.indicators).map((name) => [name, Float64Array.of(1, 2)]));
      const [fast, slow, rsi] = Object.keys(bound.indicators);
      Object.assign(columns, { [fast]: Float64Array.of(1, 3), [slow]: Float64Array.of(2, 2), [rsi]: Float64Array.of(50, 60) });
      const enters = (value: number): boolean => {
        const out = new Uint8Array(2);
        const { parameters } = bindStrategy(definition, { level: value });
        definition.signals?.({ candles: closesOf([1, 1]), columns, parameters, shorts: false })(1, 2, out);
        return out[1] === Signal.ENTER_LONG;
      };
      expect([enters(60), enters(60.5)]).toEqual([false, true]);
    });

    it('refuses values that an indicator cannot have together, at the parameter', () => {
      const macd = { name: 'MACD', parameters: { fastPeriod: { parameter: 'fast' }, slowPeriod: { parameter: 'slow' } } };
      const crossed = compileRules(
        readRules({
          enterLong: { above: { left: { indicator: macd }, right: constant(0) } },
          parameters: [period('fast', 9), period('slow', 21)],
        }),
      );
      const bind = (): unknown => bindStrategy(crossed, { fast: 30 }, ['input', 'parameters']);
      expect(bind).toThrow(ParameterError);
      expect(bind).toThrow(expect.objectContaining({ path: ['input', 'parameters', 'fast'] }));
    });
  });
});
