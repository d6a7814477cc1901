// Runs in a worker thread, as .ts and as .js: erasable syntax only, nothing imported but what runs in threads.
import { type MarketsRun, type MarketsToRun, runMarkets } from '../services/backtests/run-markets.ts';
import type { ReportProgress, TaskResult } from '../services/jobs/task.ts';
import { threadDefinition, type ThreadStrategy } from '../services/strategies/thread-definition.ts';

/** A backtest over several markets by a strategy that is made in the thread. */
export async function run(
  { strategy, ...toRun }: MarketsToRun & { readonly strategy: ThreadStrategy },
  report: ReportProgress,
): Promise<TaskResult<Pick<MarketsRun, 'figures' | 'qualityIssues'>>> {
  const spec = { ...toRun.spec, strategy: await threadDefinition(strategy) };
  const { figures, qualityIssues } = runMarkets({ ...toRun, spec, mayWrite: true }, report);
  return { value: { figures, qualityIssues } };
}
