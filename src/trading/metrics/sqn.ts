import { isNoise, spreadOf } from './deviation.ts';
import { type Measured, UndefinedReason } from './metrics.ts';

/**
 * System quality number: √n·mean(pnl)/sd(pnl), sample deviation, n = number of trades.
 * Source: V. K. Tharp, Definitive Guide to Position Sizing, in money instead of R and without the cap of n at 100.
 */
export function sqn(pnls: Float64Array): Measured {
  if (pnls.length < 2) return pnls.length === 0 ? UndefinedReason.NO_TRADES : UndefinedReason.TOO_FEW_TRADES;
  const { mean, deviation } = spreadOf(pnls);
  let size = 0;
  for (let i = 0; i < pnls.length; i++) size = Math.max(size, Math.abs(pnls[i]));
  return isNoise(deviation, size) ? UndefinedReason.ZERO_DEVIATION : (Math.sqrt(pnls.length) * mean) / deviation;
}
