import { type Measured, UndefinedReason } from './metrics.ts';

/** Mean and extremes of winning and of losing trades, in quote currency; losses are negative. */
export interface WinsAndLosses {
  readonly averageWin: Measured;
  readonly averageLoss: Measured;
  readonly largestWin: Measured;
  readonly largestLoss: Measured;
}

/** Σ profits/wins, Σ losses/losing trades, the largest and the smallest profit. Source: MetaTrader 5 Help, "Strategy Testing Report". */
export function winsAndLosses(pnls: Float64Array): WinsAndLosses {
  let wins = 0;
  let profit = 0;
  let largest = 0;
  let losses = 0;
  let loss = 0;
  let worst = 0;
  for (const pnl of pnls) {
    if (pnl > 0) {
      wins += 1;
      profit += pnl;
      if (pnl > largest) largest = pnl;
    } else if (pnl < 0) {
      losses += 1;
      loss += pnl;
      if (pnl < worst) worst = pnl;
    }
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
