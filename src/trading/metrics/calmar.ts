import { type Measured, UndefinedReason } from './metrics.ts';

/**
 * Calmar ratio: CAGR over maximum drawdown, both in percent.
 * Source: T. W. Young, "Calmar Ratio: A Smoother Tool", Futures (October 1991), over the whole run instead of 36 months.
 */
export function calmarRatio(cagr: Measured, maxDrawdownPercent: number): Measured {
  if (typeof cagr !== 'number') return cagr;
  return maxDrawdownPercent > 0 ? cagr / maxDrawdownPercent : UndefinedReason.NO_DRAWDOWN;
}
