import { availableParallelism } from 'node:os';
import { BacktestFieldsResolver } from '../resolvers/backtests/backtest-fields.ts';
import { backtestNodes, BacktestResolver } from '../resolvers/backtests/backtest-resolver.ts';
import type { IdPrefix } from '../resolvers/ids.ts';
import type { NodeLoader } from '../resolvers/node.ts';
import { LookAheadResolver } from '../resolvers/strategies/look-ahead-resolver.ts';
import { BacktestService } from '../services/backtests/backtest-service.ts';
import { BacktestWorker } from '../services/backtests/backtest-worker.ts';
import type { CandleLoader } from '../services/backtests/coverage.ts';
import type { Clock } from '../services/clock.ts';
import type { Database } from '../services/database/index.ts';
import type { EventLog } from '../services/events/log.ts';
import type { JobQueue } from '../services/jobs/job-queue.ts';
import { ThreadPool } from '../services/jobs/thread-pool.ts';
import type { Logger } from '../services/logger.ts';
import type { MarketDataService } from '../services/market-data/market-data-service.ts';
import { LookAheadService } from '../services/strategies/look-ahead-service.ts';
import type { StrategyService } from '../services/strategies/strategy-service.ts';
import type { BetweenProcesses } from './between-processes.ts';

/** One core stays free for the event loop. Waiting jobs are rows too, so the queue's bound only spares memory. */
const threads = Math.max(1, availableParallelism() - 1);
const jobLimits = { concurrency: threads, capacity: 1000 };
const threadLimits = { size: threads, memoryMb: 512, columnsMb: 2048, deadlineMs: 10 * 60_000 };

interface BacktestParts {
  readonly database: Database;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly strategies: StrategyService;
  readonly marketData: MarketDataService;
  readonly newQueue: BetweenProcesses['newQueue'];
}

/** Backtests, put together: what is asked for, and the threads in which it is computed. */
export class Backtests {
  readonly service: BacktestService;
  readonly resolvers: readonly object[];
  readonly nodes: [IdPrefix, NodeLoader][];
  readonly #queue: JobQueue;
  readonly #pool = new ThreadPool(threadLimits);
  readonly #worker: BacktestWorker;

  constructor({ database, events, clock, logger, strategies, marketData, newQueue }: BacktestParts) {
    const candles: CandleLoader = {
      coverage: (key, range) => marketData.rangeCoverage(key, range),
      finest: (key, range) => marketData.finestTimeframe(key, range),
      load: (key, range, how) => marketData.load(key, range, how),
    };
    const queue = newQueue(jobLimits);
    this.#queue = queue;
    this.service = new BacktestService({ database, strategies, markets: marketData, candles, events, queue, clock });
    this.#worker = new BacktestWorker({
      database,
      candles,
      events,
      queue,
      pool: this.#pool,
      strategies,
      clock,
      logger,
      // Another process may have written a row that its queue has no room for, or no way to tell of.
      timing: database.dialect === 'postgresql' ? { sweepMs: 5_000 } : {},
    });
    this.resolvers = [
      new LookAheadResolver(new LookAheadService({ strategies, markets: marketData, candles })),
      new BacktestResolver(this.service),
      new BacktestFieldsResolver(this.service, strategies, marketData),
    ];
    this.nodes = backtestNodes(this.service);
  }

  get load(): JobQueue['load'] {
    return this.#queue.load;
  }

  start(): Promise<void> {
    return this.#worker.start();
  }

  /** Ends what runs; it goes on at the next start. */
  async stop(): Promise<void> {
    this.#worker.stop();
    await this.#queue.close();
    await this.#pool.close();
  }
}
