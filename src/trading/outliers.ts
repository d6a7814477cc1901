import type { Candles } from './candle.ts';

/** A candle that looks like a bad tick: it reaches far away from both neighbours, which agree with each other. */
export interface Outlier {
  readonly index: number;
  /** Open time, ms UTC. */
  readonly at: number;
  /** The high or low that is far away. */
  readonly price: number;
  /** How far that is from the middle of the neighbours' closes, as a fraction: −0.2 is 20 % below. */
  readonly deviation: number;
}

export interface OutlierReport {
  /** The first `maxOutliers`, in order. */
  readonly outliers: readonly Outlier[];
  readonly outlierCandles: number;
}

/** Outliers listed at the most; beyond that they are only counted. */
export const maxOutliers = 1_000;

/** Smaller moves are no outlier however quiet the market was. */
const leastDeviation = 0.05;
/** In units of the mean change from close to close. Crashes and squeezes reach about 10 and do not come back at once. */
const mostChanges = 20;
/** The neighbours agree when they are closer together than this share of the deviation. */
const agreement = 0.25;
/** Candles over which the mean change is smoothed, and that are needed before anything is called an outlier. */
const memory = 50;

/**
 * Finds candles that stand out like a wrong price in the data. They are reported and never removed: some of them happened.
 * The usual size of a change is an exponential mean of |closeᵢ/closeᵢ₋₁ − 1| over the candles before, outliers left out.
 * @param candles possible ones, in order
 */
export function findOutliers({ openTime, high, low, close }: Candles): OutlierReport {
  const outliers: Outlier[] = [];
  let count = 0;
  let usual = 0;
  const n = close.length;
  for (let i = 1; i < n - 1; i++) {
    const before = close[i - 1];
    const middle = (before + close[i + 1]) / 2;
    const up = high[i] / middle - 1;
    const down = 1 - low[i] / middle;
    const deviation = up > down ? up : down;
    if (
      deviation > leastDeviation &&
      i > memory &&
      deviation > mostChanges * usual &&
      Math.abs(close[i + 1] / before - 1) < agreement * deviation
    ) {
      count += 1;
      if (outliers.length < maxOutliers)
        outliers.push({
          index: i,
          at: openTime[i],
          price: up > down ? high[i] : low[i],
          deviation: up > down ? up : -down,
        });
      // Neither the way there nor the way back is a usual change.
      i += 1;
      continue;
    }
    const change = Math.abs(close[i] / before - 1);
    usual += (change - usual) / (i < memory ? i : memory);
  }
  return { outliers, outlierCandles: count };
}
