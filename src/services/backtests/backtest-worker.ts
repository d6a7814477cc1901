import { Backtest } from '../../entities/research/Backtest.ts';
import { Exchange } from '../../entities/exchange/Exchange.ts';
import { StrategyKind } from '../../entities/trading/Strategy.ts';
import type { BacktestSpec } from '../../trading/backtest-types.ts';
import { clipped } from '../clip.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/index.ts';
import { type DomainError, isUserError } from '../errors.ts';
import type { EventLog } from '../events/log.ts';
import { JobAborted } from '../jobs/in-process-queue.ts';
import type { Job, JobQueue } from '../jobs/job-queue.ts';
import { TaskError, taskModule } from '../jobs/task.ts';
import type { ThreadPool } from '../jobs/thread-pool.ts';
import type { Logger } from '../logger.ts';
import type { BacktestOutcome, BacktestTaskInput, ThreadSource } from './backtest-task.ts';
import type { CandleLoader, LoadedCandles } from './coverage.ts';
import { changeStatus, touch } from './job-rows.ts';
import { storedDetailOf, storedMost, storedOptions, storedQuality } from './read-input.ts';
import { resultColumns } from './result-rows.ts';
import type { TaskMarket } from './run-markets.ts';
import { forgetTrades, storeTrades } from './stored-trades.ts';
import { backtestFields, type BacktestView } from './views.ts';

/** Timing of the background work, in ms. */
export interface WorkerTiming {
  /** Between two progress events of one backtest. */
  readonly progressMs: number;
  /** Between two signs of life in the row of a running backtest. */
  readonly heartbeatMs: number;
  /** A running backtest without a sign of life for so long has lost its process. */
  readonly lostMs: number;
  /** Between two looks for backtests that wait in rows but in no queue, or are lost. */
  readonly sweepMs: number;
}

const standardTiming: WorkerTiming = { progressMs: 250, heartbeatMs: 5_000, lostMs: 30_000, sweepMs: 15_000 };

const task = taskModule<BacktestTaskInput, BacktestOutcome>('./backtest-task', import.meta.url);

const lostReason = 'the server stopped while this backtest was running; start it again';

interface WorkerParts {
  readonly database: Database;
  readonly candles: Pick<CandleLoader, 'load'>;
  readonly events: Pick<EventLog, 'append'>;
  readonly queue: JobQueue;
  readonly pool: Pick<ThreadPool, 'run'>;
  /** How a thread gets a strategy that is no built-in, from the snapshot of a backtest. */
  readonly strategies?: { threadSource(snapshot: Readonly<Record<string, unknown>>): ThreadSource | undefined };
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'error' | 'warn'>;
  readonly timing?: Partial<WorkerTiming>;
}

/**
 * Runs the backtests that wait. The row is the truth: a backtest is claimed by moving its row to RUNNING, and its result counts only
 * while the row is still RUNNING, so that a job that is delivered twice runs once and a canceled one leaves nothing.
 */
