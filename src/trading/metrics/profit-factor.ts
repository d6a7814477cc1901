import { type Measured, UndefinedReason } from './metrics.ts';
import type { Tally } from './tally.ts';

/** Profit factor: sum of the profits over the sum of the losses, after fees. Source: R. Pardo, The Evaluation and Optimization of Trading Strategies. */
export function profitFactor({ trades, profit, loss }: Tally): Measured {
  if (trades === 0) return UndefinedReason.NO_TRADES;
  if (loss === 0) return UndefinedReason.NO_LOSSES;
  const factor = profit / -loss;
  return Number.isFinite(factor) ? factor : UndefinedReason.OUT_OF_RANGE;
}
