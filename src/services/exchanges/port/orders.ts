import type { Decimal } from '../../../trading/money.ts';
import type { Liquidity, OrderSide, OrderStatus, OrderType, TimeInForce } from '../../../trading/order.ts';

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

/** News of the account: an order's new state, and the fill that brought it about, if one did. */
export interface Execution {
  readonly order: OrderReport;
  readonly fill?: Fill;
}
