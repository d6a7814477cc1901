import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { DomainError } from '../../../src/services/errors.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { CandleFeeds } from '../../../src/services/market-data/feeds.ts';
import type { FeedStatus } from '../../../src/services/market-data/feed-health.ts';
import { candlesOf } from '../../../src/trading/series.ts';
import { candle, FakeSource, FakeStore, indexOf, key, minute } from './support/fakes.ts';

/** Of waiting for what comes about soon, on a busy machine too. */
const patience = { timeout: 60_000 };
const noAnswer = new DomainError('EXCHANGE_UNAVAILABLE', 'test did not tell candles of BTC/USDT: 503');

function world() {
  const source = new FakeSource();
  const store = new FakeStore();
  const wall = { time: Date.UTC(2026, 0, 1) };
  const logger = createLogger({ level: 'silent', pretty: false });
  const feeds = new CandleFeeds({ sourceOf: () => source, store, logger, wallClock: () => wall.time });
  const heard: string[] = [];
  const states: string[] = [];
  feeds.onStatus((_key, { state, reason }) => states.push(reason === null ? state : `${state}: ${reason}`));
  const leave = feeds.subscribe(key, ({ candle: { openTime, close }, isClosed }) =>
    heard.push(isClosed ? `closed ${indexOf(openTime)}` : `forming ${indexOf(openTime)} at ${close}`),
  );
  const status = (): FeedStatus => feeds.list()[0].status;
  return { source, store, feeds, heard, states, leave, status, wall };
}

