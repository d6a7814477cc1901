import { beforeAll, expect, it } from 'vitest';
import { ReconciliationOutcome, ReconciliationRun } from '../../src/entities/operations/ReconciliationRun.ts';
import { Event } from '../../src/entities/operations/Event.ts';
import type { Database } from '../../src/services/database/index.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import { runWorlds } from './campaign.ts';
import { enterMarkets } from './enter-markets.ts';

/** More of them: npm run simulate -- --seeds 1000 */
const seeds = [1, 6, 38, 66, 137, 176, 213, 335, 2020, 2109, 5084, 7129];

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

  it('send no second exit while the first one works, also when its stop was filled after its end (seed 5047)', async () => {
    const { failures } = await runWorlds(database, [5047]);
    expect(failures.flatMap(({ violations }) => violations)).toEqual([]);
  });

  it.each([6, 13, 49])('take over what a restored older backup does not know of (seed %i)', async (seed) => {
    const restore = { takenAt: 150_000, restoredAt: 367_000, downMs: 20_000 };
    const calm = { faults: [], kills: [], pauses: [], incidents: [], wallet: undefined, durationMs: 540_000 };
    const runs = { outcome: ReconciliationOutcome.REPAIRED };
    const before = await database.system().count(ReconciliationRun, runs);
    const { failures } = await runWorlds(database, [seed], { plan: { ...calm, restore } });
    expect(failures.flatMap(({ violations }) => violations)).toEqual([]);
    const [run] = await database.system().find(ReconciliationRun, runs, { offset: before, limit: 1, orderBy: { id: 'asc' } });
    expect(run.differences).toContainEqual(expect.objectContaining({ kind: 'ORDER', expected: 'nothing', action: 'ADOPTED' }));
  });

  it.each([2, 8])('wait for a venue that does not answer while they recover, without a person (seed %i)', async (seed) => {
    const incidents = [
      { kind: 'kill', at: 190_000, slot: 0, forMs: 1_000 },
      { kind: 'black hole', at: 190_000, forMs: 170_000 },
    ] as const;
    const calm = { faults: [], kills: [], pauses: [], restore: undefined, processes: 1, durationMs: 540_000, incidents } as const;
    const { failures, fills } = await runWorlds(database, [seed], { plan: calm });
    expect(failures.flatMap(({ violations }) => violations)).toEqual([]);
    expect(fills).toBeGreaterThan(0);
  });

  it.each([
    { change: 'a coarser step', rules: { stepSize: '0.001' }, seed: 3 },
    { change: 'a step that nothing held can be sold by', rules: { stepSize: '0.3' }, seed: 5 },
    { change: 'a higher least value', rules: { minNotional: '20000' }, seed: 7 },
    { change: 'a halt', rules: { isActive: false }, seed: 9 },
  ])('hear of $change, go by it, and tell their owners (seed $seed)', async ({ rules, seed }) => {
    const incidents = [{ kind: 'filters changed', at: 200_000, rules, endsOrders: seed !== 5 }] as const;
    const plan = { faults: [], kills: [], pauses: [], restore: undefined, durationMs: 540_000, incidents };
    const told = async (): Promise<number> => {
      const lines = await database.system().find(Event, { type: 'LOG_APPENDED' });
      return lines.filter(({ payload }) => JSON.stringify(payload).includes('has changed its market BTC/USDT: ')).length;
    };
    const before = await told();
    const { failures } = await runWorlds(database, [seed], { plan });
    expect(failures.flatMap(({ violations }) => violations)).toEqual([]);
    expect(await told()).toBeGreaterThan(before);
  });
});
