import type { QualityIssue } from '../services/backtests/data-quality.ts';
import type { Figures } from '../services/backtests/figures.ts';
import { totalsOf } from '../services/backtests/market-notes.ts';
import { type MarketsRun, type MarketsToRun, runMarkets, type TaskMarket } from '../services/backtests/run-markets.ts';
import type { PluginReference } from '../services/strategies/plugins/thread.ts';
import type { ThreadStrategy } from '../services/strategies/thread-definition.ts';
import { type Timeframe, timeframeText } from '../trading/timeframe.ts';
import { loadCandles } from './backtest-candles.ts';
import { aboutCandles, type RawOptions, readEngineOptions, readGateOptions } from './backtest-options.ts';
import { readRequest } from './backtest-request.ts';
import { count, moment, number, numberOrDash, percent, quantity, table } from './format.ts';
import { ProgressLine } from './progress-line.ts';
import { gapJson, issueJson, issueLines, openJson, periodsJson, tradeJson } from './result-json.ts';
import { readSeconds } from './plugin-seconds.ts';
import { taskModule } from '../services/jobs/task.ts';
import { checkPluginParameters, runPlugin } from './plugin-thread.ts';
import { findStrategy } from './strategy-source.ts';
import { type CliContext, usageError } from './terminal.ts';

const task = taskModule<MarketsToRun & { readonly strategy: ThreadStrategy }, Pick<MarketsRun, 'figures' | 'qualityIssues'>>(
  './portfolio-task',
  import.meta.url,
);

/** A plugin's run without functions, which no thread can be sent. */
function inThread(
  { spec, ...toRun }: MarketsToRun,
  plugin: PluginReference,
): MarketsToRun & { readonly strategy: ThreadStrategy } {
  return { ...toRun, spec: { ...spec, strategy: plugin.file }, strategy: { kind: 'PLUGIN', plugin } };
}

/** One market of the command line: "BTC/USDT=btc.csv". */
interface MarketFile {
  readonly symbol: string;
  readonly csv: string;
}

/** Loads the candles of every market, runs the strategy over all of them on one capital, prints the result. */
export async function runPortfolioCommand(raw: RawOptions, context: CliContext): Promise<void> {
  const markets = readMarkets(raw['market']);
  const most = readMost(raw['maxOpenPositions']);
  if (raw['fillModel'] === 'DETAIL')
    throw usageError(
      '--fill-model DETAIL is for backtest run: a portfolio of files has no finer candles, use PESSIMISTIC or OHLC_PATH',
    );
  const request = readRequest({ ...raw, csv: markets[0].csv });
  const { definition, plugin } = await findStrategy(request.strategy, context.env);
  const spec = readEngineOptions(raw, definition, request.params, 'H1');
  const quality = readGateOptions(raw);
  const seconds = readSeconds(raw['maxSeconds']);
  if (plugin) await checkPluginParameters(plugin, spec.parameters ?? {});
  const progress = new ProgressLine(context.terminal);
  try {
    const loaded: TaskMarket[] = [];
    let timeframe = request.source.timeframe;
    for (const { symbol, csv } of markets) {
      const source = { csv, symbol, timeframe };
      const read = await loadCandles({ ...request, source }, context, progress);
      // The first file says how long candles are; the others must agree.
      timeframe ??= read.timeframe;
      loaded.push({ symbol, candles: read.candles });
    }
    const begin = performance.now();
    const running = (fraction: number): void => progress.show('Running', fraction);
    const toRun = {
      markets: loaded,
      spec: { ...spec, timeframe: timeframe as Timeframe },
      quality,
      ...(most === undefined ? {} : { maxOpenPositions: most }),
    };
    const { figures, qualityIssues } = plugin
      ? await runPlugin(plugin, task, inThread(toRun, plugin), seconds, running)
      : aboutCandles(() => runMarkets(toRun, running));
    const elapsedMs = performance.now() - begin;
    progress.clear();
    const text = request.json
      ? JSON.stringify(jsonOf(figures, qualityIssues, elapsedMs))
      : reportOf(figures, qualityIssues, elapsedMs);
    context.terminal.out(`${text}\n`);
  } finally {
    progress.clear();
  }
}

