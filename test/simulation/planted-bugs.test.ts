import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/services/database/index.ts';
import { databasesOf } from '../support/databases.ts';
import { runWorlds } from './campaign.ts';
import { enterMarkets } from './enter-markets.ts';
import { plantedBugs } from './mutations.ts';

/** A bug must show in one of so many worlds. */
const worlds = 40;

describe('a program that', () => {
  const open = databasesOf('sqlite');
  let database: Database;
  beforeAll(async () => {
    database = await open();
    await enterMarkets(database);
  });

  it.each(plantedBugs)('$name is found out', async ({ plan, ...mutation }) => {
    const calm = { durationMs: 6 * 60_000, kills: [], incidents: [], fundingRate: 0, wallet: undefined, ...plan };
    let found: readonly string[] = [];
    for (let seed = 1; seed <= worlds && found.length === 0; seed++) {
      const { failures } = await runWorlds(database, [seed], { mutation, plan: calm });
      found = failures.flatMap(({ violations }) => violations);
    }
    expect(found).not.toEqual([]);
  });
});
