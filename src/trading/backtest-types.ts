import type { Detail } from './detail.ts';
import type { FundingRates } from './funding.ts';
import type { SimulationOptions, TradingOptions } from './options.ts';
import type { OrderSide } from './order.ts';
import type { ParameterValues } from './parameters.ts';
import type { PositionSide } from './position.ts';
import type { Outlier } from './outliers.ts';
import type { Gap } from './quality.ts';
import type { Metrics, UndefinedMetrics } from './metrics/metrics.ts';
import type { PeriodColumns } from './metrics/periods.ts';
import type { RefusalReason, SessionTrade } from './session-types.ts';
import type { StrategyDefinition } from './strategy.ts';
import type { Timeframe } from './timeframe.ts';

export type { Gap };

/**
 * What to run. Options that are left out have the defaults of `tradingOptions` and `simulationOptions`, where each is described.
 * Plain data when `strategy` is a name, so it can be posted to a worker thread.
 */
export interface BacktestSpec extends Partial<TradingOptions & SimulationOptions> {
  /** Name of a built-in, or a definition. */
  readonly strategy: string | StrategyDefinition;
  /** Overrides of the strategy's defaults. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly timeframe: Timeframe;
  /** Finer candles of the same market and time; the fill model DETAIL needs them, the others do not look at them. */
  readonly detail?: Detail;
  /** Funding as it was, for FUTURES; instead of `fundingRatePercent`. */
  readonly funding?: FundingRates;
}

/** A round trip of a backtest; `entryIndex` and `exitIndex` are places in the candles. */
export type BacktestTrade = SessionTrade;

/** A position that is still open at the end, marked at the last close. */
export interface OpenPosition {
  readonly side: PositionSide;
  readonly quantity: number;
  readonly entryIndex: number;
  readonly entryTime: number;
  readonly entryPrice: number;
  readonly markPrice: number;
  /** Fees paid so far. */
  readonly fees: number;
  /** Funding paid so far; negative: received. */
  readonly funding: number;
  /** Of what was already closed of it, before fees and funding. */
  readonly realizedPnl: number;
  /** Of what is still held, at `markPrice`, before fees and funding. */
  readonly unrealizedPnl: number;
  readonly stopPrice: number | null;
  readonly targetPrice: number | null;
  readonly liquidationPrice: number | null;
}

/** An order that no candle has filled: decided at the last close, or still waiting for its price or for volume. */
export interface UnfilledOrder {
  readonly leg: 'ENTRY' | 'EXIT';
  readonly positionSide: PositionSide;
  readonly side: OrderSide;
  readonly decidedAt: number;
}

/** Net profit under the two readings of the candles in which stop and target were both touched. */
export interface ProfitBand {
  readonly pessimistic: number;
  readonly optimistic: number;
}

/**
 * What came out: plain data that can be posted between threads. Prices, equity and profit in quote currency, times in ms UTC. Trades,
 * equity, periods and the hash are made when they are first read, of candles that nobody may have written to since.
 */
export interface BacktestResult {
  /** What ran: the name and the complete parameters. */
  readonly strategy: { readonly name: string; readonly parameters: ParameterValues };
  /** The complete options, defaults filled in. */
  readonly options: TradingOptions & SimulationOptions;
  readonly timeframe: Timeframe;
  /** Number of candles, and the open times of the first and the last. */
  readonly candles: number;
  readonly from: number;
  readonly to: number;
  /** Index of the first candle the strategy could decide on. */
  readonly firstDecision: number;
  /** Equity at the last close, an open position marked. */
  readonly finalCapital: number;
  readonly trades: readonly BacktestTrade[];
  readonly openPosition: OpenPosition | null;
  readonly unfilledOrder: UnfilledOrder | null;
  /** Equity at each candle's close. */
  readonly equity: Float64Array;
  readonly metrics: Metrics;
  /** Why a metric is null. */
  readonly undefinedMetrics: UndefinedMetrics;
  /** By UTC day and month, as columns; `periodResults(initialCapital, daily)` makes rows of them. */
  readonly daily: PeriodColumns;
  readonly monthly: PeriodColumns;
  /** The first 1,000 gaps; `missingCandles` counts all. */
  readonly gaps: readonly Gap[];
  readonly missingCandles: number;
  /** The first 1,000 candles that look like bad ticks; `outlierCandles` counts all. They are reported, never removed. */
  readonly outliers: readonly Outlier[];
  readonly outlierCandles: number;
  /** Candles in which the order of the prices inside them mattered: of stop and target, of an entry and its stop. */
  readonly ambiguousCandles: number;
  readonly profitBand: ProfitBand;
  readonly refusals: Readonly<Partial<Record<RefusalReason, number>>>;
  /** Of the candles: the same candles, the same text. */
  readonly dataFingerprint: string;
  /** Of the finer candles, with the fill model DETAIL. */
  readonly detailFingerprint: string | null;
  /** Of the funding rates, where they were given. */
  readonly fundingFingerprint: string | null;
  /** Of the data fingerprint, strategy, options, trades and equity: the same run, the same text, on any machine. */
  readonly resultHash: string;
}
