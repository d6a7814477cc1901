import { beforeAll, expect, it } from 'vitest';
import { DailyBalance } from '../../../src/entities/portfolio/DailyBalance.ts';
import { BotState } from '../../../src/entities/trading/BotState.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { DailyBalances } from '../../../src/services/portfolio/daily-balances.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { canonical, decimal } from '../../../src/trading/money.ts';
import { World, worldStart } from '../../scenarios/support/world.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

const hour = 3_600_000;
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

describeOnEachDatabase('what bots are worth day by day', (open) => {
  let database: Database;
  let world: World;
  let ann: Viewer;
  let balances: DailyBalances;
  const rowsOf = (id: string): Promise<DailyBalance[]> =>
    database.system().find(DailyBalance, { identifier: id }, { orderBy: { date: 'asc' } });
  const stateOf = (id: string): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });

  beforeAll(async () => {
    database = await open();
    world = await new World(database, worldStart).seed();
    ann = await world.newViewer();
    balances = new DailyBalances(database);
  });

  it('is one row a day, of the last close of that day, written with the state; time without a process is caught up', async () => {
    const id = await world.newBot(ann, { timeframe: 'H1' });
    await world.bots.start(ann, id);
    await world.settled();
    // From noon to midnight, candle by candle: the close at midnight is the end of the first day.
    await world.pass(12 * hour, hour);
    const first = await stateOf(id);
    expect(first.equity?.eq(10_000), 'it has traded').toBe(false);
    expect((await rowsOf(id)).map(({ date, asset, balance }) => [date, asset, canonical(balance)])).toEqual([
      [dayOf(worldStart), 'USDT', first.equity && canonical(first.equity)],
    ]);
    await world.pass(24 * hour, hour);
    const [kept, today] = await rowsOf(id);
    expect(canonical(kept.balance)).toBe(first.equity && canonical(first.equity));
    expect([today.date, canonical(today.balance)]).toEqual([
      dayOf(worldStart + 24 * hour),
      canonical((await stateOf(id)).equity ?? decimal(0)),
    ]);

    await world.supervisor.stop();
    const later = await new World(database, world.now + 50 * hour).seed();
    await later.supervisor.start();
    await later.settled();
    expect((await stateOf(id)).status).toBe('RUNNING');
    const all = await rowsOf(id);
    expect(all.map(({ date }) => date)).toEqual([0, 24, 48, 72, 96].map((hours) => dayOf(worldStart + hours * hour)));
    await later.supervisor.stop();
  });

  it('tells the newest days with what each made of the one before, and of the capital', async () => {
    const id = await world.newBot(ann);
    const { exchange } = await database
      .system()
      .findOneOrFail(BotState, { bot: id }, { populate: ['bot'] })
      .then(({ bot }) => bot.$);
    await database.transaction(async (em) => {
      for (const [date, balance] of [
        ['2026-01-01', '10100'],
        ['2026-01-02', '9999'],
        ['2026-01-05', '0'],
        ['2026-01-06', '5'],
      ])
        // prettier-ignore
        em.create(DailyBalance, { user: ann.userId, exchange, identifier: id, asset: 'USDT', date, balance: decimal(balance) });
      await em.flush();
    });
    const told = async (asked: object, viewer = ann): Promise<(string | null)[][]> =>
      (await balances.of(viewer, { botId: id, limit: 90, ...asked })).map(({ day, balance, profit, returnPercent }) => [
        day.slice(8),
        balance,
        profit,
        returnPercent,
      ]);
    const [one, two, five, six] = [
      ['01', '10100', '100', '1'],
      ['02', '9999', '-101', '-1'],
      ['05', '0', '-9999', '-100'],
      ['06', '5', '5', null],
    ];
    const at = (day: string): Date => new Date(`2026-01-${day}Z`);
    expect(await told({})).toEqual([one, two, five, six]);
    expect(await told({ limit: 2 })).toEqual([five, six]);
    expect(await told({ from: at('02T00:00'), to: at('05T00:00') })).toEqual([two]);
    expect(await told({ from: at('01T00:01'), to: at('05T00:01') })).toEqual([two, five]);
    expect(await told({}, await world.newViewer())).toEqual([]);
  });

  it.each([
    [{ limit: 0 }, 'limit is 0, it must be from 1 to 1000'],
    [{ limit: 1_001 }, 'limit is 1001, it must be from 1 to 1000'],
    [
      { from: new Date(1_000), to: new Date(1_000) },
      'from 1970-01-01T00:00:01.000Z must come before to 1970-01-01T00:00:01.000Z',
    ],
  ])('refuses %o', async (asked, message) => {
    await expect(balances.of(ann, { botId: ann.userId, limit: 90, ...asked })).rejects.toThrow(message);
  });
});
