import { CandleFetch } from '../../entities/market/CandleFetch.ts';
import { Exchange } from '../../entities/exchange/Exchange.ts';
import { clipped } from '../clip.ts';
import type { Clock } from '../clock.ts';
import { type Database, isDiskFull } from '../database/index.ts';
import { isUserError } from '../errors.ts';
import type { EventLog } from '../events/log.ts';
import { JobAborted } from '../jobs/in-process-queue.ts';
import type { Job, JobQueue } from '../jobs/job-queue.ts';
import type { Logger } from '../logger.ts';
import type { FetchProgress } from './fetch.ts';
import { changeFetch, type CandleFetchView, fetchFields } from './fetch-rows.ts';
import type { MarketDataService } from './market-data-service.ts';

/** Between two looks for fetches that wait in rows but in no queue, or have lost their process, ms. */
const sweepMs = 15_000;
/** A running fetch whose row has not changed for so long has lost its process, ms. */
const lostMs = 120_000;
/** Between two progress events of one fetch, ms; each is also a sign of life. */
const progressMs = 500;

interface Parts {
  readonly database: Database;
  readonly marketData: Pick<MarketDataService, 'fetch'>;
  readonly events: Pick<EventLog, 'append'>;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'error' | 'warn'>;
}

/**
 * Runs the fetches that wait. The row is the truth: a fetch is claimed by moving its row to RUNNING. One whose process died goes on by itself,
 * since what is stored in full is not asked for again.
 */
export class CandleFetchWorker {
  readonly #parts: Parts;
  #sweeping: NodeJS.Timeout | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Goes on with what a dead process left running, queues what waits, and goes on looking for both. */
  async start(): Promise<void> {
    // A SQLite file belongs to one process, this one: whatever runs according to it, does not.
    await this.sweep(this.#parts.database.dialect === 'sqlite' ? 0 : lostMs);
    this.#parts.queue.process('candle fetch', (job, signal) => this.#run(job, signal));
    this.#sweeping = setInterval(() => void this.#sweepQuietly(), sweepMs).unref();
  }

  /** Stops looking; what runs is ended by closing the queue, and waits in its row for the next start. */
  stop(): void {
    clearInterval(this.#sweeping);
  }

  /** @param silentMs silence after which a running fetch counts as lost */
  async sweep(silentMs: number = lostMs): Promise<void> {
    const { database, events, queue, clock } = this.#parts;
    const rows = database.systemRows();
    const fields = ['id', 'userId', 'updatedAt'] as const;
    const before = clock.now().getTime() - silentMs;
    const running = await rows.list(CandleFetch, { fields, where: { status: { eq: 'RUNNING' } }, limit: 10_000 });
    for (const { id, updatedAt } of running)
      if (updatedAt.getTime() <= before)
        await changeFetch(database, events, id, { from: ['RUNNING'], set: { status: 'PENDING' } });
    const waiting = await rows.list(CandleFetch, {
      fields,
      where: { status: { eq: 'PENDING' } },
      orderBy: [{ field: 'createdAt' }],
      limit: 10_000,
    });
    for (const { id, userId } of waiting) if (!(await queue.enqueue({ id, kind: 'candle fetch', userId }))) return;
  }

  async #sweepQuietly(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'looking for waiting fetches failed; it is tried again');
    }
  }

  async #run({ id }: Job, signal: AbortSignal): Promise<void> {
    const { database, events, clock } = this.#parts;
    const set = { status: 'RUNNING', startedAt: clock.now(), progress: 0 } as const;
    if (!(await changeFetch(database, events, id, { from: ['PENDING'], set }))) return;
    try {
      const view = await database.systemRows().find(CandleFetch, id, fetchFields);
      if (!view) return;
      const { fetched, known, stored } = await this.#fetch(view, signal);
      await changeFetch(database, events, id, {
        from: ['RUNNING'],
        set: { status: 'COMPLETED', progress: 100, fetched, known, stored, finishedAt: clock.now() },
      });
    } catch (error) {
      await this.#end(id, error, signal);
    }
  }

  async #fetch(view: CandleFetchView, signal: AbortSignal): Promise<Pick<FetchProgress, 'fetched' | 'known' | 'stored'>> {
    const { database, marketData } = this.#parts;
    const exchange = await database.systemRows().find(Exchange, view.exchangeId, ['name']);
    const key = { exchange: exchange?.name ?? '', symbol: view.symbol, timeframe: view.timeframe };
    const ending = new AbortController();
    const pulse = this.#watch(view.id, ending);
    try {
      return await marketData.fetch(key, {
        from: view.startDate.getTime(),
        to: view.endDate.getTime(),
        refetch: view.refetch,
        signal: AbortSignal.any([signal, ending.signal]),
        onProgress: pulse.progressed,
      });
    } finally {
      await pulse.stop();
    }
  }

  /** Writes how far a fetch is, which also says that it is alive; ends it when its row is not running any more, such as canceled elsewhere. */
  #watch(id: string, ending: AbortController): { progressed: (progress: FetchProgress) => void; stop: () => Promise<void> } {
    const { database, events, logger } = this.#parts;
    let latest: FetchProgress | undefined;
    let writing: Promise<void> = Promise.resolve();
    let isWriting = false;
    const write = (): void => {
      if (isWriting) return;
      isWriting = true;
      const set = latest
        ? {
            progress: Math.min(99, Math.floor(latest.fraction * 100)),
            fetched: latest.fetched,
            known: latest.known,
            stored: latest.stored,
          }
        : {};
      writing = changeFetch(database, events, id, { from: ['RUNNING'], set })
        .then((isRunning) => {
          if (!isRunning) ending.abort(new JobAborted(true));
        })
        // Progress is a courtesy: the candles are stored whether or not it could be told.
        .catch((error: unknown) => logger.warn({ err: error, fetch: id }, 'the progress of a fetch was not stored'))
        .finally(() => (isWriting = false));
    };
    let told = 0;
    const timer = setInterval(() => {
      const isNews = latest !== undefined && latest.fraction > told;
      told = latest?.fraction ?? told;
      quiet = isNews ? 0 : quiet + progressMs;
      if (isNews || quiet >= lostMs / 4) {
        quiet = 0;
        write();
      }
    }, progressMs).unref();
    let quiet = 0;
    return {
      progressed: (progress) => (latest = progress),
      stop: () => {
        clearInterval(timer);
        return writing;
      },
    };
  }

  /** A fetch that did not come to its end: canceled, to be continued after a restart, or failed with a sentence. */
  async #end(id: string, error: unknown, signal: AbortSignal): Promise<void> {
    const { database, events, clock, logger } = this.#parts;
    const aborted = error instanceof JobAborted ? error : signal.reason instanceof JobAborted ? signal.reason : undefined;
    // Canceling has moved the row already.
    if (aborted?.canceled) return;
    if (aborted) return void (await changeFetch(database, events, id, { from: ['RUNNING'], set: { status: 'PENDING' } }));
    if (!isUserError(error)) logger.error({ err: error, fetch: id }, 'a fetch of candles failed');
    await changeFetch(database, events, id, {
      from: ['RUNNING'],
      set: { status: 'FAILED', error: clipped(reasonOf(error), 4_000), finishedAt: clock.now() },
    });
  }
}

function reasonOf(error: unknown): string {
  if (isDiskFull(error)) return 'the disk of the database is full: free some space and fetch again, it goes on where it stopped';
  if (isUserError(error)) return `${error.message}; fetch again later, it goes on where it stopped`;
  return 'an internal error stopped the fetch; it has been logged';
}
