import { CancelOutcome, Order } from '../../entities/trading/Order.ts';
import { isTerminal, OrderStatus } from '../../trading/order.ts';
import { ExitReason } from '../../trading/position.ts';
import type { ApprovedOrder } from '../../trading/risk.ts';
import type { EntityManager } from '../database/database.ts';
import type { EventDraft } from '../events/event.ts';
import type { Exchange, Execution, OrderReport, OrderRequest } from '../exchanges/port.ts';
import type { Logger } from '../logger.ts';
import { clientOrderId } from './client-order-id.ts';
import { type BookedFill, bookFill, fillEvents } from './fill-ledger.ts';
import type { OrderContext } from './order-context.ts';
import {
  adoptOrder,
  applyReport,
  markAbandoned,
  markAbsent,
  markRejected,
  markSent,
  markUnknown,
  orderChanged,
  requestCancel,
  writeIntent,
} from './order-ledger.ts';
import { outcomeOf, type SubmitOutcome, withDeadline } from './outcome.ts';
import { type OrderPurpose, signalKeyOf } from './signal.ts';

/** One transaction of the ledger: what is written in it, and the events that will be appended last. */
export interface LedgerTransaction {
  readonly em: EntityManager;
  readonly events: EventDraft[];
}

/** Who decides what follows from an order's fate, inside the transaction that writes it. */
export interface OrderListener {
  filled(tx: LedgerTransaction, booked: BookedFill): Promise<void>;
  /** The order will not fill any further, and did not fill wholly. */
  ended(tx: LedgerTransaction, order: Order): Promise<void>;
  /** Whether an intent is still worth sending: the position it belongs to may be gone meanwhile. */
  isWanted(order: Order): boolean;
}

export interface OrderDeskParts {
  readonly context: OrderContext;
  readonly exchange: Exchange;
  readonly listener: OrderListener;
  /** Runs `work` in one transaction under the runner's lease; refuses when the lease is lost. */
  readonly transact: <T>(work: (tx: LedgerTransaction) => Promise<T>) => Promise<T>;
  readonly fencingToken: number;
  /** For client order ids. */
  readonly idKey: Uint8Array;
  readonly logger: Logger;
  /** Our own deadline for each call, in milliseconds. */
  readonly deadlineMs?: number;
}

/** An execution that happened while nobody listened, with its order as the exchange has it now. */
export type MissedFill = Required<Execution>;

/** What a new order is for. */
export interface OrderIntent {
  readonly order: ApprovedOrder;
  readonly purpose: OrderPurpose;
  /** Open time of the candle that decided. */
  readonly candleTime: number;
  readonly exitReason: ExitReason | null;
}

/** An order of unknown fate counts as absent after so many successful, spaced look-ups that did not find it … */
const missesForAbsence = 3;
/** … and not before so long after it was sent: a request that was stuck may still arrive. */
const absenceAfterMs = 15_000;

/**
 * The one way from a wish to an order at the exchange and back, paper or live: the intent is committed before anything is sent, an
 * order is sent once, an answer that did not come means "unknown", and every execution is booked exactly once.
 */
export class OrderDesk {
  readonly #parts: OrderDeskParts;
  readonly #deadlineMs: number;
  /** Some order's fate or canceling may be unknown. */
  #isUnsure = true;

  constructor(parts: OrderDeskParts) {
    this.#parts = parts;
    this.#deadlineMs = parts.deadlineMs ?? 10_000;
  }

  /** Writes an order down. Nothing is sent: `send` does that after the commit. */
  async intend({ em, events }: LedgerTransaction, { order, purpose, candleTime, exitReason }: OrderIntent): Promise<Order> {
    const { context, fencingToken, idKey } = this.#parts;
    const prefix = `${candleTime}:${purpose}:`;
    const attempt = 1 + (await em.count(Order, { bot: context.botId, signalKey: { $like: `${prefix}%` } }));
    const signalKey = signalKeyOf(candleTime, purpose, attempt);
    const id = clientOrderId(idKey, context.botId, signalKey);
    const row = writeIntent(em, context, order, { signalKey, attempt, clientOrderId: id, fencingToken, exitReason });
    await em.flush();
    events.push(orderChanged(row, null));
    return row;
  }

  /**
   * Sends an intent: marked as sent and committed first, then handed over once, then the answer is written down.
   * @param decidedAt see `OrderRequest`
   */
  async send(orderId: string, decidedAt?: number): Promise<void> {
    const request = await this.#parts.transact((tx) => this.#markSent(tx, orderId, decidedAt));
    if (!request) return;
    const outcome = await this.#submit(request);
    await this.#parts.transact((tx) => this.#record(tx, orderId, outcome));
    if (outcome.kind !== 'UNKNOWN') return;
    this.#isUnsure = true;
    await this.resolve(orderId);
  }

