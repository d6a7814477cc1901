import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParameterError } from '../../../src/trading/errors.ts';
import type { Candles } from '../../../src/trading/candle.ts';
import { indicatorNamed } from '../../../src/trading/indicators/catalog.ts';
import { columnOf } from '../../../src/trading/indicators/indicator.ts';
import {
  compileRules,
  type Condition,
  conditionText,
  type Operand,
  readRules,
  type Rules,
} from '../../../src/trading/rules/index.ts';
import { runBacktest } from '../../../src/trading/backtest.ts';
import type { SessionTrade } from '../../../src/trading/session.ts';
import { CandleSeries, candleAt, sliceCandles } from '../../../src/trading/series.ts';
import { bindStrategy, Signal } from '../../../src/trading/strategy.ts';
import { randomCandles, randomMarket, randomOptions } from '../support/random-candles.ts';
import { replay } from '../support/replay.ts';
import { randomRules } from './random-rules.ts';

const candles = randomCandles({ minLength: 1, maxLength: 120 });
const runs = { numRuns: 300 };

interface Written {
  readonly signals: Uint8Array;
  readonly firstDecision: number;
}

/** The signals of rules on candles, asked for in portions of these sizes, over and over. */
function written(rules: Rules, series: Candles, shorts: boolean, portions: readonly number[] = [Infinity]): Written {
  const definition = compileRules(rules);
  const { firstDecision, indicators, parameters } = bindStrategy(definition, {});
  const columns = Object.fromEntries(Object.entries(indicators).map(([name, one]) => [name, columnOf(one, series)]));
  const n = series.openTime.length;
  const signals = new Uint8Array(n);
  const write = definition.signals?.({ candles: series, columns, parameters, shorts });
  for (let from = firstDecision, turn = 0; from < n; turn++) {
    const to = Math.min(n, from + portions[turn % portions.length]);
    write?.(from, to, signals);
    from = to;
  }
  return { signals, firstDecision };
}

/** What rules mean, written down a second time and as plainly as can be: one candle, one node at a time. */
class Meaning {
  readonly #series: Candles;

  constructor(series: Candles) {
    this.#series = series;
  }

  #value(operand: Operand, i: number): number {
    if ('constant' in operand) return operand.constant;
    if ('price' in operand) {
      const { source, offset = 0 } = operand.price;
      return this.#series[source.toLowerCase() as 'close'][i - offset];
    }
    if ('indicator' in operand) {
      const { name, parameters, offset = 0 } = operand.indicator;
      return columnOf(indicatorNamed({ name, parameters }), this.#series)[i - offset];
    }
    if ('parameter' in operand) throw new Error('random rules declare none');
    if ('plus' in operand) return this.#value(operand.plus.left, i) + this.#value(operand.plus.right, i);
    if ('minus' in operand) return this.#value(operand.minus.left, i) - this.#value(operand.minus.right, i);
    if ('times' in operand) return this.#value(operand.times.left, i) * this.#value(operand.times.right, i);
    return this.#value(operand.over.left, i) / this.#value(operand.over.right, i);
  }

