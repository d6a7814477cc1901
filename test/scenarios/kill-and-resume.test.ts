import { beforeAll, expect, it, vi } from 'vitest';
import { BotState } from '../../src/entities/trading/BotState.ts';
import { ClosedTrade } from '../../src/entities/trading/ClosedTrade.ts';
import { Order } from '../../src/entities/trading/Order.ts';
import { Trade } from '../../src/entities/trading/Trade.ts';
import { type Database, openDatabase } from '../../src/services/database/index.ts';
import { DatabasePaperStore } from '../../src/services/exchanges/paper/database-store.ts';
import { PaperExchange } from '../../src/services/exchanges/paper/paper-exchange.ts';
import type { Exchange } from '../../src/services/exchanges/port/exchange.ts';
import { systemTimers } from '../../src/services/timers.ts';
import type { Viewer } from '../../src/services/viewer.ts';
import { decimal } from '../../src/trading/money.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import { checkEvents, checkLedger } from './support/invariants.ts';
import { minute, World } from './support/world.ts';

const fast = { lookUpEveryMs: 5 };
/** On a machine that does much else at the same time. */
vi.setConfig({ testTimeout: 120_000 });

describeOnEachDatabase('a bot whose process dies', (open, dialect) => {
  let database: Database;
  let ann: Viewer;

  /** A process of its own: its connection dies with it. */
  const newProcess = async (now?: number, overrides: ConstructorParameters<typeof World>[2] = {}): Promise<World> =>
    new World(await openDatabase({ url: database.url }), now, { ...fast, ...overrides });
  const kill = (world: World): Promise<void> => world.database.close();
  const stateOf = (id: string): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });
  const started = async (world: World, changes?: Parameters<World['newBot']>[1]): Promise<string> => {
    const id = await world.newBot(ann, changes);
    await world.bots.start(ann, id);
    await world.settled();
    return id;
  };
  /** Another process takes over, after the dead one's lease has run out. */
  const resumed = async (now: number): Promise<World> => {
    const world = await newProcess(now);
    await world.supervisor.start();
    await world.settled();
    return world;
  };
  /** Lets time pass for a process until it has died, however long each step takes. */
  const untilDead = async (world: World, died: Promise<void>): Promise<void> => {
    const gone = died.then(() => true);
    for (let i = 0; i < 900; i++) {
      world.now += 20_000;
      world.sim.advance();
      if (await Promise.race([gone, world.settled().then(() => false)])) return;
    }
    throw new Error('the process outlived the test');
  };
  const finish = async (world: World, id: string): Promise<void> => {
    await checkLedger(database, id);
    await world.pass(12 * minute);
    expect((await stateOf(id)).status).toBe('RUNNING');
    await checkLedger(database, id);
    checkEvents(await world.events(ann));
    await world.bots.stop(ann, id, true);
    await world.pass(minute);
    expect((await stateOf(id)).status).toBe('STOPPED');
    await checkLedger(database, id);
    await kill(world);
  };
  const lease = 3_600_000;

  beforeAll(async () => {
    database = await open();
    ann = await (await new World(database).seed()).newViewer();
  });

  it('goes on where it was, after any number of deaths', async () => {
    let world = await newProcess();
    const id = await started(world);
    for (const minutes of [13, 7, 19, 1]) {
      await world.pass(minutes * minute);
      await kill(world);
      world = await resumed(world.now + lease + 1);
      expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', lastErrorMessage: null });
      await checkLedger(database, id);
    }
    expect(await database.system().count(ClosedTrade, { bot: id })).toBeGreaterThan(3);
    await finish(world, id);
  });

  it('books what its stop did while nobody was there', async () => {
    const world = await newProcess();
    const id = await started(world, { risk: { initialCapital: decimal(10_000), stopLossPercent: decimal('0.2') } });
    for (let i = 0; i < 300 && !(await stateOf(id)).inPosition; i++) await world.pass(minute);
    const before = await database.system().count(Trade, { bot: id });
    await kill(world);
    const next = await resumed(world.now + 48 * 3_600_000);
    const closed = await database.system().find(ClosedTrade, { bot: id }, { orderBy: { closedAt: 'desc' }, limit: 1 });
    expect(closed[0]).toMatchObject({ exitReason: 'STOP_LOSS' });
    expect(closed[0].closedAt.getTime()).toBeGreaterThanOrEqual(world.now - minute);
    expect(closed[0].closedAt.getTime()).toBeLessThan(next.now - minute);
    expect(await database.system().count(Trade, { bot: id })).toBe(before + 1);
    expect((await stateOf(id)).inPosition).toBe(false);
    await finish(next, id);
  });

  it.each([
    { name: 'before the exchange heard of it', arrives: false, statuses: ['ABSENT'] },
    { name: 'after the exchange took it, before the answer', arrives: true, statuses: ['FILLED'] },
  ])('in the middle of sending an order, $name, neither loses nor doubles it', async ({ arrives, statuses }) => {
    let dead: (() => void) | undefined;
    const died = new Promise<void>((resolve) => {
      dead = resolve;
    });
    const world: World = await newProcess(undefined, {
      // On a machine that is slow enough an order is too late to be sent, and there is nothing to die in the middle of.
      timers: { ...systemTimers, elapsed: () => 0 },
      openPaper: async (account, market, symbols, token) => {
        const exchange = await PaperExchange.open({
          account,
          market,
          store: new DatabasePaperStore(world.database),
          symbols,
          token,
        });
        const submit = exchange.submit.bind(exchange);
        const dying: Exchange = Object.assign(exchange, {
          submit: async (request: Parameters<typeof submit>[0]) => {
            if (arrives) await submit(request);
            dead?.();
            return new Promise<never>(() => undefined);
          },
        });
        return dying;
      },
    });
    const id = await started(world);
    await untilDead(world, died);
    const [sent] = await database.system().find(Order, { bot: id });
    expect(sent.status).toBe('SENT');
    await kill(world);
    const next = await resumed(world.now + lease + 1);
    const orders = await database.system().find(Order, { bot: id, side: 'BUY' });
    expect(orders.map(({ status }) => status)).toEqual(statuses);
    await finish(next, id);
  });

  // Every commit of the process, the exchange's own included, is a place to die at: before the n-th one.
  const places = dialect === 'sqlite' ? [3, 9, 14, 18, 22, 27, 35, 52, 76, 107] : [12, 24, 61];
  it.each(places)('before its commit number %i, is found consistent and goes on', async (place) => {
    const dying = await openDatabase({ url: database.url });
    let commits = 0;
    let dead: (() => void) | undefined;
    const died = new Promise<void>((resolve) => {
      dead = resolve;
    });
    const transaction = dying.transaction.bind(dying);
    dying.transaction = (...args) => {
      if (++commits < place) return transaction(...args);
      dead?.();
      return new Promise<never>(() => undefined);
    };
    dying.change = (sql, values) => dying.transaction((em) => em.execute(sql, [...values]));
    const world = new World(dying, undefined, fast);
    const maker = await newProcess();
    const id = await maker.newBot(ann);
    await maker.bots.start(ann, id);
    await maker.supervisor.stop();
    await kill(maker);
    await Promise.race([died, world.supervisor.start()]);
    await untilDead(world, died);
    await dying.close();
    const next = await resumed(world.now + lease + 1);
    await finish(next, id);
  });

  it('is taken over by another process when its own stands still, whose late writes are refused', async () => {
    const first = await newProcess();
    const id = await started(first);
    const second = await newProcess(first.now);
    await second.supervisor.start();
    expect([first.supervisor.find(id) !== undefined, second.supervisor.find(id)]).toEqual([true, undefined]);
    await first.pass(15 * minute);

    // The first stands still past its lease, the second finds it expired.
    second.now = first.now + lease + 1;
    await second.supervisor.look();
    await second.settled();
    expect(second.supervisor.find(id)).toBeDefined();
    await second.pass(5 * minute);
    const trades = await database.system().count(Trade, { bot: id });
    first.now = second.now;
    await first.pass(3 * minute);
    expect(first.supervisor.find(id)).toBeUndefined();
    expect(await database.system().count(Trade, { bot: id })).toBe(trades);
    await kill(first);
    await finish(second, id);
  });

  it('rests, and resumes at once, when its process was stopped in peace', async () => {
    const world = await newProcess();
    const id = await started(world);
    await world.pass(10 * minute);
    await world.supervisor.stop();
    expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', leaseOwner: null });
    await kill(world);
    await finish(await resumed(world.now), id);
  });
});
