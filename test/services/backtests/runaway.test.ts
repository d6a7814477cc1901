import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { newId } from '../../../src/services/ids.ts';
import { loadPlugins } from '../../../src/services/strategies/plugins/plugins.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { pluginFolder, pluginSource } from '../strategies/plugins/support.ts';
import { ended, House, start, wave } from './house.ts';

const files = {
  'average.mjs': pluginSource(),
  'forger.mjs': pluginSource({
    name: "'forger'",
    signals: '({ candles }) => (from, to, out) => { candles.close.fill(1); out.fill(1, from, to); }',
  }),
  'thief.mjs': pluginSource({
    name: "'thief'",
    signals: '({ candles }) => () => { structuredClone(candles.close, { transfer: [candles.close.buffer] }); }',
  }),
  'trap.mjs': pluginSource({
    name: "'trap'",
    signals: '() => () => { throw new Proxy({}, { getPrototypeOf() { throw 1; } }); }',
  }),
  'vandal.mjs': pluginSource({
    name: "'vandal'",
    signals: '() => (from, to, out) => { Array.prototype.map = () => []; out.fill(0, from, to); }',
  }),
  'counter.mjs': `let runs = 0;\n${pluginSource({
    name: "'counter'",
    signals:
      '() => { runs += 1; const odd = runs % 2; return (from, to, out) => { for (let i = from; i < to; i++) out[i] = i % 7 === odd ? 1 : 4; }; }',
  })}`,
  'endless.mjs': pluginSource({ name: "'endless'", signals: '() => () => { for (;;); }' }),
  'hog.mjs': pluginSource({
    name: "'hog'",
    signals: '() => () => { const kept = []; for (;;) kept.push(Array.from({ length: 10_000 }, Math.random)); }',
  }),
  // Columns lie outside the heap; one that lets time pass, so that it ends by the limit and not by the machine's memory.
  'hoarder.mjs': pluginSource({
    name: "'hoarder'",
    signals: `() => () => {
    const kept = [];
    for (;;) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      kept.push(new Float64Array(1 << 18).fill(1));
    }
  }`,
  }),
};

describeOnEachDatabase('a strategy that runs away in a backtest', (open) => {
  let house: House;
  let ann: Viewer;

  beforeAll(async () => {
    house = new House(await open(), await loadPlugins(pluginFolder(files), true));
    await house.seed();
    await house.database.transaction((em) => house.catalogue.ensureMarket(em, 'binance', 'ETH/USDT'));
    await house.store.upsert({ exchange: 'binance', symbol: 'ETH/USDT', timeframe: 'H1' }, wave(600));
  });
  beforeEach(async () => {
    ann = await house.newViewer();
  });
  afterEach(async () => {
    await house.close();
  });

  const begin = async (service: ReturnType<House['process']>['service'], plugin: string, symbols = ['BTC/USDT']) => {
    const strategy = await house.strategies.create(ann, { name: newId(), kind: 'PLUGIN', plugin });
    return service.create(ann, {
      strategyId: strategy.id,
      markets: symbols.map((symbol) => ({ exchange: 'binance', symbol })),
      timeframe: 'H1',
      from: new Date(start),
      to: new Date(start + 600 * 3_600_000),
      options: {},
    });
  };

  it.each([
    ['endless', { deadlineMs: 3_000 }, 'it took longer than the 3 seconds that one job may take'],
    ['hog', { memoryMb: 48 }, 'it needed more than the 48 MiB of memory that one job may use'],
    ['hoarder', {}, 'it needed more than the 256 MiB of memory that one job may use'],
  ])('%s is ended with a sentence, and the next job has the thread', async (plugin, bounds, sentence) => {
    const { service, worker } = house.process(bounds);
    await worker.start();
    const bad = await begin(service, plugin);
    const good = await begin(service, 'above-average');
    expect(await ended(service, ann, bad.id)).toMatchObject({
      status: 'FAILED',
      error: `the backtest was stopped: ${sentence}`,
      finalCapital: null,
      resultHash: null,
    });
    expect(await ended(service, ann, good.id)).toMatchObject({ status: 'COMPLETED', error: null });
    expect((await service.tradePages(ann, [bad.id], { first: 1 })).get(bad.id)?.rows).toEqual([]);
  });

  it.each([
    ['forger', 'the strategy writes into the candles that it is given: it may only read them'],
    ['thief', 'the strategy writes into the candles that it is given: it may only read them'],
    ['trap', 'strategy plugin trap.mjs failed in signals: it threw something that cannot be looked at'],
  ])('%s has no result, and is told why', async (plugin, error) => {
    const { service, worker } = house.process();
    await worker.start();
    for (const symbols of [['BTC/USDT'], ['BTC/USDT', 'ETH/USDT']]) {
      const { id } = await begin(service, plugin, symbols);
      expect(await ended(service, ann, id)).toMatchObject({ status: 'FAILED', error, resultHash: null });
    }
  });

  it('leaves nothing behind: neither for others nor for its own next run', async () => {
    const { service, worker } = house.process();
    await worker.start();
    const hashes: unknown[] = [];
    for (const plugin of ['counter', 'vandal', 'above-average', 'counter']) {
      const { id } = await begin(service, plugin);
      const { status, resultHash } = await ended(service, ann, id);
      hashes.push(status === 'COMPLETED' && resultHash);
    }
    expect(hashes[2]).toMatch(/^[0-9a-f]{32}$/);
    expect(hashes[3]).toBe(hashes[0]);
  });

  it('is canceled in the middle of several markets, and the next job has the thread', async () => {
    const { service, worker } = house.process();
    await worker.start();
    const bad = await begin(service, 'endless', ['BTC/USDT', 'ETH/USDT']);
    await ended(service, ann, bad.id, (status) => status === 'RUNNING');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await service.cancel(ann, bad.id);
    const good = await begin(service, 'above-average', ['BTC/USDT', 'ETH/USDT']);
    expect(await ended(service, ann, good.id)).toMatchObject({ status: 'COMPLETED', symbols: ['BTC/USDT', 'ETH/USDT'] });
    expect(await service.get(ann, bad.id)).toMatchObject({ status: 'CANCELED', finalCapital: null });
    expect((await service.tradePages(ann, [bad.id], { first: 1 })).get(bad.id)?.rows).toEqual([]);
  });
});
