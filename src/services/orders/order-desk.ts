import { CancelOutcome, Order } from '../../entities/trading/Order.ts';
import { isTerminal, OrderStatus, OrderType } from '../../trading/order.ts';
import { ExitReason } from '../../trading/position.ts';
import type { ApprovedOrder } from '../../trading/risk.ts';
import { DomainError } from '../errors.ts';
import type { Execution, OrderReport, OrderRequest } from '../exchanges/port.ts';
import { systemTimers } from '../timers.ts';
import { clientOrderId } from './client-order-id.ts';
import { type Decisions, OrderAdoption } from './order-adoption.ts';
import type { LedgerTransaction, OrderDeskParts } from './order-desk-parts.ts';
import {
  applyReport,
  markAbandoned,
  markRejected,
  markSent,
  markUnknown,
  orderChanged,
  requestCancel,
  writeIntent,
} from './order-ledger.ts';
import { type MissedFill, OrderLookup } from './order-lookup.ts';
import { OrderNews } from './order-news.ts';
import { outcomeOf, standardDeadlineMs, type SubmitOutcome } from './outcome.ts';
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
 * An order leaves so soon after it was marked as sent or never, ms; much sooner than it may be taken for absent, so that nobody who has
 * concluded that is contradicted.
 */
const sendWithinMs = 5_000;

/** Orders that go to the exchange as one, and are marked as sent. */
interface MarkedOrders {
  readonly orderIds: readonly string[];
  readonly requests: readonly OrderRequest[];
}

/** Nothing has left: whoever holds the lease may write that down, and nobody else can. */
const tooLate: SubmitOutcome = {
  kind: 'REJECTED',
  reason: `it was not sent: the program stood still for more than ${sendWithinMs / 1000} s before it could be`,
};

/**
 * The one way from a wish to an order at the exchange and back, paper or live: the intent is committed before anything is sent, an
 * order is sent once, an answer that did not come means "unknown", and every execution is booked exactly once.
 */
export class OrderDesk {
  readonly #parts: OrderDeskParts;
  readonly #waiting: Waiting;
  readonly #news: OrderNews;
  readonly #lookup: OrderLookup;

  constructor(parts: OrderDeskParts) {
    this.#parts = parts;
    this.#waiting = new Waiting(parts.deadlineMs ?? standardDeadlineMs, parts.timers);
    this.#news = new OrderNews(parts);
    this.#lookup = new OrderLookup(parts, this.#news, this.#waiting);
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
    return this.#send([[orderId]], decidedAt);
  }

