import { ReconciliationRun } from '../../entities/operations/ReconciliationRun.ts';
import type {
  DifferenceAction,
  DifferenceKind,
  ReconciliationOutcome,
  ReconciliationTrigger,
} from '../../entities/operations/ReconciliationRun.ts';
import type { Database } from '../database/index.ts';
import { LedgerList } from '../orders/ledger-list.ts';
import type { Time } from '../orders/views.ts';

export interface ReconciliationDifferenceView {
  readonly kind: DifferenceKind;
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
  readonly action: DifferenceAction;
}

export interface ReconciliationPictureView {
  readonly openOrders: number;
  readonly position: string;
  readonly balance: string | null;
}

/** A reconciliation as everybody outside sees it. */
export interface ReconciliationRunView {
  readonly id: string;
  readonly createdAt: Time;
  readonly botId: string;
  readonly trigger: ReconciliationTrigger;
  readonly outcome: ReconciliationOutcome;
  readonly startedAt: Time;
  readonly finishedAt: Time;
  readonly fencingToken: number;
  readonly expected: ReconciliationPictureView;
  readonly found: ReconciliationPictureView | null;
  readonly differences: readonly ReconciliationDifferenceView[];
  readonly message: string | null;
}

export type ReconciliationRunList = LedgerList<ReconciliationRun, ReconciliationRunView>;

export function reconciliationRunList(database: Database): ReconciliationRunList {
  return new LedgerList(database, ReconciliationRun, [
    'id',
    'createdAt',
    'botId',
    'trigger',
    'outcome',
    'startedAt',
    'finishedAt',
    'fencingToken',
    'expected',
    'found',
    'differences',
    'message',
  ]);
}
