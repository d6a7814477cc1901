import type { Order } from '../../entities/trading/Order.ts';
import { OrderStatus, OrderType } from '../../trading/order.ts';
import { ExitReason } from '../../trading/position.ts';
import { DomainError } from '../errors.ts';
import type { OrderReport, OrderRequest } from '../exchanges/port/orders.ts';
import { systemTimers } from '../timers.ts';
import type { LedgerTransaction, OrderDeskParts } from './order-desk-parts.ts';
import { applyReport, markAbandoned, markRejected, markSent, markUnknown, orderRow } from './order-ledger.ts';
import type { OrderLookup } from './order-lookup.ts';
import type { OrderNews } from './order-news.ts';
import { outcomeOf, type SubmitOutcome } from './outcome.ts';
import type { Waiting } from './waiting.ts';

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

/** Hands intents to the exchange, each once, and writes down what it answered; an answer that did not come means "unknown". */
export class OrderSending {
  readonly #parts: OrderDeskParts;
  readonly #waiting: Waiting;
  readonly #news: OrderNews;
  readonly #lookup: OrderLookup;

  constructor(parts: OrderDeskParts, news: OrderNews, lookup: OrderLookup, waiting: Waiting) {
    this.#parts = parts;
    this.#news = news;
    this.#lookup = lookup;
    this.#waiting = waiting;
  }

  /**
   * Sends intents: marked as sent and committed first, then handed over once, then the answers are written down.
   * @param groups what goes to the exchange as one each
   * @param decidedAt see `OrderRequest`
   */
  async send(groups: readonly (readonly string[])[], decidedAt: number | undefined): Promise<void> {
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
      if (!outcome.isOvertaken) for (const orderId of marked[place].orderIds) await this.#lookup.resolve(orderId);
    }
  }

  /** @returns what to send; undefined when one of the orders is not wanted any more: then none is sent */
  async #markSent(
    tx: LedgerTransaction,
    orderIds: readonly string[],
    decidedAt: number | undefined,
  ): Promise<OrderRequest[] | undefined> {
    const { exchange, listener } = this.#parts;
    const orders: Order[] = [];
    for (const orderId of orderIds) orders.push(await orderRow(tx.em, orderId));
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
    const order = await orderRow(tx.em, orderId);
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
