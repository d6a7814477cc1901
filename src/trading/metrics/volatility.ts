import { returnsOf } from './days.ts';
import { hasReturns, sampleDeviation } from './deviation.ts';
import { type Measured, UndefinedReason } from './metrics.ts';

/**
 * Annual volatility in percent: sd(r)·√A·100 of the daily UTC returns r, sample deviation.
 * Source: J. C. Hull, Options, Futures, and Other Derivatives, "Estimating volatility from historical data", with simple returns.
 */
export function volatilityPercent(daily: Float64Array, annualDays: number): Measured {
  if (daily.length < 3) return UndefinedReason.TOO_FEW_DAYS;
  if (!hasReturns(daily)) return UndefinedReason.CAPITAL_LOST;
  return sampleDeviation(returnsOf(daily)) * Math.sqrt(annualDays) * 100;
}