export class BacktestWorker {
  readonly #parts: WorkerParts;
  readonly #timing: WorkerTiming;
  #sweeping: NodeJS.Timeout | undefined;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#timing = { ...standardTiming, ...parts.timing };
  }

  /** Fails what a dead process left running, queues what waits, and goes on looking for both. */
  async start(): Promise<void> {
    // A SQLite file belongs to one process, this one: whatever runs according to it, does not.
    await this.sweep(this.#parts.database.dialect === 'sqlite' ? 0 : this.#timing.lostMs);
    this.#parts.queue.process('backtest', (job, signal) => this.#run(job, signal));
    this.#sweeping = setInterval(() => void this.#sweepQuietly(), this.#timing.sweepMs);
    this.#sweeping.unref();
  }

  /** Stops looking; what runs is ended by closing the queue, and waits in its row for the next start. */
  stop(): void {
    clearInterval(this.#sweeping);
  }

  /** @param lostMs silence after which a running backtest counts as lost */
  async sweep(lostMs: number = this.#timing.lostMs): Promise<void> {
    const { database, events, queue, clock } = this.#parts;
    const rows = database.systemRows();
    const fields = ['id', 'userId', 'updatedAt'] as const;
    const before = clock.now().getTime() - lostMs;
    for (const { id, updatedAt } of await rows.list(Backtest, { fields, where: { status: { eq: 'RUNNING' } }, limit: 10_000 }))
      if (updatedAt.getTime() <= before) {
        await changeStatus(database, events, id, {
          from: ['RUNNING'],
          set: { status: 'FAILED', error: lostReason, finishedAt: clock.now() },
        });
        await forgetTrades(database, id);
      }
    const waiting = await rows.list(Backtest, {
      fields,
      where: { status: { eq: 'PENDING' } },
      orderBy: [{ field: 'createdAt' }],
      limit: 10_000,
    });
    for (const { id, userId } of waiting) if (!(await queue.enqueue({ id, kind: 'backtest', userId }))) return;
  }

  async #sweepQuietly(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'looking for waiting backtests failed; it is tried again');
    }
  }

  async #run({ id }: Job, signal: AbortSignal): Promise<void> {
    const { database, events, clock } = this.#parts;
    const claimed = await changeStatus(database, events, id, {
      from: ['PENDING'],
      set: { status: 'RUNNING', startedAt: clock.now(), progress: 0 },
    });
    if (!claimed) return;
    try {
      // An earlier attempt may have ended in the middle of storing.
      await forgetTrades(database, id);
      const backtest = (await database.systemRows().find(Backtest, id, backtestFields)) as BacktestView;
      const outcome = await this.#compute(backtest, signal);
      await this.#store(backtest, outcome);
    } catch (error) {
      await this.#end(id, error, signal);
    }
  }

  async #compute(backtest: BacktestView, signal: AbortSignal): Promise<BacktestOutcome> {
    const { database, candles: loader, pool, strategies } = this.#parts;
    const source = strategies?.threadSource(backtest.strategySnapshot);
    const exchange = await database.systemRows().find(Exchange, backtest.exchangeId, ['name']);
    // A plugin gets a copy and a thread of its own: what it writes to, and what it leaves behind, must not change other backtests.
    const isPlugin = backtest.strategySnapshot['kind'] === StrategyKind.PLUGIN;
    const shared = !isPlugin;
    const loaded = await loadMarkets(loader, exchange?.name ?? '', backtest, shared);
    const most = storedMost(backtest);
    const ending = new AbortController();
    const pulse = this.#watch(backtest.id, ending);
    try {
      const outcome = await pool.run(
        task,
        {
          markets: loaded.map(({ market }) => market),
          ...(most === null ? {} : { maxOpenPositions: most }),
          quality: storedQuality(backtest),
          source,
          mayWrite: isPlugin,
          spec: specOf(backtest),
        },
        { signal: AbortSignal.any([signal, ending.signal]), onProgress: pulse.progressed, alone: isPlugin },
      );
      if (shared) loaded.forEach(({ remember }, place) => remember?.(outcome.findings[place]));
      return outcome;
    } finally {
      await pulse.stop();
    }
  }

  /** Keeps the row alive and tells progress; ends the work when the row is not running any more, such as canceled elsewhere. */
  #watch(id: string, ending: AbortController): { progressed: (fraction: number) => void; stop: () => Promise<void> } {
    const { database, events, logger } = this.#parts;
    let writing = Promise.resolve();
    let busy = false;
    let last = performance.now();
    let told = 0;
    const write = (work: () => Promise<boolean>): void => {
      if (busy) return;
      busy = true;
      writing = work()
        .then((alive) => {
          if (!alive) ending.abort(new JobAborted(true));
        })
        // Progress is a courtesy: the result is stored whether or not it could be told.
        .catch((error: unknown) => logger.warn({ err: error, backtest: id }, 'the progress of a backtest was not stored'))
        .finally(() => (busy = false));
    };
    const heartbeat = setInterval(() => write(() => touch(database, id)), this.#timing.heartbeatMs);
    return {
      progressed: (fraction) => {
        if (performance.now() - last < this.#timing.progressMs) return;
        const progress = Math.min(99, Math.floor(fraction * 100));
        if (progress <= told) return;
        last = performance.now();
        told = progress;
        write(() => changeStatus(database, events, id, { from: ['RUNNING'], set: { progress } }));
      },
      stop: () => {
        clearInterval(heartbeat);
        return writing;
      },
    };
  }

  async #store(backtest: BacktestView, outcome: BacktestOutcome): Promise<void> {
    const { database, events, clock } = this.#parts;
    const isComplete =
      (await storeTrades(database, backtest, outcome.trades)) &&
      (await changeStatus(database, events, backtest.id, {
        from: ['RUNNING'],
        set: { ...resultColumns(outcome), status: 'COMPLETED', progress: 100, finishedAt: clock.now() },
      }));
    if (!isComplete) await forgetTrades(database, backtest.id);
  }

  /** A run that gave no result: canceled, to be continued after a restart, or failed with a sentence. */
  async #end(id: string, error: unknown, signal: AbortSignal): Promise<void> {
    const { database, events, clock, logger } = this.#parts;
    const aborted = error instanceof JobAborted ? error : signal.reason instanceof JobAborted ? signal.reason : undefined;
    await forgetTrades(database, id);
    // Canceling has moved the row already.
    if (aborted?.canceled) return;
    if (aborted) {
      await changeStatus(database, events, id, { from: ['RUNNING'], set: { status: 'PENDING', startedAt: null, progress: 0 } });
      return;
    }
    if (!isForOwner(error)) logger.error({ err: error, backtest: id }, 'a backtest failed');
    await changeStatus(database, events, id, {
      from: ['RUNNING'],
      set: { status: 'FAILED', error: clipped(reasonOf(error), 4_000), finishedAt: clock.now() },
    });
  }
}