describe('a candle feed in trouble', () => {
  it('lets what comes after a hole wait until the exchange answers, and says why', async () => {
    const { source, store, feeds, heard, states } = world();
    await feeds.settled();
    source.close(0);
    await feeds.settled();
    source.down = noAnswer;
    source.close(1, { silently: true });
    source.close(2);
    source.form(3, 7);
    await sleep(50);
    expect(heard).toEqual(['closed 0']);
    source.down = undefined;
    await feeds.settled();
    expect(heard).toEqual(['closed 0', 'closed 1', 'closed 2', 'forming 3 at 7']);
    expect(store.writes).toEqual([0, 1, 2]);
    expect(states).toEqual([
      'LIVE',
      'DEGRADED: missing candles are being fetched: test did not tell candles of BTC/USDT: 503',
      'LIVE',
    ]);
  });

  it('waits as long as the exchange wants to be left alone', async () => {
    const { source, feeds, heard } = world();
    source.close(0);
    await feeds.settled();
    source.down = new DomainError('EXCHANGE_UNAVAILABLE', 'too many requests', { details: { retryAfterMs: 600 } });
    const before = performance.now();
    source.close(1, { silently: true });
    source.close(2);
    await sleep(20);
    source.down = undefined;
    await feeds.settled();
    expect(performance.now() - before).toBeGreaterThan(590);
    expect(heard).toEqual(['closed 0', 'closed 1', 'closed 2']);
  });

  it('stopped inside a hole, stores nothing behind it: the next start begins at the hole', async () => {
    const { source, store, feeds } = world();
    source.close(0);
    await feeds.settled();
    source.down = noAnswer;
    source.close(1, { silently: true });
    source.close(2);
    await sleep(10);
    await feeds.close();
    expect(store.writes).toEqual([0]);
    source.down = undefined;
    feeds.subscribe(key, () => undefined);
    await feeds.settled();
    expect(store.writes).toEqual([0, 1, 2]);
  });

  it('puts candles right that come in the wrong order', async () => {
    const { source, feeds, heard, store } = world();
    await feeds.settled();
    for (const index of [0, 2, 1]) source.close(index);
    await feeds.settled();
    expect(heard).toEqual(['closed 0', 'closed 1', 'closed 2']);
    expect(store.writes).toEqual([0, 1, 2]);
  });

  it('stores a closed candle that is corrected, and does not tell it closed again', async () => {
    const { source, store, feeds, heard } = world();
    source.close(0, { close: 5 });
    source.close(1);
    await feeds.settled();
    source.close(0, { close: 6 });
    source.close(1);
    await feeds.settled();
    expect(heard).toEqual(['closed 0', 'closed 1']);
    expect(store.rows.get(candle(0).openTime)?.close).toBe(6);
    expect(store.writes).toEqual([0, 1, 0]);
  });

  it('subscribes a silent market again, says so, and tells what the silence swallowed', async () => {
    const { source, feeds, heard, states, wall, status } = world();
    source.close(0);
    await feeds.settled();
    const news = wall.time;
    wall.time += minute + 29_000;
    feeds.check();
    expect(source.subscriptions).toBe(1);
    for (const index of [1, 2]) source.close(index, { silently: true });
    wall.time += 1_000;
    feeds.check();
    await feeds.settled();
    expect(source.subscriptions).toBe(2);
    expect(source.listeners.size).toBe(1);
    expect(heard).toEqual(['closed 0', 'closed 1', 'closed 2']);
    expect(status()).toMatchObject({ state: 'DEGRADED', lastNewsAt: news, since: wall.time });
    feeds.check();
    expect(source.subscriptions).toBe(2);
    source.close(3);
    await feeds.settled();
    const reason = `the exchange has told nothing since ${new Date(news).toISOString()}; it was subscribed again`;
    expect(states).toEqual(['LIVE', `DEGRADED: ${reason}`, 'LIVE']);
    expect(heard.at(-1)).toBe('closed 3');
  });

  it.each([
    ['every second', 1_000, 14_000, 15_000],
    ['every five seconds', 5_000, 49_000, 50_000],
  ])(
    'sees a halt of a market that told something %s soon after its last word, with one question',
    async (_, gap, early, late) => {
      const { source, feeds, wall, status, states } = world();
      for (let news = 0; news < 100; news++, wall.time += gap) source.form(0, news);
      wall.time -= gap;
      await feeds.settled();
      source.halted = true;
      wall.time += early;
      feeds.check();
      expect(source.questions).toBe(0);
      wall.time += late - early;
      feeds.check();
      feeds.check();
      await vi.waitFor(() => expect(status().state).toBe('HALTED'), patience);
      expect([source.questions, source.subscriptions]).toEqual([1, 1]);
      source.form(0, 200);
      expect(states.at(-1)).toBe('LIVE');
    },
  );

  it('takes an unusual silence of a market that trades for nothing but that', async () => {
    const { source, feeds, wall, states } = world();
    for (let news = 0; news < 100; news++, wall.time += 1_000) source.form(0, news);
    await feeds.settled();
    wall.time += 60_000;
    for (let looks = 0; looks < 3; looks++) {
      feeds.check();
      await feeds.settled();
    }
    expect([source.questions, states]).toEqual([1, ['LIVE']]);
  });

  it('survives a market that is taken away, says so, and goes on when it is back', async () => {
    const { source, feeds, heard, wall, status } = world();
    source.close(0);
    await feeds.settled();
    source.gone = true;
    wall.time += 90_000;
    feeds.check();
    expect(status().reason).toMatch(/and cannot be subscribed: no market BTC\/USDT$/);
    source.gone = false;
    wall.time += 90_000;
    feeds.check();
    source.close(1);
    await feeds.settled();
    expect(status().state).toBe('LIVE');
    expect(heard).toEqual(['closed 0', 'closed 1']);
  });

  it('tries again to fetch what it missed before it was opened', async () => {
    const { source, store, feeds, leave, status } = world();
    source.close(0);
    await feeds.settled();
    leave();
    for (const index of [1, 2]) source.close(index, { silently: true });
    source.down = noAnswer;
    feeds.subscribe(key, () => undefined);
    await feeds.settled();
    expect(status().reason).toContain('503');
    source.close(3);
    await feeds.settled();
    source.down = undefined;
    await vi.waitFor(async () => {
      feeds.check();
      await feeds.settled();
      expect([...store.rows.keys()].map(indexOf).sort()).toEqual([0, 1, 2, 3]);
    }, patience);
    expect(status().reason).toBeNull();
  });
});

it('a feed fills the hole that a killed program has left behind newer candles', async () => {
  const source = new FakeSource();
  const store = new FakeStore();
  const feeds = new CandleFeeds({ sourceOf: () => source, store, logger: createLogger({ level: 'silent', pretty: false }) });
  for (const index of [0, 1, 2, 3, 4]) source.close(index, { silently: true });
  await store.upsert(key, candlesOf([candle(0), candle(3), candle(4)]));
  feeds.subscribe(key, () => undefined);
  await feeds.settled();
  expect([...store.rows.keys()].map(indexOf).sort()).toEqual([0, 1, 2, 3, 4]);
});

