import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type BenchCase, median } from '../support/report.ts';

const memoryCandles = 1_000_000;
const columnBytes = memoryCandles * 6 * Float64Array.BYTES_PER_ELEMENT;
const rounds = 3;
const mib = 2 ** 20;

/** Memory that a process needs at its peak for the candles and a backtest over them, beyond what it needed before: as the columns' part of it. */
export async function memoryCase(): Promise<BenchCase> {
  const peaks: number[] = [];
  for (let round = 0; round < rounds; round++) peaks.push(await peakOfOneRun());
  return {
    case: 'memory of a backtest over 1M candles',
    unit: 'MiB',
    median: median(peaks) / mib,
    min: Math.min(...peaks) / mib,
    max: Math.max(...peaks) / mib,
    ratio: median(peaks.map((peak) => columnBytes / peak)),
    yardstick: `the columns alone ${(columnBytes / mib).toFixed(1)} MiB`,
  };
}

async function peakOfOneRun(): Promise<number> {
  // Without a loader, whose memory would come and go with its work.
  const child = fork(new URL('./memory-child.ts', import.meta.url), [String(memoryCandles)], { execArgv: [] });
  const [peak] = (await once(child, 'message')) as [number];
  await once(child, 'exit');
  return peak;
}
