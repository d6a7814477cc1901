import type { Backtest } from '../../entities/research/Backtest.ts';
import type { BacktestTrade } from '../../entities/research/BacktestTrade.ts';
import type { JobStatus } from '../../entities/research/JobStatus.ts';
import type { OpenPosition, ProfitBand } from '../../trading/backtest-types.ts';
import type { Metrics, UndefinedMetrics } from '../../trading/metrics/metrics.ts';
import type { PeriodResult } from '../../trading/metrics/periods.ts';
import type { Gap } from '../../trading/quality.ts';
import type { RowOf } from '../database/index.ts';
import type { QualityIssue } from './data-quality.ts';
import type { MarketNotes, Refusals } from './market-notes.ts';

/** What is read for a backtest; the equity curve is read on its own, because it is long. */
export const backtestFields = [
  'id',
  'userId',
  'strategyId',
  'exchangeId',
  'name',
  'symbols',
  'timeframe',
  'startDate',
  'endDate',
  'marketType',
  'leverage',
  'initialCapital',
  'feePercent',
  'slippagePercent',
  'options',
  'parameters',
  'strategySnapshot',
  'status',
  'progress',
  'finalCapital',
  'metrics',
  'dailyResults',
  'monthlyResults',
  'notes',
  'dataFingerprint',
  'resultHash',
  'error',
  'startedAt',
  'finishedAt',
  'version',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof RowOf<Backtest>)[];

type Stored = Pick<RowOf<Backtest>, (typeof backtestFields)[number]>;

/** A backtest as its row has it, the JSON columns with their types. */
export type BacktestView = Omit<Stored, 'metrics' | 'dailyResults' | 'monthlyResults' | 'notes'> & {
  readonly metrics: StoredMetrics | null;
  readonly dailyResults: readonly PeriodResult[] | null;
  readonly monthlyResults: readonly PeriodResult[] | null;
  readonly notes: BacktestNotes | null;
};

export type StoredMetrics = Metrics & { readonly undefinedMetrics: UndefinedMetrics };

/** What a careful reader must know of the candles and the run. Before the run there is only what the candles tell. */
export interface BacktestNotes {
  /** Candles that there are; the first gaps between them, and all candles that are missing in them. */
  readonly candles: number;
  readonly gaps: readonly Gap[];
  readonly missingCandles: number;
  /** Candles that look like bad ticks. */
  readonly outlierCandles?: number;
  /** Candles that repeat the one before. */
  readonly duplicateCandles?: number;
  /** Thresholds of the gate that the candles are beyond. */
  readonly qualityIssues?: readonly QualityIssue[];
  /** When the first and the last candle of all markets open, ms UTC. */
  readonly firstCandle?: number;
  readonly lastCandle?: number;
  readonly ambiguousCandles?: number;
  readonly profitBand?: ProfitBand;
  readonly refusals?: Refusals;
  readonly openPosition?: OpenPosition | null;
  /** Market by market; absent in rows from before there were several. */
  readonly markets?: readonly MarketNotes[];
}

export const tradeFields = [
  'ordinal',
  'symbol',
  'side',
  'quantity',
  'entryTime',
  'entryPrice',
  'exitTime',
  'exitPrice',
  'fees',
  'pnl',
  'pnlPercent',
  'exitReason',
  'funding',
  'candlesHeld',
  'maxAdverseExcursion',
  'maxFavorableExcursion',
] as const satisfies readonly (keyof RowOf<BacktestTrade>)[];

export type BacktestTradeView = Pick<RowOf<BacktestTrade>, (typeof tradeFields)[number]>;

/** How a job stands, as it is pushed: the payload of a JOB_PROGRESSED event. Times are RFC 3339 text. */
export interface JobProgress {
  readonly kind: 'BACKTEST';
  readonly id: string;
  readonly status: JobStatus;
  readonly progressPercent: number;
  readonly failureReason: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly version: number;
}

export function progressOf(
  view: Pick<BacktestView, 'id' | 'status' | 'progress' | 'error' | 'startedAt' | 'finishedAt' | 'version'>,
): JobProgress {
  return {
    kind: 'BACKTEST',
    id: view.id,
    status: view.status,
    progressPercent: view.progress,
    failureReason: view.error,
    startedAt: view.startedAt?.toISOString() ?? null,
    finishedAt: view.finishedAt?.toISOString() ?? null,
    version: view.version,
  };
}

/** A job that will not change any more. */
export function hasEnded(status: JobStatus): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELED';
}
