/** The worst falls of an equity curve. */
export interface Drawdown {
  /** Largest fall from a peak, as a share of that peak, in percent. */
  readonly maxPercent: number;
  /** Largest fall from a peak in quote currency. */
  readonly maxAmount: number;
  /** Longest time from a peak until its level was reached again, or until the end: number of candles. */
  readonly longestCandles: number;
}

/**
 * Maximum drawdown: max(1 − equity/running maximum), over every close, the initial capital being the first peak.
 * Source: M. Magdon-Ismail, A. Atiya, "Maximum Drawdown", Risk Magazine (October 2004).
 */
export function drawdown(initialCapital: number, equity: Float64Array): Drawdown {
  let peak = initialCapital;
  let peakIndex = -1;
  let lowestShare = 1;
  let floor = peak;
  let maxAmount = 0;
  let longest = 0;
  const n = equity.length;
  for (let i = 0; i < n; i++) {
    const value = equity[i];
    if (value >= peak) {
      if (i - peakIndex > longest && i - peakIndex > 1) longest = i - peakIndex;
      peakIndex = i;
      if (value > peak) {
        peak = value;
        floor = peak * lowestShare;
      }
    } else {
      if (peak - value > maxAmount) maxAmount = peak - value;
      if (value < floor) {
        lowestShare = value / peak;
        floor = value;
      }
    }
  }
  return {
    maxPercent: (1 - lowestShare) * 100,
    maxAmount,
    longestCandles: Math.max(longest, n - 1 - peakIndex),
  };
}

/** Fall from the running maximum at each value, in percent; the initial capital is the first peak. */
export function drawdownCurve(initialCapital: number, equity: Float64Array): Float64Array {
  const out = new Float64Array(equity.length);
  let peak = initialCapital;
  for (let i = 0; i < equity.length; i++) {
    if (equity[i] > peak) peak = equity[i];
    out[i] = (1 - equity[i] / peak) * 100;
  }
  return out;
}
