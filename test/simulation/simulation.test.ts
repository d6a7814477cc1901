import { beforeAll, expect, it } from 'vitest';
import { ReconciliationOutcome, ReconciliationRun } from '../../src/entities/operations/ReconciliationRun.ts';
import type { Database } from '../../src/services/database/index.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import { runWorlds } from './campaign.ts';
import { enterMarkets } from './enter-markets.ts';

/** More of them: npm run simulate -- --seeds 1000 */
const seeds = [1, 6, 8, 38, 137, 176, 213, 574];

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

  it('do not ask a venue without a pause that wants to be left alone while an entry is taken back (seed 504)', async () => {
    const { failures } = await runWorlds(database, [504]);
    expect(failures.flatMap(({ violations }) => violations)).toEqual([]);
  });

  it.each([6, 13, 49])('take over what a restored older backup does not know of (seed %i)', async (seed) => {
    const restore = { takenAt: 150_000, restoredAt: 367_000, downMs: 20_000 };
    const calm = { faults: [], kills: [], pauses: [], incidents: [], durationMs: 540_000 };
    const runs = { outcome: ReconciliationOutcome.REPAIRED };
    const before = await database.system().count(ReconciliationRun, runs);
    const { failures } = await runWorlds(database, [seed], { plan: { ...calm, restore } });
    expect(failures.flatMap(({ violations }) => violations)).toEqual([]);
    const [run] = await database.system().find(ReconciliationRun, runs, { offset: before, limit: 1, orderBy: { id: 'asc' } });
    expect(run.differences).toContainEqual(expect.objectContaining({ kind: 'ORDER', expected: 'nothing', action: 'ADOPTED' }));
  });
});
