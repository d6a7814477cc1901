import { ClosedTrade } from '../../entities/trading/ClosedTrade.ts';
import { Order, openOrderStatuses } from '../../entities/trading/Order.ts';
import { Position } from '../../entities/trading/Position.ts';
import { Trade } from '../../entities/trading/Trade.ts';
import { DifferenceAction, DifferenceKind, type StoredDifference } from '../../entities/operations/ReconciliationRun.ts';
import { canonical, Decimal } from '../../trading/money.ts';
import { OrderSide } from '../../trading/order.ts';
import { type LedgerFill, positionOf, PositionSide, realizedPnl, writtenOff } from '../../trading/position.ts';
import type { EntityManager } from '../database/database.ts';
import { ledgerAmount } from '../orders/amounts.ts';

/** The part of a bot's ledger that is looked at. */
export interface Ledger {
  /** The newest, and with them the open one. */
  readonly positions: readonly Position[];
  readonly working: readonly Order[];
}

const zero = new Decimal(0);
/** Newest positions that are looked at beside what is open: what has closed does not change any more. */
const mostPositions = 50;
/** What rounding to 18 places may add up to, per unit of turnover. */
const tolerance = new Decimal('1e-12');
export async function ledgerOf(em: EntityManager, botId: string): Promise<Ledger> {
  const positions = await em.find(Position, { bot: botId }, { orderBy: { createdAt: 'desc', id: 'desc' }, limit: mostPositions });
  return { positions, working: await em.find(Order, { bot: botId, status: { $in: openOrderStatuses } }) };
}

/**
 * Looks whether a bot's ledger agrees with itself: an order has filled what its trades add up to, a position is what its trades make it, a closed
 * one has a round trip with the same profit, and realised plus unrealised profit is what money and goods that went in and out make it.
 * @returns what does not hold; nothing when all does
 */
export async function accountingDifferences(
  em: EntityManager,
  { positions, working }: Ledger,
  baseAsset: string,
): Promise<readonly StoredDifference[]> {
  if (positions.length === 0 && working.length === 0) return [];
  const ids = positions.map(({ id }) => id);
  const ofPositions = await em.find(Trade, { position: { $in: ids } }, { orderBy: { executedAt: 'asc', id: 'asc' } });
  const closed = await em.find(ClosedTrade, { position: { $in: ids } });
  const orderIds = [...new Set([...ofPositions.map(({ order }) => order.id), ...working.map(({ id }) => id)])];
  const orders = await em.find(Order, { id: { $in: orderIds } });
  const ofOrders = Map.groupBy(await em.find(Trade, { order: { $in: orderIds } }), ({ order }) => order.id);
  const tradesOf = Map.groupBy(ofPositions, ({ position }) => position?.id ?? '');
  const roundTrips = new Map(closed.map((trade) => [trade.position?.id, trade]));
  return [
    ...orders.flatMap((order) => orderDifferences(order, ofOrders.get(order.id) ?? [])),
    ...positions.flatMap((position) =>
      positionDifferences(position, tradesOf.get(position.id) ?? [], roundTrips.get(position.id), baseAsset),
    ),
  ];
}

function orderDifferences(order: Order, trades: readonly Trade[]): StoredDifference[] {
  const subject = `order ${order.clientOrderId}`;
  return [
    ...differing(`${subject}: filled`, order.filledAmount, sum(trades.map(({ amount }) => amount))),
    ...differing(`${subject}: cost`, order.cost, sum(trades.map(({ cost }) => cost))),
    ...differing(`${subject}: fee`, order.fee, sum(trades.map(({ feeInQuote }) => feeInQuote ?? zero))),
  ];
}

function positionDifferences(
  position: Position,
  trades: readonly Trade[],
  roundTrip: ClosedTrade | undefined,
  baseAsset: string,
): StoredDifference[] {
  const subject = `position in ${position.symbol} of ${position.openedAt.toISOString()}`;
  const fills = trades.map((trade) => ledgerFill(trade, baseAsset));
  const held = positionOf(fills);
  // What its trades leave is either held or was written off.
  const made = position.dust?.eq(held.quantity) ? writtenOff(held) : held;
  const turnover = sum(trades.map(({ cost }) => cost));
  const profit = position.realizedPnl.add(position.isOpen ? position.unrealizedPnl : zero);
  return [
    ...differing(`${subject}: quantity`, position.quantity, ledgerAmount(made.quantity)),
    ...differing(`${subject}: realised profit`, position.realizedPnl, ledgerAmount(realizedPnl(made).sub(position.funding))),
    ...differing(`${subject}: change of equity`, profit, equityChange(position, fills), turnover.mul(tolerance)),
    ...(position.isOpen ? [] : differing(`${subject}: its round trip`, roundTrip?.pnl ?? null, position.realizedPnl)),
  ];
}

/** What went out of the account and came in for a position, and what is still held at the price that it is valued at. */
function equityChange(position: Position, fills: readonly LedgerFill[]): Decimal {
  let cash = position.funding.neg();
  for (const { side, price, quantity, fee, baseFee } of fills) {
    const value = price.mul(quantity);
    // A fee in the asset itself was never paid in money: less of it arrived.
    const paid = baseFee === undefined ? fee : zero;
    cash = (side === OrderSide.BUY ? cash.sub(value) : cash.add(value)).sub(paid);
  }
  if (!position.isOpen) return cash;
  const held = position.currentPrice.mul(position.quantity);
  return position.side === PositionSide.LONG ? cash.add(held) : cash.sub(held);
}

function ledgerFill({ side, price, amount, fee, feeCurrency, feeInQuote }: Trade, baseAsset: string): LedgerFill {
  const paidInBase = feeCurrency === baseAsset && side === OrderSide.BUY;
  return { side, price, quantity: amount, fee: feeInQuote ?? zero, ...(paidInBase && { baseFee: fee }) };
}

function differing(subject: string, expected: Decimal | null, found: Decimal, slack: Decimal = zero): StoredDifference[] {
  if (expected !== null && expected.sub(found).abs().lte(slack)) return [];
  return [
    {
      kind: DifferenceKind.ACCOUNTING,
      subject,
      expected: expected === null ? 'missing' : canonical(expected),
      found: canonical(found),
      action: DifferenceAction.HALTED,
    },
  ];
}

function sum(values: readonly Decimal[]): Decimal {
  return values.reduce<Decimal>((total, value) => total.add(value), zero);
}
