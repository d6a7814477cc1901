import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../../../../src/services/database/index.ts';
import { databasesOf } from '../../../support/databases.ts';
import { minute, SeededRun } from './seeded-run.ts';
import { ShiftedTime } from './shifted-time.ts';

/*
 * The real client against the venue while a seed cuts, mutes, delays, doubles and reorders its streams, spoils its answers, bans the client, sets
 * its clock wrong, stops the program, corrects closed candles, heard or unheard, and has past candles fetched: both databases end up with the venue's own candles. `npm run test:candles` runs 2,000 seeds, and
 * `FIRST_SEED=1234 SEEDS=1` in the environment one of them again.
 */

const seeds = Number(process.env['SEEDS'] ?? 200);
const firstSeed = Number(process.env['FIRST_SEED'] ?? 1);
/** Seeds that share the clock, because they all wait for the same minutes; a busy machine wants fewer. */
const together = Number(process.env['TOGETHER'] ?? 50);
const minutes = 8;

const openSqlite = databasesOf('sqlite');
const openPostgres = databasesOf('postgresql');
let databases: Database[];
let time: ShiftedTime;

beforeAll(async () => {
  databases = [await openSqlite(), await openPostgres()];
  time = new ShiftedTime();
});

afterAll(() => time.restore());

it(
  `whatever goes wrong on the way, both databases have the venue's candles (seeds ${firstSeed} to ${firstSeed + seeds - 1})`,
  async () => {
    const problems: string[] = [];
    for (let first = firstSeed; first < firstSeed + seeds; first += together) {
      const count = Math.min(together, firstSeed + seeds - first);
      problems.push(...(await campaign(Array.from({ length: count }, (_, i) => first + i))));
    }
    expect(problems).toEqual([]);
  },
  Math.max(600_000, seeds * 3_000),
);

async function campaign(chosen: readonly number[]): Promise<string[]> {
  nextMinute();
  const runs = await Promise.all(chosen.map((seed) => SeededRun.open(seed, databases)));
  try {
    for (let i = 0; i < minutes; i++) {
      for (const run of runs) run.begin();
      await sleep(250);
      pass(runs);
      await sleep(250);
    }
    await Promise.all(runs.map((run) => run.heal()));
    // Two minutes without trouble: what is still missing shows when the next candle comes.
    for (let i = 0; i < 2; i++) {
      pass(runs);
      await sleep(250);
    }
    await allDone(runs);
    return (await Promise.all(runs.map((run) => run.problems()))).flat();
  } finally {
    await Promise.all(runs.map((run) => run.close()));
  }
}

/** To the beginning of the next minute: however long a step takes on a busy machine, no minute ends before its candle is told. */
function nextMinute(): void {
  time.jump(minute - (Date.now() % minute) + 2_000);
}

/** A minute passes for everybody at once. */
function pass(runs: readonly SeededRun[]): void {
  nextMinute();
  for (const run of runs) run.end();
}

/** The venue's minutes end as time passes, however long a busy machine takes. */
async function allDone(runs: readonly SeededRun[]): Promise<void> {
  for (let minutesMore = 0; minutesMore < 6; minutesMore++) {
    for (let waited = 0; waited < 40_000; waited += 250) {
      const done = await Promise.all(runs.map((run) => run.isDone()));
      if (done.every(Boolean)) return;
      await sleep(250);
    }
    pass(runs);
  }
}