  async #markSent(tx: LedgerTransaction, orderId: string, decidedAt: number | undefined): Promise<OrderRequest | undefined> {
    const { exchange, listener } = this.#parts;
    const order = await tx.em.findOneOrFail(Order, { id: orderId });
    if (order.status !== OrderStatus.INTENT) return undefined;
    if (!listener.isWanted(order)) {
      await this.#change(tx, order, () => markAbandoned(order, 'no longer wanted before it was sent'));
      return undefined;
    }
    await this.#change(tx, order, () => markSent(order, new Date(exchange.now())));
    return requestOf(order, decidedAt);
  }

  async #submit(request: OrderRequest): Promise<SubmitOutcome> {
    const { exchange } = this.#parts;
    try {
      const report = await withDeadline(
        exchange.submit(request),
        this.#deadlineMs,
        `order ${request.clientOrderId} at ${exchange.name}`,
      );
      return { kind: 'ACCEPTED', report };
    } catch (error) {
      return outcomeOf(error);
    }
  }

  async #record(tx: LedgerTransaction, orderId: string, outcome: SubmitOutcome): Promise<void> {
    const { logger, context } = this.#parts;
    const order = await tx.em.findOneOrFail(Order, { id: orderId });
    if (outcome.kind !== 'ACCEPTED')
      logger.warn(
        { bot: context.botId, order: orderId, outcome: outcome.kind, reason: outcome.reason },
        'an order was not accepted',
      );
    await this.#change(tx, order, () => {
      if (outcome.kind === 'ACCEPTED') applyReport(order, outcome.report);
      // News of the account may have overtaken the missing answer: then it is not unknown any more.
      else if (order.status === OrderStatus.SENT)
        (outcome.kind === 'REJECTED' ? markRejected : markUnknown)(order, outcome.reason);
    });
  }

  /** Asks the exchange to cancel. A fill can win the race: the order then ends filled, and that is booked as ever. */
  async cancel(orderId: string): Promise<void> {
    const { exchange, transact, logger, context } = this.#parts;
    const order = await transact(async (tx) => {
      const row = await tx.em.findOneOrFail(Order, { id: orderId });
      if (isTerminal(row.status)) return undefined;
      if (row.status === OrderStatus.INTENT) {
        await this.#change(tx, row, () => markAbandoned(row, 'canceled before it was sent'));
        return undefined;
      }
      this.#isUnsure = true;
      requestCancel(row, new Date(exchange.now()));
      await tx.em.flush();
      return row;
    });
    if (!order) return;
    try {
      const what = `canceling order ${order.clientOrderId} at ${exchange.name}`;
      const report = await withDeadline(exchange.cancel(order.symbol, order.clientOrderId), this.#deadlineMs, what);
      // It may have been filled in part before: those executions belong to its end.
      if (await this.#takeReport(report)) await this.resolve(orderId);
    } catch (error) {
      logger.warn({ bot: context.botId, order: orderId, err: error }, 'canceling was not answered; the order is looked up later');
    }
  }

  /** @returns whether the exchange has filled more than is booked */
  #takeReport(report: OrderReport): Promise<boolean> {
    return this.#parts.transact(async (tx) => {
      const order = await this.#ours(tx, report);
      let isMissing = false;
      if (order)
        await this.#change(tx, order, () => {
          isMissing = applyReport(order, report);
        });
      return isMissing;
    });
  }

  /** Takes news of the account. Repeated and late news change nothing. */
  async take({ order: report, fill }: Execution): Promise<void> {
    const { context, listener, transact, logger } = this.#parts;
    await transact(async (tx) => {
      const order = await this.#ours(tx, report);
      if (!order) {
        logger.info(
          { bot: context.botId, clientOrderId: report.clientOrderId },
          'news of an order that is not ours was left alone',
        );
        return;
      }
      const before = order.status;
      const booked = fill && (await bookFill(tx.em, context, order, fill));
      if (booked) {
        tx.events.push(...fillEvents(booked, before));
        await listener.filled(tx, booked);
      }
      await this.#change(tx, order, () => void applyReport(order, report));
    });
  }

  async #ours(tx: LedgerTransaction, report: OrderReport): Promise<Order | null> {
    const { context } = this.#parts;
    const order = await tx.em.findOne(Order, { bot: context.botId, clientOrderId: report.clientOrderId });
    if (order) return order;
    // A paper account is the bot's alone: an order that it did not place is the venue closing its position.
    if (!context.isPaper || !report.reduceOnly) return null;
    const adopted = adoptOrder(tx.em, context, report, ExitReason.LIQUIDATION);
    await tx.em.flush();
    tx.events.push(orderChanged(adopted, null));
    return adopted;
  }

  /** Changes an order, tells it if its status moved, and lets the listener know when that was its end. */
  async #change(tx: LedgerTransaction, order: Order, change: () => void): Promise<void> {
    const before = order.status;
    change();
    await tx.em.flush();
    if (order.status === before) return;
    tx.events.push(orderChanged(order, before));
    if (isTerminal(order.status) && order.status !== OrderStatus.FILLED) await this.#parts.listener.ended(tx, order);
  }

  /**
   * Asks the exchange what became of an order that was sent: adopts what it says, books what it filled. "Not found" is no proof of
   * absence: only several spaced misses, long enough after sending, are.
   */
  async resolve(orderId: string): Promise<void> {
    const { exchange, transact, context, logger } = this.#parts;
    const order = await transact((tx) => tx.em.findOneOrFail(Order, { id: orderId }));
    if (isTerminal(order.status) || order.status === OrderStatus.INTENT) return;
    let report: OrderReport | undefined;
    try {
      const what = `looking up order ${order.clientOrderId} at ${exchange.name}`;
      report = await withDeadline(exchange.order(order.symbol, order.clientOrderId), this.#deadlineMs, what);
      if (report) for (const execution of await this.#fillsOf(order, report)) await this.take(execution);
    } catch (error) {
      logger.warn({ bot: context.botId, order: orderId, err: error }, 'looking up an order failed; it is tried again');
      return;
    }
    if (report) await this.#takeReport(report);
    else await this.#missed(orderId);
  }

  async #fillsOf(order: Order, report: OrderReport): Promise<MissedFill[]> {
    if (!report.filledAmount.gt(order.filledAmount)) return [];
    const since = (order.submittedAt ?? order.createdAt).getTime() - absenceAfterMs;
    const fills = await this.#parts.exchange.fillsSince(order.symbol, since);
    return fills.filter((fill) => fill.clientOrderId === order.clientOrderId).map((fill) => ({ order: report, fill }));
  }

  async #missed(orderId: string): Promise<void> {
    const { exchange, transact } = this.#parts;
    await transact(async (tx) => {
      const order = await tx.em.findOneOrFail(Order, { id: orderId });
      if (order.status === OrderStatus.SENT) await this.#change(tx, order, () => markUnknown(order, 'the answer never came'));
      order.lookupMisses += 1;
      order.lastLookupAt = new Date(exchange.now());
      const age = exchange.now() - (order.submittedAt ?? order.createdAt).getTime();
      await this.#change(tx, order, () => {
        if (order.status === OrderStatus.UNKNOWN && order.lookupMisses >= missesForAbsence && age >= absenceAfterMs)
          markAbsent(
            order,
            `not found in ${order.lookupMisses} look-ups, the last one ${Math.round(age / 1000)} s after sending`,
          );
      });
    });
  }

  /**
   * What happened at the exchange while nobody listened, oldest first: fills that are not booked yet.
   * @throws DomainError EXCHANGE_UNAVAILABLE when the exchange does not answer
   */
  async missedFills(): Promise<readonly MissedFill[]> {
    const { exchange, transact, context } = this.#parts;
    const orders = await transact((tx) => tx.em.find(Order, { bot: context.botId, status: { $in: openStatuses } }));
    const missed: MissedFill[] = [];
    for (const order of orders) {
      if (order.status === OrderStatus.INTENT) continue;
      const report = await exchange.order(order.symbol, order.clientOrderId);
      if (report) missed.push(...(await this.#fillsOf(order, report)));
    }
    return missed.sort((a, b) => a.fill.at - b.fill.at);
  }

  /** Settles what a crash left open: intents that were never sent are given up, everything else is asked for. */
  async recover(): Promise<readonly Order[]> {
    const { transact, context } = this.#parts;
    const open = await transact(async (tx) => {
      const orders = await tx.em.find(
        Order,
        { bot: context.botId, status: { $in: openStatuses } },
        { orderBy: { createdAt: 'asc', id: 'asc' } },
      );
      for (const order of orders)
        if (order.status === OrderStatus.INTENT)
          await this.#change(tx, order, () => markAbandoned(order, 'the program stopped before it was sent'));
      return orders.filter((order) => !isTerminal(order.status));
    });
    for (const order of open) await this.resolve(order.id);
    return transact((tx) =>
      tx.em.find(Order, { bot: context.botId, status: { $in: openStatuses } }, { orderBy: { createdAt: 'asc', id: 'asc' } }),
    );
  }

  /** Orders whose fate is not known, and those whose canceling is not confirmed: they are asked for again. */
  async resolveUnknown(): Promise<void> {
    if (!this.#isUnsure) return;
    const { transact, context } = this.#parts;
    const unsure = [
      { status: { $in: [OrderStatus.SENT, OrderStatus.UNKNOWN] } },
      { status: { $in: openStatuses }, cancelOutcome: CancelOutcome.PENDING },
    ];
    const orders = await transact((tx) => tx.em.find(Order, { bot: context.botId, $or: unsure }));
    // Looked at once more the next time, unless there was nothing to look at.
    this.#isUnsure = orders.length > 0;
    for (const order of orders) await this.resolve(order.id);
  }
}

const openStatuses = Object.values(OrderStatus).filter((status) => !isTerminal(status));

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
    ...(decidedAt !== undefined && { decidedAt }),
  };
}
