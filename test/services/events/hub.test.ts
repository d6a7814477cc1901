import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '../../../src/services/errors.ts';
import { CursorCodec } from '../../../src/services/events/cursor.ts';
import { EventHub } from '../../../src/services/events/hub.ts';
import type { StreamItem, StreamRequest } from '../../../src/services/events/stream.ts';
import type { TailOptions } from '../../../src/services/events/tail.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { MemoryLog } from './memory-log.ts';

const cursors = new CursorCodec(new Uint8Array(32).fill(7), 'database-1');
const hubs: EventHub[] = [];
afterEach(() => {
  for (const hub of hubs.splice(0)) hub.close();
});

function setUp(options: Partial<TailOptions> = {}) {
  const log = new MemoryLog();
  const hub = new EventHub(log, cursors, { now: () => new Date() }, createLogger({ level: 'silent', pretty: false }), options);
  hubs.push(hub);
  /** Appends and wakes, as a commit does. */
  const publish = (userId: string, payload: object = {}): void => {
    log.append(userId, payload);
    hub.wake(userId);
  };
  const open = (userId: string, request: Partial<StreamRequest<string>> = {}) =>
    hub.stream<string>({ userId, wants: () => true, snapshot: () => Promise.resolve([]), ...request });
  return { log, hub, publish, open };
}

type Stream = AsyncIterator<StreamItem<string>>;

async function take(stream: Stream, count: number): Promise<StreamItem<string>[]> {
  const items: StreamItem<string>[] = [];
  while (items.length < count) {
    const step = await stream.next();
    if (step.done) break;
    items.push(step.value);
  }
  return items;
}

/** Reads until `count` events came, leaving checkpoints out. */
async function takeEvents(stream: Stream, count: number): Promise<number[]> {
  const sequences: number[] = [];
  while (sequences.length < count) {
    const step = await stream.next();
    if (step.done) break;
    if (step.value.kind === 'EVENT') sequences.push(step.value.event.sequence);
  }
  return sequences;
}

