import type { Database } from '../../src/services/database/index.ts';
import { type Plan, planOf } from './plan.ts';
import { Tally } from './tally.ts';
import { type Mutation, World } from './world.ts';

export interface Failure {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly log: readonly string[];
}

export interface CampaignResult {
  readonly worlds: number;
  readonly orders: number;
  readonly fills: number;
  readonly transfers: number;
  readonly faults: Tally;
  readonly failures: readonly Failure[];
}

/** Runs one world after the other. */
export async function runWorlds(
  database: Database,
  seeds: readonly number[],
  options: { readonly mutation?: Mutation; readonly plan?: Partial<Plan>; readonly onFailure?: (failure: Failure) => void } = {},
): Promise<CampaignResult> {
  const faults = new Tally();
  const failures: Failure[] = [];
  let orders = 0;
  let fills = 0;
  let transfers = 0;
  for (const seed of seeds) {
    const result = await new World({ ...planOf(seed), ...options.plan }, database, options.mutation).run();
    faults.merge(result.faults);
    orders += result.orders;
    fills += result.fills;
    transfers += result.transfers;
    if (result.violations.length === 0) continue;
    const failure: Failure = { seed, violations: result.violations, log: result.log };
    failures.push(failure);
    options.onFailure?.(failure);
  }
  return { worlds: seeds.length, orders, fills, transfers, faults, failures };
}
