import type { Candles } from '../../trading/candle.ts';
import type { CheckedCandles } from '../../trading/checked-candles.ts';
import type { Gap } from '../../trading/quality.ts';
import { type Timeframe, timeframeText } from '../../trading/timeframe.ts';
import { DomainError, throwAt } from '../errors.ts';
import type { Findings } from './backtest-task.ts';

/** Candles of one market. */
export interface SeriesKey {
  readonly exchange: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
}

/** `from <= openTime < to`, ms UTC. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** What there is of a range, and what is missing between its first and its last candle. */
export interface Coverage {
  readonly candles: number;
  readonly gaps: { readonly missing: number; readonly gaps: readonly Gap[] };
}

export interface LoadedCandles {
  readonly candles: Candles;
  /** The same, where a run has looked them through and named them already. */
  readonly checked?: CheckedCandles | undefined;
  /** Keeps what a run found out by looking through them, for the next one. */
  readonly remember?: (findings: Findings) => void;
}

/** Where candles come from. All throw DomainError NOT_FOUND when there are none, naming what there is instead. */
export interface CandleLoader {
  /** Looks only. */
  coverage(key: SeriesKey, range: TimeRange): Promise<Coverage>;
  /** The finest timeframe that the candles divide into and that has candles over the same time. */
  finest(key: SeriesKey, range: TimeRange): Promise<Timeframe>;
  /**
   * Columns. `shared`: on memory that worker threads can see, and others read at the same time, so that nobody may write to it; otherwise
   * a copy of one's own.
   */
  load(key: SeriesKey, range: TimeRange, options: { readonly shared: boolean }): Promise<LoadedCandles>;
}

/** Candles that one backtest may run on: 100 MB of columns, and nearly four years of minutes. */
export const mostCandles = 2_000_000;

/**
 * What a backtest would run on.
 * @throws DomainError NOT_FOUND or INVALID when there are no candles, too few, or too many
 */
export async function checkedCoverage(
  loader: Pick<CandleLoader, 'coverage'>,
  key: SeriesKey,
  range: TimeRange,
  path: readonly string[] = ['input', 'from'],
): Promise<Coverage> {
  const coverage = await loader.coverage(key, range).catch((error: unknown) => throwAt(error, path));
  const { candles } = coverage;
  const length = timeframeText(key.timeframe);
  if (candles < 2)
    throw new DomainError('INVALID', `the period has ${candles} ${length} candle of ${key.symbol}, a backtest needs at least 2`, {
      path,
      details: { limit: '2' },
    });
  if (candles > mostCandles)
    throw new DomainError(
      'INVALID',
      `the period has ${candles} ${length} candles, the maximum is ${mostCandles}: choose a shorter period or longer candles`,
      { path, details: { limit: String(mostCandles) } },
    );
  return coverage;
}

/** @throws DomainError INVALID when several markets have more candles together than one backtest may run on */
export function assertTotal(candles: number): void {
  if (candles > mostCandles)
    throw new DomainError(
      'INVALID',
      `the markets have ${candles} candles together, the maximum is ${mostCandles}: choose a shorter period, longer candles or fewer markets`,
      { path: ['input', 'markets'], details: { limit: String(mostCandles) } },
    );
}

/**
 * Refuses candles with too many holes, as the run would.
 * @throws DomainError INVALID with the option's path
 */
export function assertComplete(symbol: string, { candles, gaps }: Coverage, limit: number | null, option: string): void {
  const percent = (gaps.missing / (gaps.missing + candles)) * 100;
  if (limit === null || percent <= limit) return;
  throw new DomainError(
    'INVALID',
    `${gaps.missing} of ${gaps.missing + candles} candles of ${symbol} are missing (${percent.toFixed(2)} %), more than ${option} ${limit}`,
    { path: ['input', option], details: { limit: String(limit) } },
  );
}

/**
 * The timeframe of the candles that decide inside others, where nobody said which.
 * @throws DomainError NOT_FOUND when there are none
 */
export function finestDetail(loader: Pick<CandleLoader, 'finest'>, key: SeriesKey, range: TimeRange): Promise<Timeframe> {
  return loader.finest(key, range).catch((error: unknown) => throwAt(error, ['input', 'detailTimeframe']));
}
