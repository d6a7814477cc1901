import type { Candles } from './candle.ts';
import { fingerprint } from './hash.ts';
import { checkCandles, type GapReport } from './quality.ts';
import { findOutliers, type OutlierReport } from './outliers.ts';
import type { Timeframe } from './timeframe.ts';

/**
 * Candles that were looked through once: possible, in order, and named. Whoever runs many times on the same candles makes this once and
 * hands it over instead of them, and must not write to the columns any more. Plain data.
 */
export interface CheckedCandles extends GapReport, OutlierReport {
  readonly candles: Candles;
  readonly timeframe: Timeframe;
  readonly fingerprint: string;
}

/**
 * Looks candles through and names them.
 * @throws ParameterError with the column and index of the first bad candle
 */
export function checkedCandles(candles: Candles, timeframe: Timeframe): CheckedCandles {
  return { candles, timeframe, ...checkCandles(candles, timeframe), ...findOutliers(candles), fingerprint: fingerprint(candles) };
}
