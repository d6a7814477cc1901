import { parentPort } from 'node:worker_threads';
import type { CheckedCandles } from '../../src/trading/checked-candles.ts';
import { sweep } from './pairs.ts';

/** Works off its part of a sweep, on candles in shared memory. */
parentPort?.on('message', ({ input, part }: { input: CheckedCandles; part: readonly (readonly [number, number])[] }) => {
  parentPort?.postMessage(sweep(input, part));
});
