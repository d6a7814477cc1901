import type { BacktestResult } from '../trading/backtest-types.ts';
import { simulationOptions, tradingOptions } from '../trading/options.ts';
import { maxGaps } from '../trading/quality.ts';
import type { QualityIssue } from '../services/backtests/data-quality.ts';
import { timeframeMs, timeframeText } from '../trading/timeframe.ts';
import { gapJson, issueJson, issueLines, openJson, periodsJson, tradeJson } from './result-json.ts';
import { count, decimalsOf, isoTime, moment, number, numberOrDash, percent, priceDecimals, quantity, table } from './format.ts';

/** The one object that `--json` prints. */
export function backtestJson(
  result: BacktestResult,
  quality: { readonly issues: readonly QualityIssue[]; readonly duplicateCandles: number },
  elapsedMs: number,
): Record<string, unknown> {
  return {
    finalCapital: result.finalCapital,
    metrics: result.metrics,
    undefinedMetrics: result.undefinedMetrics,
    trades: result.trades.map(tradeJson),
    openPosition: openJson(result.openPosition),
    gaps: result.gaps.map(gapJson),
    ambiguousCandles: result.ambiguousCandles,
    profitBand: result.profitBand,
    refusals: result.refusals,
    missingCandles: result.missingCandles,
    outlierCandles: result.outlierCandles,
    duplicateCandles: quality.duplicateCandles,
    qualityIssues: quality.issues.map(issueJson),
    dailyResults: periodsJson(result.options.initialCapital, result.daily, 'day'),
    monthlyResults: periodsJson(result.options.initialCapital, result.monthly, 'month'),
    strategy: result.strategy,
    dataFingerprint: result.dataFingerprint,
    resultHash: result.resultHash,
    candles: result.candles,
    elapsedMs,
  };
}

/** What the candles came from: "BTC/USDT at binance", or a file's name. */
export type MarketName = string;

export function backtestTitle(result: BacktestResult, market: MarketName): string {
  return `${result.strategy.name} on ${market}, ${timeframeText(result.timeframe)}`;
}

/** Trades shown in the text; all of them are in the JSON. */
const listedTrades = 10;

/** The result as a person reads it in a terminal. */
export function backtestReport(
  result: BacktestResult,
  market: MarketName,
  issues: readonly QualityIssue[],
  elapsedMs: number,
): string {
  const settings = [...Object.entries(result.strategy.parameters), ...chosenOptions(result)].map(
    ([name, value]) => `${name}=${String(value)}`,
  );
  return [
    backtestTitle(result, market),
    `${moment(result.from)} to ${moment(result.to)} UTC, ${count(result.candles, 'candle')} in ${number(elapsedMs, 0)} ms`,
    ...(settings.length > 0 ? [settings.join(' ')] : []),
    '',
    summary(result),
    '',
    ...tradeList(result),
    ...notes(result),
    ...issueLines(issues),
    `Result hash ${result.resultHash}`,
  ].join('\n');
}

/** Options that differ from their defaults; the capital stands in the summary. */
function chosenOptions({ options }: BacktestResult): [string, unknown][] {
  const defaults = Object.entries({ ...tradingOptions, ...simulationOptions });
  return defaults
    .map(([name, declaration]): [string, unknown, unknown] => [name, options[name as keyof typeof options], declaration.default])
    .filter(([name, value, standard]) => value !== standard && name !== 'initialCapital')
    .map(([name, value]) => [name, value]);
}

