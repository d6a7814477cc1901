import { beforeEach, describe, expect, it } from 'vitest';
import type { Order } from '../../../src/entities/trading/Order.ts';
import { Guards } from '../../../src/services/bots/guards.ts';
import { Holdings } from '../../../src/services/bots/holdings.ts';
import type { OrderWriter, Wish } from '../../../src/services/bots/order-writer.ts';
import { Outbox } from '../../../src/services/bots/outbox.ts';
import { type Guard, WorkingOrders } from '../../../src/services/bots/working-orders.ts';
import type { OrderDesk } from '../../../src/services/orders/order-desk.ts';
import { canonical, decimal } from '../../../src/trading/money.ts';
import type { Protection } from '../../../src/trading/session.ts';
import { rulesWith } from '../../simulation/venue.ts';
import { botWith, partsWith, transaction } from './support/builders.ts';

const protection = (stop: number | null, target: number | null): Protection => ({
  positionSide: 'LONG',
  quantity: 1,
  stop,
  stopReason: 'STOP_LOSS',
  target,
  liquidation: null,
});
const standing = (orderId: string, level: number, amount = '1'): Guard => ({
  orderId,
  level: decimal(level),
  amount: decimal(amount),
});

/** Where a stop and a target may stand beside each other, each alone holds the asset, or the two stand as one. */
type Venue = 'SHARED' | 'EXCLUSIVE' | 'PAIRS';

interface Case {
  readonly venue: Venue;
  readonly held?: string;
  readonly stop?: Guard;
  readonly target?: Guard;
  /** The session's exit is on its way. */
  readonly isExiting?: boolean;
  readonly refused?: 'STOP' | 'TARGET';
  readonly takesPairs?: boolean;
}

