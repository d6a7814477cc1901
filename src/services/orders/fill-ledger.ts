import type { ClosedTrade } from '../../entities/trading/ClosedTrade.ts';
import type { Order } from '../../entities/trading/Order.ts';
import type { Position } from '../../entities/trading/Position.ts';
import { Trade } from '../../entities/trading/Trade.ts';
import { Decimal } from '../../trading/money.ts';
import { canMoveOrder, moveOrder, OrderStatus } from '../../trading/order.ts';
import { positionOf } from '../../trading/position.ts';
import type { EntityManager } from '../database/database.ts';
import type { EventDraft } from '../events/event.ts';
import type { Fill } from '../exchanges/port/orders.ts';
import { newId } from '../ids.ts';
import { ledgerAmount } from './amounts.ts';
import { isRest, leastSold } from './dust.ts';
import { feeInQuote, ledgerFill } from './ledger-fill.ts';
import type { OrderContext } from './order-context.ts';
import { newClosedTrade, newPosition, openPosition, tradesOf, updatePosition } from './position-ledger.ts';
import { type FillResult, followPosition } from './realized.ts';
import { closedTradeView, orderView, positionView, tradeView } from './views.ts';

/** What booking a fill wrote. */
export interface BookedFill {
  readonly order: Order;
  readonly trade: Trade;
  readonly position: Position;
  /** The round trip that it completed, if it did. */
  readonly closedTrade: ClosedTrade | null;
}

const zero = new Decimal(0);

/**
 * Books one execution: trade, order, position and, when the position closes, the closed trade. All inside the caller's transaction.
 * @returns undefined when this execution is booked already: telling it twice changes nothing
 */
export async function bookFill(
  em: EntityManager,
  context: OrderContext,
  order: Order,
  fill: Fill,
): Promise<BookedFill | undefined> {
  const key = {
    exchange: context.exchangeId,
    account: context.account,
    symbol: fill.symbol,
    exchangeTradeId: fill.exchangeTradeId,
  };
  if ((await em.count(Trade, key)) > 0) return undefined;

  const open = await openPosition(em, context);
  const earlier = open === null ? [] : await tradesOf(em, open);
  // Executions may become known out of order; the position follows them in the order in which they happened.
  const later = earlier.findIndex((trade) => trade.executedAt.getTime() > fill.at);
  const place = later < 0 ? earlier.length : later;
  const fills = earlier.map((trade) => ledgerFill(context, trade)).toSpliced(place, 0, ledgerFill(context, fill));
  // What is left while the order has still to be filled, it may sell: it goes on by the step that it was placed with.
  const isComplete = order.filledAmount.add(fill.amount).gte(order.amount);
  const step = leastSold(context);
  const results = followPosition(fills, isComplete && isRest(positionOf(fills), fills, step) ? step : zero);
  const { position: last, dust } = results[results.length - 1];

  const position = open ?? newPosition(em, context, fill);
  updatePosition(position, last, fill);
  position.dust = dust.isZero() ? null : dust;
  const trade = newTrade(em, context, order, position, fill, results[place]);
  const closedTrade = position.isOpen ? null : newClosedTrade(em, context, order.exitReason, position, fills, last);
  updateOrder(order, trade);
  await em.flush();
  return { order, trade, position, closedTrade };
}

/** The events of a booked fill, in their order. */
export function fillEvents(booked: BookedFill, previousStatus: OrderStatus): EventDraft[] {
  const { order, trade, position, closedTrade } = booked;
  const userId = order.user.id;
  const subjects = { botId: order.bot?.id, orderId: order.id, tradeId: trade.id, positionId: position.id };
  return [
    { userId, type: 'ORDER_FILLED', subjects, payload: { previousStatus, trade: tradeView(trade), order: orderView(order) } },
    {
      userId,
      type: closedTrade === null ? 'POSITION_CHANGED' : 'POSITION_CLOSED',
      subjects: { botId: order.bot?.id, positionId: position.id },
      payload: { position: positionView(position), closedTrade: closedTrade === null ? null : closedTradeView(closedTrade) },
    },
  ];
}

function newTrade(
  em: EntityManager,
  context: OrderContext,
  order: Order,
  position: Position,
  fill: Fill,
  result: FillResult,
): Trade {
  const { price, amount, fee, feeCurrency, liquidity, symbol, side, exchangeTradeId } = fill;
  const trade = em.create(Trade, {
    id: newId(),
    user: context.userId,
    bot: context.botId,
    strategy: context.strategyId,
    order,
    position,
    exchange: context.exchangeId,
    account: context.account,
    exchangeTradeId,
    symbol,
    side,
    type: order.type,
    price,
    amount,
    cost: ledgerAmount(price.mul(amount)),
    fee,
    feeCurrency,
    feeInQuote: feeInQuote(context, fill),
    pnl: ledgerAmount(result.pnl),
    realizedPnl: ledgerAmount(result.realizedPnl),
    liquidity,
    isPaper: context.isPaper,
    executedAt: new Date(fill.at),
  });
  em.persist(trade);
  return trade;
}

function updateOrder(order: Order, trade: Trade): void {
  order.filledAmount = order.filledAmount.add(trade.amount);
  order.cost = order.cost.add(trade.cost);
  order.fee = order.fee.add(trade.feeInQuote ?? zero);
  order.averagePrice = ledgerAmount(order.cost.div(order.filledAmount));
  if (order.executedAt === null || trade.executedAt > order.executedAt) order.executedAt = trade.executedAt;
  const target = order.filledAmount.gte(order.amount) ? OrderStatus.FILLED : OrderStatus.PARTIALLY_FILLED;
  // A late fill of an order that has ended is booked, its state stays as it was.
  if (canMoveOrder(order.status, target)) order.status = moveOrder(order.status, target);
}
