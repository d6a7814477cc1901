import { parentPort, workerData } from 'node:worker_threads';
import type { CheckedCandles } from '../../src/trading/checked-candles.ts';
import { ColumnCache } from '../../src/trading/indicators/columns.ts';
import { bareColumns, bareSweep, bareSweepOn, type pairs, sweep, sweepOn } from './pairs.ts';

/** A part of a sweep, and how it is done. */
export interface Task {
  readonly part: typeof pairs;
  readonly how: How;
}

/** In backtests or bare loops, with columns of its own or on those that are there from the time before. */
export type How = 'OURS' | 'OURS_ON_COLUMNS' | 'BARE' | 'BARE_ON_COLUMNS';

// The candles are in memory that all threads share.
const input = workerData as CheckedCandles;
const columns = new ColumnCache(input.candles);
const bare = bareColumns(input.candles);

const ways: Readonly<Record<How, (part: typeof pairs) => number[]>> = {
  OURS: (part) => sweep(input, part),
  OURS_ON_COLUMNS: (part) => sweepOn(columns, input, part),
  BARE: (part) => bareSweep(input, part),
  BARE_ON_COLUMNS: (part) => bareSweepOn(bare, input, part),
};

/** Works off its part of a sweep. */
parentPort?.on('message', ({ part, how }: Task) => {
  parentPort?.postMessage(ways[how](part));
});
