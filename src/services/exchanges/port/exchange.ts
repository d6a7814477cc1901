import type { Decimal } from '../../../trading/money.ts';
import type { FundingWallet } from './funding-wallet.ts';
import type { MarketRules } from './market-rules.ts';
import type { Execution, Fill, OrderPair, OrderReport, OrderRequest } from './orders.ts';
import type { Unsubscribe } from './subscription.ts';

/** Funding that was paid for a position. */
export interface FundingPayment {
  readonly symbol: string;
  /** When it was due, ms UTC; one payment for each symbol and moment. */
  readonly at: number;
  /** Paid, in the quote asset; negative: received. */
  readonly paid: Decimal;
}

export interface Balance {
  readonly asset: string;
  /** What new orders may use. */
  readonly free: Decimal;
  /** Free plus what open orders and positions hold. */
  readonly total: Decimal;
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
