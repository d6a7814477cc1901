import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { CandleFetch } from '../../../src/entities/market/CandleFetch.ts';
import { Market } from '../../../src/entities/market/Market.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { DomainError } from '../../../src/services/errors.ts';
import { EventLog } from '../../../src/services/events/log.ts';
import { InProcessQueue } from '../../../src/services/jobs/in-process-queue.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { CandleStore } from '../../../src/services/market-data/candle-store.ts';
import { MarketCatalogue } from '../../../src/services/market-data/catalogue.ts';
import { CandleFetcher } from '../../../src/services/market-data/fetch.ts';
import { CandleFetchService, mostActiveFetches } from '../../../src/services/market-data/fetch-service.ts';
import { CandleFetchWorker } from '../../../src/services/market-data/fetch-worker.ts';
import type { SeriesKey } from '../../../src/services/market-data/series-key.ts';
import { newId } from '../../../src/services/ids.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { candlesOf } from '../../../src/trading/series.ts';
import { aUser, stored } from '../../contract/storage/builders.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { candle, FakeSource, minute, start } from './support/fakes.ts';

const noAnswer = new DomainError('EXCHANGE_UNAVAILABLE', 'kraken did not tell candles: 503');
const count = 12_000;
/** Of waiting for what comes about soon, on a busy machine too. */
const patience = { timeout: 60_000 };

