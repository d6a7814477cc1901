import { drawdownCurve } from './drawdown.ts';
import { mean } from './deviation.ts';
import { type Measured, UndefinedReason } from './metrics.ts';

/**
 * Ulcer index: √(mean of the squared drawdowns in percent) over the days' ends.
 * Source: P. G. Martin, B. B. McCann, The Investor's Guide to Fidelity Funds (1989).
 * @param daily equity at the start and at each day's end
 */
export function ulcerIndex(daily: Float64Array): Measured {
  if (daily.length < 2) return UndefinedReason.TOO_FEW_DAYS;
  return Math.sqrt(mean(drawdownCurve(daily[0], daily.subarray(1)).map((percent) => percent ** 2)));
}
