import { returnsOf } from './days.ts';
import { hasReturns, isNoise, mean, sampleDeviation } from './deviation.ts';
import { type Measured, UndefinedReason } from './metrics.ts';

/**
 * Sharpe ratio: mean(r)/sd(r)·√A of the daily UTC returns r, sample deviation, risk-free rate 0. The first day's return counts from the
 * initial capital. Source: W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21 (1994), annualised by √A.
 * Other tools take other returns (per candle, geometric) and other A, and may show anything from 0.4 to 10 for the same run.
 * @param daily equity at the start and at each day's end
 * @param annualDays A: 365, or 252 where weekends do not trade
 */
export function sharpeRatio(daily: Float64Array, annualDays: number): Measured {
  if (daily.length < 3) return UndefinedReason.TOO_FEW_DAYS;
  if (!hasReturns(daily)) return UndefinedReason.CAPITAL_LOST;
  const returns = returnsOf(daily);
  const deviation = sampleDeviation(returns);
  return isNoise(deviation, 1) ? UndefinedReason.ZERO_DEVIATION : (mean(returns) / deviation) * Math.sqrt(annualDays);
}
