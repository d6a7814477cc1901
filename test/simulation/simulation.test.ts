import { beforeAll, expect, it } from 'vitest';
import type { Database } from '../../src/services/database/index.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import { runWorlds } from './campaign.ts';
import { enterMarkets } from './enter-markets.ts';

/** More of them: npm run simulate -- --seeds 1000 */
const seeds = [1, 5, 8, 38, 172, 176, 574];

describeOnEachDatabase('worlds in which everything goes wrong that can', (open, dialect) => {
  let database: Database;
  beforeAll(async () => {
    database = await open();
    await enterMarkets(database);
  });

  it.each(seeds)(
    `lose no fill and double no order: npm run simulate -- --seeds 1 --database ${dialect} --from %i`,
    async (seed) => {
      const { failures, fills } = await runWorlds(database, [seed]);
      expect(failures.flatMap(({ violations }) => violations)).toEqual([]);
      expect(fills).toBeGreaterThan(0);
    },
  );
});
