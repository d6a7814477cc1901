import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/services/database/index.ts';
import { CandleCache, type CandleReader, standardCacheBytes } from '../../../src/services/market-data/candle-cache.ts';
import { CandleStore } from '../../../src/services/market-data/candle-store.ts';
import type { SeriesKey } from '../../../src/services/market-data/series-key.ts';
import type { Candle, Candles } from '../../../src/trading/candle.ts';
import { checkedCandles } from '../../../src/trading/checked-candles.ts';
import { fingerprint } from '../../../src/trading/hash.ts';
import { resample } from '../../../src/trading/resample.ts';
import { candleAt, candlesOf } from '../../../src/trading/series.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

const minute = 60_000;
const start = Date.UTC(2024, 0, 1);
const always = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const at = (index: number): number => start + index * minute;

/** Candles of some minutes; `price` tells later versions of the same candle apart. */
function minutes(indexes: readonly number[], price = 100): Candles {
  return candlesOf(
    indexes.map((i) => ({
      openTime: at(i),
      open: price,
      high: price + 2 + i / 7,
      low: price - 1,
      close: price + 1,
      volume: Math.abs(i) / 3,
    })),
  );
}

const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i);
const rowsOf = (candles: Candles): Candle[] => Array.from(candles.openTime, (_, i) => candleAt(candles, i));
const indexesOf = (candles: Candles): number[] => Array.from(candles.openTime, (time) => (time - start) / minute);

/** The store, noting what is read of it; `between` happens after each piece. */
function watched(store: CandleStore): CandleReader & { read: number; reads: number; between: () => Promise<void> } {
  return {
    read: 0,
    reads: 0,
    between: async () => {},
    revision: (key) => store.revision(key),
    ends: (key, from, to) => store.ends(key, from, to),
    async *pieces(key, from, to) {
      this.reads++;
      for await (const piece of store.pieces(key, from, to)) {
        this.read += piece.openTime.length;
        yield piece;
        await this.between();
      }
    },
  };
}

