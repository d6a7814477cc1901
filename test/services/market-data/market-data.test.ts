import { createReadStream, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/services/database/index.ts';
import { DomainError } from '../../../src/services/errors.ts';
import { Exchanges } from '../../../src/services/exchanges/exchanges.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { csvFromString } from '../../../src/services/market-data/csv/lines.ts';
import { CandleStore } from '../../../src/services/market-data/candle-store.ts';
import { MarketCatalogue } from '../../../src/services/market-data/catalogue.ts';
import { MarketDataService } from '../../../src/services/market-data/market-data-service.ts';
import type { SeriesKey } from '../../../src/services/market-data/series-key.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import type { Candle } from '../../../src/trading/candle.ts';
import { candleAt, candlesOf } from '../../../src/trading/series.ts';
import { resample } from '../../../src/trading/resample.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

const hour = 3_600_000;
const start = Date.UTC(2024, 0, 1);
const now = Date.UTC(2024, 6, 1);
const logger = createLogger({ level: 'silent', pretty: false });
const admin: Viewer = { userId: '018f0000-0000-7000-8000-000000000001', role: 'ADMIN', scopes: ['READ', 'TRADE', 'ADMIN'] };
const trader: Viewer = { userId: '018f0000-0000-7000-8000-000000000002', role: 'TRADER', scopes: ['READ', 'TRADE'] };

const rowOf = (at: number, close = 11, volume = 5): string => `${start + at * hour},10,12,9,${close},${volume}`;
const csvOf = (...rows: string[]): string => ['timestamp,open,high,low,close,volume', ...rows].join('\n');
const hours = (from: number, to: number): string => csvOf(...Array.from({ length: to - from }, (_, i) => rowOf(from + i)));

describeOnEachDatabase('market data', (open) => {
  let database: Database;
  let service: MarketDataService;
  let store: CandleStore;
  let symbols = 0;
  let key: SeriesKey;

  beforeAll(async () => {
    database = await open();
    const clock = { now: () => new Date(now) };
    const openMarketData = () => Promise.reject(new Error('no network'));
    const exchanges = await Exchanges.open({ database, clock, logger, simSpeed: 1, openMarketData });
    service = new MarketDataService({ database, exchanges, clock, logger });
    store = new CandleStore(database);
    await service.start();
    await service.start();
  });
  beforeEach(() => {
    key = { exchange: 'binance', symbol: `COIN${++symbols}/USDT`, timeframe: 'H1' };
  });
  const stored = async (): Promise<Candle[]> => store.forward(key, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 100_000);
  const refusal = async (action: Promise<unknown>): Promise<DomainError> => {
    const outcome: unknown = await action.then(
      () => new Error('it was accepted'),
      (error: unknown) => error,
    );
    if (outcome instanceof DomainError) return outcome;
    throw outcome;
  };

  describe('the catalogue', () => {
    it('has the known exchanges and the markets of the simulated one, once', async () => {
      expect((await service.exchanges(trader)).map(({ name }) => name)).toEqual(['binance', 'bybit', 'kraken', 'sim']);
      const { rows } = await service.markets(trader, { exchange: { name: { eq: 'sim' } } }, { first: 100 });
      expect(rows.map(({ symbol }) => symbol)).toEqual([
        'ADA/USDT',
        'BNB/USDT',
        'BTC/USDT',
        'BTC/USDT:USDT',
        'DOGE/USDT',
        'ETH/USDT',
        'SOL/USDT',
        'XRP/USDT',
      ]);
      expect(rows.find(({ symbol }) => symbol === 'BTC/USDT')).toMatchObject({
        baseAsset: 'BTC',
        quoteAsset: 'USDT',
        kind: 'SPOT',
        tickSize: '0.01',
        stepSize: '0.00001',
        minNotional: '5',
      });
    });

    it('finds a market by id and by name, and says what is missing', async () => {
      const found = await service.market({ exchange: 'sim', symbol: 'BTC/USDT' });
      expect(await service.findMarket({ id: found.id })).toEqual(found);
      expect(await service.findMarket({ exchange: 'sim', symbol: 'GOLD/USD' })).toBeUndefined();
      expect((await refusal(service.market({ exchange: 'sim', symbol: 'GOLD/USD' }))).message).toBe(
        'sim has no market GOLD/USD here',
      );
      expect(await refusal(service.market({ exchange: 'sim', symbol: 'BTCUSDT' }, ['input', 'market']))).toMatchObject({
        message: 'sim has no market BTCUSDT here: write base and quote asset, as in BTC/USDT',
        path: ['input', 'market'],
      });
      expect(await refusal(service.market({ exchange: 'mtgox', symbol: 'BTC/USD' }, ['input', 'market']))).toMatchObject({
        path: ['input', 'market'],
      });
      expect((await refusal(service.market({ exchange: 'mtgox', symbol: 'BTC/USD' }))).message).toContain(
        'there is no exchange "mtgox"',
      );
      expect((await refusal(service.market({ id: '018f0000-0000-7000-8000-000000000009' }))).code).toBe('NOT_FOUND');
    });
  });

  describe('an import', () => {
    it('stores the candles, enters the market, and reports', async () => {
      const report = await service.importText(trader, key, csvOf(rowOf(0), rowOf(1, 11.5), rowOf(1, 10.5), rowOf(5), rowOf(3)));
      expect(report).toMatchObject({
        ...key,
        timeFormat: 'MILLISECONDS',
        rows: 5,
        imported: 4,
        revised: 0,
        unchanged: 0,
        duplicates: 1,
        outOfOrder: 1,
        from: start,
        to: start + 5 * hour,
        gaps: { missing: 2, count: 2 },
      });
      expect((await stored()).map(({ openTime, close }) => [(openTime - start) / hour, close])).toEqual([
        [0, 11],
        [1, 10.5],
        [3, 11],
        [5, 11],
      ]);
      const market = await service.market({ exchange: key.exchange, symbol: key.symbol });
      expect(market).toMatchObject({
        id: report.marketId,
        quoteAsset: 'USDT',
        kind: 'SPOT',
        tickSize: '0.00000001',
        minNotional: null,
      });
    });

    it('changes nothing the second time', async () => {
      const text = hours(0, 300);
      await service.importText(trader, key, text);
      expect(await service.importText(trader, key, text)).toMatchObject({ imported: 0, revised: 0, unchanged: 300 });
      expect(await stored()).toHaveLength(300);
    });

    it('fills a hole, and no longer reports it', async () => {
      expect((await service.importText(trader, key, csvOf(rowOf(0), rowOf(3)))).gaps).toMatchObject({ missing: 2 });
      expect(await service.importText(trader, key, hours(0, 4))).toMatchObject({
        imported: 2,
        unchanged: 2,
        gaps: { missing: 0, count: 0 },
      });
    });

    it('revises candles for an administrator only, and otherwise imports nothing', async () => {
      await service.importText(trader, key, hours(0, 10));
      const text = csvOf(rowOf(5, 10.5), rowOf(6), rowOf(20));
      const error = await refusal(service.importText(trader, key, text));
      expect(error.message).toBe(
        `nothing was imported from the CSV text: 1 candles of binance ${key.symbol} 1h are stored with other values, and only an administrator may change candles that everybody uses`,
      );
      expect(await stored()).toHaveLength(10);
      expect((await stored())[5].close).toBe(11);
      expect(await service.importText(admin, key, text)).toMatchObject({ imported: 1, revised: 1, unchanged: 1 });
      expect((await stored())[5].close).toBe(10.5);
    });

    it('keeps every digit of a double', async () => {
      const price = 0.1 + 0.2;
      await service.importText(trader, key, csvOf(`${start},${price},${price},${price},${price},1e-7`));
      expect(await stored()).toEqual([{ openTime: start, open: price, high: price, low: price, close: price, volume: 1e-7 }]);
    });

    it.each([
      ['a bad row at the end', `${hours(0, 4_000)}\nbroken`, {}, 'line 4002: has 1 values where the header names 6'],
      [
        'an unclosed candle',
        csvOf(`${now - hour},1,1,1,1,1`, `${now},1,1,1,1,1`),
        {},
        'line 3: the candle of 2024-07-01T00:00:00.000Z has not closed yet',
      ],
      ['too many rows', hours(0, 20_001), {}, 'has more than 20000 rows; import a larger file with the command: candles import'],
      [
        'text that is no symbol',
        hours(0, 1),
        { symbol: 'BTCUSDT' },
        '"BTCUSDT" is not a symbol: write base and quote asset, as in BTC/USDT',
      ],
      [
        'an unknown exchange',
        hours(0, 1),
        { exchange: 'mtgox' },
        'there is no exchange "mtgox"; there are sim, binance, kraken, bybit',
      ],
      ['the simulated market', hours(0, 1), { exchange: 'sim', symbol: 'BTC/USDT' }, 'candles cannot be imported for sim'],
      ['no rows', csvOf(), {}, 'has a header but no rows'],
    ])('with %s is refused, and nothing is imported', async (_, text, changes, message) => {
      const error = await refusal(service.importText(admin, { ...key, ...changes }, text));
      expect(error.message).toContain(message);
      expect(await stored()).toEqual([]);
      expect(await new MarketCatalogue(database).findMarket({ exchange: key.exchange, symbol: key.symbol })).toBeUndefined();
    });

    it('tells how far it is, and never goes back', async () => {
      const text = csvFromString('hours.csv', hours(0, 4_000));
      const told: number[] = [];
      await service.importFile({ ...text, read: () => chunks(text.read()) }, key, {
        onProgress: (fraction) => told.push(fraction),
      });
      expect(told.length).toBeGreaterThan(10);
      expect(told).toEqual(told.toSorted((a, b) => a - b));
      expect(told.at(-1)).toBe(1);
    });

    it('of a file that breaks off in the second reading leaves nothing', async () => {
      const text = csvFromString('broken.csv', hours(0, 4_000));
      let readings = 0;
      const source = {
        ...text,
        read: async function* () {
          readings += 1;
          for await (const chunk of chunks(text.read())) {
            yield readings === 2 ? chunk.subarray(0, Math.floor(chunk.length / 2)) : chunk;
          }
        },
      };
      expect((await refusal(service.importFile(source, key))).message).toContain('changed while it was read');
      expect(await stored()).toEqual([]);
    });

    it('waits its turn beside other writers', async () => {
      const keys = [0, 1, 2, 3].map((i) => ({ ...key, symbol: `${key.symbol}T${i}` }));
      const reports = await Promise.all(keys.map((one) => service.importText(trader, one, hours(0, 3_000))));
      expect(reports.map(({ imported }) => imported)).toEqual([3_000, 3_000, 3_000, 3_000]);
    });
  });

  describe('a fetch', () => {
    it('stores what the exchange has, piece by piece, and nothing twice', async () => {
      const sim: SeriesKey = { exchange: 'sim', symbol: 'BTC/USDT', timeframe: 'M1' };
      const options = { from: now - 25_000 * 60_000, to: now + hour };
      const told: number[] = [];
      const report = await service.fetch(sim, { ...options, onProgress: ({ fraction }) => told.push(fraction) });
      expect(report).toMatchObject({ fetched: 25_000, stored: 25_000, from: options.from, to: now, gaps: { missing: 0 } });
      expect(told).toHaveLength(5);
      expect(await service.fetch(sim, options)).toMatchObject({ fetched: 0, known: 25_000, stored: 0 });
      const [coverage] = await service.coverage({ exchange: 'sim', symbol: 'BTC/USDT' });
      expect(coverage).toMatchObject({ ...sim, count: 25_000, from: options.from, to: now - 60_000, gaps: { count: 0 } });
    });

    it('says what it cannot do', async () => {
      const from = now - hour;
      expect((await refusal(service.fetchableRange({ ...key, exchange: 'kraken' }, { from }, ['from']))).message).toContain(
        'Kraken cannot be reached: no network',
      );
      expect((await refusal(service.fetch({ ...key, exchange: 'sim' }, { from }))).message).toContain(
        'the simulated market has no COIN',
      );
      const nothing = service.fetch({ exchange: 'sim', symbol: 'BTC/USDT', timeframe: 'H1' }, { from: now });
      expect((await refusal(nothing)).message).toContain('there is nothing to fetch of sim BTC/USDT 1h');
    });
  });

  describe('columns', () => {
    it('hold a range, bounds as asked', async () => {
      await service.importText(trader, key, csvOf(...[0, 1, 2, 4, 5].map((at) => rowOf(at, 10 + at / 10, at))));
      const { candles, gaps, builtFrom } = await service.load(key, { from: start + hour, to: start + 5 * hour });
      expect([...candles.openTime].map((at) => (at - start) / hour)).toEqual([1, 2, 4]);
      expect([...candles.volume]).toEqual([1, 2, 4]);
      expect(gaps).toEqual({ missing: 1, count: 1, gaps: [{ from: start + 3 * hour, to: start + 4 * hour, missing: 1 }] });
      expect(builtFrom).toBeUndefined();
    });

    it('may be shared with other threads', async () => {
      await service.importText(trader, key, hours(0, 3));
      const { candles } = await service.load(key, {}, { shared: true });
      expect(candles.close.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect([...candles.close]).toEqual([11, 11, 11]);
    });

    it('are built from a shorter timeframe when theirs is not stored', async () => {
      await service.importText(trader, key, hours(1, 21));
      await service.importText(trader, { ...key, timeframe: 'D1' }, csvOf(rowOf(0)));
      const four = await service.load({ ...key, timeframe: 'H4' });
      expect(four).toMatchObject({ builtFrom: 'H1', incomplete: [] });
      expect([...four.candles.openTime].map((at) => (at - start) / hour)).toEqual([4, 8, 12, 16]);
      expect([...four.candles.volume]).toEqual([20, 20, 20, 20]);
      const day = await service.load({ ...key, timeframe: 'D1' });
      expect(day.builtFrom).toBeUndefined();
    });

    it('are told when parts of a built candle are missing', async () => {
      await service.importText(trader, key, csvOf(...[0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11].map((at) => rowOf(at))));
      const four = await service.load({ ...key, timeframe: 'H4' });
      expect(four.incomplete).toEqual([start + 4 * hour]);
      expect([...four.candles.volume]).toEqual([20, 15, 20]);
    });

    it('of the simulated market need no storage', async () => {
      const candles = await service.loadCandles('sim', 'ETH/USDT', 'H1', now - 100 * hour, now + hour);
      expect(candles.openTime.length).toBe(100);
      expect(candles.openTime[99]).toBe(now - hour);
    });

    it('that are not there are told with what is', async () => {
      expect((await refusal(service.load(key))).message).toBe(
        `there are no candles of binance ${key.symbol} 1h; import or fetch some first`,
      );
      expect((await refusal(service.load({ ...key, exchange: 'binanc' }))).message).toBe(
        'there is no exchange "binanc"; there are sim, binance, kraken, bybit',
      );
      await service.importText(trader, key, hours(0, 3));
      expect((await refusal(service.load({ ...key, timeframe: 'M5' }, { from: start }))).message).toBe(
        `there are no candles of binance ${key.symbol} 5m from 2024-01-01T00:00Z; there are 1h from 2024-01-01T00:00Z to 2024-01-01T02:00Z`,
      );
      expect((await refusal(service.load(key, { from: start + hour, to: start }))).message).toContain('is after to');
    });
  });

  describe('pages of candles', () => {
    const indexes = (rows: readonly Candle[]): number[] => rows.map(({ openTime }) => (openTime - start) / hour);
    const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

    it('go forward and backward without a seam, stored, built or generated', async () => {
      await service.importText(trader, key, hours(0, 100));
      const generated: SeriesKey = { exchange: 'sim', symbol: 'BTC/USDT', timeframe: 'H1' };
      const window = { from: start, to: start + 100 * hour };
      for (const [series, step, count] of [
        [key, 1, 100],
        [{ ...key, timeframe: 'H4' as const }, 4, 25],
        [generated, 1, 100],
      ] as const) {
        const whole = range(0, count).map((index) => index * step);
        const all = await service.candles(series, window, { first: 1000 });
        expect(indexes(all.rows)).toEqual(whole);
        expect(all).toMatchObject({ hasNextPage: false, hasPreviousPage: false });

        const forward: number[] = [];
        let after: string | undefined;
        do {
          const page = await service.candles(series, window, { first: 9, after });
          forward.push(...indexes(page.rows));
          after = page.hasNextPage ? page.cursorOf(page.rows[page.rows.length - 1]) : undefined;
        } while (after);
        expect(forward).toEqual(whole);

        const backward: number[] = [];
        let before: string | undefined;
        do {
          const page = await service.candles(series, window, { last: 9, before });
          backward.unshift(...indexes(page.rows));
          before = page.hasPreviousPage ? page.cursorOf(page.rows[0]) : undefined;
        } while (before);
        expect(backward).toEqual(whole);
      }
    });

    it('end with the newest closed candle of the simulated market, also without bounds', async () => {
      const sim: SeriesKey = { exchange: 'sim', symbol: 'BTC/USDT', timeframe: 'H4' };
      const newest = await service.candles(sim, {}, { last: 2 });
      expect(newest.rows.map(({ openTime }) => openTime)).toEqual([now - 8 * hour, now - 4 * hour]);
      const oldest = await service.candles(sim, {}, { first: 1 });
      expect(oldest.rows.map(({ openTime }) => openTime)).toEqual([Date.UTC(2017, 0, 2)]);
    });

    it.each([
      [{ first: 1_001 }, 'LIMIT_EXCEEDED', '`first` is 1001, the maximum is 1000'],
      [{ last: -1 }, 'BAD_REQUEST', '`last` is -1, it must be a whole number from 0'],
      [{ first: 1, last: 1 }, 'BAD_REQUEST', 'not both'],
      [{ first: 1, after: 'nonsense' }, 'BAD_CURSOR', 'the cursor in `after` is not a cursor that this server gave'],
      [{ last: 1, before: 'x'.repeat(500) }, 'BAD_CURSOR', 'has 500 characters'],
    ])('refuse %j', async (args, code, message) => {
      const error = await refusal(service.candles(key, {}, args));
      expect(error.code).toBe(code);
      expect(error.message).toContain(message);
    });

    it('refuse a cursor of another market, timeframe or range', async () => {
      await service.importText(trader, key, hours(0, 10));
      const page = await service.candles(key, {}, { first: 3 });
      const after = page.cursorOf(page.rows[2]);
      expect(indexes((await service.candles(key, {}, { first: 3, after })).rows)).toEqual([3, 4, 5]);
      expect((await refusal(service.candles({ ...key, timeframe: 'H4' }, {}, { after }))).code).toBe('BAD_CURSOR');
      expect((await refusal(service.candles(key, { from: start }, { after }))).code).toBe('BAD_CURSOR');
    });

    it('refuse to build more than is good for the server', async () => {
      const minutes = csvOf(...Array.from({ length: 3_000 }, (_, i) => `${start + i * 60_000},1,1,1,1,1`));
      await service.importText(trader, { ...key, timeframe: 'M1' }, minutes);
      const day: SeriesKey = { ...key, timeframe: 'D1' };
      expect((await service.candles(day, {}, { first: 100 })).rows).toHaveLength(2);
      expect((await refusal(service.candles(day, {}, { first: 1_000 }))).message).toContain(
        'at most 136 of them can be asked for at once',
      );
      expect(await service.countCandles(day, {})).toEqual({ value: 2, exact: false });
      expect(await service.countCandles({ ...key, timeframe: 'M1' }, {})).toEqual({ value: 3_000, exact: true });
    });
  });

  describe('coverage', () => {
    it('tells from, to, count and gaps of each series', async () => {
      await service.importText(trader, key, csvOf(rowOf(0), rowOf(1), rowOf(10), rowOf(13)));
      expect(await service.coverage({ symbol: key.symbol })).toEqual([
        {
          ...key,
          count: 4,
          from: start,
          to: start + 13 * hour,
          gaps: {
            missing: 10,
            count: 2,
            gaps: [
              { from: start + 2 * hour, to: start + 10 * hour, missing: 8 },
              { from: start + 11 * hour, to: start + 13 * hour, missing: 2 },
            ],
          },
        },
      ]);
    });
  });

  describe('a subscription', () => {
    it('refuses a rate out of range, an unknown market, and one whose exchange cannot be reached', async () => {
      const subscribe = (exchange: string, symbol: string, maxRate = 4) =>
        service.subscribe({ market: { exchange, symbol }, timeframe: 'M1', closedOnly: false, maxRate });
      expect((await refusal(subscribe('sim', 'BTC/USDT', 0))).message).toBe('maxRate is 0, it must be from 1 to 20');
      expect((await refusal(subscribe('sim', 'GOLD/USD'))).code).toBe('NOT_FOUND');
      await service.importText(trader, key, hours(0, 1));
      expect((await refusal(subscribe('binance', key.symbol))).code).toBe('EXCHANGE_UNAVAILABLE');
    });

    it('replays closed candles of the simulated market since a moment', async () => {
      const stream = await service.subscribe({
        market: { exchange: 'sim', symbol: 'BTC/USDT' },
        timeframe: 'M1',
        since: new Date(now - 3 * 60_000),
        closedOnly: true,
        maxRate: 4,
      });
      const told: number[] = [];
      for (let i = 0; i < 3; i++) {
        const step = await stream.next();
        if (!step.done) told.push(step.value.candle.openTime);
      }
      expect(told).toEqual([now - 3 * 60_000, now - 2 * 60_000, now - 60_000]);
      await stream.return?.();
    });
  });

  const data = join(import.meta.dirname, '../../../../shared/data');
  describe.skipIf(!existsSync(data))('a real file (skipped where ../shared/data is absent)', () => {
    it('is imported as it is, and its hours are its minutes', async () => {
      const file = (name: string) => {
        const path = join(data, name);
        return { name, bytes: statSync(path).size, read: () => createReadStream(path) };
      };
      const minutes: SeriesKey = { exchange: 'binance', symbol: 'BTC/USDT', timeframe: 'M1' };
      const longNow = new MarketDataService({
        database,
        exchanges: await Exchanges.open({ database, clock: { now: () => new Date() }, logger, simSpeed: 1 }),
        clock: { now: () => new Date() },
        logger,
      });
      const report = await longNow.importFile(file('BTCUSDT-1m.csv'), minutes);
      expect(report).toMatchObject({ rows: 30_899, imported: 30_899, gaps: { missing: 0 } });
      const { candles } = await longNow.load(minutes);
      expect(candles.openTime.length).toBe(30_899);
      const { builtFrom, candles: built } = await longNow.load({ ...minutes, timeframe: 'H1' });
      expect(builtFrom).toBe('M1');
      await longNow.importFile(file('BTCUSDT-1h.csv'), { ...minutes, timeframe: 'H1' });
      const { candles: stored } = await longNow.load(
        { ...minutes, timeframe: 'H1' },
        { from: built.openTime[0], to: built.openTime[511] },
      );
      expect(stored.openTime.length).toBe(511);
      for (const column of ['openTime', 'open', 'high', 'low', 'close'] as const)
        expect(stored[column]).toEqual(built[column].subarray(0, 511));
    });
  });
});

/** Small pieces, as a file gives them. */
async function* chunks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const whole of source) for (let at = 0; at < whole.length; at += 10_000) yield whole.subarray(at, at + 10_000);
}

describe('candles built from shorter ones', () => {
  const minute = 60_000;
  const candle = (index: number, volume = 0.1): Candle => ({
    openTime: start + index * minute,
    open: index,
    high: index + 2,
    low: index - 1,
    close: index + 1,
    volume,
  });
  const minutes = (...list: number[]) => candlesOf(list.map((index) => candle(index)));

  it('have the first open, the extremes, the last close and the exact sum of volumes', () => {
    const { candles } = resample(minutes(...Array.from({ length: 10 }, (_, i) => i)), 'M1', 'M5');
    expect(candleAt(candles, 1)).toEqual({ openTime: start + 5 * minute, open: 5, high: 11, low: 4, close: 10, volume: 0.5 });
  });

  it('leave out what is not whole at the ends', () => {
    const { candles } = resample(minutes(3, 4, 5, 6, 7, 8, 9, 10, 11), 'M1', 'M5');
    expect([...candles.openTime]).toEqual([start + 5 * minute]);
    expect(resample(minutes(), 'M1', 'M5').candles.openTime.length).toBe(0);
  });

  it('cannot be built from what does not fit', () => {
    expect(() => resample(minutes(0), 'M3', 'M5')).toThrow('M5 candles cannot be built from M3 candles');
  });
});
