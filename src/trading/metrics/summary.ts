import type { OpenPosition } from '../backtest-types.ts';
import { TradeFigure, type TradeLog } from '../trade-log.ts';
import { buyAndHoldReturnPercent } from './buy-and-hold.ts';
import { cagrPercent } from './cagr.ts';
import { calmarRatio } from './calmar.ts';
import { dailyReturns } from './days.ts';
import { mean, spreadOf } from './deviation.ts';
import { drawdown } from './drawdown.ts';
import type { Equity } from './equity.ts';
import { expectancy } from './expectancy.ts';
import { exposurePercent } from './exposure.ts';
import { totalFees } from './fees.ts';
import { totalFunding } from './funding.ts';
import { geometricSharpeRatio } from './geometric-sharpe.ts';
import { kellyFraction } from './kelly.ts';
import { type Measured, type Metrics, UndefinedReason, type UndefinedMetrics } from './metrics.ts';
import { profitFactor } from './profit-factor.ts';
import { recoveryFactor } from './recovery-factor.ts';
import { sharpeRatio } from './sharpe.ts';
import { sortinoRatio } from './sortino.ts';
import { sqn } from './sqn.ts';
import { streaks } from './streaks.ts';
import { tallyOf } from './tally.ts';
import { totalReturnPercent } from './total-return.ts';
import { turnover } from './turnover.ts';
import { ulcerIndex } from './ulcer-index.ts';
import { volatilityPercent } from './volatility.ts';
import { winRatePercent } from './win-rate.ts';
import { winsAndLosses } from './wins-losses.ts';

/** What the metrics of a run are taken from. */
export interface RunFigures {
  readonly initialCapital: number;
  /** Equity at each close; the last one is the final capital. */
  readonly equity: Equity;
  /** Equity at the start and at each day's end. */
  readonly daily: Float64Array;
  readonly close: Float64Array;
  readonly trades: TradeLog;
  /** What is open at the end, by entry. */
  readonly openPositions: readonly OpenPosition[];
  /** Length of one candle. */
  readonly candleMs: number;
  /** Length of the run. */
  readonly spanMs: number;
  /** Trading days of a year. */
  readonly annualDays: number;
}

/** All metrics of a run, and why some are null. */
export function summarize(run: RunFigures): { readonly metrics: Metrics; readonly undefinedMetrics: UndefinedMetrics } {
  const { initialCapital, equity, daily, trades, openPositions, annualDays } = run;
  const candles = equity.length;
  const finalCapital = equity.last;
  const returns = dailyReturns(daily);
  const spread = returns === null ? undefined : spreadOf(returns);
  const pnls = trades.column(TradeFigure.PNL);
  const fall = drawdown(initialCapital, equity);
  const tally = tallyOf(pnls);
  const runs = streaks(pnls);
  const cagr = cagrPercent(initialCapital, finalCapital, run.spanMs / 86_400_000);
  const held = (figure: TradeFigure, ofOpen: (position: OpenPosition) => number): Float64Array =>
    trades.column(figure, openPositions.map(ofOpen));
  const entered = held(TradeFigure.ENTRY_INDEX, ({ entryIndex }) => entryIndex);
  const left = held(TradeFigure.EXIT_INDEX, () => candles - 1);
  const netPnl = finalCapital - initialCapital;

  const measured: Record<keyof Metrics, Measured> = {
    totalReturnPercent: totalReturnPercent(initialCapital, finalCapital),
    netPnl,
    trades: trades.length,
    winningTrades: tally.wins,
    losingTrades: tally.losses,
    winRatePercent: winRatePercent(tally),
    profitFactor: profitFactor(tally),
    expectancy: expectancy(pnls),
    ...winsAndLosses(tally),
    longestWinStreak: runs.wins,
    longestLossStreak: runs.losses,
    averageCandlesHeld: trades.length === 0 ? UndefinedReason.NO_TRADES : mean(trades.column(TradeFigure.CANDLES)),
    kellyFraction: kellyFraction(tally),
    sqn: sqn(pnls),
    fees: totalFees(held(TradeFigure.FEES, ({ fees }) => fees)),
    funding: totalFunding(held(TradeFigure.FUNDING, ({ funding }) => funding)),
    turnover: turnover(
      held(TradeFigure.QUANTITY, ({ quantity }) => quantity),
      held(TradeFigure.ENTRY_PRICE, ({ entryPrice }) => entryPrice),
      trades.column(TradeFigure.EXIT_PRICE),
    ),
    exposurePercent: exposurePercent(entered, left, candles),
    cagrPercent: cagr,
    volatilityPercent: volatilityPercent(returns, annualDays, spread),
    sharpeRatio: sharpeRatio(returns, annualDays, spread),
    geometricSharpeRatio: geometricSharpeRatio(daily, returns, annualDays),
    sortinoRatio: sortinoRatio(returns, annualDays, spread),
    calmarRatio: calmarRatio(cagr, fall.maxPercent),
    maxDrawdownPercent: fall.maxPercent,
    maxDrawdownDurationMs: fall.longestCandles * run.candleMs,
    ulcerIndex: ulcerIndex(daily),
    recoveryFactor: recoveryFactor(netPnl, fall.maxAmount),
    buyAndHoldReturnPercent: buyAndHoldReturnPercent(run.close),
    annualDays,
  };
  const metrics: Partial<Record<keyof Metrics, number | null>> = {};
  const undefinedMetrics: Partial<Record<keyof Metrics, UndefinedReason>> = {};
  for (const [name, value] of Object.entries(measured) as [keyof Metrics, Measured][]) {
    const isNumber = typeof value === 'number' && Number.isFinite(value);
    metrics[name] = isNumber ? value : null;
    if (!isNumber) undefinedMetrics[name] = typeof value === 'number' ? UndefinedReason.OUT_OF_RANGE : value;
  }
  return { metrics: metrics as Metrics, undefinedMetrics };
}
