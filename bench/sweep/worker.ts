import { parentPort, workerData } from 'node:worker_threads';
import type { CheckedCandles } from '../../src/trading/checked-candles.ts';
import { ColumnCache } from '../../src/trading/indicators/columns.ts';
import { bareColumns, bareSweepOn, bareSweepWithCurve, pairs, sweepOn } from './pairs.ts';
import { WorkList } from './work-list.ts';

/** What all threads share: the candles, and where the list of pairs stands. */
export interface Shared {
  readonly input: CheckedCandles;
  readonly place: SharedArrayBuffer;
}

/** How a sweep is done, and by how many threads. */
export interface Task {
  readonly how: How;
  readonly threads: number;
}

/** In backtests or bare loops, with columns of its own or on those that are there from the time before. */
export type How = 'OURS' | 'OURS_ON_COLUMNS' | 'BARE' | 'BARE_ON_COLUMNS';

type Some = typeof pairs;

const { input, place } = workerData as Shared;
const columns = new ColumnCache(input.candles);
const bare = bareColumns(input.candles);
const list = new WorkList(place, pairs.length);

function eachOf(parts: Iterable<Some>, work: (part: Some) => number[]): number[] {
  return Array.from(parts, work).flat();
}

const ways: Readonly<Record<How, (parts: Iterable<Some>) => number[]>> = {
  OURS: (parts) => {
    const own = new ColumnCache(input.candles);
    const finals = eachOf(parts, (part) => sweepOn(own, input, part));
    own.release();
    return finals;
  },
  OURS_ON_COLUMNS: (parts) => eachOf(parts, (part) => sweepOn(columns, input, part)),
  BARE: (parts) => {
    const own = bareColumns(input.candles);
    return eachOf(parts, (part) => bareSweepWithCurve(own, input, part));
  },
  BARE_ON_COLUMNS: (parts) => eachOf(parts, (part) => bareSweepOn(bare, input, part)),
};

function* partsFor(threads: number): Generator<Some> {
  for (const { from, to } of list.take(threads)) yield pairs.slice(from, to);
}

/** Works off its share of a sweep. */
parentPort?.on('message', ({ how, threads }: Task) => {
  parentPort?.postMessage(ways[how](partsFor(threads)));
});
