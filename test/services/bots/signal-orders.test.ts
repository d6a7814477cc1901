import { beforeEach, describe, expect, it } from 'vitest';
import type { FundsDesk } from '../../../src/services/bots/funds-desk.ts';
import type { Guards } from '../../../src/services/bots/guards.ts';
import type { Holdings } from '../../../src/services/bots/holdings.ts';
import type { OrderWriter, Wish } from '../../../src/services/bots/order-writer.ts';
import { Outbox } from '../../../src/services/bots/outbox.ts';
import { SignalOrders } from '../../../src/services/bots/signal-orders.ts';
import { WorkingOrders } from '../../../src/services/bots/working-orders.ts';
import { canonical, decimal } from '../../../src/trading/money.ts';
import type { TradingOptions } from '../../../src/trading/options.ts';
import type { ExitReason } from '../../../src/trading/position.ts';
import type { OrderRequest, SessionEvent } from '../../../src/trading/session.ts';
import { botWith, inTransaction, minute, partsWith, transaction } from './support/builders.ts';

const entry = { leg: 'ENTRY', side: 'BUY', reason: null, referencePrice: 100 } as OrderRequest;
const exit = (reason: ExitReason): OrderRequest => ({ ...entry, leg: 'EXIT', side: 'SELL', reason });
const text = (value: unknown): string => (value === undefined ? 'now' : String(value));

interface Case {
  /** First price of the candle that is forming. */
  readonly openPrice?: number;
  /** What the session would enter with. */
  readonly quantity?: number;
  readonly isSellable?: boolean;
  readonly isDust?: boolean;
  readonly isRefused?: boolean;
  /** What comes of bringing funds. */
  readonly funds?: 'OFF' | 'BROUGHT' | 'NOT_BROUGHT';
}

