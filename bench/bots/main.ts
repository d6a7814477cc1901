import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../test/support/postgres.ts';
import { type BenchCase, type BenchReport, median } from '../support/report.ts';
import { candleMs, symbolNames } from './market.ts';
import type { Command, Pace, Resumed, Watched } from './protocol.ts';

const bots = 200;
const warmUpMs = 10_000;
const watchMs = 20_000;
/** How soon all bots should be back after a restart. */
const goalMs = 10_000;
/** Bots share one core with the program's own threads. */
const core = spawnSync('taskset', ['-c', '0', 'true']).status === 0 ? ['taskset', '-c', '0'] : [];
const where = core.length > 0 ? 'one core' : 'any core: there is no taskset';

/**
 * Two hundred paper bots in one process, on each database: at work with a strategy as it comes, back after the end of their process, and at work with
 * one that trades all the time.
 */
export async function botsBench(): Promise<BenchReport> {
  const cases: BenchCase[] = [];
  for (const pace of ['usual', 'hectic'] as const) {
    const folder = mkdtempSync(join(tmpdir(), 'candlewick-bench-'));
    try {
      cases.push(...(await casesOf('SQLite', `sqlite:${join(folder, 'bench.db')}`, pace)));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const postgres = await startPostgres();
    try {
      cases.push(...(await casesOf('PostgreSQL', postgres.url('postgres'), pace)));
    } finally {
      await postgres.stop();
    }
  }
  return { name: 'bots', cases };
}

async function casesOf(database: string, url: string, pace: Pace): Promise<BenchCase[]> {
  const beganAt = Date.now();
  let child = serve(url, beganAt);
  const named = (name: string): string => `${database}, ${bots} bots, ${pace}: ${name}`;
  try {
    await ask(child, { make: bots, pace });
    await ask(child, { watch: warmUpMs });
    const watched = await ask<Watched>(child, { watch: watchMs });
    const cases = workCases(named, watched);
    if (pace === 'hectic') return cases;
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
      const startedAt = Date.now();
      child = serve(url, beganAt);
      const { runningAt, tradingAt } = await ask<Resumed>(child, { resumed: bots });
      cases.push(
        within(named(`all running after ${signal}`), 'ms', [runningAt - startedAt], goalMs, 'since the process started'),
        within(named(`all trading after ${signal}`), 'ms', [tradingAt - startedAt], goalMs, 'since the process started'),
      );
    }
    return cases;
  } finally {
    child.kill('SIGKILL');
  }
}

function workCases(named: (name: string) => string, { latencies, behind, cpuMs, ms }: Watched): BenchCase[] {
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))];
  const perSecond = ((1000 * sorted.length) / ms).toFixed(0);
  const how = `between two candles of each of ${symbolNames.length} symbols (${perSecond} such orders/s, ${where})`;
  const latency = (name: string, share: number): BenchCase => ({
    ...within(named(`candle → order intent, ${name}`), 'ms', sorted, candleMs, how),
    median: at(share),
    ratio: candleMs / at(share),
  });
  return [
    latency('p50', 0.5),
    latency('p99', 0.99),
    within(named('candles behind the market at the end'), 'candles', behind, 1, 'or less'),
    within(named('processor'), '% of a core', [(100 * cpuMs) / ms], 100, 'is all there is'),
  ];
}

/** A case that is to stay below a bound; its ratio says how often it fits in. */
function within(name: string, unit: string, values: readonly number[], bound: number, what: string): BenchCase {
  const middle = median(values);
  const [min, max] = [Math.min(...values), Math.max(...values)];
  return {
    case: name,
    unit,
    median: middle,
    min,
    max,
    ratio: bound / Math.max(middle, 1e-9),
    yardstick: `${bound} ${unit} ${what}`,
  };
}

function serve(url: string, beganAt: number): ChildProcess {
  const [execPath, ...before] = [...core, process.execPath];
  return fork(join(import.meta.dirname, 'serve.ts'), [url, String(beganAt)], {
    execPath,
    execArgv: [...before, '--import', 'tsx'],
    env: { ...process.env, NODE_ENV: 'production', NODE_NO_WARNINGS: '1' },
  });
}

async function ask<T>(child: ChildProcess, command: Command): Promise<T> {
  child.send(command);
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`the server ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (told) => {
      child.off('exit', ended);
      resolve(told as T);
    });
  });
}
