import type { Candles } from './candle.ts';
import { ParameterError } from './errors.ts';
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

/**
 * Does something with candles that must not write to them: what comes of changed prices is a result of no market.
 * @throws ParameterError when it has, whatever came of it
 */
export function requireUntouched<T>(series: readonly CheckedCandles[], work: () => T): T {
  const check = (): void => {
    if (series.some(isTouched))
      throw new ParameterError('the strategy writes into the candles that it is given: it may only read them', ['strategy']);
  };
  let done: T;
  try {
    done = work();
  } catch (error) {
    check();
    throw error;
  }
  check();
  return done;
}

function isTouched({ candles, fingerprint: before }: CheckedCandles): boolean {
  // A column that was moved away has no length, and no bytes to take a fingerprint of.
  return Object.values(candles).some(({ length }) => length === 0) || fingerprint(candles) !== before;
}
