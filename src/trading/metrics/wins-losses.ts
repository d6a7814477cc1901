import { type Measured, UndefinedReason } from './metrics.ts';
import { tradeCounts } from './win-rate.ts';

/** Mean and extremes of winning and of losing trades, in quote currency; losses are negative. */
export interface WinsAndLosses {
  readonly averageWin: Measured;
  readonly averageLoss: Measured;
  readonly largestWin: Measured;
  readonly largestLoss: Measured;
}

/** Σ profits/wins, Σ losses/losing trades, the largest and the smallest profit. Source: MetaTrader 5 Help, "Strategy Testing Report". */
export function winsAndLosses(pnls: Float64Array): WinsAndLosses {
  const { wins, losses } = tradeCounts(pnls);
  let profit = 0;
  let largest = 0;
  let loss = 0;
  let worst = 0;
  for (let i = 0; i < pnls.length; i++) {
    profit += Math.max(pnls[i], 0);
    loss += Math.min(pnls[i], 0);
    largest = Math.max(largest, pnls[i]);
    worst = Math.min(worst, pnls[i]);
  }
  const none = pnls.length === 0;
  const noWins = none ? UndefinedReason.NO_TRADES : UndefinedReason.NO_WINS;
  const noLosses = none ? UndefinedReason.NO_TRADES : UndefinedReason.NO_LOSSES;
  return {
    averageWin: wins === 0 ? noWins : profit / wins,
    averageLoss: losses === 0 ? noLosses : loss / losses,
    largestWin: wins === 0 ? noWins : largest,
    largestLoss: losses === 0 ? noLosses : worst,
  };
}
