// Tasks that the thread pool's tests run: each does what its input says.
import type { ReportProgress, TaskResult } from '../../../../src/services/jobs/task.ts';

export interface SmallInput {
  readonly does: 'sum' | 'throw' | 'loop' | 'eat' | 'hoard' | 'exit' | 'progress' | 'thread';
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
    case 'hoard': {
      const kept: Float64Array[] = [];
      for (;;) {
        // At a pace that a look at it keeps up with.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        kept.push(new Float64Array(1 << 17).fill(1));
        if (kept.length === 1_000) return { value: 'nobody looked' };
      }
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
