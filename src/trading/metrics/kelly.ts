import { type Measured, UndefinedReason } from './metrics.ts';
import type { Tally } from './tally.ts';

/**
 * Kelly fraction: W − (1 − W)/R with W = wins/trades and R = average win over average loss.
 * Source: J. L. Kelly, "A New Interpretation of Information Rate", Bell System Technical Journal 35 (1956), in its trading form.
 */
export function kellyFraction({ trades, wins, losses, profit, loss }: Tally): Measured {
  if (losses === 0) return trades === 0 ? UndefinedReason.NO_TRADES : UndefinedReason.NO_LOSSES;
  if (wins === 0) return UndefinedReason.NO_WINS;
  const share = wins / trades;
  const fraction = share - (1 - share) / (profit / wins / -(loss / losses));
  return Number.isFinite(fraction) ? fraction : UndefinedReason.OUT_OF_RANGE;
}
