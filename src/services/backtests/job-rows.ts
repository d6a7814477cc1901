import { raw } from '@mikro-orm/core';
import { Backtest } from '../../entities/research/Backtest.ts';
import type { JobStatus } from '../../entities/research/JobStatus.ts';
import type { Database } from '../database/index.ts';
import type { EventLog } from '../events/log.ts';
import { backtestFields, type BacktestView, progressOf } from './views.ts';

/** Columns that change while a backtest lives. */
export type Changes = Partial<
  Pick<
    Backtest,
    | 'status'
    | 'progress'
    | 'startedAt'
    | 'finishedAt'
    | 'error'
    | 'finalCapital'
    | 'totalReturn'
    | 'totalTrades'
    | 'winningTrades'
    | 'losingTrades'
    | 'winRate'
    | 'totalFees'
    | 'averageProfit'
    | 'sharpeRatio'
    | 'sortinoRatio'
    | 'calmarRatio'
    | 'maxDrawdown'
    | 'metrics'
    | 'dailyResults'
    | 'monthlyResults'
    | 'equityCurve'
    | 'notes'
    | 'dataFingerprint'
    | 'resultHash'
  >
>;

interface StatusChange {
  /** Only if it is in one of these states: whoever comes second finds nothing to change. */
  readonly from: readonly JobStatus[];
  readonly set: Changes;
  /** Only if it is this person's. */
  readonly userId?: string;
}

/**
 * Moves a backtest on and tells its owner, in one transaction.
 * @returns false when it was not in a state to be moved, and nothing changed
 */
export async function changeStatus(
  database: Database,
  events: Pick<EventLog, 'append'>,
  id: string,
  { from, set, userId }: StatusChange,
): Promise<boolean> {
  return database.transaction(async (em) => {
    const where = { id, status: { $in: [...from] }, ...(userId === undefined ? {} : { user: userId }) };
    const changed = await em.nativeUpdate(Backtest, where, { ...set, version: raw('version + 1'), updatedAt: new Date() });
    if (changed === 0) return false;
    const backtest = (await database.systemRows(em).find(Backtest, id, backtestFields)) as BacktestView;
    await events.append(em, {
      userId: backtest.userId,
      type: 'JOB_PROGRESSED',
      subjects: { jobId: id },
      payload: progressOf(backtest),
    });
    return true;
  });
}

/** Says that somebody still works on it, without telling anybody. Answers false when it is not running any more. */
export async function touch(database: Database, id: string): Promise<boolean> {
  return database.transaction(
    async (em) => (await em.nativeUpdate(Backtest, { id, status: 'RUNNING' }, { updatedAt: new Date() })) > 0,
  );
}
