import { isNoise, spreadOf } from './deviation.ts';
import { type Measured, UndefinedReason } from './metrics.ts';

/**
 * Sharpe ratio of compound returns: a/v, with the mean m = ln(1 + g) of the logarithms of daily UTC returns, the annual return a = (1 + g)^A − 1 and
 * the annual volatility v = √((s² + (1 + g)²)^A − (1 + g)^(2A)), s² the sample variance of the returns, risk-free rate 0. The first day only says where
 * the second begins. Source: backtesting.py 0.6, "Sharpe Ratio", for who compares results with it; `sharpeRatio` is the usual one.
 * @param daily as `dailyEquity` gives it
 * @param returns as `dailyReturns` gives them
 * @param annualDays A: 365, 252 where weekends do not trade, 52 of weekly candles
 */
export function geometricSharpeRatio(daily: Float64Array, returns: Float64Array | null, annualDays: number): Measured {
  const last = daily[daily.length - 1];
  if (returns === null || (returns.length > 0 && !(last > 0))) return UndefinedReason.CAPITAL_LOST;
  if (returns.length < 3) return UndefinedReason.TOO_FEW_DAYS;
  const { deviation } = spreadOf(returns.subarray(1));
  if (isNoise(deviation, 1)) return UndefinedReason.ZERO_DEVIATION;
  const mean = Math.log(last / daily[1]) / (returns.length - 1);
  // Said with logarithms, so that the difference of two nearly equal powers loses no digits.
  const spread = Math.expm1(annualDays * Math.log1p(deviation ** 2 * Math.exp(-2 * mean)));
  const ratio = Math.expm1(annualDays * mean) / (Math.exp(annualDays * mean) * Math.sqrt(spread));
  return Number.isFinite(ratio) ? ratio : UndefinedReason.OUT_OF_RANGE;
}
