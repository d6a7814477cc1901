// Runs in a worker thread, as .ts and as .js: erasable syntax only, nothing imported but the core and the plugins.
import type { Candles } from '../../trading/candle.ts';
import { type LookAheadOptions, lookAheadReport, type LookAheadReport } from '../../trading/look-ahead.ts';
import { checkCandles, type GapReport } from '../../trading/quality.ts';
import { bindStrategy } from '../../trading/strategy.ts';
import type { Timeframe } from '../../trading/timeframe.ts';
import type { ReportProgress, TaskResult } from '../jobs/task.ts';
import { threadDefinition, type ThreadStrategy } from './thread-definition.ts';

export interface LookAheadTaskInput {
  readonly candles: Candles;
  readonly timeframe: Timeframe;
  readonly strategy: ThreadStrategy;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly shorts: boolean;
  /** Bounds in place of the usual ones. */
  readonly bounds?: Pick<LookAheadOptions, 'maxCandles' | 'maxVisits'>;
}

/** What was found, and what the candles lack that it was found on. */
export interface LookAheadFindings extends LookAheadReport, GapReport {}

export async function run(
  { candles, timeframe, strategy, parameters, shorts, bounds = {} }: LookAheadTaskInput,
  _report: ReportProgress,
): Promise<TaskResult<LookAheadFindings>> {
  const { gaps, missing } = checkCandles(candles, timeframe);
  const bound = bindStrategy(await threadDefinition(strategy), parameters);
  // A second module of a plugin, so that what the first one keeps of its first candles shows.
  const fresh = strategy.kind === 'PLUGIN' ? bindStrategy(await threadDefinition(strategy, 2), parameters) : null;
  return { value: { ...lookAheadReport(bound, candles, { ...bounds, shorts, fresh }), gaps, missing } };
}
