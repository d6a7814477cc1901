import { CancelOutcome, Order } from '../../entities/trading/Order.ts';
import { Decimal } from '../../trading/money.ts';
import { canMoveOrder, isTerminal, moveOrder, OrderStatus, TimeInForce } from '../../trading/order.ts';
import type { ExitReason } from '../../trading/position.ts';
import type { ApprovedOrder } from '../../trading/risk.ts';
import { clipped } from '../clip.ts';
import type { EntityManager } from '../database/database.ts';
import type { EventDraft } from '../events/event.ts';
import type { OrderReport } from '../exchanges/port/orders.ts';
import { newId } from '../ids.ts';
import type { OrderContext } from './order-context.ts';
import { orderView } from './views.ts';

/** What names an order within its bot, and what it is for. */
export interface OrderSignal {
  /** Candle time, leg and attempt: the same signal makes an order once. */
  readonly signalKey: string;
  /** Which try at the signal, from 1. */
  readonly attempt: number;
  readonly clientOrderId: string;
  /** Lease token of the runner that writes the intent. */
  readonly fencingToken: number;
  /** Why it closes a position; null for an entry. */
  readonly exitReason: ExitReason | null;
}

/** Of a reason, in characters, as its column has room. */
const longestReason = 2_000;

/* An order's life, written inside the caller's transaction, always along the core's table. */

/** The row before the call: an order that is not written down was never wanted. */
export function writeIntent(em: EntityManager, context: OrderContext, order: ApprovedOrder, signal: OrderSignal): Order {
  const row = em.create(Order, {
    id: newId(),
    user: context.userId,
    bot: context.botId,
    strategy: context.strategyId,
    exchange: context.exchangeId,
    account: context.account,
    symbol: context.symbol,
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce ?? TimeInForce.GTC,
    price: order.price ?? null,
    stopPrice: order.stopPrice ?? null,
    referencePrice: order.price ?? order.stopPrice ?? order.referencePrice,
    amount: order.amount,
    clientOrderId: signal.clientOrderId,
    signalKey: signal.signalKey,
    attempt: signal.attempt,
    fencingToken: signal.fencingToken,
    reduceOnly: order.reduceOnly,
    isPaper: context.isPaper,
    exitReason: signal.exitReason,
  });
  em.persist(row);
  return row;
}

export function orderRow(em: EntityManager, orderId: string): Promise<Order> {
  return em.findOneOrFail(Order, { id: orderId });
}

/** The event of an order's change; made after flushing, so that version and times are those that were stored. */
export function orderChanged(order: Order, previousStatus: OrderStatus | null): EventDraft {
  return {
    userId: order.user.id,
    type: 'ORDER_CHANGED',
    subjects: { botId: order.bot?.id, orderId: order.id },
    payload: { previousStatus, order: orderView(order) },
  };
}

export function markSent(order: Order, at: Date): void {
  order.status = moveOrder(order.status, OrderStatus.SENT);
  order.submittedAt = at;
}

export function markRejected(order: Order, reason: string): void {
  order.status = moveOrder(order.status, OrderStatus.REJECTED);
  order.rejectReason = clipped(reason, longestReason);
}

export function markUnknown(order: Order, reason: string): void {
  order.status = moveOrder(order.status, OrderStatus.UNKNOWN);
  order.rejectReason = clipped(reason, longestReason);
}

/** Positive evidence that it never reached the exchange. */
export function markAbsent(order: Order, reason: string): void {
  order.status = moveOrder(order.status, OrderStatus.ABSENT);
  order.rejectReason = clipped(reason, longestReason);
}

/**
 * The exchange remembers of it only that it ended without an execution, not when. One that was executed in our books is left as it is: that cannot be
 * the same order's end.
 */
