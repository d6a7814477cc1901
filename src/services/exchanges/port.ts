import type { Candle, Candles } from '../../trading/candle.ts';
import type { Decimal } from '../../trading/money.ts';
import type { Liquidity, OrderSide, OrderStatus, OrderType, TimeInForce } from '../../trading/order.ts';
import type { MarketType } from '../../trading/position.ts';
import type { Timeframe } from '../../trading/timeframe.ts';

/*
 * What the program asks of an exchange, in two ports: `CandleSource` is public market data, `Exchange` is one account that trades.
 * Streams are callbacks: `subscribe…(listener)` answers with a function that ends the subscription. A listener is called in order, never
 * concurrently, and must return at once: it puts the news into a queue of its own.
 */

/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void;

/** A market and its rules, as the exchange has them. Exact decimals; rates are fractions (0.001 is 0.1 %). */
export interface MarketRules {
  /** "BTC/USDT"; a perpetual carries its settlement: "BTC/USDT:USDT". */
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly kind: MarketType;
  /** False while the exchange has halted it: no orders are taken. It is not halted unless told. */
  readonly isActive?: boolean;
  /** Whether a stop and a target may be placed as one, where the exchange has such pairs at all; they may unless told. */
  readonly takesPairs?: boolean;
  /** Prices are multiples of this, in the quote asset. */
  readonly tickSize: Decimal;
  /** Amounts are multiples of this, in the base asset. */
  readonly stepSize: Decimal;
  /** The least that price × amount may be, in the quote asset; zero when there is no such rule. */
  readonly minNotional: Decimal;
  readonly makerFeeRate: Decimal;
  readonly takerFeeRate: Decimal;
  /** Of a perpetual whose rate is always the same; absent where there is no funding, or nobody knows it beforehand. */
  readonly funding?: FundingTerms;
}

/** What holders of one side of a perpetual pay the other, again and again. */
export interface FundingTerms {
  /** Of the position's value; positive: longs pay shorts. */
  readonly rate: Decimal;
  /** Between two payments, counted from midnight UTC. */
  readonly hours: number;
}

/** Funding that was paid for a position. */
export interface FundingPayment {
  readonly symbol: string;
  /** When it was due, ms UTC; one payment for each symbol and moment. */
  readonly at: number;
  /** Paid, in the quote asset; negative: received. */
  readonly paid: Decimal;
}

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

/** An order to be placed. The client order id is the caller's and names the order for ever. */
export interface OrderRequest {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: OrderSide;
  readonly type: OrderType;
  /** In the base asset, a multiple of the market's step. */
  readonly amount: Decimal;
  /** Limit price: required for LIMIT and STOP_LIMIT, absent otherwise. */
  readonly price?: Decimal;
  /** Trigger price: required for STOP and STOP_LIMIT, absent otherwise. */
  readonly stopPrice?: Decimal;
  /** GTC unless told. */
  readonly timeInForce?: TimeInForce;
  /** May only make a position smaller. */
  readonly reduceOnly?: boolean;
  /**
   * Close time (ms UTC) of the candle that the order was decided on. While the candle that opened then is the current one, a simulated venue
   * treats the order as there since its open, as a backtest does, however long the answer took. A real exchange never sees it.
   */
  readonly decidedAt?: number;
  /**
   * How long from now the request may still leave, in milliseconds of the process's monotonic clock. A process that stood still in between sends it
   * no more: others may have concluded meanwhile that it never will. No clock of an exchange counts: a simulated one may run hundreds of
   * times as fast, and our idea of a real one may be mended by minutes.
   */
  readonly sendWithinMs?: number;
  /** Gets a bot out of the market because something halts it: it does not wait behind anything else that is asked of the exchange. */
  readonly isUrgent?: boolean;
}

/** A stop and a target that close the same holding, of the same side and amount. */
export interface OrderPair {
  readonly stop: OrderRequest;
  readonly target: OrderRequest;
}

/** An order as the exchange knows it. `status` is never one of the local ones (INTENT, SENT, UNKNOWN, ABSENT, ABANDONED). */
export interface OrderReport {
  readonly clientOrderId: string;
  readonly exchangeOrderId: string;
  readonly symbol: string;
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly amount: Decimal;
  readonly filledAmount: Decimal;
  readonly price?: Decimal;
  readonly stopPrice?: Decimal;
  readonly reduceOnly: boolean;
  readonly status: OrderStatus;
  /** Why it was rejected, expired or canceled by the exchange. */
  readonly reason?: string;
  /** Milliseconds UTC of the last change. */
  readonly updatedAt: number;
}

/** One execution. Unique by (exchange, account, symbol, exchangeTradeId). */
export interface Fill {
  readonly exchangeTradeId: string;
  readonly exchangeOrderId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: OrderSide;
  readonly price: Decimal;
  readonly amount: Decimal;
  readonly fee: Decimal;
  readonly feeCurrency: string;
  readonly liquidity: Liquidity;
  /** Milliseconds UTC. */
  readonly at: number;
}

