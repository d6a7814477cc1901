import type { Candles } from '../../trading/candle.ts';
import type { Gap } from '../../trading/quality.ts';
import { type Timeframe, timeframeText } from '../../trading/timeframe.ts';
import { DomainError } from '../errors.ts';

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

/** Where candles come from. Both throw DomainError NOT_FOUND when there are none, naming what there is instead. */
export interface CandleLoader {
  /** Looks without loading. */
  coverage(key: SeriesKey, range: TimeRange): Promise<Coverage>;
  /** Columns on memory that worker threads can see. */
  load(key: SeriesKey, range: TimeRange, options: { shared: true }): Promise<{ readonly candles: Candles }>;
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
  const coverage = await loader.coverage(key, range).catch((error: unknown) => {
    if (!(error instanceof DomainError) || error.path) throw error;
    throw new DomainError(error.code, error.message, { path, details: error.details, cause: error });
  });
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
