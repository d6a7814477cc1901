import type { Condition, Operand, Rules } from '../../../src/trading/rules/index.ts';

/** Short words for the nodes of rules. */
export const constant = (value: number): Operand => ({ constant: value });
export const price = (source: 'OPEN' | 'HIGH' | 'LOW' | 'CLOSE' | 'VOLUME', offset = 0): Operand => ({
  price: { source, ...(offset > 0 ? { offset } : {}) },
});
export const indicator = (name: string, period: number | { parameter: string }, offset = 0): Operand => ({
  indicator: { name, parameters: { period }, ...(offset > 0 ? { offset } : {}) },
});
export const crossesAbove = (left: Operand, right: Operand): Condition => ({ crossesAbove: { left, right } });
export const crossesBelow = (left: Operand, right: Operand): Condition => ({ crossesBelow: { left, right } });
export const above = (left: Operand, right: Operand): Condition => ({ above: { left, right } });
export const below = (left: Operand, right: Operand): Condition => ({ below: { left, right } });
export const atLeast = (left: Operand, right: Operand): Condition => ({ atLeast: { left, right } });
export const atMost = (left: Operand, right: Operand): Condition => ({ atMost: { left, right } });

const line = (name: string, output: string, parameters: Record<string, number>, offset = 0): Operand => ({
  indicator: { name, parameters, output, ...(offset > 0 ? { offset } : {}) },
});
const macd = { fastPeriod: 12, slowPeriod: 26, signalPeriod: 9 };
const trend = line('SUPERTREND', 'direction', { period: 10, multiplier: 3 });

/** Built-in strategies with their default parameters, written as rules. */
export const asRules = {
  'ema-rsi': {
    enterLong: {
      all: [crossesAbove(indicator('EMA', 9), indicator('EMA', 21)), below(indicator('RSI', 14), constant(70))],
    },
    exitLong: {
      any: [crossesBelow(indicator('EMA', 9), indicator('EMA', 21)), above(indicator('RSI', 14), constant(80))],
    },
    enterShort: {
      all: [crossesBelow(indicator('EMA', 9), indicator('EMA', 21)), above(indicator('RSI', 14), constant(30))],
    },
    exitShort: {
      any: [crossesAbove(indicator('EMA', 9), indicator('EMA', 21)), below(indicator('RSI', 14), constant(20))],
    },
  },
  'sma-cross': {
    enterLong: crossesAbove(indicator('SMA', 20), indicator('SMA', 50)),
    exitLong: crossesBelow(indicator('SMA', 20), indicator('SMA', 50)),
    enterShort: crossesBelow(indicator('SMA', 20), indicator('SMA', 50)),
    exitShort: crossesAbove(indicator('SMA', 20), indicator('SMA', 50)),
    reverses: true,
  },
  'rsi-reversion': {
    enterLong: { all: [atMost(indicator('RSI', 14, 1), constant(30)), above(indicator('RSI', 14), constant(30))] },
    exitLong: atLeast(indicator('RSI', 14), constant(50)),
    enterShort: { all: [atLeast(indicator('RSI', 14, 1), constant(70)), below(indicator('RSI', 14), constant(70))] },
    exitShort: atMost(indicator('RSI', 14), constant(50)),
  },
  'macd-trend': {
    enterLong: {
      all: [crossesAbove(line('MACD', 'histogram', macd), constant(0)), above(price('CLOSE'), indicator('EMA', 200))],
    },
    exitLong: crossesBelow(line('MACD', 'histogram', macd), constant(0)),
    enterShort: {
      all: [crossesBelow(line('MACD', 'histogram', macd), constant(0)), below(price('CLOSE'), indicator('EMA', 200))],
    },
    exitShort: crossesAbove(line('MACD', 'histogram', macd), constant(0)),
    reverses: true,
  },
  'donchian-breakout': {
    enterLong: above(price('CLOSE'), line('DONCHIAN', 'upper', { period: 20 }, 1)),
    exitLong: below(price('CLOSE'), line('DONCHIAN', 'lower', { period: 10 }, 1)),
    enterShort: below(price('CLOSE'), line('DONCHIAN', 'lower', { period: 20 }, 1)),
    exitShort: above(price('CLOSE'), line('DONCHIAN', 'upper', { period: 10 }, 1)),
    reverses: true,
  },
  supertrend: {
    enterLong: { rising: { operand: trend, candles: 1 } },
    exitLong: { falling: { operand: trend, candles: 1 } },
    enterShort: { falling: { operand: trend, candles: 1 } },
    exitShort: { rising: { operand: trend, candles: 1 } },
    reverses: true,
  },
  'buy-and-hold': { enterLong: above(price('CLOSE'), constant(0)) },
} as const satisfies Record<string, Rules>;