async function loadMarkets(
  loader: Pick<CandleLoader, 'load'>,
  exchange: string,
  backtest: BacktestView,
  shared: boolean,
): Promise<{ readonly market: TaskMarket; readonly remember: LoadedCandles['remember'] }[]> {
  const range = { from: backtest.startDate.getTime(), to: backtest.endDate.getTime() };
  const loaded = [];
  for (const [place, symbol] of backtest.symbols.entries()) {
    const fine = storedDetailOf(backtest, place);
    const key = { exchange, symbol, timeframe: backtest.timeframe };
    const { candles, checked, remember } = await loader.load(key, range, { shared });
    const detail = fine && (await loader.load({ ...key, timeframe: fine }, range, { shared }));
    const finer = fine && detail ? { detail: { candles: detail.candles, timeframe: fine } } : {};
    loaded.push({ market: { symbol, candles: checked ?? candles, ...finer }, remember });
  }
  return loaded;
}

function specOf(backtest: BacktestView): BacktestSpec {
  const definition = backtest.strategySnapshot['definition'] as { readonly name: string };
  return {
    ...storedOptions(backtest),
    strategy: definition.name,
    parameters: backtest.parameters,
    timeframe: backtest.timeframe,
  };
}

/** Errors that a thread may throw for the owner to read. */
const ownersErrors: readonly (string | undefined)[] = ['ParameterError', 'PluginError'];

/** What is wrong with the strategy or the candles, and the bounds of a thread, are the owner's business; the rest is ours. */
function isForOwner(error: unknown): error is TaskError | DomainError {
  if (error instanceof TaskError) return error.failure !== 'THREW' || ownersErrors.includes(error.thrownName);
  return isUserError(error);
}

function reasonOf(error: unknown): string {
  if (!isForOwner(error)) return 'an internal error stopped the backtest; it has been logged';
  return error instanceof TaskError && error.failure !== 'THREW' ? `the backtest was stopped: ${error.message}` : error.message;
}
