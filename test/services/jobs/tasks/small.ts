// Tasks that the thread pool's tests run: each does what its input says.
import type { ReportProgress, TaskResult } from '../../../../src/services/jobs/task.ts';

export interface SmallInput {
  readonly does: 'sum' | 'throw' | 'loop' | 'eat' | 'exit' | 'progress' | 'thread';
  readonly column?: Float64Array | (() => number);
}

export function run(input: SmallInput, report: ReportProgress): TaskResult<unknown> {
  switch (input.does) {
    case 'sum': {
      const column = input.column instanceof Float64Array ? input.column : new Float64Array();
      return {
        value: { sum: column.reduce((sum, x) => sum + x, 0), column },
        transfer: column.buffer instanceof ArrayBuffer ? [column.buffer] : [],
      };
    }
    case 'throw':
      throw new RangeError('stop 120 exceeds limit 100');
    case 'loop':
      for (;;) report(0.5);
    case 'eat': {
      const eaten: number[][] = [];
      for (;;) eaten.push(Array.from({ length: 10_000 }, Math.random));
    }
    case 'exit':
      return process.exit(3);
    case 'progress':
      for (let step = 0; step <= 10; step++) {
        report(step / 10);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
      }
      return { value: 'done' };
    default:
      return { value: process.pid };
  }
}
