import type { OpenPosition } from '../../trading/backtest-types.ts';
import type { Gap } from '../../trading/quality.ts';
import type { RefusalReason } from '../../trading/session-types.ts';

export type Refusals = Readonly<Partial<Record<RefusalReason, number>>>;

/** What one market's candles lack, and after the run what it brought. */
export interface MarketNotes {
  readonly symbol: string;
  readonly candles: number;
  readonly gaps: readonly Gap[];
  readonly missingCandles: number;
  readonly outlierCandles?: number;
  readonly duplicateCandles?: number;
  readonly trades?: number;
  readonly realizedPnl?: number;
  readonly openPosition?: OpenPosition | null;
  readonly refusals?: Refusals;
  readonly ambiguousCandles?: number;
  readonly dataFingerprint?: string;
  readonly detailFingerprint?: string | null;
}

/** Gaps that are listed of each market, where there are several. */
const listedOfEach = 100;

/** The notes of a backtest over these markets: each one's, and all together. */
export function notesOf(markets: readonly MarketNotes[]) {
  const [only] = markets;
  const kept =
    markets.length === 1 ? markets : markets.map((market) => ({ ...market, gaps: market.gaps.slice(0, listedOfEach) }));
  const totals = totalsOf(markets);
  const before = {
    markets: kept,
    candles: totals.candles,
    gaps: kept.flatMap(({ gaps }) => gaps),
    missingCandles: totals.missingCandles,
  };
  if (only.trades === undefined) return before;
  return {
    ...before,
    outlierCandles: totals.outlierCandles,
    duplicateCandles: totals.duplicateCandles,
    refusals: totals.refusals,
    openPosition: markets.length === 1 ? (only.openPosition ?? null) : null,
  };
}

/** What several markets come to together. */
export function totalsOf(markets: readonly MarketNotes[]) {
  const total = (of: (market: MarketNotes) => number | undefined): number =>
    markets.reduce((sum, market) => sum + (of(market) ?? 0), 0);
  return {
    candles: total(({ candles }) => candles),
    missingCandles: total(({ missingCandles }) => missingCandles),
    outlierCandles: total(({ outlierCandles }) => outlierCandles),
    duplicateCandles: total(({ duplicateCandles }) => duplicateCandles),
    refusals: summed(markets.map(({ refusals }) => refusals ?? {})),
  };
}

function summed(all: readonly Refusals[]): Refusals {
  const sums: Partial<Record<RefusalReason, number>> = {};
  for (const refusals of all)
    for (const [reason, count] of Object.entries(refusals) as [RefusalReason, number][])
      sums[reason] = (sums[reason] ?? 0) + count;
  return sums;
}
