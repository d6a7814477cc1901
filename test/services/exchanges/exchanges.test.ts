import { beforeAll, expect, it } from 'vitest';
import { AccountLostError } from '../../../src/services/exchanges/account-lost.ts';
import { DatabasePaperStore } from '../../../src/services/exchanges/paper/database-store.ts';
import { Exchanges } from '../../../src/services/exchanges/exchanges.ts';
import { DatabaseTimelineStore } from '../../../src/services/exchanges/sim/database-timeline.ts';
import { SimClock } from '../../../src/services/exchanges/sim/timeline.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { decimal } from '../../../src/trading/money.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { account } from './paper/scripted-market.ts';

const logger = createLogger({ level: 'silent', pretty: false });
const start = Date.UTC(2026, 0, 15);

describeOnEachDatabase('the exchanges', (open) => {
  let database: Database;
  beforeAll(async () => {
    database = await open();
  });

  it('keep simulated time over a restart, and share it between processes that start at once', async () => {
    const wall = { time: start };
    const clock = { now: () => new Date(wall.time) };
    const openClock = () => SimClock.open({ clock, store: new DatabaseTimelineStore(database), speed: 60 });
    const [one, two, three] = await Promise.all([openClock(), openClock(), openClock()]);
    wall.time += 10_000;
    expect([one.now(), two.now(), three.now()]).toEqual(Array.from({ length: 3 }, () => start + 600_000));
    await Promise.all([one.renew(), two.renew()]);
    wall.time += 12_000;
    expect((await openClock()).now()).toBe(start + 22_000 * 60);
    wall.time += 86_400_000;
    expect((await openClock()).now()).toBe(wall.time);
  });

  it('keep paper accounts apart, with every digit', async () => {
    const store = new DatabasePaperStore(database);
    expect(await store.load('a', 1)).toBeUndefined();
    await store.save('a', { amount: '12345678901234.123456789012345678', list: [1, null] }, 1);
    await store.save('b', { amount: '1' }, 1);
    await store.save('a', { amount: '0.000000000000000001', list: [2] }, 1);
    expect(await store.load('a', 1)).toEqual({ amount: '0.000000000000000001', list: [2] });
    expect(await store.load('b', 1)).toEqual({ amount: '1' });
  });

  it('let nobody write the books of a paper account that another process has opened since', async () => {
    const store = new DatabasePaperStore(database);
    await store.load('c', 1);
    await store.save('c', { orders: 1 }, 1);
    expect(await store.load('c', 2)).toEqual({ orders: 1 });
    await expect(store.save('c', { orders: 'stale' }, 1)).rejects.toThrow(AccountLostError);
    await expect(store.load('c', 1)).rejects.toThrow(AccountLostError);
    await store.save('c', { orders: 2 }, 2);
    expect(await store.load('c', 2)).toEqual({ orders: 2 });
  });

  it('take no order of a process that was overtaken, and tell it no fill', async () => {
    const exchanges = await Exchanges.open({ database, clock: { now: () => new Date(start) }, logger, simSpeed: 1 });
    const sim = exchanges.source('sim');
    const order = { clientOrderId: 'late', symbol: 'BTC/USDT', side: 'BUY', type: 'LIMIT', amount: decimal('0.01') } as const;
    const stale = await exchanges.openPaper(account({ id: 'bot-8' }), sim, ['BTC/USDT'], 1);
    const owner = await exchanges.openPaper(account({ id: 'bot-8' }), sim, ['BTC/USDT'], 2);
    const told: unknown[] = [];
    stale.subscribeExecutions((execution) => told.push(execution));
    await expect(stale.submit({ ...order, price: decimal(1_000) })).rejects.toThrow('could not save account bot-8');
    await owner.submit({ ...order, clientOrderId: 'good', price: decimal(1_000) });
    await expect(stale.cancel('BTC/USDT', 'late')).rejects.toThrow('could not save account bot-8');
    await Promise.all([stale.close(), owner.close()]);
    const again = await exchanges.openPaper(account({ id: 'bot-8' }), sim, ['BTC/USDT'], 3);
    expect((await again.openOrders()).map(({ clientOrderId }) => clientOrderId)).toEqual(['good']);
    expect(told).toEqual([]);
    await again.close();
  });

  it('open a paper account on the simulated market, and find it again', async () => {
    const exchanges = await Exchanges.open({ database, clock: { now: () => new Date(start) }, logger, simSpeed: 1 });
    const sim = exchanges.source('sim');
    const paper = await exchanges.openPaper(account({ id: 'bot-7' }), sim, ['BTC/USDT'], 1);
    await paper.submit({
      clientOrderId: 'c1',
      symbol: 'BTC/USDT',
      side: 'BUY',
      type: 'LIMIT',
      amount: decimal('0.01'),
      price: decimal(1_000),
    });
    await paper.close();
    const again = await exchanges.openPaper(account({ id: 'bot-7' }), sim, ['BTC/USDT'], 1);
    expect((await again.openOrders()).map((order) => order.clientOrderId)).toEqual(['c1']);
    await again.close();
  });

  it('connect to nothing until somebody asks, and say what they do not know', async () => {
    const asked: string[] = [];
    const openMarketData = (name: string): Promise<never> => {
      asked.push(name);
      return Promise.reject(new Error('no network'));
    };
    const clock = { now: () => new Date() };
    const exchanges = await Exchanges.open({ database, clock, logger, simSpeed: 1, openMarketData });
    exchanges.start();
    const sources = ['binance', 'kraken', 'bybit'].map((name) => exchanges.source(name));
    expect(sources.map(({ name }) => exchanges.connection(name)?.status)).toEqual(['IDLE', 'IDLE', 'IDLE']);
    expect(asked).toEqual([]);
    await expect(sources[1]?.markets()).rejects.toThrow('Kraken cannot be reached: no network');
    expect(asked).toEqual(['kraken']);
    expect(exchanges.connection('kraken')).toMatchObject({ status: 'UNREACHABLE' });
    expect(() => exchanges.source('mtgox')).toThrow('there is no exchange "mtgox"; there are sim, binance, kraken, bybit');
    await exchanges.stop();
  });
});
