import { JobStreamResolver, type JobKind } from '../resolvers/backtests/job-stream.ts';
import { backtestAt, backtestOf } from '../resolvers/backtests/types.ts';
import { candleFetchAt, candleFetchOf } from '../resolvers/candle-fetches/types.ts';
import type { IdPrefix } from '../resolvers/ids.ts';
import type { BacktestService } from '../services/backtests/backtest-service.ts';
import type { JobProgress } from '../services/backtests/views.ts';
import type { EventHub } from '../services/events/hub.ts';
import type { FetchJobProgress } from '../services/market-data/fetch-rows.ts';
import type { CandleFetchService } from '../services/market-data/fetch-service.ts';

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