export function markArchived(order: Order, reason: string): void {
  if (order.filledAmount.gt(new Decimal(0))) return;
  if (order.status === OrderStatus.SENT) order.status = moveOrder(order.status, OrderStatus.ACCEPTED);
  order.status = moveOrder(order.status, OrderStatus.CANCELED);
  order.cancelOutcome = CancelOutcome.NONE;
  order.rejectReason = clipped(reason, longestReason);
}

/** Given up before it was sent. */
export function markAbandoned(order: Order, reason: string): void {
  order.status = moveOrder(order.status, OrderStatus.ABANDONED);
  order.rejectReason = clipped(reason, longestReason);
}

export function requestCancel(order: Order, at: Date): void {
  order.cancelRequestedAt = at;
  order.cancelOutcome = CancelOutcome.PENDING;
}

/**
 * Takes over what the exchange reports. Fills are not: the filled amount is the sum of the order's trades, so a report that says
 * "filled" moves nothing until its trades are booked. Old and repeated reports change nothing.
 * @returns true when the exchange has filled more than is booked: its trades must be fetched
 */
export function applyReport(order: Order, report: OrderReport): boolean {
  order.exchangeOrderId ??= report.exchangeOrderId;
  const missing = report.filledAmount.gt(order.filledAmount);
  if (isTerminal(order.status)) return missing;
  if (order.acceptedAt === null && report.status !== OrderStatus.REJECTED) order.acceptedAt = new Date(report.updatedAt);
  // The end of an order waits for its last trade, so that terminal rows always agree with the exchange.
  if (isTerminal(report.status) && missing) return true;
  const target = targetStatus(order, report.status);
  // Accepted and ended before the answer came: both steps are taken, in order.
  if (order.status === OrderStatus.SENT && canMoveOrder(OrderStatus.ACCEPTED, target))
    order.status = moveOrder(order.status, OrderStatus.ACCEPTED);
  if (!canMoveOrder(order.status, target)) return missing;
  order.status = target;
  if (target === OrderStatus.CANCELED || target === OrderStatus.EXPIRED) {
    order.canceledAt = new Date(report.updatedAt);
    order.cancelOutcome = CancelOutcome.NONE;
  }
  if (report.reason !== undefined && isTerminal(target)) order.rejectReason = clipped(report.reason, longestReason);
  else if (!isTerminal(target)) order.rejectReason = null;
  return missing;
}

/** A report's status as far as the booked trades bear it out. */
function targetStatus(order: Order, reported: OrderStatus): OrderStatus {
  if (reported !== OrderStatus.FILLED && reported !== OrderStatus.PARTIALLY_FILLED) return reported;
  if (order.filledAmount.gte(order.amount)) return OrderStatus.FILLED;
  return order.filledAmount.gt(new Decimal(0)) ? OrderStatus.PARTIALLY_FILLED : OrderStatus.ACCEPTED;
}

/**
 * Writes down an order that the exchange has and the ledger has not, as accepted; what it has executed is booked afterwards.
 * @param signal what it was made for; none when the exchange made it by itself, such as a liquidation
 */
export function adoptOrder(
  em: EntityManager,
  context: OrderContext,
  report: OrderReport,
  exitReason: ExitReason | null,
  signal: Partial<Pick<OrderSignal, 'signalKey' | 'attempt'>> = {},
): Order {
  const row = em.create(Order, {
    id: newId(),
    user: context.userId,
    bot: context.botId,
    strategy: context.strategyId,
    exchange: context.exchangeId,
    account: context.account,
    symbol: report.symbol,
    side: report.side,
    type: report.type,
    amount: report.amount,
    price: report.price ?? null,
    stopPrice: report.stopPrice ?? null,
    status: OrderStatus.ACCEPTED,
    clientOrderId: report.clientOrderId,
    exchangeOrderId: report.exchangeOrderId,
    reduceOnly: report.reduceOnly,
    isPaper: context.isPaper,
    exitReason,
    ...signal,
    submittedAt: new Date(report.updatedAt),
    acceptedAt: new Date(report.updatedAt),
  });
  em.persist(row);
  return row;
}
