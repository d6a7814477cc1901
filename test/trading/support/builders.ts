import type { Candles } from '../../../src/trading/candle.ts';
import type { BacktestResult, BacktestSpec } from '../../../src/trading/backtest.ts';
import { runBacktest } from '../../../src/trading/backtest.ts';
import { emptyCandles } from '../../../src/trading/series.ts';
import { defineStrategy, Signal, type StrategyDefinition } from '../../../src/trading/strategy.ts';

export const hour = 3_600_000;
/** 2024-01-01, a Monday. */
export const start = Date.UTC(2024, 0, 1);

export type Row = readonly [open: number, high: number, low: number, close: number];

/** Hourly candles from rows of open, high, low, close. */
export function candlesOf(rows: readonly Row[], from = start, step = hour): Candles {
  const candles = emptyCandles(rows.length);
  rows.forEach(([open, high, low, close], i) => {
    candles.openTime[i] = from + i * step;
    candles.open[i] = open;
    candles.high[i] = high;
    candles.low[i] = low;
    candles.close[i] = close;
    candles.volume[i] = 1;
  });
  return candles;
}

/** Hourly candles that open at the close before and have no wicks. */
export function closesOf(closes: readonly number[]): Candles {
  return candlesOf(
    closes.map((close, i) => {
      const open = closes[Math.max(0, i - 1)];
      return [open, Math.max(open, close), Math.min(open, close), close];
    }),
  );
}

/** What a scripted strategy says at which candle. */
export interface Script {
  readonly [index: number]: number;
}

/** A strategy that says what the script says, whatever the market does. */
export function scripted(
  script: Script,
  extra: { readonly reverses?: boolean; readonly stop?: number; readonly target?: number } = {},
): StrategyDefinition {
  return defineStrategy({
    name: 'scripted',
    description: 'Says what a test wants said.',
    parameters: {},
    indicators: () => ({}),
    lookBack: 0,
    reverses: extra.reverses ?? false,
    levels: () => (_index, _side, levels) => {
      levels.stop = extra.stop ?? Number.NaN;
      levels.target = extra.target ?? Number.NaN;
    },
    signals: () => (from, to, out) => {
      for (let i = from; i < to; i++) out[i] = script[i] ?? Signal.NONE;
    },
  });
}

/** No fee and the whole capital, so that prices can be read off the results. */
export const plain = { feePercent: 0, positionSizePercent: 100, initialCapital: 1_000, timeframe: 'H1' } as const;

/** Enters long at the close of the first candle and runs over the rest. */
export function longFrom(rows: readonly Row[], options: Partial<BacktestSpec> = {}): BacktestResult {
  return runBacktest(candlesOf(rows), { ...plain, strategy: scripted({ 0: Signal.ENTER_LONG }), ...options });
}

/** Enters short at the close of the first candle and runs over the rest. */
export function shortFrom(rows: readonly Row[], options: Partial<BacktestSpec> = {}): BacktestResult {
  return runBacktest(candlesOf(rows), {
    ...plain,
    strategy: scripted({ 0: Signal.ENTER_SHORT }),
    marketType: 'FUTURES',
    ...options,
  });
}
