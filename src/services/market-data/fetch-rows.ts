import { raw } from '@mikro-orm/core';
import { CandleFetch } from '../../entities/market/CandleFetch.ts';
import type { JobStatus } from '../../entities/research/JobStatus.ts';
import type { Database, EntityManager, RowOf } from '../database/index.ts';
import type { EventLog } from '../events/log.ts';

export const fetchFields = [
  'id',
  'userId',
  'exchangeId',
  'symbol',
  'timeframe',
  'startDate',
  'endDate',
  'refetch',
  'status',
  'progress',
  'fetched',
  'known',
  'stored',
  'error',
  'startedAt',
  'finishedAt',
  'version',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof RowOf<CandleFetch>)[];

/** A fetch as its row has it. */
export type CandleFetchView = Pick<RowOf<CandleFetch>, (typeof fetchFields)[number]>;

/** How a fetch stands, as it is pushed: the payload of a JOB_PROGRESSED event. Times are RFC 3339 text. */
export interface FetchJobProgress {
  readonly kind: 'CANDLE_FETCH';
  readonly id: string;
  readonly status: JobStatus;
  readonly progressPercent: number;
  readonly fetched: number;
  readonly known: number;
  readonly stored: number;
  readonly failureReason: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly version: number;
}

type Changes = Partial<
  Pick<CandleFetch, 'status' | 'progress' | 'fetched' | 'known' | 'stored' | 'error' | 'startedAt' | 'finishedAt'>
>;

/**
 * Moves a fetch on and tells its owner, in one transaction.
 * @param change.from only if it is in one of these states: whoever comes second finds nothing to change
 * @param change.userId only if it is this person's
 * @returns false when it was not in a state to be moved, and nothing changed
 */
export function changeFetch(
  database: Database,
  events: Pick<EventLog, 'append'>,
  id: string,
  change: { readonly from: readonly JobStatus[]; readonly set: Changes; readonly userId?: string },
): Promise<boolean> {
  const { from, set, userId } = change;
  return database.transaction(async (em) => {
    const where = { id, status: { $in: [...from] }, ...(userId === undefined ? {} : { user: userId }) };
    const changed = await em.nativeUpdate(CandleFetch, where, { ...set, version: raw('version + 1'), updatedAt: new Date() });
    if (changed === 0) return false;
    await tellFetch(database, events, em, id);
    return true;
  });
}

/** Tells the owner of a fetch how it stands, inside the transaction that changed it. */
export async function tellFetch(
  database: Database,
  events: Pick<EventLog, 'append'>,
  em: EntityManager,
  id: string,
): Promise<void> {
  const view = await database.systemRows(em).find(CandleFetch, id, fetchFields);
  if (!view) return;
  const payload = fetchProgressOf(view);
  await events.append(em, { userId: view.userId, type: 'JOB_PROGRESSED', subjects: { jobId: id }, payload });
}

export function fetchProgressOf(view: CandleFetchView): FetchJobProgress {
  const { id, status, progress, fetched, known, stored, error, startedAt, finishedAt, version } = view;
  return {
    kind: 'CANDLE_FETCH',
    id,
    status,
    progressPercent: progress,
    fetched,
    known,
    stored,
    failureReason: error,
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
    version,
  };
}
