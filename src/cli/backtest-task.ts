// Runs in a worker thread too, as .ts and as .js: erasable syntax only, nothing imported but the core and what runs in threads.
import { countDuplicates, passGate, type QualityIssue, type QualityOptions } from '../services/backtests/data-quality.ts';
import type { ReportProgress, TaskResult } from '../services/jobs/task.ts';
import { threadDefinition, type ThreadStrategy } from '../services/strategies/thread-definition.ts';
import { type BacktestResult, type BacktestSpec, runBacktest, strategyOf } from '../trading/backtest.ts';
import type { Candles } from '../trading/candle.ts';
import { checkedCandles, requireUntouched } from '../trading/checked-candles.ts';
import { requireDecision } from '../trading/warm-up.ts';

/** A backtest of one market, behind the gate for candles. */
export interface GatedBacktest {
  readonly candles: Candles;
  readonly market: string;
  readonly gate: QualityOptions;
  readonly spec: BacktestSpec;
}

export interface GatedResult {
  readonly result: BacktestResult;
  readonly issues: readonly QualityIssue[];
  readonly duplicateCandles: number;
}

/**
 * @param mayWrite whether the strategy is code that could write into the candles
 * @throws ParameterError when the candles, or what was asked, cannot be run
 */
export function gatedBacktest(
  { candles, market, gate, spec }: GatedBacktest,
  progress: ReportProgress,
  mayWrite = false,
): GatedResult {
  const checked = checkedCandles(candles, spec.timeframe);
  requireDecision(strategyOf(spec), candles.openTime.length);
  const duplicateCandles = countDuplicates(candles);
  const issues = passGate(market, checked, duplicateCandles, gate);
  const run = (): BacktestResult => runBacktest(checked, spec, progress);
  return { result: mayWrite ? requireUntouched([checked], run) : run(), issues, duplicateCandles };
}

export async function run(
  { strategy, ...backtest }: GatedBacktest & { readonly strategy: ThreadStrategy },
  report: ReportProgress,
): Promise<TaskResult<GatedResult>> {
  const spec = { ...backtest.spec, strategy: await threadDefinition(strategy) };
  return { value: gatedBacktest({ ...backtest, spec }, report, true) };
}
