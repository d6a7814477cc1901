import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExecutionBook } from '../../../src/services/exchanges/ccxt/execution-book.ts';
import type { Execution, Fill, OrderReport } from '../../../src/services/exchanges/port/orders.ts';
import { canonical, decimal } from '../../../src/trading/money.ts';
import { canMoveOrder, isTerminal, type OrderStatus } from '../../../src/trading/order.ts';

const amount = decimal(10);
const report = (status: OrderStatus, filled: number, updatedAt: number): OrderReport => ({
  clientOrderId: 'cw-1',
  exchangeOrderId: '7',
  symbol: 'BTC/USDT',
  side: 'BUY',
  type: 'LIMIT',
  amount,
  filledAmount: decimal(filled),
  price: decimal(100),
  reduceOnly: false,
  status,
  updatedAt,
});
const fill = (id: number, size: number, at: number): Fill => ({
  exchangeTradeId: String(id),
  exchangeOrderId: '7',
  clientOrderId: '',
  symbol: 'BTC/USDT',
  side: 'BUY',
  price: decimal(100),
  amount: decimal(size),
  fee: decimal(0),
  feeCurrency: 'USDT',
  liquidity: 'MAKER',
  at,
});

/** What an exchange would say of an order that is filled in these parts, and canceled unless they fill it. */
function storyOf(parts: readonly number[]): { reports: OrderReport[]; fills: Fill[] } {
  const reports = [report('ACCEPTED', 0, 1)];
  const fills: Fill[] = [];
  let filled = 0;
  parts.forEach((part, i) => {
    filled += part;
    fills.push(fill(i + 1, part, i + 2));
    reports.push(report(filled === 10 ? 'FILLED' : 'PARTIALLY_FILLED', filled, i + 2));
  });
  if (filled < 10) reports.push(report('CANCELED', filled, parts.length + 2));
  return { reports, fills };
}

/** Parts of 10 or less. */
const partsOf10 = fc
  .array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 })
  .map((parts) => parts.filter((_, i) => parts.slice(0, i + 1).reduce((a, b) => a + b, 0) <= 10));

describe('the book of executions', () => {
  it('tells one true story, in whatever order and however often it hears of things', () => {
    fc.assert(
      fc.property(partsOf10, fc.infiniteStream(fc.nat()), (parts, random) => {
        const { reports, fills } = storyOf(parts);
        const take = (): number => Number(random.next().value);
        const events = [...reports, ...fills, ...reports, ...fills]
          .map((event) => ({ event, key: take() }))
          .sort((a, b) => a.key - b.key);
        const told: Execution[] = [];
        const book = new ExecutionBook((execution) => told.push(execution));
        for (const { event } of events) {
          if ('exchangeTradeId' in event) book.takeFill(event);
          else book.takeReport(event);
        }
        const toldFills = told.flatMap((execution) => execution.fill ?? []);
        expect(toldFills.map(({ exchangeTradeId }) => exchangeTradeId).sort()).toEqual(
          fills.map(({ exchangeTradeId }) => exchangeTradeId).sort(),
        );
        expect(toldFills.every(({ clientOrderId }) => clientOrderId === 'cw-1')).toBe(true);
        let sum = decimal(0);
        let status: OrderStatus | undefined;
        for (const { order, fill: own } of told) {
          if (own) sum = sum.add(own.amount);
          expect(canonical(order.filledAmount)).toBe(canonical(sum));
          if (status && status !== order.status)
            expect(canMoveOrder(status, order.status), `${status} to ${order.status}`).toBe(true);
          if (status === order.status) expect(own).toBeDefined();
          status = order.status;
        }
        expect(status).toBe(reports.at(-1)?.status);
        expect(book.unfinished()).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('knows what is missing', () => {
    const told: Execution[] = [];
    const book = new ExecutionBook((execution) => told.push(execution));
    book.takeFill(fill(1, 4, 2));
    expect([told.length, book.isIncomplete('7'), book.knows('7')]).toEqual([0, true, false]);
    book.takeReport(report('FILLED', 10, 3));
    expect([told.length, book.isIncomplete('7'), isTerminal(told[0].order.status)]).toEqual([1, true, false]);
    book.takeFill(fill(2, 6, 3));
    expect([told.length, book.isIncomplete('7'), told[1].order.status]).toEqual([2, false, 'FILLED']);
  });
});
