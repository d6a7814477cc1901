// Runs in a worker thread, as .ts and as .js: it imports nothing but the core and itself.
import { runBacktest, type BacktestResult, type BacktestSpec } from '../../trading/backtest.ts';
import type { Candles } from '../../trading/candle.ts';
import { ParameterError } from '../../trading/errors.ts';
import type { ReportProgress, TaskResult } from '../jobs/task.ts';
import { packEquity } from './equity-curve.ts';

export interface BacktestTaskInput {
  readonly candles: Candles;
  readonly spec: BacktestSpec;
}

/** The result, its equity curve packed for the row. */
export interface BacktestOutcome extends Omit<BacktestResult, 'equity'> {
  readonly equityCurve: Uint8Array;
}

export function run({ candles, spec }: BacktestTaskInput, report: ReportProgress): TaskResult<BacktestOutcome> {
  const { equity, ...rest } = runBacktest(candles, spec, (fraction) => report(fraction));
  if (!Number.isFinite(rest.finalCapital))
    throw new ParameterError(
      'the capital grew beyond what a number can hold: candles like these, or fees this low, are not of this world',
      ['candles'],
    );
  const equityCurve = packEquity(candles.openTime, equity);
  return { value: { ...rest, equityCurve }, transfer: [equityCurve.buffer as ArrayBuffer] };
}
