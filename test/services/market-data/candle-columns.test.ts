import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/services/database/index.ts';
import type { CandleSource } from '../../../src/services/exchanges/port/market-data.ts';
import { CandleColumns } from '../../../src/services/market-data/candle-columns.ts';
import { CandleStore } from '../../../src/services/market-data/candle-store.ts';
import type { SeriesKey } from '../../../src/services/market-data/series-key.ts';
import type { Candles } from '../../../src/trading/candle.ts';
import { candlesOf } from '../../../src/trading/series.ts';
import { describeOnEachDatabase, dialects, newPostgres } from '../../support/databases.ts';

const hour = 3_600_000;
const start = Date.UTC(2024, 0, 1);

const hours = (indexes: readonly number[], price = 10): Candles =>
  candlesOf(
    indexes.map((i) => ({ openTime: start + i * hour, open: price, high: price + 1, low: price - 1, close: price, volume: 2 })),
  );

describeOnEachDatabase('candles as columns', (open) => {
  let database: Database;
  let store: CandleStore;
  let key: SeriesKey;
  let symbols = 0;
  beforeAll(async () => {
    database = await open();
    store = new CandleStore(database);
  });
  beforeEach(() => {
    key = { exchange: 'binance', symbol: `COIN${++symbols}/USDT`, timeframe: 'H1' };
  });

  it.each([
    ['in memory', undefined],
    ['by the database', 0],
  ])('have their coverage counted %s', async (_where, cacheBytes) => {
    const columns = new CandleColumns(store, () => undefined, cacheBytes);
    await store.upsert(key, hours([0, 1, 4, 5, 9]));
    expect(await columns.coverage(key)).toEqual({
      candles: 5,
      gaps: {
        missing: 5,
        count: 2,
        gaps: [
          { from: start + 2 * hour, to: start + 4 * hour, missing: 2 },
          { from: start + 6 * hour, to: start + 9 * hour, missing: 3 },
        ],
      },
    });
    const range = { from: start + hour, to: start + 5 * hour };
    expect(await columns.coverage(key, range)).toMatchObject({ candles: 2, gaps: { missing: 2 } });
    await expect(columns.coverage(key, { from: start + 20 * hour })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('are a copy that may be written to, or shared by all', async () => {
    const columns = new CandleColumns(store, () => undefined);
    await store.upsert(key, hours([0, 1]));
    const own = await columns.load(key);
    own.candles.close.fill(0);
    const [one, two] = [await columns.load(key, {}, { shared: true }), await columns.load(key, {}, { shared: true })];
    expect([...one.candles.close]).toEqual([10, 10]);
    expect(two.candles).toBe(one.candles);
    one.remember({ gaps: [], missing: 0, fingerprint: 'f', outliers: [], outlierCandles: 0 });
    expect((await columns.load(key, {}, { shared: true })).checked).toMatchObject({ candles: one.candles, fingerprint: 'f' });
    const again = await columns.load(key);
    expect(again.checked?.candles).toBe(again.candles);
  });

  it('have the finest candles that a generating exchange can make', async () => {
    const source = { isGenerated: true } as CandleSource;
    const columns = new CandleColumns(store, () => source);
    expect(await columns.finest(key)).toBe('M1');
    await expect(columns.finest({ ...key, timeframe: 'M1' })).rejects.toThrow(/^there are no finer candles of .* than 1m/);
  });
});

describe.each(dialects)('candles stored before there were revisions, on %s', (dialect) => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  it('have one when the database has been migrated', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'candlewick-revisions-'));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    const before = join(folder, 'before');
    cpSync(`src/migrations/${dialect}`, before, {
      recursive: true,
      filter: (name) => !name.endsWith('.json') && (!name.endsWith('.ts') || name.endsWith('_initial.ts')),
    });
    const made = dialect === 'sqlite' ? undefined : await newPostgres('template0');
    if (made) ends.push(made.remove);
    const database = await openDatabase({ url: made?.url ?? `sqlite:${join(folder, 'candles.db')}` });
    ends.push(() => database.close());
    await database.migrate({ folder: before });
    const em = database.system();
    for (const at of [start, start + hour])
      await em.execute(`insert into candles values ('binance', 'BTC/USDT', 'H1', ${at}, 10, 11, 9, 10, 1)`);
    await database.migrate();

    const store = new CandleStore(database);
    const key = { exchange: 'binance', symbol: 'BTC/USDT', timeframe: 'H1' } as const;
    expect(await store.revision(key)).toEqual({ revision: 1, rewritten: 1 });
    const columns = new CandleColumns(store, () => undefined);
    expect((await columns.load(key)).candles.openTime).toHaveLength(2);
    await store.upsert(key, hours([2]));
    expect(await store.revision(key)).toEqual({ revision: 2, rewritten: 1 });
    await store.upsert(key, hours([1], 12));
    expect(await store.revision(key)).toEqual({ revision: 3, rewritten: 3 });
    expect([...(await columns.load(key)).candles.close]).toEqual([10, 12, 10]);
  });
});
