import { expect } from 'vitest';
import { AppState } from '../../../src/entities/operations/AppState.ts';
import { BotState } from '../../../src/entities/trading/BotState.ts';
import { ClosedTrade } from '../../../src/entities/trading/ClosedTrade.ts';
import { Order } from '../../../src/entities/trading/Order.ts';
import { Position } from '../../../src/entities/trading/Position.ts';
import { Trade } from '../../../src/entities/trading/Trade.ts';
import type { Database } from '../../../src/services/database/index.ts';
import type { LoggedEvent } from '../../../src/services/events/event.ts';
import { canonical, Decimal, decimal } from '../../../src/trading/money.ts';
import { canMoveOrder, isTerminal, type OrderStatus } from '../../../src/trading/order.ts';
import { positionOf, realizedPnl } from '../../../src/trading/position.ts';

const zero = new Decimal(0);
const sum = (values: readonly (Decimal | null)[]): Decimal =>
  values.reduce<Decimal>((total, value) => total.add(value ?? zero), zero);

interface PaperBooks {
  readonly balances: Readonly<Record<string, string>>;
  readonly fills: readonly {
    readonly exchangeTradeId: string;
    readonly amount: string;
    readonly price: string;
    readonly clientOrderId: string;
  }[];
  readonly orders: readonly {
    readonly request: { readonly clientOrderId: string };
    readonly status: OrderStatus;
    readonly filledAmount: string;
  }[];
}

/** The paper exchange's own books of a bot: the truth that the ledger is compared with. */
export async function paperBooks(database: Database, botId: string): Promise<PaperBooks> {
  const row = await database.system().findOne(AppState, { key: `paper account ${botId}` });
  return ((row?.value as { books?: unknown } | undefined)?.books ?? { balances: {}, fills: [], orders: [] }) as PaperBooks;
}

/** What must hold of a bot's ledger at any moment between two events. */
export async function checkLedger(database: Database, botId: string): Promise<void> {
  const em = database.system();
  const bot = { bot: botId };
  const orders = await em.find(Order, bot);
  const trades = await em.find(Trade, bot, { orderBy: { executedAt: 'asc', id: 'asc' } });
  const positions = await em.find(Position, bot, { orderBy: { openedAt: 'asc' } });
  const closed = await em.find(ClosedTrade, bot);
  const state = await em.findOneOrFail(BotState, bot);
  const books = await paperBooks(database, botId);

  // Every fill of the exchange is booked exactly once, and nothing else is.
  expect(trades.map(({ exchangeTradeId }) => exchangeTradeId).sort()).toEqual(
    books.fills.map((fill) => fill.exchangeTradeId).sort(),
  );
  for (const order of orders) {
    const own = trades.filter((trade) => trade.order.id === order.id);
    expect(canonical(order.filledAmount)).toBe(canonical(sum(own.map(({ amount }) => amount))));
    expect(canonical(order.cost)).toBe(canonical(sum(own.map(({ cost }) => cost))));
    const known = books.orders.find(({ request }) => request.clientOrderId === order.clientOrderId);
    if (isTerminal(order.status) && known)
      expect([order.status, canonical(order.filledAmount)]).toEqual([known.status, known.filledAmount]);
    if (!known) expect(['INTENT', 'ABANDONED', 'REJECTED', 'ABSENT']).toContain(order.status);
  }
  // At most one order of ours at the exchange per signal and attempt; none that has no row.
  expect(new Set(orders.map(({ signalKey }) => signalKey)).size).toBe(orders.length);
  const ours = new Set(orders.map(({ clientOrderId }) => clientOrderId));
  expect(books.orders.filter(({ request }) => !ours.has(request.clientOrderId))).toEqual([]);

  for (const position of positions) {
    const own = trades.filter((trade) => trade.position?.id === position.id);
    const made = positionOf(
      own.map(({ side, price, amount, feeInQuote }) => ({ side, price, quantity: amount, fee: feeInQuote ?? zero })),
    );
    expect(canonical(position.quantity)).toBe(canonical(made.quantity));
    expect(canonical(position.realizedPnl)).toBe(canonical(realizedPnl(made).sub(position.funding).toDecimalPlaces(18)));
    const result = closed.find((trade) => trade.position?.id === position.id);
    expect(result !== undefined).toBe(!position.isOpen);
    if (result) {
      expect(canonical(result.pnl)).toBe(canonical(position.realizedPnl));
      const ofTrades = sum(own.map((trade) => trade.realizedPnl)).sub(position.funding);
      expect(Number(ofTrades)).toBeCloseTo(Number(result.pnl), 12);
    }
  }
  expect(positions.filter(({ isOpen }) => isOpen).length).toBeLessThanOrEqual(1);

  const held = sum(positions.filter(({ isOpen }) => isOpen).map(({ quantity }) => quantity));
  expect([state.inPosition, canonical(state.positionSize ?? zero)]).toEqual([held.gt(0), canonical(held)]);
  const isSpot = positions.every(({ marketType }) => marketType === 'SPOT');
  expect(canonical(decimal(books.balances['BTC'] ?? '0'))).toBe(canonical(isSpot ? held : zero));
}

/** Orders move along the table, step by step, as their owner was told; and positions and states with them. */
export function checkEvents(events: readonly LoggedEvent[]): void {
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  const statuses = new Map<string, OrderStatus>();
  const versions = new Map<string, number>();
  for (const { type, payload } of events) {
    const told = payload as {
      previousStatus?: OrderStatus | null;
      order?: { id: string; status: OrderStatus; version: number };
      bot?: { id: string; version: number };
    };
    for (const versioned of [told.order, told.bot])
      if (versioned) {
        expect(versioned.version).toBeGreaterThan(versions.get(versioned.id) ?? 0);
        versions.set(versioned.id, versioned.version);
      }
    if (!told.order || (type !== 'ORDER_CHANGED' && type !== 'ORDER_FILLED')) continue;
    const before = statuses.get(told.order.id);
    expect(told.previousStatus ?? undefined).toBe(before);
    if (before !== undefined && before !== told.order.status)
      expect([before, told.order.status, canMoveOrder(before, told.order.status)]).toEqual([before, told.order.status, true]);
    statuses.set(told.order.id, told.order.status);
  }
}