export interface Balance {
  readonly asset: string;
  /** What new orders may use. */
  readonly free: Decimal;
  /** Free plus what open orders and positions hold. */
  readonly total: Decimal;
}

/** An asset to be brought from the funding wallet of an account into the one that it trades from. */
export interface TransferRequest {
  /** The caller's, a UUID. It names the transfer for ever where the exchange takes such ids. */
  readonly id: string;
  readonly asset: string;
  readonly amount: Decimal;
  /** See `OrderRequest`. */
  readonly sendWithinMs?: number;
}

/** A transfer as the exchange knows it. */
export interface TransferReport {
  readonly exchangeTransferId: string;
  /** PENDING: taken, and not carried out yet. FAILED: nothing was moved. */
  readonly status: 'DONE' | 'PENDING' | 'FAILED';
}

/**
 * The wallet of deposits that some exchanges keep beside the one that an account trades from; nothing to do with the funding of perpetuals.
 * Money only comes out of it into the trading wallet of the same account: there is no way back, and none to anybody else.
 * Errors are those of `Exchange`.
 */
export interface FundingWallet {
  /** Asks once. What is not answered is unknown, never "failed": ask `find`. */
  bring(request: TransferRequest): Promise<TransferReport>;
  /**
   * What the exchange knows that may be this transfer: the one with its id where the exchange takes ids, elsewhere all of its asset and amount around
   * the moment. None is no proof that none will come to be known.
   * @param sentAt of the exchange, ms UTC
   */
  find(request: TransferRequest, sentAt: number): Promise<readonly TransferReport[]>;
}

/** News of the account: an order's new state, and the fill that brought it about, if one did. */
export interface Execution {
  readonly order: OrderReport;
  readonly fill?: Fill;
}

/**
 * One trading account. Whatever is not answered is unknown, never "failed": ask `order` by the client order id before sending again.
 * Errors: DomainError EXCHANGE_REJECTED (the exchange said no; nothing was placed), EXCHANGE_UNAVAILABLE (the outcome is unknown),
 * INSUFFICIENT_BALANCE, NOT_FOUND (no such market or order).
 */
export interface Exchange {
  readonly name: string;
  /**
   * False where an order ties up what it sells, as on spot exchanges: of two reduce-only orders for one holding the second is refused. Elsewhere, and
   * where nothing is told, a stop and a target may stand beside each other.
   */
  readonly sharesReduceOnly?: boolean;
  /**
   * True where nothing can arrive any more that was sent under an older fencing token than the one that the account was opened with: an order of
   * those that it does not know, it never will.
   */
  readonly refusesPredecessors?: boolean;
  /** The most characters of a client order id of letters and digits; 28 or more where nothing is told. */
  readonly clientOrderIdLength?: number;
  /** The exchange's own clock, milliseconds UTC. */
  now(): number;
  markets(): Promise<readonly MarketRules[]>;
  /**
   * Places an order. A client order id that the account knows already is never placed twice: EXCHANGE_UNAVAILABLE of the kind DUPLICATE says
   * to ask what became of it.
   */
  submit(request: OrderRequest): Promise<OrderReport>;
  /**
   * Places a stop and a target as one, an OCO: both are placed or neither is, they tie up the holding once, and when one of them begins to fill, or is
   * canceled, the exchange ends the other. Each is known by its client order id, as if it had been placed alone. Absent where the exchange has no such pairs.
   */
  submitPair?(pair: OrderPair): Promise<readonly [stop: OrderReport, target: OrderReport]>;
  /**
   * Cancels an open order; one that is done already is answered as it is, since a fill may win the race.
   * @param isUrgent it does not wait behind anything else that is asked; see `OrderRequest`
   */
  cancel(symbol: string, clientOrderId: string, isUrgent?: boolean): Promise<OrderReport>;
  /**
   * Undefined when the exchange has no such order. One that ended without an execution so long ago that only this is known of it is
   * EXCHANGE_UNAVAILABLE of the kind ARCHIVED.
   */
  order(symbol: string, clientOrderId: string): Promise<OrderReport | undefined>;
  openOrders(symbol?: string): Promise<readonly OrderReport[]>;
  /** Fills at or after `since` (ms UTC), ascending by time. */
  fillsSince(symbol: string, since: number): Promise<readonly Fill[]>;
  balances(): Promise<readonly Balance[]>;
  /** Absent where money waits in no other wallet than the one that the account trades from. */
  readonly fundingWallet?: FundingWallet;
  /** @param onFunding told of funding, in order with the executions, where the exchange has any */
  subscribeExecutions(listener: (execution: Execution) => void, onFunding?: (payment: FundingPayment) => void): Unsubscribe;
  /** Funding that was due at or after `since` (ms UTC), ascending by time; absent where there is none. */
  fundingSince?(symbol: string, since: number): Promise<readonly FundingPayment[]>;
  /**
   * Resolves when listeners have been told of everything that follows from the market data and the orders so far. A bot on a simulated
   * venue awaits it before it looks at a closed candle, and again after it has answered to news; a real exchange decides in its own time, and
   * answers at once.
   */
  settled(): Promise<void>;
  close(): Promise<void>;
}
