import type { LookAheadFindings, LookAheadTaskInput } from '../services/strategies/look-ahead-task.ts';
import { ParameterError } from '../trading/errors.ts';
import { lookAheadDefaults, LookAheadKind, type LookAheadReport, lookAheadReport } from '../trading/look-ahead.ts';
import { checkCandles, type GapReport } from '../trading/quality.ts';
import { sliceCandles } from '../trading/series.ts';
import { bindStrategy } from '../trading/strategy.ts';
import { timeframeText } from '../trading/timeframe.ts';
import { loadCandles } from './backtest-candles.ts';
import { aboutCandles, readParams } from './backtest-options.ts';
import type { BacktestRequest } from './backtest-request.ts';
import { count, isoTime, moment, table } from './format.ts';
import { ProgressLine } from './progress-line.ts';
import { gapJson } from './result-json.ts';
import { taskModule } from '../services/jobs/task.ts';
import { checkPluginParameters, runPlugin } from './plugin-thread.ts';
import { findStrategy } from './strategy-source.ts';
import { CliError, type CliContext, usageError } from './terminal.ts';

const task = taskModule<LookAheadTaskInput, LookAheadFindings>('../services/strategies/look-ahead-task', import.meta.url);

/** Cut points at the least, however many candles are checked. */
const leastCutPoints = 50;

/**
 * Loads the candles, checks the strategy, a plugin in a thread, prints the report.
 * @throws CliError when something was found, so that scripts see it
 */
export async function checkStrategy(
  request: Pick<BacktestRequest, 'strategy' | 'params' | 'source' | 'from' | 'to' | 'json'>,
  maxCandles: number = lookAheadDefaults.maxCandles,
  seconds: number,
  context: CliContext,
): Promise<void> {
  const { terminal, env } = context;
  const { definition, plugin } = await findStrategy(request.strategy, env);
  const file = plugin?.file ?? null;
  // Whatever is wrong with the parameters is told before a large file is read.
  const parameters = readParams(request.params, definition);
  const bound = asTyped(() => bindStrategy(definition, parameters));
  if (plugin) await checkPluginParameters(plugin, parameters);
  const progress = new ProgressLine(terminal);
  const { candles, timeframe, market } = await loadCandles(request, context, progress).finally(() => progress.clear());
  const begin = performance.now();
  const given = candles.openTime.length;
  const newest = sliceCandles(candles, Math.max(0, given - maxCandles), given);
  const bounds = { maxCandles, maxVisits: Math.max(lookAheadDefaults.maxVisits, maxCandles * leastCutPoints) };
  const asked = { candles: newest, timeframe, parameters, shorts: lookAheadDefaults.shorts, bounds };
  const { gaps, missing, ...found } = plugin
    ? await runPlugin(plugin, task, { ...asked, strategy: { kind: 'PLUGIN', plugin } }, seconds)
    : { ...lookAheadReport(bound, newest, bounds), ...aboutCandles(() => checkCandles(newest, timeframe)) };
  const report = { ...found, given };
  const lacking = { gaps, missing };
  const elapsedMs = Math.round(performance.now() - begin);
  const { name } = definition;
  if (request.json)
    terminal.out(
      `${JSON.stringify({ strategy: name, file, ...reportJson(report), gaps: lacking.gaps.map(gapJson), missingCandles: lacking.missing, elapsedMs })}\n`,
    );
  else
    terminal.out(
      `${reportText(`${name}${file === null ? '' : ` (${file})`} on ${market}, ${timeframeText(timeframe)}`, report, lacking)}\n`,
    );
  if (!report.passed)
    throw new CliError(`strategy "${name}" cannot be trusted: ${count(report.differenceCount, 'difference')} found`);
}

function asTyped<T>(bind: () => T): T {
  try {
    return bind();
  } catch (error) {
    if (error instanceof ParameterError) throw usageError(error.message, { cause: error });
    throw error;
  }
}

function reportJson({ from, to, differences, ...same }: LookAheadReport): object {
  return {
    ...same,
    from: isoTime(from),
    to: isoTime(to),
    differences: differences.map(({ openTime, ...difference }) => ({ openTime: isoTime(openTime), ...difference })),
  };
}

/** What each kind of difference means, and what usually mends it. */
const meanings: Readonly<Record<LookAheadKind, string>> = {
  FUTURE:
    'with later candles in sight it says something else: it looks ahead. "Expected" is what it said on the whole series, which a backtest would use.',
  MEMORY:
    'it remembers what it was asked before, so that a restarted bot would decide otherwise. Compute from the candles and the position instead of keeping variables.',
  UNWRITTEN: 'it writes only some of its signals or values; write every one, Signal.NONE too.',
  UNREPEATABLE: 'the same candles gave another answer the second time: it uses chance, or keeps something in its module.',
  INPUT_CHANGED: 'it writes into the candles or the columns; they are for reading.',
  LIVE: 'a bot, given one candle at a time, would see something else: a place used as a date, values computed in advance, a stream that is not its batch, or two indicators with one key.',
};

function reportText(title: string, report: LookAheadReport, lacking: GapReport): string {
  const { given, candles, from, to, decisions, cutPoints, differences, differenceCount } = report;
  const lines = [
    `${title}: ${count(candles, 'candle')} from ${moment(from)} to ${moment(to)} UTC${candles < given ? `, the newest of ${count(given, 'candle')}` : ''}`,
    ...missingLine(lacking),
  ];
  if (report.passed)
    return [
      ...lines,
      `  passed: ${count(decisions, 'decision')} the same a second time and candle by candle, and after each of ${count(cutPoints, 'cut')} of the series`,
      '  A pass is evidence, no proof: only what these candles provoke can be seen.',
    ].join('\n');
  const rows = differences.map(({ kind, openTime, indicator, position, expected, actual }) => [
    moment(openTime),
    kind,
    indicator ?? position ?? 'signals',
    expected,
    actual,
  ]);
  const kinds = Object.values(LookAheadKind).filter((kind) => differences.some((difference) => difference.kind === kind));
  const shown = differences.length < differenceCount ? `; the first ${differences.length}` : '';
  return [
    ...lines,
    `  FAILED: ${count(differenceCount, 'difference')}${shown}`,
    '',
    table(['<Candle', '<Kind', '<Of', '<Expected', '<Found'], rows),
    '',
    ...kinds.map((kind) => `  ${kind}: ${meanings[kind]}`),
  ].join('\n');
}

/** Gaps are never filled: the check sees what a backtest on these candles sees. */
function missingLine({ missing, gaps: [first] }: GapReport): string[] {
  return first ? [`  missing candles: ${missing}, the first ${moment(first.from)} to ${moment(first.to)} UTC`] : [];
}
