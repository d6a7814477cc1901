import { type BenchCase, median } from './report.ts';

/** Something that is measured, and something it is measured against. */
export interface Contest {
  readonly name: string;
  /** What one call works off, for rates: candles times runs. */
  readonly candles: number;
  readonly rounds: number;
  readonly ours: () => unknown;
  readonly theirs: () => unknown;
  /** What `theirs` is. */
  readonly yardstick: string;
}

async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  const result = work();
  if (result instanceof Promise) await result;
  return performance.now() - start;
}

/** Runs both turn by turn in one process, so that both see the same machine; the first fifth of the rounds warms up. */
export async function contest({ name, candles, rounds, ours, theirs, yardstick }: Contest): Promise<BenchCase> {
  const [own, other]: [number[], number[]] = [[], []];
  for (let round = -Math.ceil(rounds / 5); round < rounds; round++) {
    const times = [await timed(ours), await timed(theirs)] as const;
    if (round < 0) continue;
    own.push(times[0]);
    other.push(times[1]);
  }
  const rate = (ms: number): number => candles / ms / 1_000;
  return {
    case: name,
    unit: 'M candles/s',
    median: rate(median(own)),
    min: rate(Math.max(...own)),
    max: rate(Math.min(...own)),
    // Of neighbouring rounds, which saw the same load of the machine.
    ratio: median(other.map((time, round) => time / own[round])),
    yardstick: `${yardstick} ${rate(median(other)).toPrecision(3)} M candles/s`,
  };
}
