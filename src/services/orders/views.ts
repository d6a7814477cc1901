import type { ClosedTrade } from '../../entities/trading/ClosedTrade.ts';
import type { CancelOutcome, Order } from '../../entities/trading/Order.ts';
import type { Position } from '../../entities/trading/Position.ts';
import type { Trade } from '../../entities/trading/Trade.ts';
import type { OrderSide, OrderStatus, OrderType, TimeInForce, Liquidity } from '../../trading/order.ts';
import type { ExitReason, MarketType, PositionSide } from '../../trading/position.ts';
import { amountText, timeText } from './amounts.ts';

/*
 * The ledger's objects as everybody outside sees them: plain, decimals as canonical text. They are the payload of events and what queries
 * answer, so that a pushed object and a queried one are the same.
 */

/** RFC 3339 text in an event's payload, a date in a row that was just read. */
export type Time = string | Date;

export interface OrderView {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Time;
  readonly updatedAt: Time;
  readonly botId: string | null;
  readonly strategyId: string | null;
  readonly exchangeId: string;
  readonly symbol: string;
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly price: string | null;
  readonly stopPrice: string | null;
  readonly amount: string;
  readonly filledAmount: string;
  readonly remainingAmount: string;
  readonly averagePrice: string | null;
  readonly cost: string;
  readonly fee: string;
  readonly status: OrderStatus;
  readonly clientOrderId: string;
  readonly exchangeOrderId: string | null;
  readonly reduceOnly: boolean;
  readonly isPaper: boolean;
  readonly exitReason: ExitReason | null;
  readonly rejectReason: string | null;
  readonly submittedAt: Time | null;
  readonly acceptedAt: Time | null;
  readonly executedAt: Time | null;
  readonly cancelRequestedAt: Time | null;
  readonly cancelOutcome: CancelOutcome;
  readonly canceledAt: Time | null;
}

export interface TradeView {
  readonly id: string;
  readonly createdAt: Time;
  readonly botId: string | null;
  readonly strategyId: string | null;
  readonly orderId: string;
  readonly positionId: string | null;
  readonly exchangeId: string;
  readonly exchangeTradeId: string;
  readonly symbol: string;
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly price: string;
  readonly amount: string;
  readonly cost: string;
  readonly fee: string;
  readonly feeCurrency: string;
  readonly feeInQuote: string | null;
  readonly pnl: string;
  readonly realizedPnl: string;
  readonly liquidity: Liquidity;
  readonly isPaper: boolean;
  readonly executedAt: Time;
}

export interface PositionView {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Time;
  readonly updatedAt: Time;
  readonly botId: string | null;
  readonly exchangeId: string;
  readonly symbol: string;
  readonly marketType: MarketType;
  readonly side: PositionSide;
  readonly quantity: string;
  readonly entryPrice: string;
  readonly currentPrice: string;
  readonly unrealizedPnl: string;
  readonly realizedPnl: string;
  readonly funding: string;
  readonly dust: string | null;
  readonly leverage: string;
  readonly liquidationPrice: string | null;
  readonly isOpen: boolean;
  readonly openedAt: Time;
  readonly closedAt: Time | null;
}

export interface ClosedTradeView {
  readonly id: string;
  readonly createdAt: Time;
  readonly botId: string | null;
  readonly positionId: string | null;
  readonly strategyName: string;
  readonly exchangeId: string;
  readonly symbol: string;
  readonly side: PositionSide;
  readonly quantity: string;
  readonly entryPrice: string;
  readonly exitPrice: string;
  readonly fees: string;
  readonly funding: string;
  readonly pnl: string;
  readonly pnlPercent: string;
  readonly leverage: string;
  readonly exitReason: ExitReason;
  readonly isPaper: boolean;
  readonly openedAt: Time;
  readonly closedAt: Time;
}

const text = (value: Parameters<typeof amountText>[0]): string => amountText(value) ?? '0';

