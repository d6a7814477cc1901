import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { runBacktest, type BacktestResult } from '../trading/backtest.ts';
import type { Candles } from '../trading/candle.ts';
import { ParameterError } from '../trading/errors.ts';
import { sliceCandles } from '../trading/series.ts';
import { type Timeframe, timeframeText } from '../trading/timeframe.ts';
import { type RawOptions, readEngineOptions } from './backtest-options.ts';
import { backtestJson, backtestReport, backtestTitle } from './backtest-report.ts';
import { backtestChart } from './chart/backtest-chart.ts';
import { readCsvCandles } from './csv-candles.ts';
import { count, moment, percent } from './format.ts';
import { ProgressLine } from './progress-line.ts';
import { CliError, type CliContext } from './terminal.ts';

/** A file, or a market of the database. */
export type CandleSource =
  | { readonly csv: string; readonly symbol: string | undefined; readonly timeframe: Timeframe | undefined }
  | { readonly exchange: string; readonly symbol: string; readonly timeframe: Timeframe };

export interface BacktestRequest {
  readonly strategy: string;
  readonly params: readonly string[];
  readonly source: CandleSource;
  /** Open time of the first candle, ms UTC. */
  readonly from: number | undefined;
  /** Candles open before this, ms UTC. */
  readonly to: number | undefined;
  readonly json: boolean;
  readonly chart: string | undefined;
}

/** Loads the candles, runs the strategy in this thread, prints the result, draws the chart. */
export async function runBacktestCommand(request: BacktestRequest, raw: RawOptions, context: CliContext): Promise<void> {
  const { terminal } = context;
  // Whatever is wrong with the options is told before a large file is read.
  const spec = readEngineOptions(raw, request.strategy, request.params, request.source.timeframe ?? 'H1');
  const progress = new ProgressLine(terminal);
  try {
    const { candles, timeframe, market } = await load(request, context, progress);
    const begin = performance.now();
    const result = simulate(candles, { ...spec, timeframe }, (fraction) => progress.show('Running', fraction));
    const elapsedMs = Math.round((performance.now() - begin) * 1000) / 1000;
    progress.clear();
    if (request.chart !== undefined) await drawChart(request.chart, result, candles, market);
    if (request.chart !== undefined) terminal.err(`Chart written to ${request.chart}\n`);
    if (request.json) terminal.out(`${JSON.stringify(backtestJson(result, elapsedMs))}\n`);
    else terminal.out(`${backtestReport(result, market, elapsedMs)}\n`);
  } finally {
    progress.clear();
  }
}

interface LoadedCandles {
  readonly candles: Candles;
  readonly timeframe: Timeframe;
  readonly market: string;
}

async function load(request: BacktestRequest, context: CliContext, progress: ProgressLine): Promise<LoadedCandles> {
  const { source, from, to } = request;
  if (!('csv' in source)) {
    const { databaseCandles } = await import('./database-candles.ts');
    const candles = await databaseCandles({ ...source, from, to }, context);
    return { candles, timeframe: source.timeframe, market: `${source.symbol} on ${source.exchange}` };
  }
  const { candles, timeframe, notes } = await readCsvCandles(source.csv, source.timeframe, (done) =>
    progress.show('Reading', done),
  );
  progress.clear();
  for (const note of notes) context.terminal.err(`${basename(source.csv)}: ${note}\n`);
  const wanted = between(candles, from, to);
  if (wanted.openTime.length === 0) throw new CliError(nothingBetween(source.csv, timeframe, candles, from, to));
  return { candles: wanted, timeframe, market: source.symbol ?? basename(source.csv) };
}

function between(candles: Candles, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY): Candles {
  const { openTime } = candles;
  const placeOf = (time: number): number => {
    const place = openTime.findIndex((at) => at >= time);
    return place < 0 ? openTime.length : place;
  };
  return sliceCandles(candles, placeOf(from), placeOf(to));
}

function nothingBetween(csv: string, timeframe: Timeframe, { openTime }: Candles, from?: number, to?: number): string {
  const asked = [from === undefined ? '' : ` from ${moment(from)}`, to === undefined ? '' : ` to ${moment(to)}`].join('');
  return `${basename(csv)} has no ${timeframeText(timeframe)} candles${asked}; it reaches from ${moment(openTime[0])} to ${moment(openTime[openTime.length - 1])} UTC`;
}

function simulate(
  candles: Candles,
  spec: Parameters<typeof runBacktest>[1],
  onFraction: (fraction: number) => void,
): BacktestResult {
  try {
    return runBacktest(candles, spec, onFraction);
  } catch (error) {
    // The options were good; what is refused now is about the candles.
    if (error instanceof ParameterError) throw new CliError(error.message, 1, { cause: error });
    throw error;
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
