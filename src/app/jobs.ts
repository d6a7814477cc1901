import { JobStreamResolver, type JobKind } from '../resolvers/backtests/job-stream.ts';
import { backtestAt, backtestOf } from '../resolvers/backtests/types.ts';
import { candleFetchAt, candleFetchOf } from '../resolvers/candle-fetches/types.ts';
import type { IdPrefix } from '../resolvers/ids.ts';
import type { JobTold } from '../resolvers/streams/item-of.ts';
import type { BacktestService } from '../services/backtests/backtest-service.ts';
import { type JobProgress, progressOf } from '../services/backtests/views.ts';
import type { EventHub } from '../services/events/hub.ts';
import { type FetchJobProgress, fetchProgressOf } from '../services/market-data/fetch-rows.ts';
import type { CandleFetchService } from '../services/market-data/fetch-service.ts';
import type { Viewer } from '../services/viewer.ts';

/** The progress of every kind of job that there is. */
export function jobStream(backtests: BacktestService, fetches: CandleFetchService, hub: EventHub): JobStreamResolver {
  const kinds = new Map<IdPrefix, JobKind>([
    [
      'bt',
      {
        get: async (viewer, uuid, path) => backtestOf(await backtests.get(viewer, uuid, path)),
        at: async (viewer, uuid, payload) => backtestAt(await backtests.get(viewer, uuid), payload as JobProgress),
      },
    ],
    [
      'cfe',
      {
        get: async (viewer, uuid, path) => candleFetchOf(await fetches.get(viewer, uuid, path)),
        at: async (viewer, uuid, payload) => candleFetchAt(await fetches.get(viewer, uuid), payload as FetchJobProgress),
      },
    ],
  ]);
  return new JobStreamResolver(kinds, hub);
}

/** Somebody's jobs of every kind that have not ended, as a snapshot begins with them. */
export function unfinishedJobs(backtests: BacktestService, fetches: CandleFetchService): (viewer: Viewer) => Promise<JobTold[]> {
  return async (viewer) => {
    const where = { status: { in: ['PENDING', 'RUNNING'] as const } };
    const { rows } = await backtests.page(viewer, { first: 100 }, { where, orderBy: [{ field: 'createdAt' }] });
    return [...rows.map(progressOf), ...(await fetches.unfinished(viewer)).map(fetchProgressOf)];
  };
}
