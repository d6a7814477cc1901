import { beforeAll, expect, it } from 'vitest';
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
    expect(await store.load('a')).toBeUndefined();
    await store.save('a', { amount: '12345678901234.123456789012345678', list: [1, null] });
    await store.save('b', { amount: '1' });
    await store.save('a', { amount: '0.000000000000000001', list: [2] });
    expect(await store.load('a')).toEqual({ amount: '0.000000000000000001', list: [2] });
    expect(await store.load('b')).toEqual({ amount: '1' });
  });

  it('open a paper account on the simulated market, and find it again', async () => {
    const exchanges = await Exchanges.open({ database, clock: { now: () => new Date(start) }, logger, simSpeed: 1 });
    const sim = exchanges.source('sim');
    const paper = await exchanges.openPaper(account({ id: 'bot-7' }), sim, ['BTC/USDT']);
    await paper.submit({
      clientOrderId: 'c1',
      symbol: 'BTC/USDT',
      side: 'BUY',
      type: 'LIMIT',
      amount: decimal('0.01'),
      price: decimal(1_000),
    });
    await paper.close();
    const again = await exchanges.openPaper(account({ id: 'bot-7' }), sim, ['BTC/USDT']);
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
