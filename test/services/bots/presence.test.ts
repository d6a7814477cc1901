import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { BotState } from '../../../src/entities/trading/BotState.ts';
import { Order } from '../../../src/entities/trading/Order.ts';
import type { Database } from '../../../src/services/database/index.ts';
import type { Presence } from '../../../src/services/database/presence.ts';
import { newId } from '../../../src/services/ids.ts';
import { checkLedger } from '../../scenarios/support/invariants.ts';
import { minute, World, worldStart } from '../../scenarios/support/world.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

/* Real processes on one database: their leases outlast these tests, so that only the proof that one is gone can set its bots free. */

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

describeOnEachDatabase('a bot whose process holds its lease', (open, dialect) => {
  let database: Database;
  let id: string;
  const stateOf = (): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });
  const newWorld = (presence: Presence | undefined = database.presence()): World => new World(database, worldStart, { presence });
  /** What shows processes: files beside SQLite's, locks of PostgreSQL. */
  const marks = async (): Promise<number> => {
    if (dialect === 'postgresql') return (await holders()).length;
    const file = database.url.slice('sqlite:'.length);
    return readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}-process-`)).length;
  };
  const holders = (): Promise<{ pid: number }[]> =>
    database
      .system()
      .execute(
        `select pid from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
      );

  /** A process that runs the bot. */
  async function holder(): Promise<ChildProcess> {
    const script = new URL('support/holder.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, ['--import', 'tsx', script, database.url, String(worldStart)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('1 run\n');
    return child;
  }

  beforeAll(async () => {
    database = await open();
    const maker = await new World(database).seed();
    const ann = await maker.newViewer();
    id = await maker.newBot(ann);
    await maker.bots.start(ann, id);
    await maker.supervisor.stop();
  });

  it('stays where it is while that process lives, also when it stands still, and is taken over as soon as it was killed', async () => {
    const child = await holder();
    const { leaseToken, leaseOwner } = await stateOf();
    expect(leaseOwner).toMatch(new RegExp(`:${child.pid}:[0-9a-f-]{36}:shown$`));
    const next = newWorld();
    await next.supervisor.start();
    expect(next.supervisor.find(id)).toBeUndefined();
    child.kill('SIGSTOP');
    await next.supervisor.look();
    expect(next.supervisor.find(id)).toBeUndefined();
    expect(await stateOf()).toMatchObject({ leaseToken, leaseOwner });

    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    // A server takes a moment to see that a connection has ended.
    await vi.waitFor(async () => {
      await next.supervisor.look();
      expect(next.supervisor.find(id)).toBeDefined();
    }, 10_000);
    await next.settled();
    expect(await stateOf()).toMatchObject({ leaseToken: leaseToken + 1, status: 'RUNNING', lastErrorMessage: null });
    await next.pass(15 * minute);
    await checkLedger(database, id);
    expect(await database.system().count(Order, { bot: id })).toBeGreaterThan(0);
    expect(await marks()).toBe(1);
    await next.supervisor.stop();
    expect(await marks()).toBe(0);
    expect(await stateOf()).toMatchObject({ status: 'RUNNING', leaseOwner: null });
  }, 120_000);

  it.each([
    ['of whom nothing is known', `host:1:${newId()}`],
    ['that was never shown', `host:1:${newId()}:hidden`],
    ['whose name is not ours', 'host:1:../../etc/passwd:shown'],
  ])('is left to a process %s until the lease expires', async (_name, leaseOwner) => {
    const leaseExpiresAt = new Date(worldStart + minute);
    await database.transaction((em) => em.nativeUpdate(BotState, { bot: id }, { leaseOwner, leaseExpiresAt }));
    const next = newWorld();
    await next.supervisor.look();
    expect(next.supervisor.find(id)).toBeUndefined();
    next.now = worldStart + minute + 1;
    await next.supervisor.look();
    expect(next.supervisor.find(id)).toBeDefined();
    await next.supervisor.stop();
  });

  it('goes on where it is taken from a process that lives after all, which lets go and writes nothing more', async () => {
    const first = newWorld();
    await first.supervisor.start();
    await first.pass(20 * minute);
    const { leaseToken } = await stateOf();
    const second = newWorld(Object.assign(database.presence() as Presence, { isGone: async () => true }));
    second.now = first.now;
    await second.supervisor.start();
    expect(await stateOf()).toMatchObject({ leaseToken: leaseToken + 1, status: 'RUNNING' });
    first.now += minute;
    first.sim.advance();
    await first.settled();
    await first.supervisor.look();
    expect(first.supervisor.find(id)).toBeUndefined();
    await second.pass(20 * minute);
    expect(await stateOf()).toMatchObject({ leaseToken: leaseToken + 1, status: 'RUNNING', lastErrorMessage: null });
    await checkLedger(database, id);
    await first.supervisor.stop();
    await second.supervisor.stop();
  }, 120_000);

  if (dialect === 'postgresql')
    it('stays where it is when the connection that shows the process is cut, which is shown again at once', async () => {
      const told: string[] = [];
      const presence = database.presence((text) => told.push(text)) as Presence;
      const world = newWorld(presence);
      await world.supervisor.start();
      const { leaseToken, leaseOwner } = await stateOf();
      const [{ pid }] = await holders();
      await database.system().execute('select pg_terminate_backend(?)', [pid]);
      await vi.waitFor(async () => {
        const [now] = await holders();
        expect(now.pid).not.toBe(pid);
        expect(presence.isShown).toBe(true);
      }, 10_000);
      expect(told).toEqual([expect.stringContaining('was cut; another one is made')]);
      const next = newWorld();
      await next.supervisor.look();
      expect(next.supervisor.find(id)).toBeUndefined();
      await world.pass(15 * minute);
      expect(await stateOf()).toMatchObject({ leaseToken, leaseOwner, status: 'RUNNING' });
      await checkLedger(database, id);
      await world.supervisor.stop();
    }, 60_000);
});
