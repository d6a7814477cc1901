import type { BetweenProcesses } from './between-processes.ts';
import type { Clock } from '../services/clock.ts';
import type { Database } from '../services/database/index.ts';
import type { EventLog } from '../services/events/log.ts';
import type { JobQueue } from '../services/jobs/job-queue.ts';
import type { Logger } from '../services/logger.ts';
import { CandleFetchService } from '../services/market-data/fetch-service.ts';
import { CandleFetchWorker } from '../services/market-data/fetch-worker.ts';
import type { MarketDataService } from '../services/market-data/market-data-service.ts';

/** Fetches wait for exchanges and not for a processor: a queue of their own, so that backtests do not wait for them. */
const limits = { concurrency: 4, capacity: 1000 };

/** Fetches of candles, put together. */
export class CandleFetches {
  readonly service: CandleFetchService;
  readonly #queue: JobQueue;
  readonly #worker: CandleFetchWorker;

  constructor(parts: {
    database: Database;
    marketData: MarketDataService;
    events: EventLog;
    clock: Clock;
    logger: Logger;
    newQueue: BetweenProcesses['newQueue'];
  }) {
    this.#queue = parts.newQueue(limits);
    this.service = new CandleFetchService({ ...parts, queue: this.#queue });
    this.#worker = new CandleFetchWorker({ ...parts, queue: this.#queue });
  }

  start(): Promise<void> {
    return this.#worker.start();
  }

  /** Ends what runs; it goes on at the next start. */
  async stop(): Promise<void> {
    this.#worker.stop();
    await this.#queue.close();
  }
}
