import { parentPort } from 'node:worker_threads';
import type { CheckedCandles } from '../../src/trading/checked-candles.ts';
import { bareSweep, sweep } from './pairs.ts';

/** A part of a sweep, and whether it is done in backtests or in bare loops. */
export interface Task {
  readonly input: CheckedCandles;
  readonly part: readonly (readonly [number, number])[];
  readonly bare: boolean;
}

/** Works off its part of a sweep, on candles in shared memory. */
parentPort?.on('message', ({ input, part, bare }: Task) => {
  parentPort?.postMessage((bare ? bareSweep : sweep)(input, part));
});
