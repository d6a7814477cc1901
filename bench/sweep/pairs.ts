import { runBacktest } from '../../src/trading/backtest.ts';
import type { BacktestSpec } from '../../src/trading/backtest-types.ts';
import type { CheckedCandles } from '../../src/trading/checked-candles.ts';
import { ColumnCache } from '../../src/trading/indicators/columns.ts';
import type { Candles } from '../../src/trading/candle.ts';
import { bareTrading, emaColumn, rsiColumn } from '../support/bare-loop.ts';
import { bareRun } from './bare-run.ts';

const spec: BacktestSpec = {
  strategy: 'ema-rsi',
  timeframe: 'H1',
  stopLossPercent: 2,
  takeProfitPercent: 4,
  stopAnchor: 'SIGNAL_CLOSE',
  targetGap: 'OPEN',
};

/** 143 pairs of periods: 11 fast ones by 13 slow ones. */
export const pairs: readonly (readonly [fast: number, slow: number])[] = Array.from({ length: 11 * 13 }, (_, i) => [
  5 + Math.floor(i / 13),
  20 + 2 * (i % 13),
]);

/**
 * Final capital of a backtest of each pair, indicator columns shared between the runs. Metrics are made for each; trades as objects, the
 * curve with every close and the hash only when they are read, which a search does for few of its runs.
 */
export function sweep(input: CheckedCandles, part: readonly (readonly [number, number])[]): number[] {
  const columns = new ColumnCache(input.candles);
  const finals = sweepOn(columns, input, part);
  columns.release();
  return finals;
}

/** The same on columns that may be there already. */
export function sweepOn(columns: ColumnCache, input: CheckedCandles, part: readonly (readonly [number, number])[]): number[] {
  return part.map(
    ([emaFast, emaSlow]) => runBacktest(input, { ...spec, parameters: { emaFast, emaSlow } }, undefined, columns).finalCapital,
  );
}

/** The same in bare loops, columns shared likewise: the curve with every close is made, because their metrics are taken from it; only four metrics. */
export function bareSweep(input: CheckedCandles, part: readonly (readonly [number, number])[]): number[] {
  return bareSweepWithCurve(bareColumns(input.candles), input, part);
}

/** The same on columns that may be there already. */
export function bareSweepWithCurve(
  { ema, rsi }: BareColumns,
  { candles }: CheckedCandles,
  part: readonly (readonly [number, number])[],
): number[] {
  return part.map(([fast, slow]) => bareTrading(candles, ema(fast), ema(slow), rsi, slow).finalEquity);
}

/** Columns that are computed when they are first asked for. */
interface BareColumns {
  readonly ema: (period: number) => Float64Array;
  readonly rsi: Float64Array;
}

export function bareColumns(candles: Candles): BareColumns {
  const columns = new Map<number, Float64Array>();
  const ema = (period: number): Float64Array => {
    let column = columns.get(period);
    if (!column) columns.set(period, (column = emaColumn(candles.close, period)));
    return column;
  };
  return { ema, rsi: rsiColumn(candles.close, 14) };
}

/** Bare loops that keep no curve, on columns that may be there already. */
export function bareSweepOn(
  { ema, rsi }: BareColumns,
  { candles }: CheckedCandles,
  part: readonly (readonly [number, number])[],
): number[] {
  return part.map(([fast, slow]) => bareRun(candles, ema(fast), ema(slow), rsi, slow).finalEquity);
}
