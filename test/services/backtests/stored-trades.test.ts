import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Backtest } from '../../../src/entities/research/Backtest.ts';
import type { JobStatus } from '../../../src/entities/research/JobStatus.ts';
import { forgetTrades, storeTrades } from '../../../src/services/backtests/stored-trades.ts';
import type { Database } from '../../../src/services/database/index.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import type { PortfolioTrade } from '../../../src/trading/portfolio/types.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { House, start } from './house.ts';

const trades = Array.from({ length: 1_201 }, (_, i): PortfolioTrade => ({
  symbol: 'BTC/USDT',
  side: 'LONG',
  quantity: 1,
  entryIndex: i,
  exitIndex: i,
  entryTime: start + i * 3_600_000,
  exitTime: start + i * 3_600_000,
  entryPrice: 100,
  exitPrice: 101,
  fees: 0,
  funding: 0,
  pnl: i,
  pnlPercent: 1,
  exitReason: 'SIGNAL',
  candles: 0,
  maePercent: 0,
  mfePercent: 1,
}));

describeOnEachDatabase('the trades of a backtest', (open) => {
  let house: House;
  let ann: Viewer;

  beforeAll(async () => {
    house = new House(await open());
    await house.seed();
  });
  beforeEach(async () => {
    ann = await house.newViewer();
  });
  afterEach(async () => {
    await house.close();
  });

  const move = (id: string, status: JobStatus): Promise<number> =>
    house.database.transaction((em) => em.nativeUpdate(Backtest, { id }, { status }));

  async function backtest(status: JobStatus) {
    const { service, worker } = house.process();
    const { id, userId } = await service.create(ann, await house.input(ann));
    await move(id, status);
    const stored = async (): Promise<number[]> => {
      const last = (await service.tradePages(ann, [id], { last: 3 })).get(id);
      return (last?.rows ?? []).map(({ ordinal }) => ordinal);
    };
    return { id, userId, worker, stored };
  }

  /** The house's database, with something done before its transaction of that number. */
  function interrupted(number: number, work: () => Promise<unknown>): Database {
    let count = 0;
    const transaction: Database['transaction'] = async (inside) => {
      count += 1;
      if (count === number) await work();
      return house.database.transaction(inside);
    };
    return new Proxy(house.database, {
      get: (target, name) => (name === 'transaction' ? transaction : Reflect.get(target, name, target)),
    });
  }

  it('are stored in pieces, numbered through', async () => {
    const { id, userId, stored } = await backtest('RUNNING');
    let others = 0;
    const between = interrupted(2, () => house.database.transaction(async () => (others += 1)));
    expect(await storeTrades(between, { id, userId }, trades)).toBe(true);
    expect([await stored(), others]).toEqual([[1_198, 1_199, 1_200], 1]);
  });

  it('are stored no further once it is canceled, and can be deleted', async () => {
    const { id, userId, stored } = await backtest('RUNNING');
    const canceling = interrupted(2, () => move(id, 'CANCELED'));
    expect(await storeTrades(canceling, { id, userId }, trades)).toBe(false);
    expect((await stored()).length).toBe(3);
    await forgetTrades(house.database, id);
    expect(await stored()).toEqual([]);
  });

  it('of one that has its result are not deleted', async () => {
    const { id, userId, stored } = await backtest('RUNNING');
    await storeTrades(house.database, { id, userId }, trades);
    await move(id, 'COMPLETED');
    await forgetTrades(house.database, id);
    expect((await stored()).length).toBe(3);
  });

  it('are deleted after the process that stored them has died', async () => {
    const { id, userId, worker, stored } = await backtest('RUNNING');
    await storeTrades(house.database, { id, userId }, trades);
    await worker.sweep(-1_000);
    expect(await stored()).toEqual([]);
  });
});
