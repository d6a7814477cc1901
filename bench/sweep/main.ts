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
import type { How, Task } from './worker.ts';

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
  const workers = [0, 1].map(
    () =>
      new Worker(new URL('worker.ts', import.meta.url), {
        execArgv: ['--import', 'tsx'],
        workerData: input,
        stdout: false,
        stderr: false,
      }),
  );
  // In blocks: neighbours share their fast average, so each thread makes fewer columns, and what it reads stays near.
  const parts = workers.map((_, place) => pairs.filter((_pair, i) => Math.floor((i * workers.length) / pairs.length) === place));
  const onWorkers = (some: readonly Worker[], work: readonly (typeof pairs)[], how: How): Promise<unknown> =>
    Promise.all(
      some.map(async (worker, i) => {
        worker.postMessage({ part: work[i], how } satisfies Task);
        return once(worker, 'message');
      }),
    );
  const twoWorkers = (name: string, how: How): Promise<BenchCase> =>
    contest({
      name,
      candles: count * pairs.length,
      rounds: 10,
      ours: () => onWorkers(workers, parts, how),
      theirs: () => onWorkers(workers.slice(0, 1), [pairs], how),
      yardstick: 'the same on one worker',
    });
  try {
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
