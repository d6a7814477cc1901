import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Event } from '../../../src/entities/operations/Event.ts';
import { User } from '../../../src/entities/identity/User.ts';
import { systemClock } from '../../../src/services/clock.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { CursorCodec } from '../../../src/services/events/cursor.ts';
import { EventHub } from '../../../src/services/events/hub.ts';
import { EventLog } from '../../../src/services/events/log.ts';
import { newId } from '../../../src/services/ids.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

const silent = createLogger({ level: 'silent', pretty: false });

describeOnEachDatabase('the event log', (open) => {
  let database: Database;
  let log: EventLog;
  let ann: string;
  let bob: string;

  const newUser = (name: string): Promise<string> =>
    database.transaction(async (em) => {
      const user = em.create(User, { email: `${name}-${newId()}@example.com`, passwordHash: 'x' });
      await em.persist(user).flush();
      return user.id;
    });
  const append = (userId: string, ...numbers: number[]): Promise<number> =>
    database.transaction((em) => {
      const [first, ...more] = numbers.map((number) => ({ userId, type: 'BOT_CHANGED' as const, payload: { number } }));
      return log.append(em, first, ...more);
    });
  const numbersOf = async (userId: string, after = 0): Promise<unknown[]> =>
    (await log.read(userId, after, 10_000)).map(({ payload }) => (payload as { number: number }).number);

  beforeAll(async () => {
    database = await open();
  });
  beforeEach(async () => {
    log = new EventLog(database, systemClock);
    [ann, bob] = await Promise.all([newUser('ann'), newUser('bob')]);
  });

  it('numbers each person’s events from 1 without gaps, and tells them in order', async () => {
    await append(ann, 10);
    await append(bob, 99);
    expect(await append(ann, 20, 30)).toBe(3);
    expect((await log.read(ann, 0, 10)).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(await numbersOf(ann, 1)).toEqual([20, 30]);
    expect(await numbersOf(bob)).toEqual([99]);
    expect(await log.heads([ann, bob])).toEqual(
      new Map([
        [ann, 3],
        [bob, 1],
      ]),
    );
  });

  it('gives back payload, subjects and time as they were', async () => {
    const at = new Date('2026-03-01T12:00:00.123Z');
    const [botId, orderId] = [newId(), newId()];
    const payload = { order: { price: '0.000000012345678901', note: 'ünï', none: null }, list: [1, 2] };
    await database.transaction((em) =>
      log.append(em, { userId: ann, type: 'ORDER_CHANGED', subjects: { botId, orderId }, payload, at }),
    );
    const [event] = await log.read(ann, 0, 1);
    expect(event).toMatchObject({ type: 'ORDER_CHANGED', subjects: { botId, orderId, tradeId: null }, payload, at });
    expect(event.size).toBeGreaterThan(50);
  });

  it('knows nothing of a transaction that was rolled back, and leaves no gap for it', async () => {
    let woken = 0;
    log.onAppended(() => (woken += 1));
    await append(ann, 1);
    const failing = database.transaction(async (em) => {
      await log.append(em, { userId: ann, type: 'BOT_CHANGED', payload: { number: 2 } });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await append(ann, 3);
    expect((await log.read(ann, 0, 10)).map(({ sequence, payload }) => [sequence, payload])).toEqual([
      [1, { number: 1 }],
      [2, { number: 3 }],
    ]);
    expect(woken).toBe(2);
  });

  it('wakes its listeners after the commit, when the event can be read', async () => {
    const seen: Promise<unknown[]>[] = [];
    log.onAppended((userId) => seen.push(numbersOf(userId)));
    await append(ann, 7);
    expect(await Promise.all(seen)).toEqual([[7]]);
  });

  it('has no gap and no disorder when many transactions append at once', async () => {
    const readers = new Set<number>();
    let done = false;
    const observed: number[] = [];
    const watching = (async () => {
      for (let after = 0; !done || after < 120;) {
        const page = await log.read(ann, after, 1_000);
        for (const { sequence } of page) {
          observed.push(sequence);
          after = sequence;
        }
        readers.add(page.length);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await Promise.all(Array.from({ length: 60 }, (_, i) => append(ann, i * 2, i * 2 + 1)));
    done = true;
    await watching;
    // Whoever reads while others commit never sees a later number before an earlier one.
    expect(observed).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
    expect(new Set(await numbersOf(ann)).size).toBe(120);
  });

  it('is written inside a transaction only, for one user at a time, and only for users that exist', async () => {
    const draft = { userId: ann, type: 'BOT_CHANGED' as const, payload: {} };
    await expect(log.append(database.system(), draft)).rejects.toThrow('inside the transaction');
    await expect(database.transaction((em) => log.append(em, draft, { ...draft, userId: bob }))).rejects.toThrow('one user');
    await expect(append(newId(), 1)).rejects.toThrow('no user');
    expect(await log.head(ann)).toBe(0);
  });

  it('keeps counting when old events are deleted, and says where it begins', async () => {
    await append(ann, 1, 2, 3);
    expect(await log.first(ann)).toBe(1);
    await database.transaction((em) => em.nativeDelete(Event, { user: ann, sequence: { $lte: 2 } }));
    expect(await log.first(ann)).toBe(3);
    await database.transaction((em) => em.nativeDelete(Event, { user: ann }));
    expect(await log.first(ann)).toBe(4);
    expect(await append(ann, 4)).toBe(4);
  });

  describe('behind a hub', () => {
    const cursors = new CursorCodec(new Uint8Array(32).fill(3), 'database');
    const openHub = (options = {}): EventHub => {
      const hub = new EventHub(log, cursors, systemClock, silent, options);
      log.onAppended((userId) => hub.wake(userId));
      return hub;
    };
    const numbers = async (
      hub: EventHub,
      userId: string,
      count: number,
      { after, isLive }: { after?: string; isLive?: () => void } = {},
    ): Promise<number[]> => {
      const stream = await hub.stream({ userId, after, wants: () => true, snapshot: () => Promise.resolve([]) });
      const found: number[] = [];
      for await (const item of stream) {
        if (item.kind === 'CHECKPOINT') isLive?.();
        if (item.kind === 'EVENT') found.push(item.event.sequence);
        if (found.length === count) break;
      }
      return found;
    };
    /** Resolves once the reader would hear of what happens from now on. */
    const following = async (hub: EventHub, userId: string, count: number): Promise<{ found: Promise<number[]> }> => {
      let isLive = (): void => undefined;
      const live = new Promise<void>((resolve) => (isLive = resolve));
      const found = numbers(hub, userId, count, { isLive });
      await live;
      return { found };
    };

    it('reaches every live reader of its user, in order, and nobody else', async () => {
      const hub = openHub();
      const readers = [await following(hub, ann, 40), await following(hub, ann, 40), await following(hub, bob, 20)];
      await Promise.all([...Array(20).keys()].flatMap((i) => [append(ann, i), append(bob, i), append(ann, i)]));
      const [one, two, other] = await Promise.all(readers.map(({ found }) => found));
      expect(one).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
      expect(two).toEqual(one);
      expect(other).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(hub.load.streams).toBe(0);
      hub.close();
    });

    it('catches up from a cursor while others append, without gap or duplicate', async () => {
      await append(ann, ...Array(30).keys());
      const hub = openHub({ pageSize: 7 });
      const reading = numbers(hub, ann, 70, { after: cursors.encode(ann, 10) });
      await Promise.all([...Array(25).keys()].map((i) => append(ann, i, i)));
      expect(await reading).toEqual(Array.from({ length: 70 }, (_, i) => i + 11));
      hub.close();
    });

    it('reaches readers in another process by polling', async () => {
      const elsewhere = new EventHub(new EventLog(database, systemClock), cursors, systemClock, silent, { pollMs: 20 });
      elsewhere.start();
      const { found } = await following(elsewhere, ann, 2);
      await append(ann, 1, 2);
      expect(await found).toEqual([1, 2]);
      elsewhere.close();
    });
  });
});
