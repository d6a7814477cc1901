import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/services/database/index.ts';
import type { CandleUpdate } from '../../src/services/exchanges/port/market-data.ts';
import { createLogger } from '../../src/services/logger.ts';
import { CandleStore } from '../../src/services/market-data/candle-store.ts';
import { CandleFeeds } from '../../src/services/market-data/feeds.ts';
import { emptyCandles } from '../../src/trading/series.ts';
import { type Timeframe, timeframeMs } from '../../src/trading/timeframe.ts';
import type { BenchCase, BenchReport } from '../support/report.ts';

const markets = 50;
const timeframes = ['M1', 'M5', 'H1'] as const;
/** Forming candles a second of each stream: what a busy market of a large exchange tells. */
const updatesPerSecond = 4;
const minutes = 60;
const begin = Date.UTC(2026, 0, 1);

/** An exchange of 50 markets that says what it is made to say. */
class Upstream {
  now = begin;
  readonly listeners: { readonly timeframe: Timeframe; readonly tell: (update: CandleUpdate) => void }[] = [];

  readonly source = {
    name: 'bench',
    isGenerated: false,
    beginsAt: 0,
    now: () => this.now,
    markets: () => Promise.resolve([]),
    history: () => Promise.resolve(emptyCandles(0)),
    ticker: () => Promise.reject(new Error('no tickers')),
    subscribeCandles: (_symbol: string, timeframe: Timeframe, tell: (update: CandleUpdate) => void) => {
      this.listeners.push({ timeframe, tell });
      return () => {};
    },
  };

  /** One minute of all markets: forming candles, then what closes with it. */
  *minute(): Generator<void> {
    for (let i = 0; i < 60 * updatesPerSecond; i++) {
      for (const { timeframe, tell } of this.listeners) tell({ candle: this.candle(timeframe, i), isClosed: false });
      yield;
    }
    this.now += 60_000;
    for (const { timeframe, tell } of this.listeners)
      if ((this.now - begin) % timeframeMs(timeframe) === 0)
        tell({ candle: { ...this.candle(timeframe, 0), openTime: this.now - timeframeMs(timeframe) }, isClosed: true });
    yield;
  }

  private candle(timeframe: Timeframe, i: number) {
    const length = timeframeMs(timeframe);
    const openTime = Math.floor(this.now / length) * length;
    return { openTime, open: 100, high: 101 + i, low: 99, close: 100 + i, volume: i };
  }
}

/**
 * Live candles of 50 markets in three lengths into a SQLite file, an hour of them as fast as they go: how much of one core they would take in real
 * time. The yardstick is a core: a ratio of 10 means that ten such loads fit on it.
 */
export async function feedsBench(): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'candlewick-bench-'));
  const database = await openDatabase({ url: `sqlite:${join(folder, 'bench.db')}` });
  try {
    await database.migrate();
    const store = new CandleStore(database);
    const upstream = new Upstream();
    const logger = createLogger({ level: 'silent', pretty: false });
    const feeds = new CandleFeeds({ sourceOf: () => upstream.source, store, logger });
    let heard = 0;
    for (let i = 0; i < markets; i++)
      for (const timeframe of timeframes)
        for (let listener = 0; listener < 2; listener++)
          feeds.subscribe({ exchange: 'bench', symbol: `COIN${i}/USDT`, timeframe }, () => (heard += 1));
    await feeds.settled();
    const shares: number[] = [];
    for (let minute = 0; minute < minutes; minute++) {
      const before = process.cpuUsage();
      for (const _ of upstream.minute()) await new Promise((resolve) => setImmediate(resolve));
      await feeds.settled();
      const { user, system } = process.cpuUsage(before);
      shares.push((user + system) / 1e6 / 60);
    }
    const closed = markets * (minutes + minutes / 5 + minutes / 60);
    const stored = (await store.series()).reduce((sum, series) => sum + series.count, 0);
    if (stored !== closed) throw new Error(`${stored} candles are stored, ${closed} closed`);
    const told = markets * timeframes.length * minutes * 60 * updatesPerSecond + closed;
    await feeds.close();
    return {
      name: 'feeds',
      cases: [shareOf(shares, `${told.toLocaleString('en-US')} updates, ${heard.toLocaleString('en-US')} told`)],
    };
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function shareOf(shares: readonly number[], what: string): BenchCase {
  const percent = shares.map((share) => share * 100).sort((a, b) => a - b);
  const median = percent[percent.length >> 1];
  return {
    case: `${markets} markets x ${timeframes.length} lengths, ${updatesPerSecond} updates a second each (${what})`,
    unit: '% of a core',
    median,
    min: percent[0],
    max: percent[percent.length - 1],
    ratio: 100 / median,
    yardstick: 'one core at 100 %',
  };
}