const upTo = (count: number, from = 1): number[] => Array.from({ length: count }, (_, index) => from + index);
const kinds = (items: readonly StreamItem<string>[]): string[] => items.map((item) => item.kind);
const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe('a live stream', () => {
  it('begins with a checkpoint and then tells only what happens from there', async () => {
    const { open, publish } = setUp();
    publish('ann');
    publish('ann');
    const stream = await open('ann');
    expect(kinds(await take(stream, 1))).toEqual(['CHECKPOINT']);
    publish('ann');
    publish('ann');
    expect(await takeEvents(stream, 2)).toEqual([3, 4]);
  });

  it('tells 5,000 events that were published in one go, to each of three readers, in order', async () => {
    const { open, publish } = setUp();
    const streams = await Promise.all([open('ann'), open('ann'), open('ann')]);
    await Promise.all(streams.map((stream) => take(stream, 1)));
    const reading = streams.map((stream) => takeEvents(stream, 5_000));
    await turns(3);
    for (let i = 0; i < 5_000; i++) publish('ann', { i });
    for (const sequences of await Promise.all(reading)) expect(sequences).toEqual(upTo(5_000));
  });

  it('never shows an event of another user, under interleaved bursts', async () => {
    const { open, publish } = setUp();
    const users = ['ann', 'bob', 'cid'];
    const streams = await Promise.all(users.map((user) => open(user)));
    const reading = streams.map(async (stream) => {
      const items = await take(stream, 301);
      return items.flatMap((item) => (item.kind === 'EVENT' ? [item.event.payload] : []));
    });
    for (let burst = 0; burst < 30; burst++) {
      for (let i = 0; i < 10; i++) for (const user of users) publish(user, { owner: user });
      await turns(burst % 3);
    }
    const payloads = await Promise.all(reading);
    payloads.forEach((own, index) => expect(own).toEqual(Array.from({ length: 300 }, () => ({ owner: users[index] }))));
  });

  it('leaves out what its reader does not want, and its checkpoints still move on', async () => {
    const { open, publish, hub } = setUp({ checkpointMs: 60 });
    hub.start();
    const stream = await open('ann', { wants: (event) => event.sequence % 2 === 0 });
    await take(stream, 1);
    for (let i = 0; i < 5; i++) publish('ann');
    expect(await takeEvents(stream, 2)).toEqual([2, 4]);
    const [checkpoint] = await take(stream, 1);
    expect(checkpoint?.kind).toBe('CHECKPOINT');
    expect(cursors.decode('ann', checkpoint.cursor)).toMatchObject({ position: { sequence: 5 } });
  });

  it('gets a checkpoint whenever it has been quiet for a while', async () => {
    const { open, hub } = setUp({ checkpointMs: 40 });
    hub.start();
    const stream = await open('ann');
    expect(kinds(await take(stream, 4))).toEqual(['CHECKPOINT', 'CHECKPOINT', 'CHECKPOINT', 'CHECKPOINT']);
  });

  it.each([
    ['nothing happens', 0],
    ['something happens all the time that it does not want', 1],
    ['what it does want happens now and then', 2],
  ])('hears something at least every 15 seconds, as options are by default, while %s', async (_what, mode) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    try {
      const { open, publish, hub } = setUp();
      hub.start();
      const stream = await open('ann', { wants: () => mode === 2 });
      const heardAt: number[] = [];
      const reading = (async () => {
        for (let step = await stream.next(); !step.done; step = await stream.next()) heardAt.push(performance.now());
      })();
      await turns(5);
      for (let quarter = 1; quarter <= 4 * 120; quarter++) {
        if (mode === 1 || (mode === 2 && quarter % (4 * 23) === 0)) publish('ann');
        vi.advanceTimersByTime(250);
        await turns(5);
      }
      const gaps = heardAt.map((at, index) => at - (heardAt[index - 1] ?? heardAt[0]));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(15_000);
      expect(performance.now() - (heardAt.at(-1) ?? 0)).toBeLessThanOrEqual(15_000);
      expect(heardAt.length).toBeGreaterThanOrEqual(8);
      await stream.return?.();
      await reading;
    } finally {
      vi.useRealTimers();
    }
  });

  it('finds what was committed without a wake-up, by polling', async () => {
    const { open, log, hub } = setUp({ pollMs: 20 });
    hub.start();
    const stream = await open('ann');
    await take(stream, 1);
    log.append('ann');
    expect(await takeEvents(stream, 1)).toEqual([1]);
  });

  it('goes on after the log could not be read for a moment', async () => {
    const { open, log, publish, hub } = setUp({ pollMs: 20 });
    hub.start();
    const stream = await open('ann');
    await take(stream, 1);
    const reading = takeEvents(stream, 2);
    await turns(8);
    log.failNextRead = true;
    publish('ann');
    publish('ann');
    expect(await reading).toEqual([1, 2]);
  });

  it('ends at once when its reader leaves, also in the middle of waiting, and leaves nothing behind', async () => {
    const { open, hub } = setUp();
    const stream = await open('ann');
    await take(stream, 1);
    const waiting = stream.next();
    await turns(8);
    expect(hub.load.streams).toBe(1);
    await stream.return?.();
    expect((await waiting).done).toBe(true);
    expect(hub.load).toEqual({ streams: 0, longestQueue: 0 });
  });

  it('ends with SHUTTING_DOWN and its last cursor when the process stops', async () => {
    const { open, publish, hub } = setUp();
    const stream = await open('ann');
    await take(stream, 1);
    publish('ann');
    const [event] = await take(stream, 1);
    const waiting = stream.next();
    await turns(2);
    hub.close();
    const error = await waiting.then(undefined, (reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SHUTTING_DOWN', details: { cursor: event.cursor } });
    await expect(open('ann')).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });
});

describe('a reader that stalls', () => {
  it.each([
    { name: 'by number', limits: { items: 100, bytes: 1_000_000 }, payload: {} },
    { name: 'by size', limits: { items: 100_000, bytes: 10_000 }, payload: { text: 'x'.repeat(500) } },
  ])('is closed with its last cursor once its queue is full $name, and others read on', async ({ limits, payload }) => {
    const { open, publish, hub } = setUp({ limits, pageSize: 10 });
    const stalled = await open('ann');
    const healthy = await open('ann');
    const reading = takeEvents(healthy, 1_000);
    await take(stalled, 1);
    const taking = take(stalled, 1);
    await turns(8);
    publish('ann', payload);
    const [first] = await taking;
    let longest = 0;
    for (let i = 1; i < 1_000; i++) {
      publish('ann', payload);
      await turns(1);
      longest = Math.max(longest, hub.load.longestQueue);
    }
    expect(await reading).toEqual(upTo(1_000));
    expect(longest).toBeLessThanOrEqual(100);
    const error = await stalled.next().then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: 'SLOW_CONSUMER', details: { cursor: first.cursor } });
    expect(hub.load.longestQueue).toBe(0);
  });

  it('resumes after the cursor of the error and has then seen everything once', async () => {
    const { open, publish } = setUp({ limits: { items: 50, bytes: 1_000_000 }, pageSize: 10 });
    const stalled = await open('ann');
    await take(stalled, 1);
    const seen = takeEvents(stalled, 1);
    await turns(8);
    for (let i = 0; i < 500; i++) publish('ann');
    const before = await seen;
    await turns(200);
    const error = await stalled.next().then(undefined, (reason: unknown) => reason);
    const resumed = await open('ann', { after: error instanceof DomainError ? String(error.details['cursor']) : 'none' });
    expect([...before, ...(await takeEvents(resumed, 499))]).toEqual(upTo(500));
  });
});

