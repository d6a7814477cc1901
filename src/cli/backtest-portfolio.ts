import { ParameterError } from '../trading/errors.ts';
import { type PortfolioMarket, type PortfolioResult, runPortfolioBacktest } from '../trading/portfolio/run.ts';
import { type Timeframe, timeframeText } from '../trading/timeframe.ts';
import { loadCandles } from './backtest-candles.ts';
import { type RawOptions, readEngineOptions } from './backtest-options.ts';
import { readRequest } from './backtest-request.ts';
import { count, isoTime, moment, number, numberOrDash, percent, quantity, table } from './format.ts';
import { ProgressLine } from './progress-line.ts';
import { findStrategy } from './strategy-source.ts';
import { CliError, type CliContext, usageError } from './terminal.ts';

/** One market of the command line: "BTC/USDT=btc.csv". */
interface MarketFile {
  readonly symbol: string;
  readonly csv: string;
}

/** Loads the candles of every market, runs the strategy over all of them on one capital, prints the result. */
export async function runPortfolioCommand(raw: RawOptions, context: CliContext): Promise<void> {
  const markets = readMarkets(raw['market']);
  const most = readMost(raw['maxOpenPositions']);
  const request = readRequest({ ...raw, csv: markets[0].csv });
  const { definition } = await findStrategy(request.strategy, context.env);
  const spec = readEngineOptions(raw, definition, request.params, 'H1');
  const progress = new ProgressLine(context.terminal);
  try {
    const loaded: PortfolioMarket[] = [];
    let timeframe = request.source.timeframe;
    for (const { symbol, csv } of markets) {
      const source = { csv, symbol, timeframe };
      const read = await loadCandles({ ...request, source }, context, progress);
      // The first file says how long candles are; the others must agree.
      timeframe ??= read.timeframe;
      loaded.push({ symbol, candles: read.candles });
    }
    const begin = performance.now();
    const result = runPortfolioBacktest(
      {
        ...spec,
        timeframe: timeframe as Timeframe,
        markets: loaded,
        ...(most === undefined ? {} : { maxOpenPositions: most }),
      },
      (fraction) => progress.show('Running', fraction),
    );
    const elapsedMs = performance.now() - begin;
    progress.clear();
    context.terminal.out(request.json ? `${JSON.stringify(jsonOf(result))}\n` : `${reportOf(result, elapsedMs)}\n`);
  } catch (error) {
    if (error instanceof ParameterError) throw new CliError(error.message, 1, { cause: error });
    throw error;
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

function jsonOf(result: PortfolioResult): Record<string, unknown> {
  return {
    finalCapital: result.finalCapital,
    metrics: result.metrics,
    undefinedMetrics: result.undefinedMetrics,
    markets: result.markets.map(({ symbol, candles, trades, realizedPnl, openPosition, refusals }) => ({
      symbol,
      candles,
      trades,
      realizedPnl,
      isOpen: openPosition !== null,
      refusals,
    })),
    trades: result.trades.map((trade) => ({
      symbol: trade.symbol,
      side: trade.side,
      quantity: trade.quantity,
      entryTime: isoTime(trade.entryTime),
      entryPrice: trade.entryPrice,
      exitTime: isoTime(trade.exitTime),
      exitPrice: trade.exitPrice,
      fees: trade.fees,
      funding: trade.funding,
      pnl: trade.pnl,
      pnlPercent: trade.pnlPercent,
      candlesHeld: trade.candles,
      maePercent: trade.maePercent,
      mfePercent: trade.mfePercent,
      exitReason: trade.exitReason,
    })),
    ambiguousCandles: result.ambiguousCandles,
    profitBand: result.profitBand,
    strategy: result.strategy,
    resultHash: result.resultHash,
  };
}

function reportOf(result: PortfolioResult, elapsedMs: number): string {
  const { metrics: m, times, options } = result;
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
    `Result hash ${result.resultHash}`,
  ].join('\n');
}
