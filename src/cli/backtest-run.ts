import { writeFile } from 'node:fs/promises';
import type { PluginReference } from '../services/strategies/plugins/thread.ts';
import type { ThreadStrategy } from '../services/strategies/thread-definition.ts';
import type { BacktestResult } from '../trading/backtest.ts';
import type { Candles } from '../trading/candle.ts';
import { loadCandles, loadDetail } from './backtest-candles.ts';
import { aboutCandles, type RawOptions, readEngineOptions, readGateOptions } from './backtest-options.ts';
import { backtestJson, backtestReport, backtestTitle } from './backtest-report.ts';
import { type GatedBacktest, gatedBacktest, type GatedResult } from './backtest-task.ts';
import type { BacktestRequest } from './backtest-request.ts';
import { backtestChart } from './chart/backtest-chart.ts';
import { count, moment, percent } from './format.ts';
import { ProgressLine } from './progress-line.ts';
import { readSeconds } from './plugin-seconds.ts';
import { taskModule } from '../services/jobs/task.ts';
import { checkPluginParameters, runPlugin } from './plugin-thread.ts';
import { findStrategy } from './strategy-source.ts';
import { CliError, type CliContext } from './terminal.ts';

const task = taskModule<GatedBacktest & { readonly strategy: ThreadStrategy }, GatedResult>('./backtest-task', import.meta.url);

/** A plugin's backtest without functions, which no thread can be sent. */
function inThread(
  { spec, ...backtest }: GatedBacktest,
  plugin: PluginReference,
): GatedBacktest & { readonly strategy: ThreadStrategy } {
  return { ...backtest, spec: { ...spec, strategy: plugin.file }, strategy: { kind: 'PLUGIN', plugin } };
}

/** Loads the candles, runs the strategy, a built-in here and a plugin in a thread, prints the result, draws the chart. */
export async function runBacktestCommand(request: BacktestRequest, raw: RawOptions, context: CliContext): Promise<void> {
  const { terminal } = context;
  // Whatever is wrong with the options is told before a large file is read.
  const { definition, plugin } = await findStrategy(request.strategy, context.env);
  const spec = readEngineOptions(raw, definition, request.params, request.source.timeframe ?? 'H1');
  const gate = readGateOptions(raw);
  const seconds = readSeconds(raw['maxSeconds']);
  if (plugin) await checkPluginParameters(plugin, spec.parameters ?? {});
  const progress = new ProgressLine(terminal);
  try {
    const loaded = await loadCandles(request, context, progress);
    const { candles, timeframe, market } = loaded;
    const detail = request.detail && (await loadDetail(request.detail, request.source, loaded, context, progress));
    const begin = performance.now();
    const running = (fraction: number): void => progress.show('Running', fraction);
    const backtest = { candles, market, gate, spec: { ...spec, timeframe, ...(detail && { detail }) } };
    const { result, ...quality } = plugin
      ? await runPlugin(plugin, task, inThread(backtest, plugin), seconds, running)
      : aboutCandles(() => gatedBacktest(backtest, running));
    const elapsedMs = Math.round((performance.now() - begin) * 1000) / 1000;
    progress.clear();
    if (request.chart !== undefined) await drawChart(request.chart, result, candles, market);
    if (request.chart !== undefined) terminal.err(`Chart written to ${request.chart}\n`);
    if (request.json) terminal.out(`${JSON.stringify(backtestJson(result, quality, elapsedMs))}\n`);
    else terminal.out(`${backtestReport(result, market, quality.issues, elapsedMs)}\n`);
  } finally {
    progress.clear();
  }
}

async function drawChart(file: string, result: BacktestResult, candles: Candles, market: string): Promise<void> {
  const { metrics, openPosition } = result;
  const svg = backtestChart({
    title: backtestTitle(result, market),
    subtitle:
      `${moment(result.from)} to ${moment(result.to)} · ${count(metrics.trades, 'trade')} · return ${percent(metrics.totalReturnPercent)}, ` +
      `buy and hold ${percent(metrics.buyAndHoldReturnPercent)} · max drawdown ${percent(metrics.maxDrawdownPercent)}`,
    times: candles.openTime,
    close: candles.close,
    equity: result.equity,
    initialCapital: result.options.initialCapital,
    trades: openPosition ? [...result.trades, { ...openPosition, pnl: openPosition.unrealizedPnl }] : result.trades,
  });
  await writeFile(file, svg).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`cannot write the chart ${file}: ${error.code === 'ENOENT' ? 'there is no such folder' : error.message}`);
  });
}
