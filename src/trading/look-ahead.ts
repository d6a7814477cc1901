import type { Candles } from './candle.ts';
import { ParameterError } from './errors.ts';
import { LookAheadCheck } from './look-ahead/check.ts';
import type { LookAheadDifference } from './look-ahead/findings.ts';
import { sliceCandles } from './series.ts';
import type { BoundStrategy } from './strategy.ts';

export { AskedAs } from './look-ahead/answers.ts';
export { type LookAheadDifference, LookAheadKind } from './look-ahead/findings.ts';

export interface LookAheadReport {
  /** True when nothing was found. */
  readonly passed: boolean;
  /** Candles that were given. */
  readonly given: number;
  /** Candles that were checked, the newest of those given, and the open times of the first and the last, ms UTC. */
  readonly candles: number;
  readonly from: number;
  readonly to: number;
  /** Candles for which there is a decision to compare. */
  readonly decisions: number;
  /** Candles after which the series was cut off and the strategy run anew; 0 when it failed before that. */
  readonly cutPoints: number;
  /** The first differences, a few of each sort, in order of time. */
  readonly differences: readonly LookAheadDifference[];
  /** All that were found. */
  readonly differenceCount: number;
}

export interface LookAheadOptions {
  /** Whether the market can be shorted; false on spot. */
  readonly shorts?: boolean;
  /** The newest candles of those given that are checked; bounds memory. */
  readonly maxCandles?: number;
  /** Cut points at most, and fewer where `maxVisits` does not allow as many. */
  readonly maxCutPoints?: number;
  /** Candles times cut points at most; bounds time. */
  readonly maxVisits?: number;
  /** Which cut points: the same seed, the same points. */
  readonly seed?: number;
  /** The same strategy loaded a second time, which has seen no candles yet: brings to light what a module keeps of its first ones. */
  readonly fresh?: BoundStrategy | null;
}

export const lookAheadDefaults = {
  shorts: true,
  maxCandles: 20_000,
  maxCutPoints: 250,
  maxVisits: 5_000_000,
  seed: 1,
  fresh: null,
} as const satisfies Required<LookAheadOptions>;

/**
 * Refuses a series on which nothing could be compared.
 * @throws ParameterError naming how many candles there must be
 */
export function requireCandles(strategy: BoundStrategy, candles: number, path: readonly string[] = ['candles']): void {
  const least = strategy.firstDecision + 2;
  if (candles < least)
    throw new ParameterError(
      `strategy "${strategy.definition.name}" first decides at candle ${least - 1}: the check needs at least ${least} candles, not ${candles}`,
      path,
      { value: candles, limit: least },
    );
}

/**
 * Finds out whether a strategy knows the future, or anything else that it should not: runs it on the whole series, twice; on the series
 * cut off after each of a sample of candles; and candle by candle as a bot does. All have to give the same answers, byte for byte.
 * A pass is evidence, no proof: the cut points are a sample, and only what these candles provoke can be seen. Each stage builds on the
 * one before, so the report has what the first stage that found something found.
 * @throws ParameterError when there are too few candles for a decision; what the strategy throws on the whole series
 */
export function lookAheadReport(strategy: BoundStrategy, candles: Candles, options: LookAheadOptions = {}): LookAheadReport {
  const { shorts, maxCandles, maxCutPoints, maxVisits, seed, fresh } = { ...lookAheadDefaults, ...options };
  const given = candles.openTime.length;
  const checked = sliceCandles(candles, Math.max(0, given - maxCandles), given);
  const n = checked.openTime.length;
  requireCandles(strategy, n);
  const check = new LookAheadCheck(strategy, fresh, checked, shorts);
  const cutPoints = check.run(Math.max(1, Math.min(maxCutPoints, Math.floor(maxVisits / n))), seed);
  const { list, count } = check.findings;
  return {
    passed: count === 0,
    given,
    candles: n,
    from: checked.openTime[0],
    to: checked.openTime[n - 1],
    decisions: n - strategy.firstDecision,
    cutPoints,
    differences: list,
    differenceCount: count,
  };
}
