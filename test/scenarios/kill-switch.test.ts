import { beforeAll, expect, it } from 'vitest';
import { BotState } from '../../src/entities/trading/BotState.ts';
import { Order } from '../../src/entities/trading/Order.ts';
import { Position } from '../../src/entities/trading/Position.ts';
import { KillSwitchService } from '../../src/services/bots/kill-switch-service.ts';
import type { BotSupervisor } from '../../src/services/bots/supervisor.ts';
import type { Database } from '../../src/services/database/index.ts';
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
  const inPosition = async (world: World, count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) ids.push(await world.newBot(ann, { risk }));
    for (const id of ids) await world.bots.start(ann, id);
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
});
