// Runs in a worker thread, as .ts and as .js: it imports nothing but the core and its neighbours here.
import type { CheckedCandles } from '../../trading/checked-candles.ts';
import type { StrategyDefinition } from '../../trading/strategy.ts';
import type { ReportProgress, TaskResult } from '../jobs/task.ts';
import type { QualityIssue } from './data-quality.ts';
import { packEquity } from './equity-curve.ts';
import type { Figures } from './figures.ts';
import { type MarketsToRun, runMarkets } from './run-markets.ts';

/** A strategy that is no built-in: a module for the thread to import, and what its `threadDefinition` is asked with. */
export interface ThreadSource {
  /** Its URL. */
  readonly module: string;
  readonly strategy: unknown;
}

export interface BacktestTaskInput extends MarketsToRun {
  /** In place of the spec's strategy. */
  readonly source?: ThreadSource | undefined;
}

interface SourceModule {
  threadDefinition(strategy: unknown): Promise<StrategyDefinition>;
}

/** What looking candles through gives, beside the candles. */
export type Findings = Omit<CheckedCandles, 'candles' | 'timeframe'>;

/** The result, its equity curve packed for the row. */
export interface BacktestOutcome extends Omit<Figures, 'times' | 'equity'> {
  readonly equityCurve: Uint8Array;
  /** When the first and the last candle of all markets open, ms UTC. */
  readonly firstCandle: number;
  readonly lastCandle: number;
  readonly qualityIssues: readonly QualityIssue[];
  /** Of each market's candles. */
  readonly findings: readonly Findings[];
}

export async function run({ source, ...toRun }: BacktestTaskInput, report: ReportProgress): Promise<TaskResult<BacktestOutcome>> {
  const strategy = source
    ? await ((await import(source.module)) as SourceModule).threadDefinition(source.strategy)
    : toRun.spec.strategy;
  const { figures, looked, qualityIssues } = runMarkets({ ...toRun, spec: { ...toRun.spec, strategy } }, (fraction) =>
    report(fraction),
  );
  const { times, equity, ...rest } = figures;
  const findings = looked.map(({ candles: _columns, timeframe: _timeframe, ...found }) => found);
  const equityCurve = packEquity(times, equity);
  const span = { firstCandle: times[0], lastCandle: times[times.length - 1] };
  return { value: { ...rest, ...span, equityCurve, qualityIssues, findings }, transfer: [equityCurve.buffer as ArrayBuffer] };
}
