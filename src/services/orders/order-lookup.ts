import { CancelOutcome, Order, openOrderStatuses } from '../../entities/trading/Order.ts';
import { Trade } from '../../entities/trading/Trade.ts';
import { OrderStatus } from '../../trading/order.ts';
import type { EntityManager } from '../database/database.ts';
import { DomainError } from '../errors.ts';
import type { Execution, Fill, OrderReport } from '../exchanges/port/orders.ts';
import type { OrderContext } from './order-context.ts';
import type { OrderDeskParts } from './order-desk-parts.ts';
import { markAbandoned, markAbsent, markArchived, markUnknown, orderRow } from './order-ledger.ts';
import type { OrderNews } from './order-news.ts';
import type { Waiting } from './waiting.ts';

/** An execution that happened while nobody listened, with its order as the exchange has it now. */
export type MissedFill = Required<Execution>;

/** An order of unknown fate counts as absent after so many successful, spaced look-ups that did not find it … */
const missesForAbsence = 3;
/** Fills become known a little after they happen. */
const overlapMs = 120_000;
/** … and not before so long after it was sent: a request that was stuck may still arrive. */
const absenceAfterMs = 15_000;

/** Whether nobody knows what became of an order. */
export function isUnknown({ status }: Pick<Order, 'status'>): boolean {
  return status === OrderStatus.UNKNOWN || status === OrderStatus.SENT;
}

/** Whether a report tells nothing that the row of its order does not say. */
function saysNothing(order: Order, { status, filledAmount }: OrderReport): boolean {
  const isAccepted = order.acceptedAt !== null && order.exchangeOrderId !== null;
  const isPlain = order.rejectReason === null && order.cancelOutcome === CancelOutcome.NONE;
  return isAccepted && isPlain && status === order.status && filledAmount.eq(order.filledAmount);
}

/** Whether the exchange knows of an order only that it ended without an execution, long ago. */
function isArchived(error: unknown): error is DomainError {
  return error instanceof DomainError && error.details['kind'] === 'ARCHIVED';
}

const oldestFirst = { orderBy: { createdAt: 'asc', id: 'asc' } } as const;

/** Those fills of our orders that no trade stands for yet. */
async function unbooked(
  em: EntityManager,
  { exchangeId, account, botId }: OrderContext,
  fills: readonly Fill[],
): Promise<Fill[]> {
  if (fills.length === 0) return [];
  const ours = await em.find(Order, {
    bot: botId,
    clientOrderId: { $in: [...new Set(fills.map((fill) => fill.clientOrderId))] },
  });
  const ids = new Set(ours.map(({ clientOrderId }) => clientOrderId));
  const trades = await em.find(Trade, {
    exchange: exchangeId,
    account,
    exchangeTradeId: { $in: fills.map(({ exchangeTradeId }) => exchangeTradeId) },
  });
  const booked = new Set(trades.map(({ symbol, exchangeTradeId }) => `${symbol} ${exchangeTradeId}`));
  return fills.filter(
    ({ clientOrderId, symbol, exchangeTradeId }) => ids.has(clientOrderId) && !booked.has(`${symbol} ${exchangeTradeId}`),
  );
}

/** Asks the exchange what became of orders: those whose answer never came, and all that were open when a process died. */
export class OrderLookup {
  readonly #parts: OrderDeskParts;
  readonly #news: OrderNews;
  readonly #waiting: Waiting;
  /** The exchange's time up to which fills were looked at; what happened shortly before is looked at again. */
  #sweptUntil: number;
  /** Some order's fate or canceling may be unknown. */
  #isUnsure = true;

  constructor(parts: OrderDeskParts, news: OrderNews, waiting: Waiting) {
    this.#parts = parts;
    this.#news = news;
    this.#waiting = waiting;
    this.#sweptUntil = parts.exchange.now();
  }

  /** Something is to be asked for until it is known. */
  beUnsure(): void {
    this.#isUnsure = true;
  }

