import { type Measured, UndefinedReason } from './metrics.ts';

/** Profit factor: sum of the profits over the sum of the losses, after fees. Source: R. Pardo, The Evaluation and Optimization of Trading Strategies. */
export function profitFactor(pnls: Float64Array): Measured {
  if (pnls.length === 0) return UndefinedReason.NO_TRADES;
  let profit = 0;
  let loss = 0;
  for (const pnl of pnls) {
    if (pnl > 0) profit += pnl;
    else loss -= pnl;
  }
  if (loss === 0) return UndefinedReason.NO_LOSSES;
  return Number.isFinite(profit / loss) ? profit / loss : UndefinedReason.OUT_OF_RANGE;
}
