import { periodResults } from '../../trading/metrics/periods.ts';
import type { PortfolioTrade } from '../../trading/portfolio/types.ts';
import type { BacktestOutcome } from './backtest-task.ts';
import type { MarketFigures } from './figures.ts';
import type { Changes } from './job-rows.ts';
import { type MarketNotes, notesOf } from './market-notes.ts';

/** The columns that a finished run fills. */
export function resultColumns(outcome: BacktestOutcome): Changes {
  const { metrics } = outcome;
  const notes = {
    ...notesOf(outcome.markets.map(marketNotes)),
    firstCandle: outcome.firstCandle,
    lastCandle: outcome.lastCandle,
    ambiguousCandles: outcome.ambiguousCandles,
    profitBand: outcome.profitBand,
    qualityIssues: outcome.qualityIssues,
  };
  return {
    finalCapital: outcome.finalCapital,
    totalReturn: metrics.totalReturnPercent,
    totalTrades: metrics.trades,
    winningTrades: metrics.winningTrades,
    losingTrades: metrics.losingTrades,
    winRate: metrics.winRatePercent,
    totalFees: metrics.fees,
    averageProfit: metrics.expectancy,
    sharpeRatio: metrics.sharpeRatio,
    sortinoRatio: metrics.sortinoRatio,
    calmarRatio: metrics.calmarRatio,
    maxDrawdown: metrics.maxDrawdownPercent,
    metrics: { ...metrics, undefinedMetrics: outcome.undefinedMetrics },
    dailyResults: periodResults(outcome.options.initialCapital, outcome.daily),
    monthlyResults: periodResults(outcome.options.initialCapital, outcome.monthly),
    equityCurve: outcome.equityCurve,
    notes,
    dataFingerprint: outcome.dataFingerprint,
    resultHash: outcome.resultHash,
  };
}

function marketNotes({ unfilledOrder: _unfilled, fundingFingerprint: _funding, ...market }: MarketFigures): MarketNotes {
  return market;
}

/** Round trips as rows, numbered in order of exit. @param first number of the first one */
export function tradeRows(backtest: string, user: string, trades: readonly PortfolioTrade[], first: number) {
  return trades.map((trade, place) => ({
    backtest,
    ordinal: first + place,
    user,
    symbol: trade.symbol,
    side: trade.side,
    entryTime: new Date(trade.entryTime),
    entryPrice: trade.entryPrice,
    exitTime: new Date(trade.exitTime),
    exitPrice: trade.exitPrice,
    quantity: trade.quantity,
    fees: trade.fees,
    pnl: trade.pnl,
    pnlPercent: trade.pnlPercent,
    exitReason: trade.exitReason,
    funding: trade.funding,
    candlesHeld: trade.candles,
    maxAdverseExcursion: trade.maePercent,
    maxFavorableExcursion: trade.mfePercent,
  }));
}
