import { type Measured, UndefinedReason } from './metrics.ts';

/**
 * Ulcer index: √(mean of the squared drawdowns in percent) over the days' ends.
 * Source: P. G. Martin, B. B. McCann, The Investor's Guide to Fidelity Funds (1989).
 * @param daily equity at the start and at each day's end
 */
export function ulcerIndex(daily: Float64Array): Measured {
  if (daily.length < 2) return UndefinedReason.TOO_FEW_DAYS;
  let peak = daily[0];
  let sum = 0;
  for (let i = 1; i < daily.length; i++) {
    if (daily[i] > peak) peak = daily[i];
    sum += (((peak - daily[i]) / peak) * 100) ** 2;
  }
  return Math.sqrt(sum / (daily.length - 1));
}
