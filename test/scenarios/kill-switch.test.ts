import { beforeAll, expect, it } from 'vitest';
import { BotState } from '../../src/entities/trading/BotState.ts';
import { AuditEvent } from '../../src/entities/identity/AuditEvent.ts';
import { KillSwitch } from '../../src/entities/operations/KillSwitch.ts';
import { Bot } from '../../src/entities/trading/Bot.ts';
import { Order } from '../../src/entities/trading/Order.ts';
import { Position } from '../../src/entities/trading/Position.ts';
import { KillSwitchDrill } from '../../src/services/bots/kill-switch-drill.ts';
import { KillSwitchService } from '../../src/services/bots/kill-switch-service.ts';
import type { BotSupervisor, SupervisorOptions } from '../../src/services/bots/supervisor.ts';
import type { Database } from '../../src/services/database/index.ts';
import { DomainError } from '../../src/services/errors.ts';
import { DatabasePaperStore } from '../../src/services/exchanges/paper/database-store.ts';
import { PaperExchange } from '../../src/services/exchanges/paper/paper-exchange.ts';
import type { Exchange } from '../../src/services/exchanges/port/exchange.ts';
import { newId } from '../../src/services/ids.ts';
import { systemTimers, type Timers } from '../../src/services/timers.ts';
import type { Viewer } from '../../src/services/viewer.ts';
import { decimal } from '../../src/trading/money.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import { checkLedger } from './support/invariants.ts';
import { minute, World } from './support/world.ts';

