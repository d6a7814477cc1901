import type { Candle, Candles } from '../../../trading/candle.ts';
import type { OrderSide } from '../../../trading/order.ts';
import type { Timeframe } from '../../../trading/timeframe.ts';
import type { MarketRules } from './market-rules.ts';
import type { Unsubscribe } from './subscription.ts';

/**
 * A candle as a stream tells it: closed ones come once each, in order; the forming one is revised until it closes. One that the exchange corrects
 * afterwards comes again, closed, as it is then.
 */
export interface CandleUpdate {
  readonly candle: Candle;
  readonly isClosed: boolean;
}

/** The last price of a market and its last 24 hours. Doubles: market data. */
export interface Ticker {
  readonly symbol: string;
  /** Milliseconds UTC. */
  readonly at: number;
  readonly last: number;
  readonly high: number;
  readonly low: number;
  /** In the base asset. */
  readonly volume: number;
}

/** Live candles of a market. */
export interface CandleStream {
  /**
   * Tells each candle that closes from now on, and the forming one as it changes.
   * @param onResumed called with the first news and with the first after each interruption, where there are such: corrections since the moment it
   *   gets (ms UTC by the exchange's clock) may not have been told
   * @throws DomainError NOT_FOUND when there is no such market
   */
  subscribeCandles(
    symbol: string,
    timeframe: Timeframe,
    listener: (update: CandleUpdate) => void,
    onResumed?: (since: number) => void,
  ): Unsubscribe;
}

/** Public market data of one exchange. */
export interface CandleSource extends CandleStream {
  /** The exchange's name in the catalogue. */
  readonly name: string;
  /** True when any range can be asked for at no cost and always comes complete, so that nothing needs to be stored first. */
  readonly isGenerated: boolean;
  /** Nothing is known from before this moment, ms UTC. */
  readonly beginsAt: number;
  /** The candle lengths that the exchange makes; all of them when absent. Others can be built from these. */
  readonly timeframes?: readonly Timeframe[] | undefined;
  /** The exchange's own clock, milliseconds UTC. */
  now(): number;
  /** @param isDoubted an order was refused that the rules allow: they are asked for once more, unless that was just done */
  markets(isDoubted?: boolean): Promise<readonly MarketRules[]>;
  /**
   * Closed candles with `from <= openTime < to` (ms UTC), ascending; what the exchange has not is missing.
   * @throws DomainError NOT_FOUND when there is no such market, EXCHANGE_UNAVAILABLE when the exchange does not answer
   */
  history(symbol: string, timeframe: Timeframe, from: number, to: number): Promise<Candles>;
  ticker(symbol: string): Promise<Ticker>;
  /**
   * Asks whether the exchange has halted a market, so that nothing comes of it; never where there is no such question.
   * @throws DomainError EXCHANGE_UNAVAILABLE when the exchange does not answer
   */
  isHalted?(symbol: string): Promise<boolean>;
}

/** The best resting offers of a market at one moment. Doubles: market data. */
export interface OrderBook {
  readonly symbol: string;
  /** Milliseconds UTC. */
  readonly at: number;
  /** Highest price first. */
  readonly bids: readonly BookLevel[];
  /** Lowest price first. */
  readonly asks: readonly BookLevel[];
}

/** What rests at one price, in the base asset. */
export interface BookLevel {
  readonly price: number;
  readonly amount: number;
}

/** One execution of anybody's on a market. Doubles: market data. */
export interface PublicTrade {
  /** Unique on its market, as the exchange names it. */
  readonly id: string;
  readonly symbol: string;
  /** Milliseconds UTC. */
  readonly at: number;
  /** Of whoever took the resting order. */
  readonly side: OrderSide;
  readonly price: number;
  /** In the base asset. */
  readonly amount: number;
}

/** Everything public that an exchange tells of its markets. Streams report the latest state and mend themselves after an interruption. */
export interface MarketDataSource extends CandleSource {
  subscribeTicker(symbol: string, listener: (ticker: Ticker) => void): Unsubscribe;
  /** @param depth levels on each side, 1 to 100 */
  orderBook(symbol: string, depth: number): Promise<OrderBook>;
  subscribeOrderBook(symbol: string, depth: number, listener: (book: OrderBook) => void): Unsubscribe;
  /** Executions at or after `since` (ms UTC), ascending; no more than the exchange keeps, and not more than 20,000: ask again from the last. */
  trades(symbol: string, since: number): Promise<readonly PublicTrade[]>;
  /**
   * Each execution once, in order.
   * @param onGap called when some were missed for good: the exchange has no record of them any more, and what is told next comes after them
   */
  subscribeTrades(symbol: string, listener: (trade: PublicTrade) => void, onGap?: () => void): Unsubscribe;
}