describe('the guards of a position', () => {
  let asked: string[];
  let orders: WorkingOrders;

  const guardsOf = ({ venue, held = '1', stop, target, isExiting = false, refused, takesPairs = true }: Case) => {
    const parts = partsWith({
      exchange: {
        sharesReduceOnly: venue === 'SHARED',
        ...(venue === 'PAIRS' && { submitPair: () => undefined }),
      },
      rules: { ...rulesWith('0.1'), takesPairs },
    });
    const position = { side: 1, protection: (): Protection => protection(90, 110) };
    const bot = botWith({ position, pending: isExiting ? { leg: 'EXIT' } : null }, held);
    orders = Object.assign(new WorkingOrders(), { stop, target });
    const ask =
      (what: string) =>
      async (...[ids, ...more]: unknown[]): Promise<void> =>
        void asked.push([what, String(ids), ...more.filter((term) => term !== undefined)].join(' '));
    const outbox = new Outbox({
      send: ask('send'),
      sendEach: ask('send'),
      sendPair: ask('send pair'),
      cancel: ask('cancel'),
      cancelEach: ask('cancel'),
    } as unknown as OrderDesk);
    const writer = {
      formingTime: undefined,
      write: async (_: unknown, { purpose, proposal }: Wish) => {
        if (purpose === refused) return undefined;
        const at = proposal.stopPrice ?? proposal.price;
        return { id: `${purpose}@${at && canonical(at)}`, ...proposal };
      },
    } as unknown as OrderWriter;
    const guards = new Guards({ parts, orders, holdings: new Holdings(parts, bot), writer, outbox, bot });
    return {
      guards,
      sent: async (): Promise<string[]> => {
        for (let action = outbox.next(); action; action = outbox.next()) await action();
        return asked.splice(0);
      },
    };
  };

  beforeEach(() => {
    asked = [];
  });

  it.each<Case & { why: string; wanted: Protection | null; expected: string[] }>([
    {
      why: 'both are placed beside each other where they share the holding',
      venue: 'SHARED',
      wanted: protection(90, 110),
      expected: ['send STOP@90,TARGET@110'],
    },
    {
      why: 'only the stop is placed where each would hold the asset',
      venue: 'EXCLUSIVE',
      wanted: protection(90, 110),
      expected: ['send STOP@90'],
    },
    {
      why: 'the target is placed where there is no stop',
      venue: 'EXCLUSIVE',
      wanted: protection(null, 110),
      expected: ['send TARGET@110'],
    },
    {
      why: 'both are placed as one where the exchange has pairs',
      venue: 'PAIRS',
      wanted: protection(90, 110),
      expected: ['send pair STOP@90 TARGET@110'],
    },
    {
      why: 'a market that takes no pairs gets the stop alone',
      venue: 'PAIRS',
      takesPairs: false,
      wanted: protection(90, 110),
      expected: ['send STOP@90'],
    },
    {
      why: 'what stands as it should stays',
      venue: 'SHARED',
      stop: standing('s', 90),
      target: standing('t', 110),
      wanted: protection(90, 110),
      expected: [],
    },
    {
      why: 'a stop that has moved is replaced, its target stays',
      venue: 'SHARED',
      stop: standing('s', 85),
      target: standing('t', 110),
      wanted: protection(90, 110),
      expected: ['cancel s false', 'send STOP@90'],
    },
    {
      why: 'a stop for another amount is replaced',
      venue: 'EXCLUSIVE',
      stop: standing('s', 90, '0.5'),
      wanted: protection(90, null),
      expected: ['cancel s false', 'send STOP@90'],
    },
    {
      why: 'a pair of which one has moved is replaced as a whole',
      venue: 'PAIRS',
      stop: standing('s', 85),
      target: standing('t', 110),
      wanted: protection(90, 110),
      expected: ['cancel s false', 'cancel t false', 'send pair STOP@90 TARGET@110'],
    },
    {
      why: 'a pair that stands stays',
      venue: 'PAIRS',
      stop: standing('s', 90),
      target: standing('t', 110),
      wanted: protection(90, 110),
      expected: [],
    },
    {
      why: 'the stop goes alone when its target is refused',
      venue: 'PAIRS',
      refused: 'TARGET',
      wanted: protection(90, 110),
      expected: ['send STOP@90'],
    },
    {
      why: 'nothing is placed when the stop of a pair is refused',
      venue: 'PAIRS',
      refused: 'STOP',
      wanted: protection(90, 110),
      expected: [],
    },
    {
      why: 'both are taken back when nothing is to be guarded',
      venue: 'SHARED',
      stop: standing('s', 90),
      target: standing('t', 110),
      wanted: null,
      expected: ['cancel s,t false'],
    },
    {
      why: 'nothing is placed while the asset is being sold',
      venue: 'EXCLUSIVE',
      isExiting: true,
      wanted: protection(90, null),
      expected: [],
    },
    {
      why: 'a guard stands beside an exit where they share the holding',
      venue: 'SHARED',
      isExiting: true,
      wanted: protection(90, null),
      expected: ['send STOP@90'],
    },
    {
      why: 'what stands stays where no order could take its place',
      venue: 'EXCLUSIVE',
      held: '0.1',
      stop: standing('s', 85, '0.1'),
      wanted: protection(90, null),
      expected: [],
    },
    {
      why: 'what would sell more than is held goes, though no order could take its place',
      venue: 'EXCLUSIVE',
      held: '0.1',
      stop: standing('s', 85, '0.2'),
      wanted: protection(90, null),
      expected: ['cancel s false'],
    },
  ])('$venue: $why', async ({ wanted, expected, ...given }) => {
    const { guards, sent } = guardsOf(given);
    await guards.protect(transaction(), wanted);
    expect(await sent()).toEqual(expected);
    if (given.refused) return;
    await guards.protect(transaction(), wanted);
    expect(await sent()).toEqual([]);
  });

  it.each<Case & { why: string; price: number; expected: boolean }>([
    { why: 'the price is there', venue: 'EXCLUSIVE', price: 110, expected: true },
    { why: 'the price is not there', venue: 'EXCLUSIVE', price: 109.9, expected: false },
    { why: 'it rests at the exchange', venue: 'PAIRS', target: standing('t', 110), price: 110, expected: false },
    { why: 'stop and target share the holding', venue: 'SHARED', price: 110, expected: false },
    { why: 'an exit is on its way', venue: 'EXCLUSIVE', isExiting: true, price: 110, expected: false },
  ])('a target is reached ($expected) when $why', ({ price, expected, ...given }) => {
    expect(guardsOf(given).guards.isTargetReached(price)).toBe(expected);
  });

  const ended = (order: Partial<Record<keyof Order, unknown>>): Order =>
    ({ signalKey: '0:TARGET:1', status: 'REJECTED', price: decimal(110), ...order }) as unknown as Order;

  it('are the stop alone after the exchange has refused a pair, until the target is another one', async () => {
    const { guards, sent } = guardsOf({ venue: 'PAIRS' });
    await guards.ended(transaction(), ended({}));
    expect(await sent()).toEqual(['send STOP@90']);
    await guards.protect(transaction(), protection(90, 110));
    expect(await sent()).toEqual([]);
    await guards.protect(transaction(), protection(90, 111));
    expect(await sent()).toEqual(['cancel STOP@90 false', 'send pair STOP@90 TARGET@111']);
  });

  it.each<{ why: string; venue: Venue; order: Parameters<typeof ended>[0] }>([
    { why: 'it was canceled', venue: 'PAIRS', order: { status: 'CANCELED' } },
    { why: 'it was no target', venue: 'PAIRS', order: { signalKey: '0:STOP:1' } },
    { why: 'it stood alone', venue: 'SHARED', order: {} },
  ])('are left to the session when an order has ended and $why', async ({ venue, order }) => {
    const { guards, sent } = guardsOf({ venue });
    await guards.ended(transaction(), ended(order));
    expect(await sent()).toEqual([]);
  });

  it.each<Case & { isUrgent: boolean; expected: string[] }>([
    {
      venue: 'PAIRS',
      stop: standing('s', 90),
      target: standing('t', 110),
      isUrgent: true,
      expected: ['cancel s true', 'cancel t true'],
    },
    { venue: 'EXCLUSIVE', stop: standing('s', 90), isUrgent: false, expected: ['cancel s false'] },
    { venue: 'SHARED', stop: standing('s', 90), isUrgent: true, expected: [] },
  ])('$venue: make room for an exit: $expected', async ({ isUrgent, expected, ...given }) => {
    const { guards, sent } = guardsOf(given);
    guards.makeRoom(isUrgent);
    expect(await sent()).toEqual(expected);
  });
});
