import type { IdPrefix } from '../resolvers/ids.ts';
import type { NodeLoader } from '../resolvers/node.ts';
import { DriftResolver } from '../resolvers/reconciliation/drift.ts';
import {
  BotReconciliationField,
  reconciliationNodes,
  ReconciliationResolver,
} from '../resolvers/reconciliation/reconciliation-resolver.ts';
import type { Database } from '../services/database/index.ts';
import { type DriftParts, DriftService } from '../services/reconciliation/drift-service.ts';
import { reconciliationRunList } from '../services/reconciliation/run-list.ts';
import { type ReplayParts, replaysOf } from './replays.ts';

/** What bots have found when they compared their books, and how what they did compares with a backtest. */
export function composeReconciliation(
  database: Database,
  parts: ReplayParts & Pick<DriftParts, 'candles'>,
): { resolvers: object[]; nodes: [IdPrefix, NodeLoader][] } {
  const list = reconciliationRunList(database);
  const drift = new DriftService({ database, candles: parts.candles, replayOf: replaysOf(parts) });
  return {
    resolvers: [new ReconciliationResolver(list), new BotReconciliationField(list), new DriftResolver(drift)],
    nodes: reconciliationNodes(list),
  };
}