  /** Sends several intents in the same way, each with an answer of its own; they are marked together, and their answers written down together. */
  sendEach(orderIds: readonly string[], decidedAt?: number): Promise<void> {
    return this.#send(
      orderIds.map((orderId) => [orderId]),
      decidedAt,
    );
  }

  /** Sends a stop and its target as one: both have the one answer. */
  sendPair(stopId: string, targetId: string): Promise<void> {
    return this.#send([[stopId, targetId]], undefined);
  }

  /** @param groups what goes to the exchange as one each */
  async #send(groups: readonly (readonly string[])[], decidedAt: number | undefined): Promise<void> {
    const timers = this.#parts.timers ?? systemTimers;
    const startedAt = timers.elapsed();
    const marked = await this.#parts.transact(async (tx) => {
      const wanted: MarkedOrders[] = [];
      for (const orderIds of groups) {
        const requests = await this.#markSent(tx, orderIds, decidedAt);
        if (requests) wanted.push({ orderIds, requests });
      }
      return wanted;
    });
    if (marked.length === 0) return;
    // Nothing may be awaited between this look and sending: a process that stood still must not act on what it knew before.
    const leftMs = sendWithinMs - (timers.elapsed() - startedAt);
    const sending = marked.map(({ requests }) =>
      leftMs < 0 ? Promise.resolve(tooLate) : this.#submit(requests.map((request) => ({ ...request, sendWithinMs: leftMs }))),
    );
    const outcomes = await Promise.all(sending);
    await this.#parts.transact(async (tx) => {
      for (const [place, { orderIds }] of marked.entries())
        for (const [index, orderId] of orderIds.entries()) await this.#record(tx, orderId, outcomes[place], index);
      await this.#news.takeWaiting(tx);
    });
    for (const [place, outcome] of outcomes.entries()) {
      if (outcome.kind !== 'UNKNOWN') continue;
      this.#lookup.beUnsure();
      // What overtook it shall not wait for look-ups either.
      if (!outcome.isOvertaken) for (const orderId of marked[place].orderIds) await this.resolve(orderId);
    }
  }

  /**
   * Something halts the bot and needs it now: an order that waits for its answer is of unknown fate from here on, and looked up later, as after any
   * answer that does not come. What is urgent itself is waited for.
   */
  stopWaiting(): void {
    this.#waiting.giveUp();
  }

  /** @returns what to send; undefined when one of the orders is not wanted any more: then none is sent */
  async #markSent(
    tx: LedgerTransaction,
    orderIds: readonly string[],
    decidedAt: number | undefined,
  ): Promise<OrderRequest[] | undefined> {
    const { exchange, listener } = this.#parts;
    const orders: Order[] = [];
    for (const orderId of orderIds) orders.push(await rowOf(tx, orderId));
    const isWanted = await Promise.all(
      orders.map(async (order) => order.status === OrderStatus.INTENT && (await listener.isWanted(tx, order))),
    );
    if (!isWanted.every(Boolean)) {
      for (const order of orders)
        if (order.status === OrderStatus.INTENT)
          await this.#news.change(tx, order, () => markAbandoned(order, 'no longer wanted before it was sent'));
      return undefined;
    }
    for (const order of orders) await this.#news.change(tx, order, () => markSent(order, new Date(exchange.now())));
    return orders.map((order) => requestOf(order, decidedAt));
  }

  async #submit([first, second]: readonly OrderRequest[]): Promise<SubmitOutcome> {
    const { exchange } = this.#parts;
    const what = `order ${first.clientOrderId} at ${exchange.name}`;
    try {
      const answer = second === undefined ? this.#alone(first) : this.#pair(first, second);
      return { kind: 'ACCEPTED', reports: await this.#waiting.inTime(answer, what, first.isUrgent) };
    } catch (error) {
      return outcomeOf(error);
    }
  }

  async #alone(request: OrderRequest): Promise<readonly OrderReport[]> {
    return [await this.#parts.exchange.submit(request)];
  }

  async #pair(stop: OrderRequest, target: OrderRequest): Promise<readonly OrderReport[]> {
    const { exchange } = this.#parts;
    if (!exchange.submitPair)
      throw new DomainError('EXCHANGE_REJECTED', `${exchange.name} takes no pairs of a stop and a target`);
    return exchange.submitPair({ stop, target });
  }

  /** @param index the order's place among those that were sent as one */
  async #record(tx: LedgerTransaction, orderId: string, outcome: SubmitOutcome, index: number): Promise<void> {
    const { logger, context } = this.#parts;
    const order = await rowOf(tx, orderId);
    if (outcome.kind !== 'ACCEPTED')
      logger.warn(
        { bot: context.botId, order: orderId, outcome: outcome.kind, reason: outcome.reason },
        'an order was not accepted',
      );
    await this.#news.change(tx, order, () => {
      if (outcome.kind === 'ACCEPTED') applyReport(order, outcome.reports[index]);
      // News of the account may have overtaken the missing answer: then it is not unknown any more.
      else if (order.status === OrderStatus.SENT)
        (outcome.kind === 'REJECTED' ? markRejected : markUnknown)(order, outcome.reason);
    });
  }

  /**
   * Asks the exchange to cancel. A fill can win the race: the order then ends filled, and that is booked as ever.
   * @param isUrgent something halts the bot; see `Exchange.cancel`
   */
  cancel(orderId: string, isUrgent = false): Promise<void> {
    return this.cancelEach([orderId], isUrgent);
  }

  /** Asks the exchange to cancel several orders, each with an answer of its own; what is written down of them is written together. */
  async cancelEach(orderIds: readonly string[], isUrgent = false): Promise<void> {
    const { exchange, transact } = this.#parts;
    const orders = await transact(async (tx) => {
      const wanted: Order[] = [];
      for (const orderId of orderIds) if (await this.#requestCancel(tx, orderId)) wanted.push(await rowOf(tx, orderId));
      return wanted;
    });
    if (orders.length === 0) return;
    const answers = await Promise.allSettled(
      orders.map(({ symbol, clientOrderId: id }) =>
        this.#waiting.inTime(exchange.cancel(symbol, id, isUrgent), `canceling order ${id} at ${exchange.name}`, isUrgent),
      ),
    );
    const missing = await transact(async (tx) => {
      const found: string[] = [];
      for (const [index, { id }] of orders.entries()) {
        const answer = answers[index];
        if (answer.status === 'rejected') await this.#cancelFailed(tx, id, answer.reason);
        else if (await this.#news.takeReportIn(tx, answer.value)) found.push(id);
      }
      await this.#news.takeWaiting(tx);
      return found;
    });
    // They may have been filled in part before: those executions belong to their end.
    for (const orderId of missing) await this.resolve(orderId);
  }

  /** @returns whether the exchange is to be asked */
  async #requestCancel(tx: LedgerTransaction, orderId: string): Promise<boolean> {
    const row = await rowOf(tx, orderId);
    if (isTerminal(row.status)) return false;
    if (row.status === OrderStatus.INTENT) {
      await this.#news.change(tx, row, () => markAbandoned(row, 'canceled before it was sent'));
      return false;
    }
    this.#lookup.beUnsure();
    requestCancel(row, new Date(this.#parts.exchange.now()));
    await tx.em.flush();
    return true;
  }

  /** A refusal is an answer, everything else says nothing: the order is looked up later. */
  async #cancelFailed(tx: LedgerTransaction, orderId: string, error: unknown): Promise<void> {
    const { logger, context } = this.#parts;
    const isRefused = error instanceof DomainError && error.code === 'EXCHANGE_REJECTED';
    logger.warn({ bot: context.botId, order: orderId, err: error }, `canceling was ${isRefused ? 'refused' : 'not answered'}`);
    const order = await rowOf(tx, orderId);
    if (!isTerminal(order.status)) order.cancelOutcome = isRefused ? CancelOutcome.REFUSED : CancelOutcome.UNKNOWN;
    await tx.em.flush();
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

function rowOf({ em }: LedgerTransaction, orderId: string): Promise<Order> {
  return em.findOneOrFail(Order, { id: orderId });
}

function requestOf(order: Order, decidedAt: number | undefined): OrderRequest {
  return {
    clientOrderId: order.clientOrderId,
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    amount: order.amount,
    ...(order.price !== null && { price: order.price }),
    ...(order.stopPrice !== null && { stopPrice: order.stopPrice }),
    timeInForce: order.timeInForce,
    reduceOnly: order.reduceOnly,
    ...(isUrgent(order) && { isUrgent: true }),
    ...(decidedAt !== undefined && { decidedAt }),
  };
}

/** A way out at once, because a kill switch or a limit halts the bot. */
function isUrgent({ type, reduceOnly, exitReason }: Order): boolean {
  return reduceOnly && type === OrderType.MARKET && exitReason === ExitReason.RISK_LIMIT;
}
