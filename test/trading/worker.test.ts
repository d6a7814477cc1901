import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { runBacktest } from '../../src/trading/backtest.ts';
import { emptyCandles } from '../../src/trading/series.ts';
import { closesOf, plain } from './support/builders.ts';

// Worker threads load the core as it stands, so it must need no more than the removal of its types.
const code = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.core).then(({ runBacktest }) => parentPort.postMessage(runBacktest(workerData.candles, workerData.spec)));
`;

it('runs in a worker thread straight from its source, on columns in shared memory, and posts the same result', async () => {
  const closes = Array.from({ length: 2_000 }, (_, i) => 100 + 10 * Math.sin(i / 9) + (i % 11) / 7);
  const candles = emptyCandles(closes.length, true);
  for (const [name, values] of Object.entries(closesOf(closes)))
    candles[name as keyof typeof candles].set(values as Float64Array);
  const spec = { ...plain, strategy: 'ema-rsi', stopLossPercent: 2, takeProfitPercent: 4 } as const;
  const core = new URL('../../src/trading/backtest.ts', import.meta.url).href;

  const worker = new Worker(code, { eval: true, workerData: { core, candles, spec } });
  const posted = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();

  expect(posted).toEqual(runBacktest(candles, spec));
});
