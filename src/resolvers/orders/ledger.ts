import type { ClosedTrade as ClosedTradeRow } from '../../entities/trading/ClosedTrade.ts';
import type { Order as OrderRow } from '../../entities/trading/Order.ts';
import type { Position as PositionRow } from '../../entities/trading/Position.ts';
import type { Trade as TradeRow } from '../../entities/trading/Trade.ts';
import type { LedgerLists } from '../../services/orders/ledger-list.ts';
import type { ClosedTradeView, OrderView, PositionView, TradeView } from '../../services/orders/views.ts';
import { type ClosedTrade, closedTradeOf } from './closed-trade.ts';
import { closedTradeCondition, orderCondition, positionCondition, tradeCondition } from './filters.ts';
import { type ClosedTradeListArgs, type OrderListArgs, type PositionListArgs, sortOf, type TradeListArgs } from './inputs.ts';
import { type Order, orderOf } from './order.ts';
import type { ListRequest } from './pages.ts';
import { type Position, positionOf } from './position.ts';
import { type Trade, tradeOf } from './trade.ts';

/*
 * The arguments of a list as the requests of `pages.ts`; the same for a list of one's own and for the children of a parent. A condition
 * that comes with the parent's field is put beside the client's.
 */

export function ordersAsked(
  lists: LedgerLists,
  { filter, orderBy, ...page }: OrderListArgs,
): ListRequest<OrderRow, OrderView, Order> {
  return {
    list: lists.orders,
    nodeOf: orderOf,
    page,
    where: orderCondition(filter),
    orderBy: sortOf(orderBy, 'CREATED_AT'),
  };
}

export function tradesAsked(
  lists: LedgerLists,
  { filter, orderBy, ...page }: TradeListArgs,
): ListRequest<TradeRow, TradeView, Trade> {
  return {
    list: lists.trades,
    nodeOf: tradeOf,
    page,
    where: tradeCondition(filter),
    orderBy: sortOf(orderBy, 'EXECUTED_AT'),
  };
}

export function positionsAsked(
  lists: LedgerLists,
  { filter, orderBy, ...page }: PositionListArgs,
): ListRequest<PositionRow, PositionView, Position> {
  return {
    list: lists.positions,
    nodeOf: positionOf,
    page,
    where: positionCondition(filter),
    orderBy: sortOf(orderBy, 'OPENED_AT'),
  };
}

export function closedTradesAsked(
  lists: LedgerLists,
  { filter, orderBy, ...page }: ClosedTradeListArgs,
): ListRequest<ClosedTradeRow, ClosedTradeView, ClosedTrade> {
  return {
    list: lists.closedTrades,
    nodeOf: closedTradeOf,
    page,
    where: closedTradeCondition(filter),
    orderBy: sortOf(orderBy, 'CLOSED_AT'),
  };
}
