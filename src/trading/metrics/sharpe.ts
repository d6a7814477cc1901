import { isNoise, type Spread, spreadOf } from './deviation.ts';
import { type Measured, UndefinedReason } from './metrics.ts';

/**
 * Sharpe ratio: mean(r)/sd(r)·√A of the daily UTC returns r, sample deviation, risk-free rate 0. The first day's return counts from the
 * initial capital. Source: W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21 (1994), annualised by √A.
 * Other tools take other returns (per candle, geometric) and other A, and may show anything from 0.4 to 10 for the same run.
 * @param returns as `dailyReturns` gives them
 * @param annualDays A: 365, 252 where weekends do not trade, 52 of weekly candles
 * @param spread of the returns, where it is known already
 */
export function sharpeRatio(returns: Float64Array | null, annualDays: number, spread?: Spread): Measured {
  if (returns === null) return UndefinedReason.CAPITAL_LOST;
  if (returns.length < 2) return UndefinedReason.TOO_FEW_DAYS;
  const { mean, deviation } = spread ?? spreadOf(returns);
  return isNoise(deviation, 1) ? UndefinedReason.ZERO_DEVIATION : (mean / deviation) * Math.sqrt(annualDays);
}
