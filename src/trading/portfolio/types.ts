import type { BacktestResult, BacktestSpec, BacktestTrade, Gap, OpenPosition, UnfilledOrder } from '../backtest-types.ts';
import type { Candles } from '../candle.ts';
import type { CheckedCandles } from '../checked-candles.ts';
import type { Detail } from '../detail.ts';
import type { FundingRates } from '../funding.ts';
import type { RefusalReason } from '../session-types.ts';

/** One market of a portfolio. */
export interface PortfolioMarket {
  readonly symbol: string;
  readonly candles: Candles | CheckedCandles;
  /** Finer candles, for the fill model DETAIL. */
  readonly detail?: Detail;
  /** Funding as it was, for FUTURES. */
  readonly funding?: FundingRates;
  /** Base currency; instead of the spec's. */
  readonly quantityStep?: number;
  /** Quote currency; instead of the spec's. */
  readonly minNotional?: number;
}

/** What to run: the strategy and options of a backtest over several markets that share one capital. */
export interface PortfolioSpec extends Omit<BacktestSpec, 'detail' | 'funding'> {
  /** In the order in which they are served where there is not enough for all. */
  readonly markets: readonly PortfolioMarket[];
  /** Positions open at the same time; by default one per market. */
  readonly maxOpenPositions?: number;
}

/** A round trip in one of the markets; `entryIndex` and `exitIndex` are places in `times`. */
export interface PortfolioTrade extends BacktestTrade {
  readonly symbol: string;
}

/** What one market brought. */
export interface MarketResult {
  readonly symbol: string;
  readonly candles: number;
  readonly trades: number;
  /** Profit of the round trips after fees, in quote currency. */
  readonly realizedPnl: number;
  readonly openPosition: OpenPosition | null;
  readonly unfilledOrder: UnfilledOrder | null;
  readonly refusals: Readonly<Partial<Record<RefusalReason, number>>>;
  readonly ambiguousCandles: number;
  readonly gaps: readonly Gap[];
  readonly missingCandles: number;
  readonly outlierCandles: number;
  readonly dataFingerprint: string;
  readonly detailFingerprint: string | null;
  readonly fundingFingerprint: string | null;
}

/** What came out. As a backtest's result, over the moments at which any market has a candle. */
export interface PortfolioResult extends Pick<
  BacktestResult,
  | 'strategy'
  | 'options'
  | 'timeframe'
  | 'finalCapital'
  | 'metrics'
  | 'undefinedMetrics'
  | 'daily'
  | 'monthly'
  | 'ambiguousCandles'
  | 'profitBand'
  | 'resultHash'
> {
  /** Open times of the candles, each moment once. */
  readonly times: Float64Array;
  /** Equity at the close of each of them; a market without a candle is marked at its last close. */
  readonly equity: Float64Array;
  readonly trades: readonly PortfolioTrade[];
  readonly markets: readonly MarketResult[];
}
