import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { newId } from '../../../src/services/ids.ts';
import { loadPlugins } from '../../../src/services/strategies/plugins/plugins.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { pluginFolder, pluginSource } from '../strategies/plugins/support.ts';
import { ended, House, start, wave } from './house.ts';

const files = {
  'average.mjs': pluginSource(),
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
