import { beforeAll, expect, it } from 'vitest';
import { MarketTrade, OrderBookSnapshot, Ticker, TradeStretch } from '../../../src/entities/index.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { CandleStore } from '../../../src/services/market-data/candle-store.ts';
import { MarketDataRetention } from '../../../src/services/market-data/retention.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { candlesOf } from '../../../src/trading/series.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { candle, key, minute, start } from './support/fakes.ts';

const day = 86_400_000;
const admin: Viewer = { userId: '018f0000-0000-7000-8000-000000000001', role: 'ADMIN', scopes: ['READ', 'TRADE'] };

describeOnEachDatabase('old market data', (open) => {
  let database: Database;
  let store: CandleStore;
  let retention: MarketDataRetention;
  const wall = { time: start };

  beforeAll(async () => {
    database = await open();
    store = new CandleStore(database);
    const logger = createLogger({ level: 'silent', pretty: false });
    retention = new MarketDataRetention({ database, store, clock: { now: () => new Date(wall.time) }, logger });
    await store.upsert(key, candlesOf(Array.from({ length: 12_000 }, (_, index) => candle(index))));
    await database.transaction(async (em) => {
      for (let i = 0; i < 3; i++) {
        const at = { exchange: 'sim', symbol: 'BTC/USDT', timestamp: start + i * day };
        em.create(Ticker, { ...at, lastPrice: 1, highPrice: 1, lowPrice: 1, volume: 1 });
        const prices = { price: 1, open: 1, high: 1, low: 1, close: 1 };
        em.create(MarketTrade, { ...at, ...prices, buyQuantity: 1, sellQuantity: 1, buyCount: 1, sellCount: 1 });
        em.create(OrderBookSnapshot, { ...at, bids: new Uint8Array(16), asks: new Uint8Array(16) });
      }
    });
  });

  it('is kept for a year, candles for ever, until somebody says otherwise', async () => {
    expect(await retention.days()).toEqual({ CANDLES: null, MARKET_TRADES: 365, TICKERS: 365, ORDER_BOOKS: 365 });
    wall.time = start + 366 * day;
    const preview = await retention.preview();
    expect(preview.map(({ kind, rows, before }) => [kind, rows, before === null])).toEqual([
      ['CANDLES', 0, true],
      ['MARKET_TRADES', 1, false],
      ['TICKERS', 1, false],
      ['ORDER_BOOKS', 1, false],
    ]);
    expect(await retention.run()).toBe(3);
    expect(await retention.run()).toBe(0);
    expect((await store.extent(key, 0, Number.POSITIVE_INFINITY))?.count).toBe(12_000);
  });

  it('goes where an administrator lets it, and who has candles in memory sees it', async () => {
    await retention.change(admin, { CANDLES: 1, TICKERS: null });
    wall.time = start + day + 11_000 * minute;
    expect((await retention.preview()).find(({ kind }) => kind === 'CANDLES')?.rows).toBe(11_000);
    const before = await store.revision(key);
    expect(await retention.run()).toBe(11_000);
    expect(await store.extent(key, 0, Number.POSITIVE_INFINITY)).toMatchObject({ count: 1_000, from: start + 11_000 * minute });
    expect((await store.revision(key))?.rewritten).toBeGreaterThan(before?.revision ?? 0);
    expect(await retention.days()).toMatchObject({ CANDLES: 1, TICKERS: null, MARKET_TRADES: 365 });
  });

  it('takes trades out of the stretches that are complete, before they are gone', async () => {
    const stretch = (startAt: number, endAt: number) => ({ exchange: 'sim', symbol: 'BTC/USDT', startAt, endAt });
    await database.transaction(async (em) => {
      for (const [from, to] of [
        [-3 * day, -2 * day],
        [0, 2 * day],
        [2 * day, 3 * day],
      ])
        em.create(TradeStretch, stretch(start + from, start + to));
    });
    await retention.change(admin, { MARKET_TRADES: 1 });
    wall.time = start + 2 * day + 1;
    await retention.run();
    const left = await database.system().find(TradeStretch, {}, { orderBy: { startAt: 'asc' } });
    expect(left.map(({ startAt, endAt }) => [startAt - start, endAt - start])).toEqual([
      [day + 1_000, 2 * day],
      [2 * day, 3 * day],
    ]);
    await retention.change(admin, { MARKET_TRADES: 365 });
  });

  it.each([0, -1, 1.5, 36_501, Number.NaN])('cannot be kept for %s days', async (days) => {
    const kept = await retention.days();
    await expect(retention.change(admin, { TICKERS: days })).rejects.toThrow(`kept for ${days} days, it must be from 1 to 36500`);
    expect(await retention.days()).toEqual(kept);
  });

  it('stays as it is when a trader wants it gone', async () => {
    const kept = await retention.days();
    await expect(retention.change({ ...admin, role: 'TRADER' }, { CANDLES: 1 })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await retention.days()).toEqual(kept);
  });
});
