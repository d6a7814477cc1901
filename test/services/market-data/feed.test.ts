import { describe, expect, it } from 'vitest';
import { CandleFeeds } from '../../../src/services/market-data/feeds.ts';
import { candleStream, type StreamOptions } from '../../../src/services/market-data/candle-stream.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { candlesOf } from '../../../src/trading/series.ts';
import { candle, FakeSource, FakeStore, indexOf, key, minute, start } from './support/fakes.ts';

function world() {
  const source = new FakeSource();
  const store = new FakeStore();
  const feeds = new CandleFeeds({ sourceOf: () => source, store, logger: createLogger({ level: 'silent', pretty: false }) });
  const listen = () => {
    const heard: string[] = [];
    const leave = feeds.subscribe(key, ({ candle: { openTime, close }, isClosed }) =>
      heard.push(isClosed ? `closed ${indexOf(openTime)}` : `forming ${indexOf(openTime)} at ${close}`),
    );
    return { heard, leave };
  };
  return { source, store, feeds, listen };
}

describe('a candle feed', () => {
  it('is opened once upstream however many listen, and closed when the last one leaves', async () => {
    const { source, feeds, listen } = world();
    const [one, two] = [listen(), listen()];
    source.close(0);
    await feeds.settled();
    expect(one.heard).toEqual(['closed 0']);
    expect(two.heard).toEqual(['closed 0']);
    expect(source.subscriptions).toBe(1);
    one.leave();
    one.leave();
    expect(source.listeners.size).toBe(1);
    two.leave();
    expect(source.listeners.size).toBe(0);
    expect(feeds.size).toBe(0);
    listen();
    expect(source.subscriptions).toBe(2);
  });

  it('stores a closed candle before it tells it, once', async () => {
    const { source, store, feeds } = world();
    const storedWhenTold: boolean[] = [];
    feeds.subscribe(key, ({ candle: { openTime }, isClosed }) => isClosed && storedWhenTold.push(store.rows.has(openTime)));
    feeds.subscribe(key, () => undefined);
    for (const index of [0, 1, 2]) source.close(index);
    await feeds.settled();
    expect(storedWhenTold).toEqual([true, true, true]);
    expect(store.writes).toEqual([0, 1, 2]);
  });

  it('stores nothing of a market that can be generated at any moment, and tells it all the same', async () => {
    const { source, store, feeds, listen } = world();
    source.isGenerated = true;
    const { heard } = listen();
    source.close(0);
    source.close(1, { silently: true });
    source.close(2);
    await feeds.settled();
    expect(heard).toEqual(['closed 0', 'closed 1', 'closed 2']);
    expect(store.writes).toEqual([]);
  });

  it('tells the forming candle at its latest value, after what closed before it', async () => {
    const { source, feeds, listen } = world();
    const { heard } = listen();
    await feeds.settled();
    source.form(0, 5);
    source.close(0);
    source.form(1, 6);
    source.form(1, 7);
    await feeds.settled();
    expect(heard).toEqual(['forming 0 at 5', 'closed 0', 'forming 1 at 7']);
    source.form(1, 8);
    source.form(0, 9);
    await feeds.settled();
    expect(heard.slice(3)).toEqual(['forming 1 at 8']);
  });

  it('never tells a candle twice or backwards', async () => {
    const { source, store, feeds, listen } = world();
    const { heard } = listen();
    for (const index of [3, 4, 4, 3, 5]) source.close(index);
    await feeds.settled();
    expect(heard).toEqual(['closed 3', 'closed 4', 'closed 5']);
    expect(store.writes).toEqual([3, 4, 5]);
  });

  it('fetches what the exchange left out, and tells it in its place', async () => {
    const { source, store, feeds, listen } = world();
    const { heard } = listen();
    source.close(0);
    await feeds.settled();
    source.close(1, { silently: true });
    source.close(2, { silently: true });
    source.close(3);
    await feeds.settled();
    expect(heard).toEqual(['closed 0', 'closed 1', 'closed 2', 'closed 3']);
    expect(store.writes).toEqual([0, 1, 2, 3]);
  });

  it('fills the hole since the last stored candle when it opens', async () => {
    const { source, store, feeds, listen } = world();
    await store.upsert(key, candlesOf([candle(0)]));
    for (const index of [0, 1, 2, 3]) source.close(index, { silently: true });
    const { heard } = listen();
    source.close(4);
    await feeds.settled();
    expect(heard).toEqual(['closed 4']);
    expect(store.writes).toEqual([0, 1, 2, 3, 4]);
  });

  it('goes on telling when the database fails, and stores later what is missing', async () => {
    const { source, store, feeds, listen } = world();
    const { heard } = listen();
    store.failing = new Error('no');
    source.close(0);
    source.close(1);
    await feeds.settled();
    expect(feeds.notStored(key).map(({ openTime }) => indexOf(openTime))).toEqual([0, 1]);
    store.failing = undefined;
    source.close(2);
    await feeds.settled();
    expect(heard).toEqual(['closed 0', 'closed 1', 'closed 2']);
    expect(store.writes).toEqual([0, 1, 2]);
    expect(feeds.notStored(key)).toEqual([]);
  });

  it('is not stopped by a listener that fails', async () => {
    const { source, feeds, listen } = world();
    feeds.subscribe(key, () => {
      throw new Error('a defect');
    });
    const { heard } = listen();
    source.close(0);
    source.close(1);
    await feeds.settled();
    expect(heard).toEqual(['closed 0', 'closed 1']);
  });

  it('stores what it has received before it is closed', async () => {
    const { source, store, feeds, listen } = world();
    listen();
    await feeds.settled();
    source.close(0);
    await feeds.close();
    expect(store.writes).toEqual([0]);
    source.close(1);
    expect(store.writes).toEqual([0]);
  });

  it('survives 5,000 candles in one breath', async () => {
    const { source, store, feeds, listen } = world();
    const { heard } = listen();
    for (let index = 0; index < 5_000; index++) source.close(index);
    await feeds.settled();
    expect(heard).toHaveLength(5_000);
    expect(store.rows.size).toBe(5_000);
  });

  it('refuses a market that the exchange has not, and stays closed', () => {
    const { feeds } = world();
    expect(() => feeds.subscribe({ ...key, symbol: 'GOLD/USD' }, () => undefined)).toThrow('no market GOLD/USD');
    expect(feeds.size).toBe(0);
  });
});

