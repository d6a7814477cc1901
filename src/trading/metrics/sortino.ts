import { isNoise, mean, type Spread } from './deviation.ts';
import { type Measured, UndefinedReason } from './metrics.ts';

/**
 * Sortino ratio: mean(r)/d·√A of the daily UTC returns r, with the downside deviation d = √(Σ min(r, 0)²/n) over all days, target 0.
 * Source: F. A. Sortino, L. N. Price, "Performance Measurement in a Downside Risk Framework", Journal of Investing 3 (1994).
 * @param returns as `dailyReturns` gives them
 * @param annualDays A: 365, 252 where weekends do not trade, 52 of weekly candles
 * @param spread of the returns, where it is known already
 */
export function sortinoRatio(returns: Float64Array | null, annualDays: number, spread?: Spread): Measured {
  if (returns === null) return UndefinedReason.CAPITAL_LOST;
  if (returns.length < 2) return UndefinedReason.TOO_FEW_DAYS;
  let sum = 0;
  for (let i = 0; i < returns.length; i++) sum += Math.min(returns[i], 0) ** 2;
  const downside = Math.sqrt(sum / returns.length);
  return isNoise(downside, 1)
    ? UndefinedReason.ZERO_DEVIATION
    : ((spread?.mean ?? mean(returns)) / downside) * Math.sqrt(annualDays);
}
