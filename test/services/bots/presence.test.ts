import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BotState } from '../../../src/entities/trading/BotState.ts';
import { Order } from '../../../src/entities/trading/Order.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { newId } from '../../../src/services/ids.ts';
import { checkLedger } from '../../scenarios/support/invariants.ts';
import { minute, World, worldStart } from '../../scenarios/support/world.ts';
import { databasesOf } from '../../support/databases.ts';

/* Real processes on one SQLite file: their leases outlast these tests, so that only the proof that one is gone can set its bots free. */

const open = databasesOf('sqlite');
let database: Database;
let id: string;
const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));
const file = (): string => database.url.slice('sqlite:'.length);
const marks = (): string[] => readdirSync(dirname(file())).filter((name) => name.startsWith(`${basename(file())}-process-`));
const stateOf = (): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });

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

describe('a bot whose process holds its lease', () => {
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
    expect(leaseOwner).toContain(`:${child.pid}:`);
    const next = new World(database, worldStart, { presence: database.presence() });
    await next.supervisor.start();
    expect(next.supervisor.find(id)).toBeUndefined();
    child.kill('SIGSTOP');
    await next.supervisor.look();
    expect(next.supervisor.find(id)).toBeUndefined();
    expect(await stateOf()).toMatchObject({ leaseToken, leaseOwner });

    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await next.supervisor.look();
    await next.settled();
    expect(next.supervisor.find(id)).toBeDefined();
    expect(await stateOf()).toMatchObject({ leaseToken: leaseToken + 1, status: 'RUNNING', lastErrorMessage: null });
    await next.pass(15 * minute);
    await checkLedger(database, id);
    expect(await database.system().count(Order, { bot: id })).toBeGreaterThan(0);
    expect(marks().length).toBe(1);
    await next.supervisor.stop();
    expect(marks()).toEqual([]);
    expect(await stateOf()).toMatchObject({ status: 'RUNNING', leaseOwner: null });
  }, 120_000);

  it.each([
    ['of whom nothing is known', `host:1:${newId()}`],
    ['whose name is not ours', 'host:1:../../etc/passwd'],
  ])('is left to a process %s until the lease expires', async (_name, leaseOwner) => {
    const leaseExpiresAt = new Date(worldStart + minute);
    await database.transaction((em) => em.nativeUpdate(BotState, { bot: id }, { leaseOwner, leaseExpiresAt }));
    const next = new World(database, worldStart, { presence: database.presence() });
    await next.supervisor.look();
    expect(next.supervisor.find(id)).toBeUndefined();
    next.now = worldStart + minute + 1;
    await next.supervisor.look();
    expect(next.supervisor.find(id)).toBeDefined();
    await next.supervisor.stop();
  });
});