describeOnEachDatabase('fetching past candles', (open) => {
  let database: Database;
  let store: CandleStore;
  let source: FakeSource;
  let fetcher: CandleFetcher;
  let viewer: Viewer;
  let symbols = 0;
  let key: { exchange: string; symbol: string; timeframe: 'M1' };

  beforeAll(async () => {
    database = await open();
    store = new CandleStore(database);
    const catalogue = new MarketCatalogue(database);
    await catalogue.seed([]);
    const parts = { database, catalogue, store, source: () => source, candlesOf: () => source, onStored, retryMs: 5 };
    fetcher = new CandleFetcher(parts);
  });

  const onStored = vi.fn<(key: SeriesKey, from: number) => void>();
  beforeEach(async () => {
    onStored.mockClear();
    source = new FakeSource();
    source.past = Array.from({ length: count }, (_, index) => candle(index));
    source.time = start + count * minute;
    key = { exchange: 'kraken', symbol: `COIN${++symbols}/USDT`, timeframe: 'M1' };
    const user = await stored(database, (em) => aUser(em));
    viewer = { userId: user.id, role: 'TRADER', scopes: ['READ', 'TRADE'] };
  });

  const everything = { from: start };

  it('goes piece by piece, and asks for nothing twice', async () => {
    const told: number[] = [];
    const report = await fetcher.fetch(key, { ...everything, onProgress: ({ fraction }) => told.push(fraction) });
    expect(report).toMatchObject({ fetched: count, known: 0, stored: count, gaps: { missing: 0 } });
    expect(told.at(-1)).toBe(1);
    expect(source.asked).toHaveLength(3);
    expect(onStored.mock.calls).toEqual([[key, start]]);
    expect(await fetcher.fetch(key, everything)).toMatchObject({ fetched: 0, known: count, stored: 0 });
    expect(source.asked).toHaveLength(3);
  });

  it('goes on where it was stopped, and fills holes that were left', async () => {
    const stopping = new AbortController();
    const stopped = fetcher.fetch(key, { ...everything, signal: stopping.signal, onProgress: () => stopping.abort() });
    await expect(stopped).rejects.toThrow('aborted');
    await store.upsert(key, candlesOf([candle(7_000)]));
    expect(await fetcher.fetch(key, everything)).toMatchObject({ fetched: 7_000, known: 5_000, stored: 6_999 });
    expect((await store.extent(key, 0, Number.POSITIVE_INFINITY))?.count).toBe(count);
  });

  it('enters a new market once, when several begin with it at the same time', async () => {
    const reports = await Promise.all([1, 2, 3, 4].map(() => fetcher.fetch(key, { ...everything, refetch: true })));
    expect(reports.map(({ fetched }) => fetched)).toEqual([count, count, count, count]);
    expect(await database.system().count(Market, { symbol: key.symbol })).toBe(1);
  });

  it('sees what the exchange has corrected when it is told to ask again', async () => {
    await fetcher.fetch(key, everything);
    const before = await store.revision(key);
    source.past[5] = candle(5, 123_456);
    expect(await fetcher.fetch(key, { ...everything, refetch: true })).toMatchObject({ fetched: count, stored: 1 });
    expect((await store.forward(key, start + 5 * minute, start + 6 * minute, 1))[0].close).toBe(123_456);
    expect((await store.revision(key))?.rewritten).toBeGreaterThan(before?.revision ?? 0);
  });

  it('tries again when the exchange does not answer, and gives up in the end', async () => {
    source.down = noAnswer;
    const report = fetcher.fetch(key, everything);
    await expect.poll(() => source.refusals, { interval: 1 }).toBeGreaterThan(0);
    source.down = undefined;
    expect(await report).toMatchObject({ fetched: count });
    source.down = noAnswer;
    await expect(fetcher.fetch(key, { ...everything, refetch: true })).rejects.toThrow('503');
  });

  it('leaves the exchange alone for as long as it wants', async () => {
    source.down = new DomainError('EXCHANGE_UNAVAILABLE', 'too many requests', { details: { retryAfterMs: 200 } });
    const before = performance.now();
    const report = fetcher.fetch(key, everything);
    await expect.poll(() => source.refusals, { interval: 5 }).toBeGreaterThan(0);
    source.down = undefined;
    await report;
    expect(performance.now() - before).toBeGreaterThan(180);
  });

  function jobs(fetch = (...args: Parameters<CandleFetcher['fetch']>) => fetcher.fetch(...args)) {
    const logger = createLogger({ level: 'silent', pretty: false });
    const clock = { now: () => new Date() };
    const events = new EventLog(database, clock);
    const queue = new InProcessQueue({ concurrency: 2, capacity: 100 }, logger);
    const catalogue = new MarketCatalogue(database);
    const marketData = {
      market: async () => {
        await database.transaction((em) => catalogue.ensureMarket(em, key.exchange, key.symbol));
        return catalogue.market(key);
      },
      fetchableRange: (...[series, range]: Parameters<CandleFetcher['range']>) => Promise.resolve(fetcher.range(series, range)),
      fetch,
    };
    const parts = { database, marketData, events, queue, clock, logger };
    return { service: new CandleFetchService(parts), worker: new CandleFetchWorker(parts), queue, events };
  }
  const wish = { market: { exchange: 'kraken', symbol: 'any' }, timeframe: 'M1' as const, from: new Date(start), refetch: false };

  type Status = CandleFetch['status'];
  const becomes = (service: CandleFetchService, id: string, status: Status) =>
    vi.waitFor(async () => expect((await service.get(viewer, id)).status).toBe(status), patience);

  it('is a job: kept, run, and told', async () => {
    const { service, worker, queue, events } = jobs();
    const created = await service.create(viewer, wish);
    expect(created).toMatchObject({ status: 'PENDING', symbol: key.symbol, endDate: new Date(start + count * minute) });
    await worker.start();
    await becomes(service, created.id, 'COMPLETED');
    expect(await service.get(viewer, created.id)).toMatchObject({ progress: 100, fetched: count, known: 0, stored: count });
    const told = (await events.read(viewer.userId, 0, 100)).map(({ payload }) => (payload as { status: string }).status);
    expect([told[0], told.at(-1)]).toEqual(['PENDING', 'COMPLETED']);
    worker.stop();
    await queue.close();
  });

  it('goes on after the process was killed', async () => {
    const first = jobs();
    const { id } = await first.service.create(viewer, wish);
    await database.transaction((em) => em.execute(`update candle_fetches set status = 'RUNNING' where id = '${id}'`));
    await store.upsert(key, candlesOf(source.past.slice(0, 5_000)));
    const second = jobs();
    await second.worker.sweep(0);
    second.queue.process('nothing', () => Promise.resolve());
    await second.worker.start();
    await becomes(second.service, id, 'COMPLETED');
    expect(await second.service.get(viewer, id)).toMatchObject({ fetched: 7_000, known: 5_000 });
    second.worker.stop();
    await Promise.all([first.queue.close(), second.queue.close()]);
  });

  it('can be canceled while it waits and while it runs; what is stored stays', async () => {
    const { service, worker, queue } = jobs(async (series, options) => {
      await fetcher.fetch(series, { ...options, to: start + 10 * minute });
      await new Promise((_, reject) => options.signal?.addEventListener('abort', () => reject(options.signal?.reason)));
      throw new Error('not reached');
    });
    const waiting = await service.create(viewer, wish);
    expect((await service.cancel(viewer, waiting.id)).status).toBe('CANCELED');
    await worker.start();
    const { id } = await service.create(viewer, wish);
    await becomes(service, id, 'RUNNING');
    await vi.waitFor(async () => expect(await store.last(key)).toBeDefined(), patience);
    expect((await service.cancel(viewer, id)).status).toBe('CANCELED');
    expect((await service.cancel(viewer, id)).status).toBe('CANCELED');
    await vi.waitFor(() => queue.close(), patience);
    expect((await service.get(viewer, id)).status).toBe('CANCELED');
    expect((await store.extent(key, 0, Number.POSITIVE_INFINITY))?.count).toBe(10);
    worker.stop();
  });

  it('waits for the next start when the program ends', async () => {
    const { service, worker, queue } = jobs(
      (_key, options) =>
        new Promise((_, reject) => options.signal?.addEventListener('abort', () => reject(options.signal?.reason))),
    );
    const { id } = await service.create(viewer, wish);
    await worker.start();
    await becomes(service, id, 'RUNNING');
    worker.stop();
    await queue.close();
    expect((await service.get(viewer, id)).status).toBe('PENDING');
    await service.cancel(viewer, id);
  });

  it.each([
    [noAnswer, 'kraken did not tell candles: 503; fetch again later, it goes on where it stopped'],
    [
      Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' }),
      'the disk of the database is full: free some space and fetch again, it goes on where it stopped',
    ],
    [new TypeError('x is not a function'), 'an internal error stopped the fetch; it has been logged'],
  ])('fails with a sentence: %s', async (error, message) => {
    const { service, worker, queue } = jobs(() => Promise.reject(error));
    const { id } = await service.create(viewer, wish);
    await worker.start();
    await becomes(service, id, 'FAILED');
    expect((await service.get(viewer, id)).error).toBe(message);
    await expect(service.cancel(viewer, id)).rejects.toMatchObject({ code: 'INVALID_TRANSITION' });
    worker.stop();
    await queue.close();
  });

  it('is refused when it makes no sense or too many wait, and belongs to whoever asked', async () => {
    const { service, queue } = jobs();
    const turned = service.create(viewer, { ...wish, to: new Date(start - 1) });
    await expect(turned).rejects.toMatchObject({ code: 'INVALID', path: ['input', 'from'] });
    await expect(service.create(viewer, { ...wish, from: new Date(source.time) })).rejects.toThrow('nothing to fetch');
    const made = await service.create(viewer, wish);
    const stranger: Viewer = { ...viewer, userId: newId() };
    await expect(service.get(stranger, made.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(service.cancel(stranger, made.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    for (let i = 1; i < mostActiveFetches; i++) await service.create(viewer, wish);
    await expect(service.create(viewer, wish)).rejects.toThrow('20 of your fetches wait or run, the maximum is 20');
    await queue.close();
  });
});