describe('a stream of candles for one subscriber', () => {
  function subscriber(changes: Partial<StreamOptions> = {}) {
    const { source, store, feeds } = world();
    let reads = 0;
    const stream = candleStream(
      {
        now: () => source.now(),
        subscribe: (series, listener) => feeds.subscribe(series, listener),
        closedFrom: (_key, from, limit) => {
          reads += 1;
          const rows = [...store.rows.values()].filter(({ openTime }) => openTime >= from).slice(0, limit);
          return Promise.resolve(rows);
        },
      },
      { key, closedOnly: false, maxRate: 1_000, ...changes },
    );
    const next = async (): Promise<string> => {
      const step = await stream.next();
      if (step.done) return 'end';
      const {
        candle: { openTime, close },
        isClosed,
      } = step.value;
      return isClosed ? `closed ${indexOf(openTime)}` : `forming ${indexOf(openTime)} at ${close}`;
    };
    const take = async (count: number): Promise<string[]> => {
      const taken: string[] = [];
      for (let i = 0; i < count; i++) taken.push(await next());
      return taken;
    };
    return { source, store, feeds, stream, next, take, readCount: () => reads };
  }
  const closedRange = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `closed ${from + i}`);

  it('gives past candles since a moment, then live ones, without a seam', async () => {
    const { source, store, feeds, next, take } = subscriber({ since: start + 30_000 });
    for (let index = 0; index < 2_500; index++) source.close(index, { silently: true });
    await store.upsert(key, candlesOf(source.past));
    const first = await next();
    source.close(2_500);
    source.close(2_501);
    await feeds.settled();
    expect([first, ...(await take(2_500))]).toEqual(closedRange(1, 2_502));
    const pending = next();
    source.close(2_502);
    expect(await pending).toBe('closed 2502');
  });

  it('begins with the next candle when no moment is given', async () => {
    const { source, store, next, readCount } = subscriber();
    await store.upsert(key, candlesOf([candle(0), candle(1)]));
    source.time = start + 2 * minute + 1_000;
    const pending = next();
    source.close(1);
    source.close(2);
    expect(await pending).toBe('closed 2');
    expect(readCount()).toBe(0);
  });

  it('loses no closed candle of a reader that sleeps, and holds only few of them', async () => {
    const { source, feeds, next, take } = subscriber();
    const first = next();
    source.close(0);
    expect(await first).toBe('closed 0');
    for (let index = 1; index < 3_000; index++) {
      source.close(index);
      source.form(index + 1, index);
    }
    await feeds.settled();
    expect(await take(3_000)).toEqual([...closedRange(1, 3_000), 'forming 3000 at 2999']);
  });

  it('tells the forming candle at most so many times a second, and its last value always', async () => {
    const { source, next } = subscriber({ maxRate: 20 });
    const pending = next();
    const before = performance.now();
    source.form(0, 1);
    expect(await pending).toBe('forming 0 at 1');
    const second = next();
    for (let close = 2; close <= 50; close++) source.form(0, close);
    expect(await second).toBe('forming 0 at 50');
    expect(performance.now() - before).toBeGreaterThan(40);
  });

  it('does not make closed candles wait for the rate of the forming one', async () => {
    const { source, next } = subscriber({ maxRate: 1 });
    const first = next();
    source.form(0, 1);
    await first;
    const second = next();
    source.form(0, 2);
    source.close(0);
    expect(await second).toBe('closed 0');
  });

  it('leaves the forming candle out when only closed ones are wanted', async () => {
    const { source, next } = subscriber({ closedOnly: true });
    const pending = next();
    source.form(0, 1);
    source.close(0);
    expect(await pending).toBe('closed 0');
  });

  it('ends at once when its reader leaves or the operation is aborted, and frees the feed', async () => {
    for (const how of ['return', 'abort'] as const) {
      const abort = new AbortController();
      const { source, stream, next } = subscriber({ signal: abort.signal });
      const pending = next();
      await Promise.resolve();
      expect(source.listeners.size).toBe(1);
      if (how === 'return') await stream.return?.();
      else abort.abort();
      expect(await pending).toBe('end');
      expect(source.listeners.size).toBe(0);
    }
  });

  it('fails at the first step for a market that is not there', async () => {
    const { stream } = subscriber({ key: { ...key, symbol: 'GOLD/USD' } });
    await expect(stream.next()).rejects.toThrow('no market GOLD/USD');
  });
});
