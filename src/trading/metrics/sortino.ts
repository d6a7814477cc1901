import { returnsOf } from './days.ts';
import { hasReturns, isNoise, mean } from './deviation.ts';
import { type Measured, UndefinedReason } from './metrics.ts';

/**
 * Sortino ratio: mean(r)/d·√A of the daily UTC returns r, with the downside deviation d = √(Σ min(r, 0)²/n) over all days, target 0.
 * Source: F. A. Sortino, L. N. Price, "Performance Measurement in a Downside Risk Framework", Journal of Investing 3 (1994).
 * @param daily equity at the start and at each day's end
 * @param annualDays A: 365, or 252 where weekends do not trade
 */
export function sortinoRatio(daily: Float64Array, annualDays: number): Measured {
  if (daily.length < 3) return UndefinedReason.TOO_FEW_DAYS;
  if (!hasReturns(daily)) return UndefinedReason.CAPITAL_LOST;
  const returns = returnsOf(daily);
  const downside = Math.sqrt(mean(returns.map((r) => Math.min(r, 0) ** 2)));
  return isNoise(downside, 1) ? UndefinedReason.ZERO_DEVIATION : (mean(returns) / downside) * Math.sqrt(annualDays);
}