describe("a session's order", () => {
  let done: string[];
  let orders: WorkingOrders;
  let outbox: Outbox;

  beforeEach(() => {
    done = [];
    orders = new WorkingOrders();
    outbox = new Outbox(undefined as never);
  });

  const signalOrders = ({ openPrice, quantity = 2, isSellable = true, isDust, isRefused, funds }: Case): SignalOrders =>
    new SignalOrders({
      parts: partsWith(),
      options: { slippagePercent: 50 } as TradingOptions,
      orders,
      holdings: { sellable: decimal(3), isSellable: () => isSellable, whyUnsellable: () => ({}) } as unknown as Holdings,
      guards: { makeRoom: (isUrgent: boolean) => done.push(isUrgent ? 'room at once' : 'room') } as unknown as Guards,
      writer: {
        formingTime: 5 * minute,
        approved: async () => ({ ok: !isRefused }),
        refuse: async () => void done.push('refused'),
        intend: async (_: unknown, { purpose, proposal }: Wish, decidedAt: number | undefined) => {
          const { side, amount, referencePrice } = proposal;
          done.push(`${purpose} ${side} ${canonical(amount)} at ${canonical(referencePrice)} of ${text(decidedAt)}`);
          return isRefused ? undefined : { id: purpose };
        },
      } as unknown as OrderWriter,
      outbox,
      funds:
        funds &&
        ({
          isOn: funds !== 'OFF',
          bring: async ({ need, until }: Parameters<FundsDesk['bring']>[0]) => {
            done.push(`bring ${canonical(need)} until ${until}`);
            return funds === 'BROUGHT' ? undefined : {};
          },
        } as unknown as FundsDesk),
      transact: inTransaction,
      bot: botWith(
        {
          entryQuantity: () => quantity,
          handle: (event: SessionEvent) => void done.push(event.type === 'ORDER_ENDED' ? `given up: ${event.leg}` : event.type),
        },
        '3',
        {
          openPrice,
          noEntry: () => void done.push('no entry'),
          writeOff: async () => {
            if (isDust) done.push('written off');
            return isDust ?? false;
          },
        },
      ),
    });

  const settle = async (): Promise<void> => {
    for (let action = outbox.next(); action; action = outbox.next()) await action();
  };

  // Slippage is 50 %, the fee of takers 0.1 %.
  it.each<Case & { why: string; order: OrderRequest; expected: string[] }>([
    {
      why: 'is sized at the first price of the candle that is there',
      openPrice: 200,
      order: entry,
      expected: [`ENTRY BUY 2 at 300 of ${5 * minute}`],
    },
    {
      why: 'sells what can be sold, and takes its guards back first',
      openPrice: 200,
      order: exit('SIGNAL'),
      expected: ['room', `EXIT SELL 3 at 100 of ${5 * minute}`],
    },
    { why: 'of a person does not wait for a candle', order: exit('MANUAL'), expected: ['room', 'EXIT SELL 3 at 50 of now'] },
    { why: 'of a limit is urgent', order: exit('RISK_LIMIT'), expected: ['room at once', 'EXIT SELL 3 at 50 of now'] },
    { why: 'at a target does not wait', order: exit('TAKE_PROFIT'), expected: ['room', 'EXIT SELL 3 at 50 of now'] },
    { why: 'waits for the first price of the next candle', order: entry, expected: [] },
    { why: 'at a stop waits for it, too', order: exit('STOP_LOSS'), expected: [] },
    { why: 'of nothing is given up', openPrice: 200, quantity: 0, order: entry, expected: ['no entry', 'given up: ENTRY'] },
    {
      why: 'that is refused is given up',
      openPrice: 200,
      isRefused: true,
      order: entry,
      expected: [`ENTRY BUY 2 at 300 of ${5 * minute}`, 'given up: ENTRY'],
    },
    {
      why: 'for too little to be sold writes it off',
      isSellable: false,
      isDust: true,
      order: exit('MANUAL'),
      expected: ['written off'],
    },
    {
      why: 'for too little to be sold that its owner must decide on is refused',
      isSellable: false,
      order: exit('MANUAL'),
      expected: ['refused', 'given up: EXIT'],
    },
    {
      why: 'is made when what it takes was brought',
      openPrice: 200,
      funds: 'BROUGHT',
      order: entry,
      expected: [`bring 600.6 until ${6 * minute}`, `ENTRY BUY 2 at 300 of ${5 * minute}`],
    },
    {
      why: 'is refused and given up when what it takes was not brought',
      openPrice: 200,
      funds: 'NOT_BROUGHT',
      order: entry,
      expected: [`bring 600.6 until ${6 * minute}`, 'refused', 'given up: ENTRY'],
    },
    {
      why: 'brings nothing when it would be refused anyway',
      openPrice: 200,
      funds: 'BROUGHT',
      isRefused: true,
      order: entry,
      expected: [`ENTRY BUY 2 at 300 of ${5 * minute}`, 'given up: ENTRY'],
    },
    {
      why: 'brings nothing where its owner does not want it',
      openPrice: 200,
      funds: 'OFF',
      order: entry,
      expected: [`ENTRY BUY 2 at 300 of ${5 * minute}`],
    },
  ])('$why', async ({ order, expected, ...given }) => {
    await signalOrders(given).submit(transaction(), order);
    await settle();
    expect(done).toEqual(expected);
  });

  it('that waits is placed once, at the first price', async () => {
    const signal = signalOrders({});
    await signal.submit(transaction(), entry);
    expect(signal.isWaiting).toBe(true);
    await signal.opened(transaction(), 300);
    await signal.opened(transaction(), 400);
    expect(done).toEqual([`ENTRY BUY 2 at 450 of ${5 * minute}`]);
    expect([signal.isWaiting, orders.pending]).toEqual([false, 'ENTRY']);
  });

  it.each([
    { leg: undefined, isDropped: true },
    { leg: 'ENTRY', isDropped: true },
    { leg: 'EXIT', isDropped: false },
  ] as const)('that waits is dropped ($isDropped) when those of leg $leg are', async ({ leg, isDropped }) => {
    const signal = signalOrders({});
    await signal.submit(transaction(), entry);
    await signal.dropWaiting(transaction(), leg);
    expect(done).toEqual(isDropped ? ['given up: ENTRY'] : []);
    expect(signal.isWaiting).toBe(!isDropped);
  });

  it('that was dropped while funds were brought for it is not made', async () => {
    const signal = signalOrders({ openPrice: 200, funds: 'BROUGHT' });
    await signal.submit(transaction(), entry);
    await signal.dropWaiting(transaction());
    await settle();
    expect(done).toEqual(['given up: ENTRY', `bring 600.6 until ${6 * minute}`]);
  });
});