  /**
   * Asks the exchange what became of an order that was sent: adopts what it says, books what it filled. "Not found" is no proof of
   * absence: only several spaced misses, long enough after sending, are, unless whoever sent it is known to be barred.
   */
  async resolve(orderId: string): Promise<void> {
    const { exchange, openOrders, context, logger } = this.#parts;
    const order = (await openOrders()).find(({ id }) => id === orderId);
    if (!order || order.status === OrderStatus.INTENT) return;
    let report: OrderReport | undefined;
    let fills: readonly MissedFill[] = [];
    try {
      const what = `looking up order ${order.clientOrderId} at ${exchange.name}`;
      report = await this.#waiting.inTime(exchange.order(order.symbol, order.clientOrderId), what);
      if (report) fills = await this.#fillsOf(order, report);
    } catch (error) {
      if (isArchived(error)) return this.#archived(orderId, error.message);
      logger.warn({ bot: context.botId, order: orderId, err: error }, 'looking up an order failed; it is tried again');
      return;
    }
    for (const fill of fills) await this.#news.take(fill);
    if (!report) await this.#missed(orderId);
    else if (fills.length > 0 || !saysNothing(order, report)) await this.#news.takeReport(report);
  }

  #archived(orderId: string, reason: string): Promise<void> {
    return this.#parts.transact(async (tx) => {
      const order = await orderRow(tx.em, orderId);
      await this.#news.change(tx, order, () => markArchived(order, reason));
    });
  }

  async #fillsOf(order: Order, report: OrderReport): Promise<MissedFill[]> {
    if (!report.filledAmount.gt(order.filledAmount)) return [];
    const { exchange } = this.#parts;
    const since = (order.submittedAt ?? order.createdAt).getTime() - absenceAfterMs;
    const what = `the fills of order ${order.clientOrderId} at ${exchange.name}`;
    const fills = await this.#waiting.inTime(exchange.fillsSince(order.symbol, since), what);
    return fills.filter((fill) => fill.clientOrderId === order.clientOrderId).map((fill) => ({ order: report, fill }));
  }

  async #missed(orderId: string): Promise<void> {
    const { exchange, transact, fencingToken } = this.#parts;
    await transact(async (tx) => {
      const order = await orderRow(tx.em, orderId);
      if (order.status === OrderStatus.SENT)
        await this.#news.change(tx, order, () => markUnknown(order, 'the answer never came'));
      order.lookupMisses += 1;
      order.lastLookupAt = new Date(exchange.now());
      const age = exchange.now() - (order.submittedAt ?? order.createdAt).getTime();
      const isBarred = exchange.refusesPredecessors === true && (order.fencingToken ?? fencingToken) < fencingToken;
      await this.#news.change(tx, order, () => {
        if (order.status !== OrderStatus.UNKNOWN) return;
        if (isBarred) markAbsent(order, 'not found, and the process that sent it can send nothing more');
        else if (order.lookupMisses >= missesForAbsence && age >= absenceAfterMs)
          markAbsent(
            order,
            `not found in ${order.lookupMisses} look-ups, the last one ${Math.round(age / 1000)} s after sending`,
          );
      });
    });
  }

  /** Orders whose fate is not known, and those whose canceling is not confirmed: they are asked for again. */
  async resolveUnknown(): Promise<void> {
    if (!this.#isUnsure) return;
    const { openOrders } = this.#parts;
    const isUnsure = ({ cancelOutcome }: Order): boolean =>
      cancelOutcome === CancelOutcome.PENDING || cancelOutcome === CancelOutcome.UNKNOWN;
    const orders = (await openOrders()).filter((order) => isUnknown(order) || isUnsure(order));
    // Looked at once more the next time, unless there was nothing to look at.
    this.#isUnsure = orders.length > 0;
    for (const order of orders) await this.resolve(order.id);
  }

  /**
   * Looks at everything that is open, and at what was filled lately, in case news of it was lost: a stream that is well now may have
   * been cut a while ago. A failure is no matter, the next sweep comes.
   */
  async sweep(): Promise<void> {
    const { exchange, openOrders, context, logger } = this.#parts;
    const startedAt = exchange.now();
    const orders = await openOrders();
    try {
      const what = `the open orders at ${exchange.name}`;
      const there = new Map(
        (await this.#waiting.inTime(exchange.openOrders(context.symbol), what)).map((report) => [report.clientOrderId, report]),
      );
      for (const order of orders) {
        const report = there.get(order.clientOrderId);
        const isKnown = report !== undefined && order.acceptedAt !== null && report.filledAmount.eq(order.filledAmount);
        if (!isKnown && order.status !== OrderStatus.INTENT) await this.resolve(order.id);
      }
      for (const missed of await this.#unbookedSince(this.#sweptUntil - overlapMs)) await this.#news.take(missed);
      this.#sweptUntil = startedAt;
    } catch (error) {
      logger.warn({ bot: context.botId, err: error }, 'looking at open orders failed; it is tried again');
    }
  }

  /** Executions of orders that count as ended, too: some venues tell them late. */
  async #unbookedSince(since: number): Promise<MissedFill[]> {
    const { exchange, read, context } = this.#parts;
    const fills = await this.#waiting.inTime(
      exchange.fillsSince(context.symbol, since),
      `the fills in ${context.symbol} at ${exchange.name}`,
    );
    const missed = await read((em) => unbooked(em, context, fills));
    const found: MissedFill[] = [];
    for (const fill of missed) {
      const what = `looking up order ${fill.clientOrderId} at ${exchange.name}`;
      const order = await this.#waiting.inTime(exchange.order(fill.symbol, fill.clientOrderId), what);
      if (order) found.push({ order, fill });
    }
    return found;
  }

  /**
   * What happened at the exchange while nobody listened, oldest first: fills that are not booked yet.
   * @param since of orders that have ended, too, what was filled since this moment of the exchange (ms UTC)
   * @throws DomainError EXCHANGE_UNAVAILABLE, DeadlineError when the exchange does not answer
   */
  async missedFills(since: number | undefined): Promise<readonly MissedFill[]> {
    const { exchange, openOrders } = this.#parts;
    const missed: MissedFill[] = [];
    for (const order of await openOrders()) {
      if (order.status === OrderStatus.INTENT) continue;
      const what = `looking up order ${order.clientOrderId} at ${exchange.name}`;
      const report = await this.#waiting
        .inTime(exchange.order(order.symbol, order.clientOrderId), what)
        .catch((error: unknown) => (isArchived(error) ? undefined : Promise.reject(error)));
      if (report) missed.push(...(await this.#fillsOf(order, report)));
    }
    const known = new Set(missed.map(({ fill }) => fill.exchangeTradeId));
    const late = since === undefined ? [] : await this.#unbookedSince(since);
    missed.push(...late.filter(({ fill }) => !known.has(fill.exchangeTradeId)));
    return missed.sort((a, b) => a.fill.at - b.fill.at);
  }

  /**
   * Settles what a crash left open: intents that were never sent are given up, everything else is asked for.
   * @returns the orders that are still open, oldest first
   */
  async recover(): Promise<readonly Order[]> {
    const found = await this.#parts.openOrders();
    if (found.some(({ status }) => status === OrderStatus.INTENT)) await this.#abandonIntents();
    for (const { id, status } of found) if (status !== OrderStatus.INTENT) await this.resolve(id);
    const left = await this.#parts.openOrders();
    const isLeft = (order: Order): boolean => !isUnknown(order) && order.cancelOutcome !== CancelOutcome.NONE;
    if (!left.some(isLeft)) return left;
    return this.#parts.transact(async ({ em }) => {
      const orders = await em.find(Order, this.#whereOpen, oldestFirst);
      // Still open there: the request to cancel was never sent, and whoever wanted it is gone.
      for (const order of orders) if (isLeft(order)) order.cancelOutcome = CancelOutcome.NONE;
      return orders;
    });
  }

  get #whereOpen() {
    return { bot: this.#parts.context.botId, status: { $in: openOrderStatuses } };
  }

  #abandonIntents(): Promise<void> {
    return this.#parts.transact(async (tx) => {
      for (const order of await tx.em.find(Order, { ...this.#whereOpen, status: OrderStatus.INTENT }, oldestFirst))
        await this.#news.change(tx, order, () => markAbandoned(order, 'the program stopped before it was sent'));
    });
  }
}
