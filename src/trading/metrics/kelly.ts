import { type Measured, UndefinedReason } from './metrics.ts';
import { tradeCounts } from './win-rate.ts';
import { winsAndLosses } from './wins-losses.ts';

/**
 * Kelly fraction: W − (1 − W)/R with W = wins/trades and R = average win over average loss.
 * Source: J. L. Kelly, "A New Interpretation of Information Rate", Bell System Technical Journal 35 (1956), in its trading form.
 */
export function kellyFraction(pnls: Float64Array): Measured {
  const { averageWin, averageLoss } = winsAndLosses(pnls);
  if (typeof averageLoss !== 'number') return pnls.length === 0 ? UndefinedReason.NO_TRADES : UndefinedReason.NO_LOSSES;
  if (typeof averageWin !== 'number') return UndefinedReason.NO_WINS;
  const share = tradeCounts(pnls).wins / pnls.length;
  const fraction = share - (1 - share) / (averageWin / -averageLoss);
  return Number.isFinite(fraction) ? fraction : UndefinedReason.OUT_OF_RANGE;
}
