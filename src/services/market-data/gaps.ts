import type { Gap } from '../../trading/backtest-types.ts';
import { type Timeframe, timeframeMs } from '../../trading/timeframe.ts';

/** Gaps between the first and the last candle: how many candles are missing, in how many runs, and the first runs. */
export interface GapReport {
  readonly missing: number;
  readonly count: number;
  /** The first 100. */
  readonly gaps: readonly Gap[];
}

const listed = 100;

/** Sums gaps up. */
export function reportGaps(gaps: Iterable<Gap>): GapReport {
  const first: Gap[] = [];
  let missing = 0;
  let count = 0;
  for (const gap of gaps) {
    missing += gap.missing;
    count += 1;
    if (first.length < listed) first.push(gap);
  }
  return { missing, count, gaps: first };
}

/** The gaps in a column of open times, ascending. */
export function* gapsIn(openTime: Float64Array, timeframe: Timeframe): Generator<Gap> {
  const length = timeframeMs(timeframe);
  for (let i = 1; i < openTime.length; i++) {
    const from = openTime[i - 1] + length;
    if (openTime[i] > from) yield { from, to: openTime[i], missing: (openTime[i] - from) / length };
  }
}
