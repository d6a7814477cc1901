// Runs in a worker thread, as .ts and as .js: it imports nothing but the core and itself.
import { runBacktest, type BacktestResult, type BacktestSpec } from '../../trading/backtest.ts';
import type { StrategyDefinition } from '../../trading/strategy.ts';
import type { Candles } from '../../trading/candle.ts';
import { type CheckedCandles, checkedCandles } from '../../trading/checked-candles.ts';
import { ParameterError } from '../../trading/errors.ts';
import type { ReportProgress, TaskResult } from '../jobs/task.ts';
import { packEquity } from './equity-curve.ts';

/** A strategy that is no built-in: a module for the thread to import, and what its `threadDefinition` is asked with. */
export interface ThreadSource {
  /** Its URL. */
  readonly module: string;
  readonly strategy: unknown;
}

export interface BacktestTaskInput {
  readonly candles: Candles | CheckedCandles;
  readonly spec: BacktestSpec;
  /** In place of the spec's strategy. */
  readonly source?: ThreadSource | undefined;
}

interface SourceModule {
  threadDefinition(strategy: unknown): Promise<StrategyDefinition>;
}

/** What looking candles through gives, beside the candles. */
export type Findings = Omit<CheckedCandles, 'candles' | 'timeframe'>;

/** The result, its equity curve packed for the row. */
export interface BacktestOutcome extends Omit<BacktestResult, 'equity'> {
  readonly equityCurve: Uint8Array;
  readonly findings: Findings;
}

export async function run(
  { candles, spec, source }: BacktestTaskInput,
  report: ReportProgress,
): Promise<TaskResult<BacktestOutcome>> {
  const strategy = source
    ? await ((await import(source.module)) as SourceModule).threadDefinition(source.strategy)
    : spec.strategy;
  const checked = 'candles' in candles ? candles : checkedCandles(candles, spec.timeframe);
  const { equity, ...rest } = runBacktest(checked, { ...spec, strategy }, (fraction) => report(fraction));
  if (!Number.isFinite(rest.finalCapital))
    throw new ParameterError(
      'the capital grew beyond what a number can hold: candles like these, or fees this low, are not of this world',
      ['candles'],
    );
  const { candles: columns, timeframe: _, ...findings } = checked;
  const equityCurve = packEquity(columns.openTime, equity);
  return { value: { ...rest, equityCurve, findings }, transfer: [equityCurve.buffer as ArrayBuffer] };
}