function readMarkets(given: RawOptions[string] | readonly string[]): readonly [MarketFile, ...MarketFile[]] {
  const list = Array.isArray(given) ? given.map(String) : [];
  const markets = list.map((text) => {
    const [, symbol, csv] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (symbol === undefined || csv === undefined)
      throw usageError(`--market ${text} must be a symbol and a file, such as --market BTC/USDT=btc.csv`);
    return { symbol, csv };
  });
  const [first, ...others] = markets;
  if (first === undefined) throw usageError('--market is missing, such as --market BTC/USDT=btc.csv --market ETH/USDT=eth.csv');
  return [first, ...others];
}

function readMost(given: RawOptions[string]): number | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'string' && /^[1-9]\d{0,2}$/.test(given)) return Number(given);
  throw usageError(`--max-open-positions ${String(given)} must be a whole number from 1 to 999`);
}

function jsonOf(result: Figures, issues: readonly QualityIssue[], elapsedMs: number): Record<string, unknown> {
  const { refusals, missingCandles, outlierCandles, duplicateCandles } = totalsOf(result.markets);
  return {
    finalCapital: result.finalCapital,
    metrics: result.metrics,
    undefinedMetrics: result.undefinedMetrics,
    markets: result.markets.map((market) => ({
      symbol: market.symbol,
      candles: market.candles,
      trades: market.trades,
      realizedPnl: market.realizedPnl,
      isOpen: market.openPosition !== null,
      openPosition: openJson(market.openPosition),
      refusals: market.refusals,
      ambiguousCandles: market.ambiguousCandles,
      gaps: market.gaps.map(gapJson),
      missingCandles: market.missingCandles,
      outlierCandles: market.outlierCandles,
      duplicateCandles: market.duplicateCandles,
      dataFingerprint: market.dataFingerprint,
    })),
    trades: result.trades.map((trade) => ({ symbol: trade.symbol, ...tradeJson(trade) })),
    gaps: result.markets.flatMap(({ symbol, gaps }) => gaps.map((gap) => ({ symbol, ...gapJson(gap) }))),
    ambiguousCandles: result.ambiguousCandles,
    profitBand: result.profitBand,
    refusals,
    missingCandles,
    outlierCandles,
    duplicateCandles,
    qualityIssues: issues.map(issueJson),
    dailyResults: periodsJson(result.options.initialCapital, result.daily, 'day'),
    monthlyResults: periodsJson(result.options.initialCapital, result.monthly, 'month'),
    strategy: result.strategy,
    dataFingerprint: result.dataFingerprint,
    resultHash: result.resultHash,
    candles: result.markets.reduce((sum, { candles }) => sum + candles, 0),
    elapsedMs,
  };
}

function reportOf(result: Figures, issues: readonly QualityIssue[], elapsedMs: number): string {
  const { metrics: m, times, options } = result;
  const missing = result.markets.reduce((sum, { missingCandles }) => sum + missingCandles, 0);
  const rows = result.markets.map(({ symbol, candles, trades, realizedPnl, openPosition, refusals }) => [
    symbol,
    number(candles, 0),
    number(trades, 0),
    number(realizedPnl),
    openPosition ? quantity(openPosition.quantity) : '–',
    number(
      Object.values(refusals).reduce((sum, refused) => sum + refused, 0),
      0,
    ),
  ]);
  return [
    `${result.strategy.name} on ${count(rows.length, 'market')}, ${timeframeText(result.timeframe)}`,
    `${moment(times[0])} to ${moment(times[times.length - 1])} UTC, ${number(elapsedMs, 0)} ms`,
    '',
    `Capital ${number(options.initialCapital)} to ${number(result.finalCapital)}: return ${percent(m.totalReturnPercent)}, ` +
      `buy and hold ${percent(m.buyAndHoldReturnPercent)}, max drawdown ${percent(m.maxDrawdownPercent)}, ` +
      `Sharpe ratio ${numberOrDash(m.sharpeRatio)}, ${count(m.trades, 'closed trade')}`,
    '',
    table(['<Market', 'Candles', 'Trades', 'Profit', 'Open', 'Refused'], rows),
    '',
    ...(missing > 0 ? [`Missing candles: ${number(missing, 0)}`] : []),
    ...issueLines(issues),
    `Result hash ${result.resultHash}`,
  ].join('\n');
}
