import { type Spread, spreadOf } from './deviation.ts';
import { type Measured, UndefinedReason } from './metrics.ts';

/**
 * Annual volatility in percent: sd(r)·√A·100 of the daily UTC returns r, sample deviation.
 * Source: J. C. Hull, Options, Futures, and Other Derivatives, "Estimating volatility from historical data", with simple returns.
 * @param returns as `dailyReturns` gives them
 * @param annualDays A: 365, 252 where weekends do not trade, 52 of weekly candles
 * @param spread of the returns, where it is known already
 */
export function volatilityPercent(returns: Float64Array | null, annualDays: number, spread?: Spread): Measured {
  if (returns === null) return UndefinedReason.CAPITAL_LOST;
  if (returns.length < 2) return UndefinedReason.TOO_FEW_DAYS;
  return (spread ?? spreadOf(returns)).deviation * Math.sqrt(annualDays) * 100;
}
