import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '../../../src/services/errors.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { CandleFeeds } from '../../../src/services/market-data/feeds.ts';
import { candlesOf } from '../../../src/trading/series.ts';
import { ShiftedTime } from './faults/shifted-time.ts';
import { candle, FakeSource, FakeStore, indexOf, key } from './support/fakes.ts';

let time: ShiftedTime;
beforeEach(() => (time = new ShiftedTime()));
afterEach(() => time.restore());

function world() {
  const source = new FakeSource();
  const store = new FakeStore();
  const logger = createLogger({ level: 'silent', pretty: false });
  const feeds = new CandleFeeds({ sourceOf: () => source, store, logger });
  const heard: number[] = [];
  const listen = () => feeds.subscribe(key, ({ candle: { openTime }, isClosed }) => isClosed && heard.push(indexOf(openTime)));
  const close = async (...indices: number[]): Promise<void> => {
    for (const index of indices) source.close(index);
    await feeds.settled();
  };
  /** The stream tells again, and the feeds are looked after when the records have had their time. */
  const resume = async (since: number): Promise<void> => {
    source.resume(since);
    await look();
  };
  const look = async (): Promise<void> => {
    await feeds.settled();
    time.jump(2_000);
    feeds.check();
    await feeds.settled();
  };
  const stored = (index: number): number | undefined => store.rows.get(candle(index).openTime)?.close;
  return { source, store, feeds, heard, listen, close, resume, look, stored };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('a closed candle that the exchange corrects while nobody hears', () => {
  it('is stored once the stream tells again, and not told closed again', async () => {
    const { source, store, heard, listen, close, resume, stored } = world();
    listen();
    await close(0, 1, 2);
    source.correct(1, { close: 77 });
    await resume(2);
    expect(stored(1)).toBe(77);
    expect(heard).toEqual([0, 1, 2]);
    expect(store.writes).toEqual([0, 1, 2, 1]);
  });

  it.each([
    [16, true],
    [17, false],
  ])('is looked up when it closed %s candles before the interruption: %s', async (before, isSeen) => {
    const { source, listen, close, resume, stored } = world();
    listen();
    await close(...upTo(40));
    source.correct(30 - before, { close: 77 });
    await resume(30);
    expect(stored(30 - before) === 77).toBe(isSeen);
  });

  it.each([
    [700, true],
    [701, false],
  ])(
    'is looked up when the interruption was long and it is among the newest 700: %s before the end, %s',
    async (before, isSeen) => {
      const { source, store, listen, resume, stored } = world();
      for (const index of upTo(1_000)) source.close(index, { silently: true });
      await store.upsert(key, candlesOf(upTo(1_000).map((index) => candle(index))));
      listen();
      source.correct(1_000 - before, { close: 77 });
      await resume(0);
      expect(stored(1_000 - before) === 77).toBe(isSeen);
    },
  );

  it('is looked up from the last stored candle on when the program did not run', async () => {
    const { source, store, listen, resume, stored } = world();
    await store.upsert(key, candlesOf(upTo(20).map((index) => candle(index))));
    for (const index of upTo(100)) source.close(index, { silently: true });
    source.correct(5, { close: 77 });
    listen();
    await resume(100);
    expect(stored(5)).toBe(77);
    expect(store.rows.size).toBe(100);
  });

  it('is stored although the feed has heard of it: somebody else has written what was there before', async () => {
    const { source, store, listen, close, resume, stored } = world();
    listen();
    await close(0, 1);
    source.close(0, { close: 77 });
    await resume(1);
    await store.upsert(key, candlesOf([candle(0)]));
    await resume(1);
    expect(stored(0)).toBe(77);
  });

  it('is stored again when a fetch that knew less has overwritten it', async () => {
    const { source, store, feeds, listen, close, look, stored } = world();
    listen();
    await close(0, 1);
    const fetched = await source.history(key.symbol, 'M1', candle(0).openTime, candle(2).openTime);
    source.close(0, { close: 77 });
    await feeds.settled();
    await store.upsert(key, fetched);
    feeds.storedByOthers(key, candle(0).openTime);
    await look();
    expect(stored(0)).toBe(77);
  });

  it('is asked for again while the exchange does not answer', async () => {
    const { source, listen, close, resume, look, stored } = world();
    listen();
    await close(0, 1);
    source.correct(0, { close: 77 });
    source.down = new DomainError('EXCHANGE_UNAVAILABLE', 'no answer', { details: { retryAfterMs: 5_000 } });
    await resume(1);
    source.down = undefined;
    await look();
    expect(stored(0)).toBe(1);
    time.jump(2_000);
    await look();
    expect(stored(0)).toBe(77);
  });

  it('does not come back with an answer that the stream has overtaken', async () => {
    const { source, feeds, listen, close, stored } = world();
    listen();
    await close(0, 1);
    source.correct(0, { close: 77 });
    let answer = (): void => undefined;
    const history = source.history.bind(source);
    source.history = async (...range) => {
      const told = await history(...range);
      await new Promise<void>((resolve) => (answer = resolve));
      return told;
    };
    source.resume(1);
    time.jump(2_000);
    feeds.check();
    await vi.waitFor(() => expect(source.asked.length).toBeGreaterThan(0));
    source.close(0, { close: 88 });
    await vi.waitFor(() => expect(stored(0)).toBe(88));
    answer();
    await feeds.settled();
    expect(stored(0)).toBe(88);
  });

  it('costs one question for each resumption, and none where nothing is stored', async () => {
    const { source, feeds, listen, close, resume } = world();
    listen();
    await resume(0);
    expect(source.asked).toEqual([]);
    await close(...upTo(20));
    source.resume(18);
    source.resume(19);
    time.jump(2_000);
    for (let looks = 0; looks < 5; looks++) {
      feeds.check();
      await feeds.settled();
    }
    expect(source.asked.map(({ from, to }) => [indexOf(from), indexOf(to)])).toEqual([[2, 20]]);
  });
});

describe('corrected parts of a longer candle', () => {
  const five = { ...key, timeframe: 'M5' as const };

  async function built() {
    const made = world();
    made.source.timeframes = ['M1'];
    const told: string[] = [];
    await made.store.upsert(five, candlesOf([candle(-5)]));
    made.feeds.subscribe(
      five,
      ({ candle: { openTime, close }, isClosed }) => isClosed && told.push(`closed ${indexOf(openTime)} at ${close}`),
    );
    await made.feeds.settled();
    return { ...made, told, storedLonger: (index: number) => made.store.longer.get(candle(index).openTime) };
  }

  it('change the stored longer candle, which is not told closed again', async () => {
    const { source, close, resume, told, storedLonger } = await built();
    await close(0, 1, 2, 3, 4);
    await vi.waitFor(() => expect(told).toEqual(['closed 0 at 5']));
    source.correct(4, { close: 77 });
    await resume(4);
    await vi.waitFor(() => expect(storedLonger(0)?.close).toBe(77));
    expect(told).toEqual(['closed 0 at 5']);
  });

  it('change the longer candle that forms', async () => {
    const { source, close, resume, storedLonger } = await built();
    await close(0, 1, 2);
    source.correct(1, { volume: 70 });
    await resume(2);
    await close(3, 4);
    await vi.waitFor(() => expect(storedLonger(0)?.volume).toBe(74));
  });
});