describe('a candle feed whose database is full', () => {
  const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });

  it('goes on telling, says why it is degraded, and stores by itself when there is room', async () => {
    const { source, store, feeds, heard, status } = world();
    store.failing = full;
    source.close(0);
    source.close(1);
    await feeds.settled();
    expect(heard).toEqual(['closed 0', 'closed 1']);
    expect(status()).toMatchObject({
      state: 'DEGRADED',
      reason: 'closed candles cannot be stored, the disk of the database is full: they are kept and tried again',
    });
    feeds.check();
    await feeds.settled();
    store.failing = undefined;
    feeds.check();
    await feeds.settled();
    expect(store.writes).toEqual([0, 1]);
    expect(status().state).toBe('LIVE');
  });

  it('stores a candle that was corrected meanwhile as it is in the end', async () => {
    const { source, store, feeds, status } = world();
    store.failing = full;
    source.close(0);
    source.close(1);
    await feeds.settled();
    source.close(0, { close: 77 });
    await feeds.settled();
    store.failing = undefined;
    feeds.check();
    await feeds.settled();
    expect([...store.rows.values()].map(({ close }) => close)).toEqual([77, 2]);
    expect(status().state).toBe('LIVE');
  });

  it('keeps 1,000 candles, and fetches older ones again', async () => {
    const { source, store, feeds, status } = world();
    store.failing = full;
    for (let index = 0; index < 1_500; index++) source.close(index);
    await feeds.settled();
    expect(feeds.notStored(key)).toHaveLength(1_000);
    store.failing = undefined;
    feeds.check();
    await feeds.settled();
    expect(store.rows.size).toBe(1_500);
    expect(new Set(store.writes).size).toBe(1_500);
    expect(status().state).toBe('LIVE');
  });
});

describe('candles that the exchange does not make', () => {
  const five = { ...key, timeframe: 'M5' as const };

  function derived() {
    const made = world();
    made.source.timeframes = ['M1', 'M15'];
    const heard: string[] = [];
    const listen = () =>
      made.feeds.subscribe(five, ({ candle: { openTime, open, close, volume }, isClosed }) =>
        heard.push(`${isClosed ? 'closed' : 'forming'} ${indexOf(openTime)}: ${open} to ${close}, ${volume}`),
      );
    return { ...made, heard, listen };
  }

  it('are built from the shared stream of shorter ones', async () => {
    const { source, store, feeds, heard, listen } = derived();
    listen();
    await feeds.settled();
    for (let index = 0; index < 5; index++) source.close(index);
    source.form(5, 77);
    await feeds.settled();
    await feeds.settled();
    expect(heard).toEqual(['closed 0: 1 to 5, 5', 'forming 5: 1 to 77, 1']);
    expect(source.subscriptions).toBe(1);
    expect(store.writes).toEqual([0, 1, 2, 3, 4]);
    expect(store.longer.size).toBe(0);
  });

  it('begin with the parts that closed before anybody listened', async () => {
    const { source, feeds, heard, listen, leave } = derived();
    leave();
    for (const index of [0, 1, 2]) source.close(index, { silently: true });
    listen();
    source.close(3);
    source.close(4);
    await vi.waitFor(() => expect(heard).toEqual(['closed 0: 1 to 5, 5']), patience);
    await feeds.close();
  });

  it('close when the next one begins where the exchange has nothing for their end', async () => {
    const { source, feeds, heard, listen } = derived();
    listen();
    await feeds.settled();
    for (const index of [0, 1, 2, 6]) source.close(index);
    await vi.waitFor(() => expect(heard).toEqual(['closed 0: 1 to 3, 3']), patience);
    await feeds.close();
  });

  it('are stored only where some of their length are stored already', async () => {
    const { source, store, feeds, listen } = derived();
    await store.upsert(five, candlesOf([candle(-5)]));
    listen();
    await feeds.settled();
    for (let index = 0; index < 5; index++) source.close(index);
    await vi.waitFor(() => expect([...store.longer.keys()].map(indexOf)).toEqual([-5, 0]), patience);
    await feeds.close();
  });

  it('have a history of whole candles, holes and all', async () => {
    const { source, feeds } = derived();
    for (const index of [0, 1, 2, 3, 4, 6, 7, 15, 16]) source.close(index, { silently: true });
    const { openTime, close, volume } = await feeds.candlesOf(five).history(key.symbol, 'M5', 0, source.now());
    expect([...openTime].map(indexOf)).toEqual([0, 5]);
    expect([[...close], [...volume]]).toEqual([
      [5, 8],
      [5, 2],
    ]);
    await feeds.close();
  });
});
