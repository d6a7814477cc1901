import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { checkedCandles } from '../../src/trading/checked-candles.ts';
import { emptyCandles } from '../../src/trading/series.ts';
import type { Candles } from '../../src/trading/candle.ts';
import { generatedCandles } from '../support/candles.ts';
import type { BenchCase, BenchReport } from '../support/report.ts';
import { contest } from '../support/rounds.ts';
import { ColumnCache } from '../../src/trading/indicators/columns.ts';
import { bareColumns, bareSweep, bareSweepOn, pairs, sweep, sweepOn } from './pairs.ts';
import type { How, Shared, Task } from './worker.ts';

const count = 100_000;

function shared(candles: Candles): Candles {
  const copy = emptyCandles(count, true);
  for (const name of Object.keys(candles) as (keyof Candles)[]) copy[name].set(candles[name]);
  return copy;
}

/** A sweep of 143 parameter pairs over 100k candles: one thread beside bare loops, the same on columns from the sweep before, then two threads beside one. */
export async function sweepBench(): Promise<BenchReport> {
  const input = checkedCandles(shared(generatedCandles(count)), 'H1');
  const [ours, bare] = [sweep(input, pairs), bareSweep(input, pairs)];
  const different = ours.findIndex((final, i) => Math.abs(final / bare[i] - 1) > 1e-9);
  if (different >= 0)
    throw new Error(
      `pair ${pairs[different].join('/')}: the backtest ends at ${ours[different]}, the bare loop at ${bare[different]}`,
    );

  const columns = new ColumnCache(input.candles);
  const bareOnes = bareColumns(input.candles);
  const place = new SharedArrayBuffer(4);
  const workers = [0, 1].map(
    () =>
      new Worker(new URL('worker.ts', import.meta.url), {
        execArgv: ['--import', 'tsx'],
        workerData: { input, place } satisfies Shared,
        stdout: false,
        stderr: false,
      }),
  );
  const onWorkers = async (some: readonly Worker[], how: How): Promise<number[]> => {
    Atomics.store(new Int32Array(place), 0, 0);
    const shares = some.map(async (worker) => {
      worker.postMessage({ how, threads: some.length } satisfies Task);
      return ((await once(worker, 'message')) as [number[]])[0];
    });
    return (await Promise.all(shares)).flat();
  };
  // One after the other alone: a thread that had worked more than its fellow would be the better compiled one.
  let turn = 0;
  const twoWorkers = (name: string, how: How): Promise<BenchCase> =>
    contest({
      name,
      candles: count * pairs.length,
      rounds: 20,
      ours: () => onWorkers(workers, how),
      theirs: () => onWorkers([workers[turn++ % workers.length]], how),
      yardstick: 'the same on one worker',
    });
  try {
    const shared = (await onWorkers(workers, 'OURS')).sort();
    if (shared.join() !== ours.sort().join()) throw new Error('two workers together end at other capitals than one thread');
    return {
      name: 'sweep',
      cases: [
        await contest({
          name: 'sweep 143x100k',
          candles: count * pairs.length,
          rounds: 10,
          ours: () => sweep(input, pairs),
          theirs: () => bareSweep(input, pairs),
          yardstick: 'bare loops on shared columns',
        }),
        await contest({
          name: 'sweep 143x100k, columns there already',
          candles: count * pairs.length,
          rounds: 10,
          ours: () => sweepOn(columns, input, pairs),
          theirs: () => bareSweepOn(bareOnes, input, pairs),
          yardstick: 'bare loops that keep no curve',
        }),
        // Beside them what two cores of this machine give to work that shares nothing but the candles.
        await twoWorkers('sweep 143x100k 2 workers', 'OURS'),
        await twoWorkers('bare loops 143x100k 2 workers', 'BARE'),
        await twoWorkers('sweep 143x100k 2 workers, columns there already', 'OURS_ON_COLUMNS'),
        await twoWorkers('bare loops 143x100k 2 workers, columns there already', 'BARE_ON_COLUMNS'),
      ],
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
