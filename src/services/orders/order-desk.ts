import { Order } from '../../entities/trading/Order.ts';
import type { ExitReason } from '../../trading/position.ts';
import type { ApprovedOrder } from '../../trading/risk.ts';
import type { Execution } from '../exchanges/port/orders.ts';
import { clientOrderId } from './client-order-id.ts';
import { type Decisions, OrderAdoption } from './order-adoption.ts';
import { OrderCanceling } from './order-canceling.ts';
import type { LedgerTransaction, OrderDeskParts } from './order-desk-parts.ts';
import { orderChanged, writeIntent } from './order-ledger.ts';
import { type MissedFill, OrderLookup } from './order-lookup.ts';
import { OrderNews } from './order-news.ts';
import { OrderSending } from './order-sending.ts';
import { standardDeadlineMs } from './outcome.ts';
import { type OrderPurpose, signalKeyOf } from './signal.ts';
import { Waiting } from './waiting.ts';

/** What a new order is for. */
export interface OrderIntent {
  readonly order: ApprovedOrder;
  readonly purpose: OrderPurpose;
  /** Open time of the candle that decided. */
  readonly candleTime: number;
  readonly exitReason: ExitReason | null;
}

/**
 * The one way from a wish to an order at the exchange and back, paper or live: the intent is committed before anything is sent, an
 * order is sent once, an answer that did not come means "unknown", and every execution is booked exactly once.
 */
export class OrderDesk {
  readonly #parts: OrderDeskParts;
  readonly #waiting: Waiting;
  readonly #news: OrderNews;
  readonly #lookup: OrderLookup;
  readonly #sending: OrderSending;
  readonly #canceling: OrderCanceling;

  constructor(parts: OrderDeskParts) {
    this.#parts = parts;
    this.#waiting = new Waiting(parts.deadlineMs ?? standardDeadlineMs, parts.timers);
    this.#news = new OrderNews(parts);
    this.#lookup = new OrderLookup(parts, this.#news, this.#waiting);
    this.#sending = new OrderSending(parts, this.#news, this.#lookup, this.#waiting);
    this.#canceling = new OrderCanceling(parts, this.#news, this.#lookup, this.#waiting);
  }

  /** Writes an order down. Nothing is sent: `send` does that after the commit. */
  async intend({ em, events }: LedgerTransaction, { order, purpose, candleTime, exitReason }: OrderIntent): Promise<Order> {
    const { context, exchange, fencingToken, idKey } = this.#parts;
    const prefix = `${candleTime}:${purpose}:`;
    const attempt = 1 + (await em.count(Order, { bot: context.botId, signalKey: { $like: `${prefix}%` } }));
    const signalKey = signalKeyOf(candleTime, purpose, attempt);
    const id = clientOrderId(idKey, context.botId, signalKey, exchange.clientOrderIdLength);
    const row = writeIntent(em, context, order, { signalKey, attempt, clientOrderId: id, fencingToken, exitReason });
    await em.flush();
    events.push(orderChanged(row, null));
    return row;
  }

  /**
   * Sends an intent: marked as sent and committed first, then handed over once, then the answer is written down.
   * @param decidedAt see `OrderRequest`
   */
  send(orderId: string, decidedAt?: number): Promise<void> {
    return this.#sending.send([[orderId]], decidedAt);
  }

  /** Sends several intents in the same way, each with an answer of its own; they are marked together, and their answers written down together. */
  sendEach(orderIds: readonly string[], decidedAt?: number): Promise<void> {
    return this.#sending.send(
      orderIds.map((orderId) => [orderId]),
      decidedAt,
    );
  }

  /** Sends a stop and its target as one: both have the one answer. */
  sendPair(stopId: string, targetId: string): Promise<void> {
    return this.#sending.send([[stopId, targetId]], undefined);
  }

  /**
   * Something halts the bot and needs it now: an order that waits for its answer is of unknown fate from here on, and looked up later, as after any
   * answer that does not come. What is urgent itself is waited for.
   */
  stopWaiting(): void {
    this.#waiting.giveUp();
  }

  /**
   * Asks the exchange to cancel. A fill can win the race: the order then ends filled, and that is booked as ever.
   * @param isUrgent something halts the bot; see `Exchange.cancel`
   */
  cancel(orderId: string, isUrgent = false): Promise<void> {
    return this.cancelEach([orderId], isUrgent);
  }

  /** As `cancel`, for several at once. */
  cancelEach(orderIds: readonly string[], isUrgent = false): Promise<void> {
    return this.#canceling.cancel(orderIds, isUrgent);
  }

  /** Takes news of the account; see `OrderNews`. */
  take(execution: Execution): Promise<void> {
    return this.#news.take(execution);
  }

  /** Asks what became of an order; see `OrderLookup`. */
  resolve(orderId: string): Promise<void> {
    return this.#lookup.resolve(orderId);
  }

  resolveUnknown(): Promise<void> {
    return this.#lookup.resolveUnknown();
  }

  /** Looks at what is open; see `OrderLookup`. */
  sweep(): Promise<void> {
    return this.#lookup.sweep();
  }

  /** Takes over what an older ledger does not know; see `OrderAdoption`. */
  adopt(decisions: Decisions): Promise<void> {
    return new OrderAdoption(this.#parts, this.#waiting).adopt(decisions);
  }

  missedFills(since: number | undefined): Promise<readonly MissedFill[]> {
    return this.#lookup.missedFills(since);
  }

  recover(): Promise<readonly Order[]> {
    return this.#lookup.recover();
  }
}
