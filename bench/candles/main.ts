import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../src/services/database/index.ts';
import { CandleColumns } from '../../src/services/market-data/candle-columns.ts';
import { CandleStore } from '../../src/services/market-data/candle-store.ts';
import { MarketCatalogue } from '../../src/services/market-data/catalogue.ts';
import { csvFromString } from '../../src/services/market-data/csv/lines.ts';
import { CandleImporter } from '../../src/services/market-data/import.ts';
import type { SeriesKey } from '../../src/services/market-data/series-key.ts';
import type { Candles } from '../../src/trading/candle.ts';
import { checkedCandles } from '../../src/trading/checked-candles.ts';
import { checkCandles } from '../../src/trading/quality.ts';
import { fingerprint } from '../../src/trading/hash.ts';
import { startPostgres } from '../../test/support/postgres.ts';
import { generatedCandles } from '../support/candles.ts';
import type { BenchCase, BenchReport } from '../support/report.ts';
import { contest } from '../support/rounds.ts';
import { memoryCase } from './memory.ts';
import { betterSqlite, nodePostgres, type Yardstick } from './rows.ts';

/** Stored candles as columns, cold and from the cache, and CSV rows into the database, beside the drivers alone; memory of a long run. */
export async function candlesBench(): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'candlewick-bench-'));
  const postgres = await startPostgres();
  try {
    const file = join(folder, 'bench.db');
    const url = postgres.url('postgres');
    return {
      name: 'candles',
      cases: [
        ...(await measure('sqlite', `sqlite:${file}`, () => betterSqlite(file))),
        ...(await measure('postgresql', url, () => nodePostgres(url))),
        await memoryCase(),
      ],
    };
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const long: SeriesKey = { exchange: 'binance', symbol: 'LONG/USDT', timeframe: 'H1' };
const short: SeriesKey = { exchange: 'binance', symbol: 'SHORT/USDT', timeframe: 'H1' };

/** What is loaded and kept of each, so that all of it takes less than a minute and a half. */
const longest = { sqlite: 300_000, postgresql: 150_000 } as const;

async function measure(
  dialect: keyof typeof longest,
  url: string,
  openYardstick: () => Yardstick | Promise<Yardstick>,
): Promise<BenchCase[]> {
  const database = await openDatabase({ url });
  await database.migrate();
  const yardstick = await openYardstick();
  try {
    const store = new CandleStore(database);
    const many = longest[dialect];
    await store.upsert(long, generatedCandles(many));
    const few = generatedCandles(100_000);
    await store.upsert(short, few);
    await assertSame(few, await load(new CandleColumns(store, () => undefined), short));
    for (const [key, count] of [[long, many] as const, [short, 100_000] as const])
      if ((await yardstick.readAll(key)) !== count) throw new Error(`${yardstick.name} does not find the ${count} candles`);
    const kept = new CandleColumns(store, () => undefined);
    const reading = (name: string, key: SeriesKey, candles: number, rounds: number, columns: () => CandleColumns) =>
      contest({
        name,
        candles,
        rounds,
        ours: () => load(columns(), key),
        theirs: () => yardstick.readAll(key),
        yardstick: `${yardstick.name} rows as arrays`,
      });
    return [
      await reading(`load ${dialect}`, long, many, 2, () => new CandleColumns(store, () => undefined)),
      await reading(`load ${dialect}, cached`, long, many, 1, () => kept),
      await reading(`load ${dialect}, 100k`, short, 100_000, 5, () => new CandleColumns(store, () => undefined)),
      await ingesting(dialect, store, yardstick),
      await importing(dialect, database, yardstick),
    ];
  } finally {
    await yardstick.close();
    await database.close();
  }
}

/** As a backtest loads: with the gaps, and looked through when nobody has done that. */
async function load(columns: CandleColumns, key: SeriesKey): Promise<Candles> {
  const { candles, checked, remember } = await columns.load(key, {}, { shared: true });
  if (!checked) remember(checkedCandles(candles, key.timeframe));
  return candles;
}

async function assertSame(stored: Candles, loaded: Candles): Promise<void> {
  if (fingerprint(stored) !== fingerprint(loaded)) throw new Error('the columns are not what was stored');
}

/** 100,000 candles in memory, as a back-fill has them: looked through, gaps found, stored; each time as another market. */
function ingesting(dialect: string, store: CandleStore, yardstick: Yardstick): Promise<BenchCase> {
  const candles = generatedCandles(100_000);
  let markets = 0;
  const next = (): SeriesKey => ({ ...long, symbol: `RAW${++markets}/USDT` });
  return contest({
    name: `ingest ${dialect}`,
    candles: candles.openTime.length,
    rounds: 3,
    ours: () => {
      const { missing } = checkCandles(candles, long.timeframe);
      if (missing > 0) throw new Error(`${missing} candles are missing in the benchmark's own`);
      return store.upsert(next(), candles);
    },
    theirs: () => yardstick.write(next(), candles),
    yardstick: `${yardstick.name}, ${yardstick.writing}`,
  });
}

/** A file of 100,000 rows, checked and stored, each time as another market. */
async function importing(dialect: string, database: Database, yardstick: Yardstick): Promise<BenchCase> {
  const candles = generatedCandles(100_000);
  const { openTime, open, high, low, close, volume } = candles;
  const rows = Array.from(openTime, (time, i) => [time, open[i], high[i], low[i], close[i], volume[i]].join());
  const text = csvFromString('bench.csv', ['timestamp,open,high,low,close,volume', ...rows].join('\n'));
  const importer = new CandleImporter({
    database,
    catalogue: await seededCatalogue(database),
    store: new CandleStore(database),
    // The last of the candles has closed.
    clock: { now: () => new Date(openTime[openTime.length - 1] + 3_600_000) },
    findSource: () => undefined,
  });
  let markets = 0;
  const next = (): SeriesKey => ({ ...long, symbol: `COIN${++markets}/USDT` });
  return contest({
    name: `CSV import ${dialect}`,
    candles: candles.openTime.length,
    rounds: 2,
    ours: () => importer.import(text, next(), { mayRevise: false }),
    theirs: () => yardstick.write(next(), candles),
    yardstick: `${yardstick.name}, ${yardstick.writing}`,
  });
}

async function seededCatalogue(database: Database): Promise<MarketCatalogue> {
  const catalogue = new MarketCatalogue(database);
  await catalogue.seed([]);
  return catalogue;
}
