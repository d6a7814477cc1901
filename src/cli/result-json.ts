import { issueText, type QualityIssue } from '../services/backtests/data-quality.ts';
import type { BacktestTrade, Gap, OpenPosition } from '../trading/backtest-types.ts';
import { type PeriodColumns, periodResults } from '../trading/metrics/periods.ts';
import { flagged } from './backtest-options.ts';
import { isoTime } from './format.ts';

/** A round trip as `--json` prints it. */
export function tradeJson(trade: BacktestTrade): Record<string, unknown> {
  return {
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
  };
}

/** A position that is still open; null when there is none. */
export function openJson(open: OpenPosition | null): Record<string, unknown> | null {
  return (
    open && {
      side: open.side,
      quantity: open.quantity,
      entryTime: isoTime(open.entryTime),
      entryPrice: open.entryPrice,
      markPrice: open.markPrice,
      fees: open.fees,
      funding: open.funding,
      unrealizedPnl: open.unrealizedPnl,
      stopPrice: open.stopPrice,
      targetPrice: open.targetPrice,
      liquidationPrice: open.liquidationPrice,
    }
  );
}

export function gapJson({ from, to, missing }: Gap): Record<string, unknown> {
  return { from: isoTime(from), to: isoTime(to), missing };
}

/** Results by UTC day ("2024-03-31") or month ("2024-03"). */
export function periodsJson(initialCapital: number, columns: PeriodColumns, period: 'day' | 'month'): Record<string, unknown>[] {
  const length = period === 'day' ? 10 : 7;
  return periodResults(initialCapital, columns).map(({ start, ...rest }) => ({
    [period]: isoTime(start).slice(0, length),
    ...rest,
  }));
}

export function issueJson(issue: QualityIssue): Record<string, unknown> {
  return { ...issue, message: issueText(issue) };
}

/** What is wrong with the candles, for a person. */
export function issueLines(issues: readonly QualityIssue[]): string[] {
  return issues.map((issue) => `Doubtful candles: ${flagged(issueText(issue))}`);
}
