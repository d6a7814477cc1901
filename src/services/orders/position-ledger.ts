import { ClosedTrade } from '../../entities/trading/ClosedTrade.ts';
import { Position } from '../../entities/trading/Position.ts';
import { Trade } from '../../entities/trading/Trade.ts';
import { Decimal } from '../../trading/money.ts';
import { OrderSide } from '../../trading/order.ts';
import {
  entryPrice,
  ExitReason,
  type LedgerFill,
  type Position as HeldPosition,
  PositionSide,
  realizedPnl,
  unrealizedPnl,
} from '../../trading/position.ts';
import type { EntityManager } from '../database/database.ts';
import type { Fill } from '../exchanges/port/orders.ts';
import { newId } from '../ids.ts';
import { ledgerAmount } from './amounts.ts';
import type { OrderContext } from './order-context.ts';

/* The row of a position and that of the round trip which it completes, as its executions make them. */

const zero = new Decimal(0);
const hundred = new Decimal(100);

export function openPosition(em: EntityManager, { botId, symbol }: OrderContext): Promise<Position | null> {
  return em.findOne(Position, { bot: botId, symbol, isOpen: true });
}

export function tradesOf(em: EntityManager, position: Position): Promise<Trade[]> {
  return em.find(Trade, { position }, { orderBy: { executedAt: 'asc', id: 'asc' } });
}

export function newPosition(em: EntityManager, context: OrderContext, fill: Fill): Position {
  const position = em.create(Position, {
    id: newId(),
    user: context.userId,
    bot: context.botId,
    exchange: context.exchangeId,
    symbol: fill.symbol,
    marketType: context.marketType,
    side: fill.side === OrderSide.BUY ? PositionSide.LONG : PositionSide.SHORT,
    quantity: zero,
    entryPrice: fill.price,
    currentPrice: fill.price,
    leverage: context.leverage,
    openedAt: new Date(fill.at),
  });
  em.persist(position);
  return position;
}

export function updatePosition(row: Position, position: HeldPosition, fill: Pick<Fill, 'price' | 'at'>): void {
  if (position.side !== null) row.side = position.side;
  row.quantity = ledgerAmount(position.quantity);
  row.entryPrice = ledgerAmount(entryPrice(position) ?? row.entryPrice);
  row.currentPrice = fill.price;
  row.unrealizedPnl = ledgerAmount(unrealizedPnl(position, fill.price));
  row.realizedPnl = ledgerAmount(realizedPnl(position).sub(row.funding));
  if (fill.at < row.openedAt.getTime()) row.openedAt = new Date(fill.at);
  if (position.side !== null) return;
  row.isOpen = false;
  row.closedAt = new Date(Math.max(fill.at, row.openedAt.getTime()));
}

export function newClosedTrade(
  em: EntityManager,
  context: OrderContext,
  exitReason: ExitReason | null,
  position: Position,
  fills: readonly LedgerFill[],
  last: HeldPosition,
): ClosedTrade {
  const entrySide = fills[0].side;
  const value = (side: (fill: LedgerFill) => boolean): { quantity: Decimal; cost: Decimal } =>
    fills.filter(side).reduce(
      (sum, { quantity, price, baseFee }) => {
        const arrived = quantity.sub(baseFee ?? zero);
        return { quantity: sum.quantity.add(arrived), cost: sum.cost.add(arrived.mul(price)) };
      },
      { quantity: zero, cost: zero },
    );
  const entry = value(({ side }) => side === entrySide);
  const exit = value(({ side }) => side !== entrySide);
  const pnl = realizedPnl(last).sub(position.funding);
  const trade = em.create(ClosedTrade, {
    id: newId(),
    user: context.userId,
    bot: context.botId,
    position,
    strategyName: context.strategyName,
    exchange: context.exchangeId,
    symbol: position.symbol,
    side: entrySide === OrderSide.BUY ? PositionSide.LONG : PositionSide.SHORT,
    quantity: ledgerAmount(entry.quantity),
    entryPrice: ledgerAmount(entry.cost.div(entry.quantity)),
    // Nothing was sold, and nothing brought, where all of it was written off.
    exitPrice: exit.quantity.isZero() ? zero : ledgerAmount(exit.cost.div(exit.quantity)),
    fees: ledgerAmount(last.fees),
    funding: position.funding,
    pnl: ledgerAmount(pnl),
    pnlPercent: ledgerAmount(pnl.div(entry.cost).mul(context.leverage).mul(hundred)),
    leverage: context.leverage,
    exitReason: exitReason ?? ExitReason.SIGNAL,
    isPaper: context.isPaper,
    openedAt: position.openedAt,
    closedAt: position.closedAt ?? position.openedAt,
  });
  em.persist(trade);
  return trade;
}