describeOnEachDatabase('the cache of candles', (open, dialect) => {
  let database: Database;
  let store: CandleStore;
  let reader: ReturnType<typeof watched>;
  let cache: CandleCache;
  let key: SeriesKey;
  let symbols = 0;
  const newKey = (): SeriesKey => ({ exchange: 'binance', symbol: `COIN${++symbols}/USDT`, timeframe: 'M1' });

  beforeAll(async () => {
    database = await open();
    store = new CandleStore(database);
  });
  beforeEach(() => {
    key = newKey();
    reader = watched(store);
    cache = new CandleCache(reader, standardCacheBytes);
  });
  const truth = (from: number, to: number): Promise<Candle[]> => store.forward(key, from, to, 1_000_000);

  it('has what is stored, whatever was written by whom and asked in whatever order', async () => {
    const other = await openDatabase({ url: database.url });
    try {
      const elsewhere = new CandleStore(other);
      const index = fc.integer({ min: 0, max: 60 });
      const step = fc.oneof(
        fc.record({ write: fc.uniqueArray(index, { minLength: 1, maxLength: 12 }), price: fc.integer({ min: 50, max: 53 }) }),
        fc.record({ from: fc.oneof(index, fc.constant(-Infinity)), length: fc.oneof(index, fc.constant(Infinity)) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 24 }), async (steps) => {
          key = newKey();
          const caches = [new CandleCache(store, standardCacheBytes), new CandleCache(elsewhere, 200_000)];
          for (const [todo, here] of steps) {
            if ('write' in todo) {
              const sorted = [...todo.write].sort((a, b) => a - b);
              await (here ? store : elsewhere).upsert(key, minutes(sorted, todo.price));
              continue;
            }
            const [from, to] = [at(todo.from), todo.length === Infinity ? Infinity : at(Math.max(0, todo.from) + todo.length)];
            const { candles } = await caches[here ? 0 : 1].range(key, from, to);
            expect(rowsOf(candles)).toEqual(await truth(from, to));
          }
          for (const each of caches) expect(rowsOf((await each.range(key, ...always)).candles)).toEqual(await truth(...always));
        }),
        { numRuns: dialect === 'sqlite' ? 60 : 25 },
      );
    } finally {
      await other.close();
    }
  });

  it.each([9_999, 10_000, 20_000, 20_001])('reads %i candles in pieces, bit for bit', async (count) => {
    const candles = minutes(upTo(count), 100 / 3);
    await store.upsert(key, candles);
    expect(fingerprint((await cache.range(key, ...always)).candles)).toBe(fingerprint(candles));
  });

  describe('reads', () => {
    beforeEach(() => store.upsert(key, minutes(upTo(100))));

    it('nothing twice', async () => {
      const first = await cache.range(key, at(10), at(90));
      const again = await cache.range(key, at(10), at(90));
      expect(again).toBe(first);
      expect(indexesOf((await cache.range(key, at(20), at(30))).candles)).toEqual(upTo(10, 20));
      expect(reader).toMatchObject({ reads: 1, read: 80 });
    });

    it('only what is new behind the last', async () => {
      await cache.range(key, ...always);
      await store.upsert(key, minutes([100, 101]));
      expect(indexesOf((await cache.range(key, ...always)).candles)).toEqual(upTo(102));
      expect(reader).toMatchObject({ reads: 2, read: 102 });
    });

    it('only what a longer range has more, at both ends', async () => {
      await cache.range(key, at(40), at(60));
      expect(indexesOf((await cache.range(key, at(30), at(70))).candles)).toEqual(upTo(40, 30));
      expect(reader.read).toBe(40);
    });

    it('a range far away without what lies between, and keeps both', async () => {
      await cache.range(key, at(0), at(10));
      await cache.range(key, at(90), at(100));
      await cache.range(key, at(0), at(10));
      expect(reader).toMatchObject({ reads: 2, read: 20 });
    });

    it('everything again after a correction, also by another process', async () => {
      await cache.range(key, ...always);
      const other = await openDatabase({ url: database.url });
      try {
        await new CandleStore(other).upsert(key, minutes([50], 77));
      } finally {
        await other.close();
      }
      expect((await cache.range(key, ...always)).candles.open[50]).toBe(77);
      expect(reader.read).toBe(200);
    });

    it('everything again after each of two corrections, the second behind the first', async () => {
      for (const [index, price] of [
        [20, 77],
        [50, 78],
      ]) {
        await cache.range(key, ...always);
        await store.upsert(key, minutes([index], price));
        expect((await cache.range(key, ...always)).candles.open[index]).toBe(price);
      }
    });

    it('everything again after a hole was filled', async () => {
      await store.upsert(key, minutes([110]));
      await cache.range(key, ...always);
      await store.upsert(key, minutes([105]));
      expect(indexesOf((await cache.range(key, ...always)).candles)).toEqual([...upTo(100), 105, 110]);
    });

    it('nothing after the same candles were stored again', async () => {
      await cache.range(key, ...always);
      const before = await store.revision(key);
      await store.upsert(key, minutes(upTo(100)));
      expect(await store.revision(key)).toEqual(before);
      await cache.range(key, ...always);
      expect(reader.read).toBe(100);
    });

    it('once for many who ask at once', async () => {
      const all = await Promise.all(upTo(8).map(() => cache.range(key, ...always)));
      expect(new Set(all).size).toBe(1);
      expect(reader).toMatchObject({ reads: 1, read: 100 });
    });

    it('again when the first one who asked met a failure', async () => {
      reader.between = () => {
        reader.between = async () => {};
        return Promise.reject(new Error('the connection was lost'));
      };
      const [failed, waited] = [cache.range(key, ...always), cache.range(key, ...always)];
      await expect(failed).rejects.toThrow('the connection was lost');
      expect(indexesOf((await waited).candles)).toEqual(upTo(100));
    });
  });

  it('answers with nothing where nothing is stored, and sees what comes then', async () => {
    expect((await cache.range(key, ...always)).candles.openTime).toHaveLength(0);
    await store.upsert(key, minutes([5]));
    expect((await cache.range(key, at(6), at(9))).candles.openTime).toHaveLength(0);
    expect(indexesOf((await cache.range(key, at(5), at(9))).candles)).toEqual([5]);
  });

  it('leaves a reader what it got, on shared memory, whatever comes', async () => {
    await store.upsert(key, minutes(upTo(100)));
    const { candles } = await cache.range(key, ...always);
    const before = rowsOf(candles);
    expect(candles.close.buffer).toBeInstanceOf(SharedArrayBuffer);
    await store.upsert(key, minutes(upTo(5_000, 100)));
    await cache.range(key, ...always);
    await store.upsert(key, minutes(upTo(50), 33));
    await store.upsert(key, minutes([-1]));
    expect(indexesOf((await cache.range(key, ...always)).candles)).toEqual(upTo(5_101, -1));
    expect(rowsOf(candles)).toEqual(before);
  });

  it('reads again what was corrected while it was read, and gives up on what never rests', async () => {
    await store.upsert(key, minutes(upTo(25_000)));
    let price = 100;
    reader.between = async () => {
      reader.between = async () => {};
      await store.upsert(key, minutes([0, 24_999], ++price));
    };
    const { candles } = await cache.range(key, ...always);
    expect([candles.open[0], candles.open[24_999]]).toEqual([101, 101]);
    reader.between = async () => void (await store.upsert(key, minutes([0], ++price)));
    await store.upsert(key, minutes([0], ++price));
    await expect(cache.range(key, ...always)).rejects.toThrow(
      `binance ${key.symbol} 1m was rewritten 5 times while it was read: try again later`,
    );
  });

  it.runIf(dialect === 'postgresql')('misses no candle that was written before a newer one and committed after it', async () => {
    await store.upsert(key, minutes([0]));
    await cache.range(key, ...always);
    const [written, commit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = store.upsertAll(
      key,
      (async function* () {
        yield minutes([1]);
        written.resolve();
        await commit.promise;
      })(),
    );
    await written.promise;
    await store.upsert(key, minutes([2]));
    expect(indexesOf((await cache.range(key, ...always)).candles)).toEqual([0, 2]);
    commit.resolve();
    await slow;
    expect(indexesOf((await cache.range(key, ...always)).candles)).toEqual([0, 1, 2]);
  });

  describe('in bounded memory', () => {
    const others = (count: number): SeriesKey[] => upTo(count).map(() => newKey());
    const each = async (keys: readonly SeriesKey[]): Promise<void> => {
      for (const one of keys) await cache.range(one, ...always);
    };

    it('keeps what was used last', async () => {
      const keys = others(3);
      for (const one of keys) await store.upsert(one, minutes(upTo(1_000)));
      await each(keys.slice(0, 1));
      const two = cache.bytes * 2;
      cache = new CandleCache(reader, two);
      reader.reads = 0;
      await each([keys[0], keys[1], keys[0], keys[2]]);
      expect(reader.reads).toBe(3);
      expect(cache.bytes).toBe(two);
      await each([keys[0], keys[2]]);
      expect(reader.reads).toBe(3);
      await each([keys[1]]);
      expect(reader.reads).toBe(4);
    });

    it.each([0, 10_000])('of %i bytes answers without keeping what does not fit', async (bytes) => {
      cache = new CandleCache(reader, bytes);
      await store.upsert(key, minutes(upTo(1_000)));
      expect((await cache.range(key, ...always)).candles.openTime).toHaveLength(1_000);
      expect(cache.bytes).toBe(0);
      await cache.range(key, ...always);
      expect(reader.reads).toBe(2);
    });

    it('takes little for few candles that are far apart', async () => {
      await store.upsert(key, minutes([0, 5_000_000]));
      await cache.range(key, ...always);
      expect(cache.bytes).toBeLessThan(100_000);
    });

    it('counts longer candles that were built', async () => {
      await store.upsert(key, minutes(upTo(6_000)));
      const range = await cache.range(key, ...always);
      const before = cache.bytes;
      range.longer('M5');
      expect(cache.bytes - before).toBe(1_200 * 48);
    });
  });

  it('builds longer candles and finds gaps once, and remembers what a run found out', async () => {
    await store.upsert(key, minutes([...upTo(30), ...upTo(30, 33)]));
    const range = await cache.range(key, ...always);
    const { range: longer, incomplete } = range.longer('M15');
    expect(rowsOf(longer.candles)).toEqual(rowsOf(resample(range.candles, 'M1', 'M15').candles));
    expect(incomplete).toEqual([at(30)]);
    expect(range.gaps()).toEqual({ missing: 3, count: 1, gaps: [{ from: at(30), to: at(33), missing: 3 }] });
    expect(range.checked).toBeUndefined();
    const checked = checkedCandles(range.candles, 'M1');
    range.remember(checked);
    const again = await cache.range(key, ...always);
    expect(again.longer('M15').range).toBe(longer);
    expect(again.gaps()).toBe(range.gaps());
    expect(again.checked).toEqual(checked);
    await store.upsert(key, minutes([3], 33));
    expect((await cache.range(key, ...always)).checked).toBeUndefined();
  });
});
