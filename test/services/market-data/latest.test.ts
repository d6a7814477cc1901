import { describe, expect, it } from 'vitest';
import type { Unsubscribe } from '../../../src/services/exchanges/port/subscription.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { LatestFeeds, type MarketKey } from '../../../src/services/market-data/latest-feeds.ts';
import { latestStream } from '../../../src/services/market-data/latest-stream.ts';

const bitcoin: MarketKey = { exchange: 'test', symbol: 'BTC/USDT' };
const ether: MarketKey = { exchange: 'test', symbol: 'ETH/USDT' };

function world() {
  const upstream = new Map<string, (value: string) => void>();
  const wall = { time: 1_000_000 };
  const state = { opened: 0, gone: false };
  const feeds = new LatestFeeds<string>({
    what: 'tickers',
    open: ({ symbol }, listener): Unsubscribe => {
      if (state.gone) throw new Error(`no market ${symbol}`);
      state.opened += 1;
      upstream.set(symbol, listener);
      return () => upstream.delete(symbol);
    },
    logger: createLogger({ level: 'silent', pretty: false }),
    now: () => wall.time,
  });
  const listen = (key = bitcoin) => {
    const heard: string[] = [];
    return { heard, leave: feeds.subscribe(key, (value) => heard.push(value)) };
  };
  const tell = (value: string, key = bitcoin): void => upstream.get(key.symbol)?.(value);
  return { feeds, upstream, wall, state, listen, tell };
}

describe('feeds of latest values', () => {
  it('are opened once upstream for all listeners, and closed with the last', () => {
    const { feeds, state, listen, tell, upstream } = world();
    const [one, two] = [listen(), listen()];
    tell('a');
    one.leave();
    one.leave();
    tell('b');
    expect([one.heard, two.heard]).toEqual([['a'], ['a', 'b']]);
    expect(state.opened).toBe(1);
    two.leave();
    expect([feeds.size, upstream.size]).toEqual([0, 0]);
  });

  it('tell a late listener the newest value at once', () => {
    const { feeds, listen, tell } = world();
    listen();
    tell('a');
    expect(listen().heard).toEqual(['a']);
    expect(feeds.newest(bitcoin)).toBe('a');
    expect(feeds.newest(ether)).toBeUndefined();
  });

  it('are subscribed again after a minute of silence, and show nothing old meanwhile', () => {
    const { feeds, state, listen, tell, wall } = world();
    const { heard } = listen();
    tell('a');
    wall.time += 59_999;
    feeds.check();
    expect(state.opened).toBe(1);
    wall.time += 1;
    feeds.check();
    feeds.check();
    expect(state.opened).toBe(2);
    expect(feeds.newest(bitcoin)).toBeUndefined();
    tell('b');
    expect(heard).toEqual(['a', 'b']);
  });

  it('survive a market that is taken away, and go on when it is back', () => {
    const { feeds, state, listen, tell, wall } = world();
    const { heard } = listen();
    state.gone = true;
    wall.time += 60_000;
    feeds.check();
    state.gone = false;
    wall.time += 60_000;
    feeds.check();
    tell('a');
    expect(heard).toEqual(['a']);
  });

  it('are not stopped by a listener that fails, and refuse a market that is not there', () => {
    const { feeds, state, listen, tell } = world();
    feeds.subscribe(bitcoin, () => {
      throw new Error('a defect');
    });
    const { heard } = listen();
    tell('a');
    expect(heard).toEqual(['a']);
    state.gone = true;
    expect(() => feeds.subscribe(ether, () => undefined)).toThrow('no market ETH/USDT');
    expect(feeds.size).toBe(1);
  });
});

describe('a stream of latest values', () => {
  function stream(maxRate: number, keys: readonly MarketKey[] = [bitcoin], signal?: AbortSignal) {
    const made = world();
    const subscribe = (key: MarketKey, listener: (value: string) => void): Unsubscribe => made.feeds.subscribe(key, listener);
    const items = latestStream({ keys, subscribe, maxRate, ...(signal && { signal }) });
    return { ...made, items, next: async () => (await items.next()).value as string | undefined };
  }

  it('conflates what its reader does not take, and always tells the last value', async () => {
    const { tell, next } = stream(1_000);
    const first = next();
    tell('a');
    expect(await first).toBe('a');
    for (const value of ['b', 'c', 'd']) tell(value);
    expect(await next()).toBe('d');
  });

  it('keeps to its rate, and tells the last value when it may', async () => {
    const { tell, next } = stream(20);
    const first = next();
    const before = performance.now();
    tell('a');
    await first;
    const second = next();
    tell('b');
    tell('c');
    expect(await second).toBe('c');
    expect(performance.now() - before).toBeGreaterThan(40);
  });

  it('gives each market its turn, however busy another one is', async () => {
    const { tell, next } = stream(1_000, [bitcoin, ether]);
    const first = next();
    tell('b1');
    expect(await first).toBe('b1');
    tell('e1', ether);
    tell('b2');
    expect([await next(), await next()]).toEqual(['e1', 'b2']);
  });

  it.each(['return', 'abort'] as const)('ends at once on %s, and frees the feeds', async (how) => {
    const abort = new AbortController();
    const { items, next, feeds } = stream(4, [bitcoin, ether], abort.signal);
    const pending = next();
    await Promise.resolve();
    expect(feeds.size).toBe(2);
    if (how === 'return') await items.return?.();
    else abort.abort();
    expect(await pending).toBeUndefined();
    expect(feeds.size).toBe(0);
  });

  it('fails at the first step for a market that is not there, and leaves the others', async () => {
    const { items, state, feeds } = stream(4, [bitcoin, ether]);
    state.gone = true;
    await expect(items.next()).rejects.toThrow('no market BTC/USDT');
    expect(feeds.size).toBe(0);
  });
});
