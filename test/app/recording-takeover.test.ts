import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MarketRecording, RecordedKind } from '../../src/entities/market/MarketRecording.ts';
import { type Database, openDatabase } from '../../src/services/database/index.ts';
import { SnapshotStore } from '../../src/services/market-data/recording/snapshot-store.ts';
import { secondMs, secondOf } from '../../src/services/market-data/recording/trade-seconds.ts';
import { TradeStore } from '../../src/services/market-data/recording/trade-store.ts';
import { newPostgres, newSqlite } from '../support/databases.ts';
import { Venue } from '../support/venue/venue.ts';

/* What is recorded of a market while one process that records is killed and another one goes on, on a venue that trades all the while. */

const key = { exchange: 'binance', symbol: 'BTC/USDT' };
const patience = { timeout: 120_000, interval: 200 };

let venue: Venue;
let trading: NodeJS.Timeout;
const children: ChildProcess[] = [];

beforeEach(async () => {
  venue = await Venue.start();
  let trades = 0;
  trading = setInterval(() => venue.setPrice('BTCUSDT', 10_000 + (++trades % 7)), 150);
});
afterEach(async () => {
  clearInterval(trading);
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await venue.close();
});

/** Starts the program; resolves when it serves. */
async function start(url: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/support/venue/server.ts'], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      LOG_LEVEL: 'error',
      DATABASE_URL: url,
      VENUE_PORT: String(venue.port),
      CANDLEWICK_SECRET: 'process test '.repeat(4),
      CANDLEWICK_DEMO: 'off',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`it has ended with ${code} before it served`)));
  });
  return child;
}

/** How far each kind is written down, ms UTC. */
async function written(database: Database): Promise<Record<RecordedKind, number>> {
  const stretches = await new TradeStore(database).stretches(key, {});
  const snapshots = new SnapshotStore(database);
  const last = { last: 1 };
  const [tickers, books] = [await snapshots.tickers(key, {}, last), await snapshots.books(key, {}, last)];
  return {
    MARKET_TRADES: stretches.at(-1)?.endAt ?? 0,
    TICKERS: tickers.rows[0]?.timestamp ?? 0,
    ORDER_BOOKS: books.rows[0]?.timestamp ?? 0,
  };
}

async function writtenFrom(database: Database, at: number): Promise<void> {
  await expect.poll(async () => Math.min(...Object.values(await written(database))), patience).toBeGreaterThan(at);
}

it.each([
  ['SQLite', newSqlite],
  ['PostgreSQL', newPostgres],
] as const)(
  'a recording goes on in another process after kill -9, on %s: trades without a gap and once, snapshots once in each interval',
  async (_, newDatabase) => {
    const { url, remove } = await newDatabase();
    const database = await openDatabase({ url });
    try {
      await database.transaction(async (em) => {
        for (const kind of Object.values(RecordedKind))
          em.create(MarketRecording, { ...key, kind, intervalSeconds: 1, depth: 2, startedAt: new Date() });
        await em.flush();
      });
      const owners = async (): Promise<(string | null)[]> => [
        ...new Set((await database.system().find(MarketRecording, {})).map(({ leaseOwner }) => leaseOwner)),
      ];
      const first = await start(url);
      await writtenFrom(database, venue.now());
      const [holder, ...others] = await owners();
      expect(others).toEqual([]);
      await start(url);
      await writtenFrom(database, venue.now());
      expect(await owners()).toEqual([holder]);

      first.kill('SIGKILL');
      await writtenFrom(database, venue.now() + 3 * secondMs);
      const [successor, ...more] = await owners();
      expect(more).toEqual([]);
      expect(successor).not.toBe(holder);
      clearInterval(trading);

      const store = new TradeStore(database);
      const [stretch, ...gaps] = await store.stretches(key, {});
      expect(gaps).toEqual([]);
      const range = { from: stretch!.startAt, to: stretch!.endAt };
      const happened = Map.groupBy(venue.publicTrades('BTCUSDT'), ({ at }) => secondOf(at));
      const expected = [...happened]
        .filter(([second]) => second >= range.from && second < range.to)
        .map(([second, trades]) => [second, trades.length, trades.length / 2, trades[0]!.price.toNumber()]);
      const seconds = await store.seconds(key, range, 10_000);
      expect(
        seconds.map(({ timestamp, buyCount, sellCount, buyQuantity, sellQuantity, open }) => [
          timestamp,
          buyCount + sellCount,
          buyQuantity + sellQuantity,
          open,
        ]),
      ).toEqual(expected);

      const snapshots = new SnapshotStore(database);
      const all = { first: 100 };
      for (const { rows } of [await snapshots.tickers(key, {}, all), await snapshots.books(key, {}, all)]) {
        const intervals = rows.map(({ timestamp }) => secondOf(timestamp));
        expect(new Set(intervals).size).toBe(intervals.length);
      }
    } finally {
      for (const child of children.splice(0)) child.kill('SIGKILL');
      await database.close();
      await remove();
    }
  },
  300_000,
);