function summary({ metrics: m, options, finalCapital }: BacktestResult): string {
  const left: [string, string][] = [
    ['Initial capital', number(options.initialCapital)],
    ['Final capital', number(finalCapital)],
    ['Net profit', number(m.netPnl)],
    ['Total return', percent(m.totalReturnPercent)],
    ['Buy and hold', percent(m.buyAndHoldReturnPercent)],
    ['Return a year', percent(m.cagrPercent)],
    ['Max drawdown', percent(m.maxDrawdownPercent)],
    ['Fees', number(m.fees)],
  ];
  const right: [string, string][] = [
    ['Closed trades', number(m.trades, 0)],
    ['Won, lost', `${number(m.winningTrades, 0)}, ${number(m.losingTrades, 0)}`],
    ['Win rate', percent(m.winRatePercent)],
    ['Profit factor', numberOrDash(m.profitFactor)],
    ['Mean profit of a trade', numberOrDash(m.expectancy)],
    ['Sharpe ratio', numberOrDash(m.sharpeRatio)],
    ['Sortino ratio', numberOrDash(m.sortinoRatio)],
    ['Calmar ratio', numberOrDash(m.calmarRatio)],
  ];
  const width = (pairs: readonly [string, string][], i: 0 | 1): number => Math.max(...pairs.map((pair) => pair[i].length));
  return left
    .map(([name, value], i) => {
      const first = `  ${name.padEnd(width(left, 0))}  ${value.padStart(width(left, 1))}`;
      return `${first}      ${right[i][0].padEnd(width(right, 0))}  ${right[i][1].padStart(width(right, 1))}`;
    })
    .join('\n');
}

function tradeList({ trades, timeframe }: BacktestResult): string[] {
  // The candles of a day or week open at midnight: a time of day would say nothing.
  const when = timeframeMs(timeframe) >= 86_400_000 ? (time: number): string => isoTime(time).slice(0, 10) : moment;
  if (trades.length === 0) return ['No trades.', ''];
  const shown = trades.slice(-listedTrades);
  const decimals = priceDecimals(Math.min(...shown.map((trade) => trade.entryPrice)));
  const quantityDecimals = Math.max(...shown.map((trade) => decimalsOf(trade.quantity)));
  const rows = shown.map((trade) => [
    trade.side,
    when(trade.entryTime),
    number(trade.entryPrice, decimals),
    when(trade.exitTime),
    number(trade.exitPrice, decimals),
    number(trade.quantity, quantityDecimals),
    number(trade.pnl),
    percent(trade.pnlPercent),
    trade.exitReason,
  ]);
  const title =
    shown.length < trades.length ? `Last ${shown.length} of ${count(trades.length, 'trade')}` : count(trades.length, 'trade');
  const header = ['<Side', '<Entry (UTC)', 'Price', '<Exit (UTC)', 'Price', 'Quantity', 'Profit', 'Return', '<Exit reason'];
  return [title, table(header, rows), ''];
}

/** What a careful reader must know about this result. */
function notes(result: BacktestResult): string[] {
  const { openPosition: open, profitBand, refusals } = result;
  const lines: string[] = [];
  if (open) {
    const decimals = priceDecimals(open.entryPrice);
    lines.push(
      `Still open: ${open.side} ${quantity(open.quantity)} since ${moment(open.entryTime)} at ${number(open.entryPrice, decimals)}, ` +
        `marked at ${number(open.markPrice, decimals)}: ${number(open.unrealizedPnl)}`,
    );
  }
  if (result.unfilledOrder)
    lines.push(
      `Decided at the last close and not filled: ${result.unfilledOrder.leg.toLowerCase()} ${result.unfilledOrder.positionSide}`,
    );
  if (result.metrics.funding !== 0) lines.push(`Funding paid: ${number(result.metrics.funding)}, in the net profit`);
  const [gap] = result.gaps;
  if (gap) {
    const many = result.gaps.length >= maxGaps ? 'over ' : '';
    const question = result.missingCandles > result.candles ? ': is the timeframe right?' : '';
    lines.push(
      `Missing candles: ${number(result.missingCandles, 0)} in ${many}${count(result.gaps.length, 'gap')}, the first ${moment(gap.from)} to ${moment(gap.to)}${question}`,
    );
  }
  const [outlier] = result.outliers;
  if (outlier)
    lines.push(
      `Candles that look like bad ticks: ${number(result.outlierCandles, 0)}, the first ${moment(outlier.at)}, ${percent(outlier.deviation * 100)} from its neighbours`,
    );
  if (result.ambiguousCandles > 0)
    lines.push(
      `Ambiguous candles (stop and target in one): ${number(result.ambiguousCandles, 0)}; ` +
        `the profit lies between ${number(profitBand.pessimistic)} and ${number(profitBand.optimistic)}`,
    );
  const refused = Object.entries(refusals).map(([reason, times]) => `${reason} ${number(times, 0)}`);
  if (refused.length > 0) lines.push(`Refused entries: ${refused.join(', ')}`);
  return lines;
}
