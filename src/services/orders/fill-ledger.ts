import { ClosedTrade } from '../../entities/trading/ClosedTrade.ts';
import type { Order } from '../../entities/trading/Order.ts';
import { Position } from '../../entities/trading/Position.ts';
import { Trade } from '../../entities/trading/Trade.ts';
import { Decimal } from '../../trading/money.ts';
import { canMoveOrder, moveOrder, OrderSide, OrderStatus } from '../../trading/order.ts';
import {
  entryPrice,
  ExitReason,
  type LedgerFill,
  MarketType,
  type Position as HeldPosition,
  PositionSide,
  positionOf,
  realizedPnl,
  unrealizedPnl,
  writtenOff,
} from '../../trading/position.ts';
import type { EntityManager } from '../database/database.ts';
import type { EventDraft } from '../events/event.ts';
import type { Fill } from '../exchanges/port.ts';
import { newId } from '../ids.ts';
import { ledgerAmount } from './amounts.ts';
import type { OrderContext } from './order-context.ts';
import { type FillResult, followPosition, isDust } from './realized.ts';
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
const hundred = new Decimal(100);

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

/** At what a position is given up that no order can sell. */
export interface GivenUp {
  readonly exitReason: ExitReason | null;
  readonly price: Decimal;
  /** Milliseconds UTC. */
  readonly at: number;
  /** The least that an order must be worth, in quote currency. */
  readonly minNotional: Decimal;
  /** Whether that holds for orders, too, that only close a position. */
  readonly holdsExits: boolean;
}

/** A position that ended without an execution. */
export interface WrittenOff {
  readonly position: Position;
  readonly closedTrade: ClosedTrade;
}

/**
 * Ends an open position of which so little is held that no order can sell it: an entry that came to next to nothing, what a fee in the asset
 * took from it, the rest that an exit has left. Inside the caller's transaction.
 * @returns undefined when there is none, it can be sold, or it is worth more than anybody but its owner may give up
 */
export async function writeOffDust(em: EntityManager, context: OrderContext, terms: GivenUp): Promise<WrittenOff | undefined> {
  const position = await openPosition(em, context);
  if (position === null) return undefined;
  const fills = (await tradesOf(em, position)).map((trade) => ledgerFill(context, trade));
  const held = positionOf(fills);
  if (!isGivenUp(held, fills, leastSold(context), terms)) return undefined;
  const { exitReason, price, at } = terms;
  const last = writtenOff(held);
  updatePosition(position, last, { price, at });
  position.dust = held.quantity;
  const closedTrade = newClosedTrade(em, context, exitReason, position, fills, last);
  await em.flush();
  return { position, closedTrade };
}

/** The rest of a position is small beside what was bought: no more than a part of so many. */
const restParts = 4;

/**
 * Whether what is held is less than a step, and was left by fees or by exits. What the step has outgrown since it was bought is not: that is worth
 * as much as ever.
 */
function isRest(held: HeldPosition, fills: readonly LedgerFill[], step: Decimal): boolean {
  return isDust(held, step) && (bought(fills).mod(step).isZero() || isSmall(held, fills));
}

function isSmall(held: HeldPosition, fills: readonly LedgerFill[]): boolean {
  return held.quantity.mul(restParts).lte(bought(fills));
}

function bought(fills: readonly LedgerFill[]): Decimal {
  return fills.reduce<Decimal>((sum, { side, quantity }) => (side === OrderSide.BUY ? sum.add(quantity) : sum), zero);
}

/** What is worth more than an order must be is kept, unless it is a rest; a rest is given up where it is worth less. */
function isGivenUp(
  held: HeldPosition,
  fills: readonly LedgerFill[],
  step: Decimal,
  { price, minNotional, holdsExits }: GivenUp,
): boolean {
  const isWorthless = held.quantity.mul(price).lt(minNotional);
  if (isDust(held, step)) return isWorthless || isRest(held, fills, step);
  return holdsExits && held.side === PositionSide.LONG && isWorthless && isSmall(held, fills);
}

/** The event of a position that was written off. */
export function writtenOffEvent({ position, closedTrade }: WrittenOff): EventDraft {
  return {
    userId: position.user.id,
    type: 'POSITION_CLOSED',
    subjects: { botId: position.bot?.id, positionId: position.id },
    payload: { position: positionView(position), closedTrade: closedTradeView(closedTrade) },
  };
}

function openPosition(em: EntityManager, { botId, symbol }: OrderContext): Promise<Position | null> {
  return em.findOne(Position, { bot: botId, symbol, isOpen: true });
}

function tradesOf(em: EntityManager, position: Position): Promise<Trade[]> {
  return em.find(Trade, { position }, { orderBy: { executedAt: 'asc', id: 'asc' } });
}

/** A step, where the asset itself is held; a contract is closed to the last digit. */
function leastSold({ marketType, stepSize }: OrderContext): Decimal {
  return marketType === MarketType.SPOT ? stepSize : zero;
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

/** Value of a fee in quote currency; null when it was paid in a third currency, whose price nobody knows here. */
function feeInQuote(
  context: OrderContext,
  { fee, feeCurrency, price }: { fee: Decimal; feeCurrency: string; price: Decimal },
): Decimal | null {
  if (feeCurrency === context.quoteAsset) return fee;
  return feeCurrency === context.baseAsset ? ledgerAmount(fee.mul(price)) : null;
}

function ledgerFill(context: OrderContext, fill: Pick<Fill, 'side' | 'price' | 'amount' | 'fee' | 'feeCurrency'>): LedgerFill {
  const { side, price, amount, fee, feeCurrency } = fill;
  const paidInBase = feeCurrency === context.baseAsset && side === OrderSide.BUY;
  return { side, price, quantity: amount, fee: feeInQuote(context, fill) ?? zero, ...(paidInBase && { baseFee: fee }) };
}

function newPosition(em: EntityManager, context: OrderContext, fill: Fill): Position {
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

function updatePosition(row: Position, position: HeldPosition, fill: Pick<Fill, 'price' | 'at'>): void {
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

function newClosedTrade(
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