export function orderView(order: Order): OrderView {
  return {
    id: order.id,
    version: order.version,
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
    botId: order.bot?.id ?? null,
    strategyId: order.strategy?.id ?? null,
    exchangeId: order.exchange.id,
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce,
    price: amountText(order.price),
    stopPrice: amountText(order.stopPrice),
    amount: text(order.amount),
    filledAmount: text(order.filledAmount),
    remainingAmount: text(order.amount.sub(order.filledAmount)),
    averagePrice: amountText(order.averagePrice),
    cost: text(order.cost),
    fee: text(order.fee),
    status: order.status,
    clientOrderId: order.clientOrderId,
    exchangeOrderId: order.exchangeOrderId,
    reduceOnly: order.reduceOnly,
    isPaper: order.isPaper,
    exitReason: order.exitReason,
    rejectReason: order.rejectReason,
    submittedAt: timeText(order.submittedAt),
    acceptedAt: timeText(order.acceptedAt),
    executedAt: timeText(order.executedAt),
    cancelRequestedAt: timeText(order.cancelRequestedAt),
    cancelOutcome: order.cancelOutcome,
    canceledAt: timeText(order.canceledAt),
  };
}

export function tradeView(trade: Trade): TradeView {
  return {
    id: trade.id,
    createdAt: trade.createdAt.toISOString(),
    botId: trade.bot?.id ?? null,
    strategyId: trade.strategy?.id ?? null,
    orderId: trade.order.id,
    positionId: trade.position?.id ?? null,
    exchangeId: trade.exchange.id,
    exchangeTradeId: trade.exchangeTradeId,
    symbol: trade.symbol,
    side: trade.side,
    type: trade.type,
    price: text(trade.price),
    amount: text(trade.amount),
    cost: text(trade.cost),
    fee: text(trade.fee),
    feeCurrency: trade.feeCurrency,
    feeInQuote: amountText(trade.feeInQuote),
    pnl: text(trade.pnl),
    realizedPnl: text(trade.realizedPnl),
    liquidity: trade.liquidity,
    isPaper: trade.isPaper,
    executedAt: trade.executedAt.toISOString(),
  };
}

export function positionView(position: Position): PositionView {
  return {
    id: position.id,
    version: position.version,
    createdAt: position.createdAt.toISOString(),
    updatedAt: position.updatedAt.toISOString(),
    botId: position.bot?.id ?? null,
    exchangeId: position.exchange.id,
    symbol: position.symbol,
    marketType: position.marketType,
    side: position.side,
    quantity: text(position.quantity),
    entryPrice: text(position.entryPrice),
    currentPrice: text(position.currentPrice),
    unrealizedPnl: text(position.unrealizedPnl),
    realizedPnl: text(position.realizedPnl),
    funding: text(position.funding),
    dust: amountText(position.dust),
    leverage: text(position.leverage),
    liquidationPrice: amountText(position.liquidationPrice),
    isOpen: position.isOpen,
    openedAt: position.openedAt.toISOString(),
    closedAt: timeText(position.closedAt),
  };
}

export function closedTradeView(trade: ClosedTrade): ClosedTradeView {
  return {
    id: trade.id,
    createdAt: trade.createdAt.toISOString(),
    botId: trade.bot?.id ?? null,
    positionId: trade.position?.id ?? null,
    strategyName: trade.strategyName,
    exchangeId: trade.exchange.id,
    symbol: trade.symbol,
    side: trade.side,
    quantity: text(trade.quantity),
    entryPrice: text(trade.entryPrice),
    exitPrice: text(trade.exitPrice),
    fees: text(trade.fees),
    funding: text(trade.funding),
    pnl: text(trade.pnl),
    pnlPercent: text(trade.pnlPercent),
    leverage: text(trade.leverage),
    exitReason: trade.exitReason,
    isPaper: trade.isPaper,
    openedAt: trade.openedAt.toISOString(),
    closedAt: trade.closedAt.toISOString(),
  };
}
