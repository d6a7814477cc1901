import { type Measured, UndefinedReason } from './metrics.ts';

/**
 * Compound annual growth rate in percent: ((final/initial)^(365/days) − 1)·100; none under 30 days, where it would only extrapolate.
 * Source: CFA Institute, Global Investment Performance Standards, annualised return (which asks for a year; 30 days is our floor).
 * @param days length of the run, a fraction allowed
 */
export function cagrPercent(initialCapital: number, finalCapital: number, days: number): Measured {
  if (days < 30) return UndefinedReason.PERIOD_TOO_SHORT;
  return ((Math.max(finalCapital, 0) / initialCapital) ** (365 / days) - 1) * 100;
}
