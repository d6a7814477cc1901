import type { IdPrefix } from '../resolvers/ids.ts';
import type { NodeLoader } from '../resolvers/node.ts';
import {
  BotReconciliationField,
  reconciliationNodes,
  ReconciliationResolver,
} from '../resolvers/reconciliation/reconciliation-resolver.ts';
import type { Database } from '../services/database/index.ts';
import { reconciliationRunList } from '../services/reconciliation/run-list.ts';

/** What bots have found when they compared their books. */
export function composeReconciliation(database: Database): { resolvers: object[]; nodes: [IdPrefix, NodeLoader][] } {
  const list = reconciliationRunList(database);
  return {
    resolvers: [new ReconciliationResolver(list), new BotReconciliationField(list)],
    nodes: reconciliationNodes(list),
  };
}
