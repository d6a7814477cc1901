import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { ApiKey } from '../../src/entities/exchange/ApiKey.ts';
import { BotState } from '../../src/entities/trading/BotState.ts';
import type { Database } from '../../src/services/database/index.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import { Pinned } from '../support/venue/pin.ts';
import { Venue } from '../support/venue/venue.ts';
import { LiveProcess } from './support/live-world.ts';

/* Real processes on one database: their leases outlast these tests, so that only the proof that one is gone can set its bots and keys free. */

const minute = 60_000;
const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

describeOnEachDatabase('a LIVE bot whose process has the lease of its key', (open) => {
  let database: Database;
  let venue: Venue;
  let pinned: Pinned;
  let next: LiveProcess;
  let keyId: string;
  let ids: string[];
  const states = (): Promise<BotState[]> => database.system().find(BotState, { bot: ids });
  const key = (): Promise<ApiKey> => database.system().findOneOrFail(ApiKey, { id: keyId });
  const run = (): unknown[] => ids.map((id) => next.supervisor.find(id)).filter((runner) => runner !== undefined);

  /** A process that runs the bots. */
  async function holder(): Promise<ChildProcess> {
    const script = new URL('support/live-holder.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, ['--import', 'tsx', script, database.url, String(venue.port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('2 run\n');
    return child;
  }

  beforeAll(async () => {
    database = await open();
    venue = await Venue.start({ feeAsset: 'QUOTE' });
    pinned = new Pinned(() => venue);
    const now = Math.floor(venue.now() / minute) * minute;
    const candle = { open: 10_000, high: 10_001, low: 9_999, close: 10_000, volume: 1 };
    const openTimes = Array.from({ length: 700 }, (_, i) => now - (700 - i) * minute);
    venue.addCandles(
      'BTCUSDT',
      '1m',
      openTimes.map((openTime) => ({ openTime, ...candle })),
    );
    venue.setPrice('BTCUSDT', 10_000);
    const maker = await LiveProcess.start(database.url, pinned);
    const ann = await maker.newViewer();
    keyId = await maker.newKey(ann, venue);
    ids = [await maker.newBot(ann, { apiKeyId: keyId }), await maker.newBot(ann, { apiKeyId: keyId })];
    for (const id of ids) await maker.bots.start(ann, id);
    await maker.supervisor.settled();
    await maker.stop();
  });
  afterAll(async () => {
    await next.stop();
    await venue.close();
    await pinned.close();
  });

  it('stays where it is while that process lives, also when it stands still, and is taken over with its key as soon as it was killed', async () => {
    const child = await holder();
    const { leaseToken, leaseOwner } = await key();
    expect(leaseOwner).toMatch(new RegExp(`:${child.pid}:[0-9a-f-]{36}:shown$`));
    next = await LiveProcess.start(database.url, pinned, { isShown: true });
    child.kill('SIGSTOP');
    await next.supervisor.look();
    expect(run()).toEqual([]);
    expect(await key()).toMatchObject({ leaseToken, leaseOwner });
    // Nobody runs one of its bots, and the key is that process's still.
    await database.transaction((em) => em.nativeUpdate(BotState, { bot: ids[0] }, { leaseOwner: null, leaseExpiresAt: null }));
    await next.supervisor.look();
    await next.supervisor.settled();
    expect(run()).toEqual([]);
    expect(await key()).toMatchObject({ leaseToken, leaseOwner });

    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    // A server takes a moment to see that a connection has ended.
    await vi.waitFor(async () => {
      await next.supervisor.look();
      await next.supervisor.settled();
      expect(run()).toHaveLength(2);
    }, 60_000);
    expect(await states()).toEqual([
      expect.objectContaining({ status: 'RUNNING', lastErrorMessage: null }),
      expect.objectContaining({ status: 'RUNNING', lastErrorMessage: null }),
    ]);
    expect(await key()).toMatchObject({ leaseToken: leaseToken + 1, leaseOwner: expect.stringMatching(/:shown$/) });
  });
});