describe('a stream that resumes after a cursor', () => {
  it('tells exactly what followed, then goes on live, whatever commits while it catches up', async () => {
    const burst = fc.record({ events: fc.integer({ min: 1, max: 7 }), wait: fc.integer({ min: 0, max: 6 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 30 }),
        fc.array(burst, { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
        fc.boolean(),
        async (before, bursts, latencies, isTailRunning) => {
          const { open, log, publish, hub } = setUp({ pageSize: 5 });
          log.latency = () => latencies.next().value ?? 0;
          for (let i = 0; i < before; i++) log.append('ann');
          const start = Math.floor(before / 2);
          const total = before + bursts.reduce((sum, { events }) => sum + events, 0);
          // With another reader there, the tail may be ahead of the one that joins, or behind it.
          const other = isTailRunning ? takeEvents(await open('ann', { after: cursors.encode('ann', 0) }), total) : upTo(total);
          const reading = takeEvents(await open('ann', { after: cursors.encode('ann', start) }), total - start);
          for (const { events, wait } of bursts) {
            for (let i = 0; i < events; i++) publish('ann');
            await turns(wait);
          }
          expect(await reading).toEqual(upTo(total - start, start + 1));
          expect(await other).toEqual(upTo(total));
          hub.close();
        },
      ),
      { numRuns: 300, timeout: 30_000 },
    );
  });

  it('refuses a cursor that was made up or belongs to someone else', async () => {
    const { open } = setUp();
    await expect(open('ann', { after: 'made-up' })).rejects.toMatchObject({ code: 'BAD_CURSOR', path: ['after'] });
    await expect(open('ann', { after: cursors.encode('bob', 0) })).rejects.toMatchObject({ code: 'BAD_CURSOR' });
  });

  const elsewhere = new CursorCodec(new Uint8Array(32).fill(7), 'database-2');
  it.each([
    { name: 'is of another database', after: elsewhere.encode('ann', 3), reason: /another database/ },
    { name: 'is ahead of the log', after: cursors.encode('ann', 99), reason: /restored/ },
    { name: 'is older than what is kept', after: cursors.encode('ann', 3), reason: /older than/ },
  ])('is reset and gets a snapshot when the cursor $name', async ({ after, reason }) => {
    const { open, log, publish } = setUp();
    for (let i = 0; i < 10; i++) log.append('ann');
    log.prune('ann', 6);
    const stream = await open('ann', { after, snapshot: () => Promise.resolve(['one', 'two']) });
    const items = await take(stream, 4);
    expect(kinds(items)).toEqual(['RESET', 'SNAPSHOT', 'SNAPSHOT', 'SNAPSHOT_END']);
    expect(items[0]).toMatchObject({ reason: expect.stringMatching(reason) });
    publish('ann');
    expect(await takeEvents(stream, 1)).toEqual([11]);
  });

  it('is not reset by a cursor at the very edge of what is kept', async () => {
    const { open, log } = setUp();
    for (let i = 0; i < 10; i++) log.append('ann');
    log.prune('ann', 6);
    const stream = await open('ann', { after: cursors.encode('ann', 6) });
    expect(await takeEvents(stream, 4)).toEqual([7, 8, 9, 10]);
  });

  it('is reset when the events it is reading are deleted under its eyes', async () => {
    const { open, log } = setUp({ pageSize: 3 });
    for (let i = 0; i < 10; i++) log.append('ann');
    const stream = await open('ann', { after: cursors.encode('ann', 1), snapshot: () => Promise.resolve(['now']) });
    expect(await takeEvents(stream, 3)).toEqual([2, 3, 4]);
    log.prune('ann', 8);
    expect(kinds(await take(stream, 3))).toEqual(['RESET', 'SNAPSHOT', 'SNAPSHOT_END']);
  });
});

describe('a snapshot', () => {
  it('comes first, ends with a mark, and events follow from before it was read', async () => {
    const { open, log } = setUp();
    log.append('ann');
    const stream = await open('ann', {
      start: 'SNAPSHOT',
      snapshot: () => {
        log.append('ann');
        return Promise.resolve(['one', 'two']);
      },
    });
    const items = await take(stream, 4);
    expect(kinds(items)).toEqual(['SNAPSHOT', 'SNAPSHOT', 'SNAPSHOT_END', 'EVENT']);
    expect(items[3]).toMatchObject({ event: { sequence: 2 } });
  });

  it('that was cut off is sent again from its beginning', async () => {
    const { open } = setUp();
    const items = ['one', 'two', 'three'];
    const snapshot = (): Promise<string[]> => Promise.resolve(items);
    const [, second] = await take(await open('ann', { start: 'SNAPSHOT', snapshot }), 2);
    const resumed = await open('ann', { after: second.cursor, snapshot });
    expect(kinds(await take(resumed, 4))).toEqual(['SNAPSHOT', 'SNAPSHOT', 'SNAPSHOT', 'SNAPSHOT_END']);
  });

  it('is not sent when a good cursor says where to go on', async () => {
    const { open, log } = setUp();
    log.append('ann');
    log.append('ann');
    const stream = await open('ann', { start: 'SNAPSHOT', after: cursors.encode('ann', 1) });
    expect(kinds(await take(stream, 1))).toEqual(['EVENT']);
  });
});

describe('events for pollers', () => {
  const wants = (): boolean => true;

  it('come page by page until there is no more, and then from there', async () => {
    const { hub, publish } = setUp();
    const begun = await hub.page({ userId: 'ann', wants }, 10);
    expect(begun).toMatchObject({ items: [], hasMore: false, reset: null });
    for (let i = 0; i < 25; i++) publish('ann');
    publish('bob');
    const sequences: number[][] = [];
    let after = begun.cursor;
    for (let hasMore = true; hasMore;) {
      const page = await hub.page({ userId: 'ann', after, wants }, 10);
      sequences.push(page.items.map(({ event }) => event.sequence));
      ({ cursor: after, hasMore } = page);
    }
    expect(sequences).toEqual([upTo(10), upTo(10, 11), upTo(5, 21)]);
    expect(await hub.page({ userId: 'ann', after, wants }, 10)).toMatchObject({ items: [], cursor: after, hasMore: false });
  });

  it('that nobody wanted are passed over, and not looked at again', async () => {
    const { hub, publish } = setUp();
    const { cursor } = await hub.page({ userId: 'ann', wants }, 10);
    for (let i = 0; i < 3; i++) publish('ann');
    const page = await hub.page({ userId: 'ann', after: cursor, wants: ({ sequence }) => sequence === 2 }, 10);
    expect(page.items.map(({ event }) => event.sequence)).toEqual([2]);
    expect(page.cursor).toBe(cursors.encode('ann', 3));
  });

  it.each([
    ['another database', new CursorCodec(new Uint8Array(32), 'another').encode('ann', 1), 'the cursor is of another database'],
    ['an older copy', cursors.encode('ann', 99), 'the cursor is ahead of the log: the database was restored from an older copy'],
    ['within a snapshot', cursors.encode('ann', 1, true), 'the cursor is from within a snapshot'],
  ])('after a cursor of %s say so', async (_what, after, reset) => {
    const { hub, publish } = setUp();
    publish('ann');
    expect(await hub.page({ userId: 'ann', after, wants }, 10)).toMatchObject({ items: [], reset });
  });

  it.each([['made-up'], [cursors.encode('bob', 1)]])('after the cursor %s are refused', async (after) => {
    const { hub } = setUp();
    await expect(hub.page({ userId: 'ann', after, wants }, 10)).rejects.toMatchObject({ code: 'BAD_CURSOR' });
  });
});