  holds(condition: Condition, i: number): boolean {
    if ('all' in condition) return condition.all.every((part) => this.holds(part, i));
    if ('any' in condition) return condition.any.some((part) => this.holds(part, i));
    if ('not' in condition) return !this.holds(condition.not, i);
    if ('within' in condition)
      return last(condition.within.candles, (ago) => this.holds(condition.within.condition, i - ago)).includes(true);
    if ('rising' in condition || 'falling' in condition) {
      const { operand, candles } = 'rising' in condition ? condition.rising : condition.falling;
      const change = (at: number): number => Math.sign(this.#value(operand, at) - this.#value(operand, at - 1));
      return last(candles, (ago) => change(i - ago)).every((sign) => sign === ('rising' in condition ? 1 : -1));
    }
    if ('above' in condition) return this.#value(condition.above.left, i) > this.#value(condition.above.right, i);
    if ('atLeast' in condition) return this.#value(condition.atLeast.left, i) >= this.#value(condition.atLeast.right, i);
    if ('below' in condition) return this.#value(condition.below.left, i) < this.#value(condition.below.right, i);
    if ('atMost' in condition) return this.#value(condition.atMost.left, i) <= this.#value(condition.atMost.right, i);
    const { left, right } = 'crossesAbove' in condition ? condition.crossesAbove : condition.crossesBelow;
    const sides = (at: number): number => Math.sign(this.#value(left, at) - this.#value(right, at));
    const wanted = 'crossesAbove' in condition ? 1 : -1;
    return sides(i) === wanted && sides(i - 1) === -wanted;
  }
}

function last<T>(count: number, at: (ago: number) => T): T[] {
  return Array.from({ length: count }, (_, ago) => at(ago));
}

describe('any rules', () => {
  it('mean what each of their words means', () => {
    fc.assert(
      fc.property(randomRules, randomCandles({ minLength: 15, maxLength: 60 }), fc.boolean(), (rules, series, shorts) => {
        const { signals, firstDecision } = written(rules, series, shorts);
        const meaning = new Meaning(series);
        const bit = (condition: Condition | undefined, i: number, value: number): number =>
          condition !== undefined && meaning.holds(condition, i) ? value : 0;
        for (let i = firstDecision; i < signals.length; i++)
          expect(signals[i]).toBe(
            bit(rules.enterLong, i, Signal.ENTER_LONG) |
              bit(rules.exitLong, i, Signal.EXIT_LONG) |
              (shorts ? bit(rules.enterShort, i, Signal.ENTER_SHORT) | bit(rules.exitShort, i, Signal.EXIT_SHORT) : 0),
          );
      }),
      runs,
    );
  });

  it('say of a prefix what they say of the whole', () => {
    fc.assert(
      fc.property(randomRules, candles, fc.nat(), (rules, series, cut) => {
        const length = 1 + (cut % series.openTime.length);
        const whole = written(rules, series, true).signals;
        expect(written(rules, sliceCandles(series, 0, length), true).signals).toEqual(whole.slice(0, length));
      }),
      runs,
    );
  });

  it('say the same in any portions, one candle at a time included', () => {
    const portions = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(randomRules, candles, portions, (rules, series, sizes) => {
        const whole = written(rules, series, true).signals;
        expect(written(rules, series, true, sizes).signals).toEqual(whole);
        expect(written(rules, series, true, [1]).signals).toEqual(whole);
      }),
      runs,
    );
  });

  it('say the same in the moving window of a bot', () => {
    fc.assert(
      fc.property(randomRules, randomCandles({ minLength: 1_100, maxLength: 1_200 }), (rules, series) => {
        const { signals, firstDecision } = written(rules, series, true);
        const definition = compileRules(rules);
        const { indicators, parameters } = bindStrategy(definition, {});
        const window = new CandleSeries(indicators, definition.lookBack);
        const out = new Uint8Array(window.candles.openTime.length);
        const write = definition.signals?.({ candles: window.candles, columns: window.columns, parameters, shorts: true });
        for (let i = 0; i < signals.length; i++) {
          const index = window.append(candleAt(series, i));
          if (i < firstDecision) continue;
          write?.(index, index + 1, out);
          expect(out[index]).toBe(signals[i]);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('trade the same in a backtest as with candles that come one by one', () => {
    fc.assert(
      fc.property(randomRules, candles, randomOptions, randomMarket, (rules, series, options, market) => {
        const spec = { ...options, ...market, timeframe: 'H1', initialCapital: 1_000, strategy: compileRules(rules) } as const;
        const run = { ...spec, fillAt: 'NEXT_OPEN', closeAtEnd: false } as const;
        fc.pre(series.openTime.length > 1);
        const facts = (trades: readonly SessionTrade[]): unknown =>
          trades.map(({ side, entryTime, entryPrice, exitTime, exitPrice, pnl }) => [
            side,
            entryTime,
            entryPrice,
            exitTime,
            exitPrice,
            pnl,
          ]);
        expect(facts(replay(series, run).trades)).toEqual(facts(runBacktest(series, run).trades));
      }),
      { numRuns: 100 },
    );
  });

  it('survive a journey as JSON, and read as the same text', () => {
    fc.assert(
      fc.property(randomRules, (rules) => {
        const once = readRules(rules);
        const twice = readRules(JSON.parse(JSON.stringify(once)));
        expect(twice).toEqual(once);
        expect(once).toEqual(rules);
        if (once.enterLong && rules.enterLong) expect(conditionText(once.enterLong)).toBe(conditionText(rules.enterLong));
      }),
      runs,
    );
  });

  it('are read or refused with a place, never anything else, whatever they are made of', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.record({ enterLong: fc.anything() }),
          fc.object({ key: fc.constantFrom('enterLong', 'all', 'not', 'above', 'left', 'price') }),
        ),
        (input) => {
          try {
            expect(() => compileRules(readRules(input))).not.toThrow();
          } catch {
            expect(() => readRules(input)).toThrow(ParameterError);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
