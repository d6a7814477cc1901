import { type Measured, UndefinedReason } from './metrics.ts';
import type { Tally } from './tally.ts';

/** Mean and extremes of winning and of losing trades, in quote currency; losses are negative. */
export interface WinsAndLosses {
  readonly averageWin: Measured;
  readonly averageLoss: Measured;
  readonly largestWin: Measured;
  readonly largestLoss: Measured;
}

/** Σ profits/wins, Σ losses/losing trades, the largest and the smallest profit. Source: MetaTrader 5 Help, "Strategy Testing Report". */
export function winsAndLosses({ trades, wins, losses, profit, loss, largestWin, largestLoss }: Tally): WinsAndLosses {
  const noWins = trades === 0 ? UndefinedReason.NO_TRADES : UndefinedReason.NO_WINS;
  const noLosses = trades === 0 ? UndefinedReason.NO_TRADES : UndefinedReason.NO_LOSSES;
  return {
    averageWin: wins === 0 ? noWins : profit / wins,
    averageLoss: losses === 0 ? noLosses : loss / losses,
    largestWin: wins === 0 ? noWins : largestWin,
    largestLoss: losses === 0 ? noLosses : largestLoss,
  };
}
