import type { Equity } from './equity.ts';

/** The worst falls of an equity curve. */
export interface Drawdown {
  /** Largest fall from a peak, as a share of that peak, in percent. */
  readonly maxPercent: number;
  /** Largest fall from a peak in quote currency. */
  readonly maxAmount: number;
  /** Longest time from a peak until its level was reached again, or until the end, in candles; 0 without a fall. */
  readonly longestCandles: number;
}

/**
 * Maximum drawdown: max(1 − equity/running maximum), over every close, the initial capital being the first peak.
 * Source: M. Magdon-Ismail, A. Atiya, "Maximum Drawdown", Risk Magazine (October 2004).
 */
export function drawdown(initialCapital: number, equity: Equity): Drawdown {
  const { closes, length: n } = equity;
  // In a typed array from the start, or the engine would keep the running peak as an object.
  let peak = Float64Array.of(initialCapital)[0];
  let peakIndex = -1;
  let longest = 0;
  // The worst fall so far; `floor` is where the present peak would have fallen as far.
  let lowestShare = 1;
  let floor = peak;
  let worst = 0;
  let lowestAmount = 0;
  // Between this and the peak a close tells nothing new: a little above what would be a worse fall, in amount or in share.
  let dull = peak;
  for (let stretch = 0; stretch < equity.stretches; stretch++) {
    // One by one: as a list they would be objects, thousands of times.
    const from = equity.from(stretch);
    const to = equity.to(stretch);
    const balance = equity.balance(stretch);
    const quantity = equity.quantity(stretch);
    const entryPrice = equity.entryPrice(stretch);
    const isLevel = quantity === 0;
    // Of a level stretch the first close tells all, but when it ends.
    const end = isLevel ? from + 1 : to;
    for (let i = from; i < end; i++) {
      const value = balance + quantity * (closes[i] - entryPrice);
      if (value >= dull && value < peak) continue;
      if (value >= peak) {
        // The step from one peak to the next candle's is no fall.
        if (i - peakIndex > longest) longest = i - peakIndex;
        peakIndex = i;
        peak = value;
        floor = peak * lowestShare;
      } else {
        if (value - peak < lowestAmount) lowestAmount = value - peak;
        if (value < floor) {
          lowestShare = value / peak;
          worst = (peak - value) / peak;
          floor = value;
        }
      }
      dull = Math.max(floor, peak + lowestAmount) * (1 + 1e-12);
    }
    if (isLevel && peakIndex === from) peakIndex = to - 1;
  }
  longest = Math.max(longest, n - 1 - peakIndex);
  return {
    maxPercent: worst * 100,
    maxAmount: Math.abs(lowestAmount),
    longestCandles: lowestAmount < 0 ? longest : 0,
  };
}