describeOnEachDatabase('the kill switch', (open) => {
  let database: Database;
  let ann: Viewer;
  const risk = { initialCapital: decimal(10_000), stopLossPercent: decimal(30) };
  const switchesOf = (
    { log, clock }: World,
    runners: Pick<BotSupervisor, 'wake' | 'wakeAll'> = { wake: () => undefined, wakeAll: () => undefined },
  ): KillSwitchService => new KillSwitchService({ database, log, clock, runners });
  const statusOf = async (id: string): Promise<string> => (await database.system().findOneOrFail(BotState, { bot: id })).status;
  const held = (ids: readonly string[]): Promise<number> =>
    database.system().count(Position, { bot: { $in: [...ids] }, isOpen: true });
  const inPosition = async (world: World, count: number, viewer = ann): Promise<string[]> => {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) ids.push(await world.newBot(viewer, { risk }));
    for (const id of ids) await world.bots.start(viewer, id);
    await world.settled();
    for (let i = 0; i < 300 && (await held(ids)) < count; i++) await world.pass(minute);
    expect(await held(ids)).toBe(count);
    return ids;
  };

  beforeAll(async () => {
    database = await open();
    ann = await (await new World(database).seed()).newViewer();
  });

  it('called in another process flattens within a second of looking, and still stands after a restart', async () => {
    const world = new World(database);
    await world.supervisor.start();
    const ids = await inPosition(world, 2);
    const elsewhere = switchesOf(world);
    await elsewhere.activate(ann, { mode: 'FLATTEN', reason: 'the exchange was hacked' });
    // Nobody told this process: it finds out by looking once a second.
    await expect.poll(() => held(ids)).toBe(0);
    for (const id of ids) await checkLedger(database, id);
    await world.supervisor.stop();

    const again = new World(database, world.now);
    await again.supervisor.start();
    await again.settled();
    const orders = await database.system().count(Order, { bot: { $in: ids } });
    for (let i = 0; i < 60; i++) await again.pass(minute);
    expect([await database.system().count(Order, { bot: { $in: ids } }), await held(ids)]).toEqual([orders, 0]);
    await switchesOf(again, again.supervisor).release(ann, 'it was a rumour');
    for (let i = 0; i < 120 && (await held(ids)) === 0; i++) await again.pass(minute);
    expect(await held(ids)).toBeGreaterThan(0);
    await again.supervisor.stop();
  });

  it('closes what a stopped bot holds, and leaves the bot stopped', async () => {
    const world = new World(database);
    const [id] = await inPosition(world, 1);
    await world.bots.stop(ann, id);
    await world.pass(minute);
    expect([await statusOf(id), await held([id])]).toEqual(['STOPPED', 1]);
    const switches = switchesOf(world, world.supervisor);
    await switches.activate(ann, { mode: 'FLATTEN', reason: 'everything out', botId: id });
    await world.settled();
    await world.pass(minute);
    expect([await statusOf(id), await held([id])]).toEqual(['STOPPED', 0]);
    const [last] = await database
      .system()
      .find(Order, { bot: id, reduceOnly: true, status: 'FILLED' }, { orderBy: { id: 'desc' }, limit: 1 });
    expect(last.exitReason).toBe('RISK_LIMIT');
    await checkLedger(database, id);
    await switches.release(ann, 'done', id);
    await world.supervisor.stop();
  });

  it('is drilled on the paper bots that run: they get out, are let go again, and nothing LIVE is touched', async () => {
    const world = new World(database);
    const bob = await world.newViewer();
    const [one, two, live] = await inPosition(world, 3, bob);
    const stopped = await world.newBot(bob, { risk });
    await database.transaction((em) => em.nativeUpdate(Bot, { id: live }, { mode: 'LIVE' }));
    const switches = switchesOf(world, world.supervisor);
    const drill = new KillSwitchDrill({ database, clock: world.clock, switches, patienceMs: 60_000 });
    const { bots } = await drill.run(bob, { reason: 'the monthly drill' });
    const done = expect.any(Number);
    const steps = [
      { action: 'BLOCK_ENTRIES', milliseconds: done, count: 0 },
      { action: 'CANCEL_ORDERS', milliseconds: done, count: 1 },
      { action: 'FLATTEN', milliseconds: done, count: 1 },
    ];
    expect(bots).toEqual([one, two].map((botId) => ({ botId, steps })));
    expect([await held([one, two]), await held([live]), await statusOf(stopped)]).toEqual([0, 1, 'STOPPED']);
    const rows = await database.system().find(KillSwitch, { bot: { $in: [one, two, live, stopped] } });
    expect(rows.map(({ isDrill, releaseReason }) => [isDrill, releaseReason])).toEqual([
      [true, 'the drill is over'],
      [true, 'the drill is over'],
    ]);
    const told = await database.system().find(AuditEvent, { user: bob.userId }, { orderBy: { sequence: 'asc' } });
    expect(told.slice(-4).map(({ eventType }) => eventType)).toEqual([
      'KILL_SWITCH_ACTIVATED',
      'KILL_SWITCH_ACTIVATED',
      'KILL_SWITCH_RELEASED',
      'KILL_SWITCH_RELEASED',
    ]);
    for (const id of [one, two]) await checkLedger(database, id);
    for (let i = 0; i < 200 && (await held([one])) === 0; i++) await world.pass(minute);
    expect(await held([one])).toBe(1);
    await world.supervisor.stop();
  });

  it('that is called in earnest during a drill stands after it', async () => {
    const world = new World(database);
    const switches = switchesOf(world);
    const id = await world.newBot(ann, { risk });
    const called = await switches.beginDrill(ann, 'a drill', [id]);
    await expect(switches.beginDrill(ann, 'another', [id])).rejects.toMatchObject({ code: 'INVALID_TRANSITION' });
    expect(await switches.activate(ann, { mode: 'CANCEL_ORDERS', reason: 'a fire', botId: id })).toMatchObject({
      isDrill: false,
    });
    await switches.endDrill(ann, called, 'over');
    const standing = await database.system().find(KillSwitch, { bot: id });
    expect(standing).toMatchObject([{ mode: 'FLATTEN', reason: 'a fire', isDrill: false, releasedAt: null }]);
    await switches.release(ann, 'it is out', id);
  });

  it('of a drill whose process died is released by whoever runs bots', async () => {
    const world = new World(database);
    await world.supervisor.start();
    const id = await world.newBot(ann, { risk });
    const switches = switchesOf(world);
    const [drill] = await switches.beginDrill(ann, 'a drill', [id]);
    const real = await switches.activate(ann, {
      mode: 'BLOCK_ENTRIES',
      reason: 'a fire',
      botId: await world.newBot(ann, { risk }),
    });
    const isReleased = async (which: string): Promise<boolean> =>
      (await database.system().findOneOrFail(KillSwitch, { id: which })).releasedAt !== null;
    world.now += minute - 1;
    await world.settled();
    expect(await isReleased(drill.id)).toBe(false);
    world.now += 1;
    await expect.poll(() => isReleased(drill.id)).toBe(true);
    expect(await isReleased(real.id)).toBe(false);
    await switches.release(ann, 'it is out', real.botId);
    await world.supervisor.stop();
  });

  it('that does not get a bot out in time says so, and is released all the same', async () => {
    const world = new World(database);
    const [id] = await inPosition(world, 1);
    // Nobody runs it any more, though its row says that it runs.
    await world.supervisor.stop();
    const drill = new KillSwitchDrill({ database, clock: world.clock, switches: switchesOf(world), patienceMs: 50 });
    const { bots } = await drill.run(ann, { reason: 'a drill', botId: id });
    expect(bots[0].steps.map(({ milliseconds, count }) => [milliseconds === null, count])).toEqual([
      [false, 0],
      [true, 0],
      [true, 0],
    ]);
    expect(await database.system().count(KillSwitch, { bot: id, releasedAt: null })).toBe(0);
  });

  it('that only blocks entries leaves positions to their stops', async () => {
    const world = new World(database);
    const [id] = await inPosition(world, 1);
    await switchesOf(world, world.supervisor).activate(ann, { mode: 'CANCEL_ORDERS', reason: 'wait and see', botId: id });
    await world.settled();
    expect(await held([id])).toBe(1);
    const guards = await database.system().count(Order, { bot: id, status: 'ACCEPTED', type: 'STOP' });
    expect(guards).toBe(1);
    await checkLedger(database, id);
    await world.supervisor.stop();
  });

  /** A world whose accounts answer as a test wants, and that looks at nothing by itself unless told. */
  const withAccount = (changes: (account: PaperExchange) => Partial<Exchange>, more: Partial<SupervisorOptions> = {}): World =>
    new World(database, undefined, {
      lookUpEveryMs: 3_600_000,
      openPaper: async (account, market, symbols, token) => {
        const store = new DatabasePaperStore(database);
        const exchange = await PaperExchange.open({ account, market, store, symbols, token });
        return Object.assign(exchange, changes(exchange));
      },
      ...more,
    });

  it('asks at once for an order back that a person has just asked for in vain', async () => {
    const asked: (boolean | undefined)[] = [];
    const world = withAccount((account) => {
      const cancel = account.cancel.bind(account);
      return {
        cancel: async (symbol, id, isUrgent) => {
          asked.push(isUrgent);
          if (!isUrgent) throw new DomainError('EXCHANGE_UNAVAILABLE', 'no answer');
          return cancel(symbol, id);
        },
      };
    });
    const viewer = await world.newViewer();
    const strategy = await world.strategies.create(viewer, { name: 'by hand', kind: 'BUILT_IN', builtIn: 'manual' });
    const id = await world.newBot(viewer, { strategyId: strategy.id, risk: { initialCapital: decimal(10_000) } });
    await world.supervisor.start();
    await world.bots.start(viewer, id);
    await world.settled();
    await world.pass(minute);
    const order = { botId: id, side: 'BUY', amount: decimal('0.01') } as const;
    await world.closer.place(viewer, { ...order, type: 'MARKET', idempotencyKey: newId() });
    const resting = await world.closer.place(viewer, { ...order, type: 'LIMIT', price: decimal(1000), idempotencyKey: newId() });
    const position = await database.system().findOneOrFail(Position, { bot: id, isOpen: true });
    await world.closer.close(viewer, { id: position.id, idempotencyKey: newId() });
    await world.settled();
    expect([await held([id]), ...new Set(asked)]).toEqual([0, false]);
    await switchesOf(world, world.supervisor).activate(viewer, { mode: 'CANCEL_ORDERS', reason: 'now', botId: id });
    await world.settled();
    expect(asked.at(-1)).toBe(true);
    expect((await database.system().findOneOrFail(Order, { id: resting })).status).toBe('CANCELED');
    await world.supervisor.stop();
  });

  it('does not wait until an exchange has told a balance that the bot only compares with its books', async () => {
    let ahead = 0;
    let asked = 0;
    const timers: Timers = {
      ...systemTimers,
      elapsed: () => systemTimers.elapsed() + ahead,
      // No deadline passes in this test.
      after: (ms, callback) => (ms < 10_000 ? systemTimers.after(ms, callback) : () => undefined),
    };
    const world = withAccount(
      (account) => {
        const balances = account.balances.bind(account);
        return {
          balances: () => {
            if (ahead === 0) return balances();
            asked += 1;
            return new Promise(() => undefined);
          },
        };
      },
      { timers, lookUpEveryMs: 50 },
    );
    const viewer = await world.newViewer();
    const [id] = await inPosition(world, 1, viewer);
    ahead = 10 * minute;
    await expect.poll(() => asked).toBe(1);
    await switchesOf(world, world.supervisor).activate(viewer, { mode: 'FLATTEN', reason: 'now', botId: id });
    await expect.poll(() => held([id])).toBe(0);
    await checkLedger(database, id);
    ahead = 0;
    await world.supervisor.stop();
  });
});
