import { setTimeout as sleep } from 'node:timers/promises';
import { Backtest } from '../../../src/entities/research/Backtest.ts';
import { User } from '../../../src/entities/identity/User.ts';
import type { Candles } from '../../../src/trading/candle.ts';
import { candlesOf } from '../../../src/trading/series.ts';
import { systemClock } from '../../../src/services/clock.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { EventLog } from '../../../src/services/events/log.ts';
import { newId } from '../../../src/services/ids.ts';
import { InProcessQueue } from '../../../src/services/jobs/in-process-queue.ts';
import { ThreadPool } from '../../../src/services/jobs/thread-pool.ts';
import { CandleColumns } from '../../../src/services/market-data/candle-columns.ts';
import { CandleStore } from '../../../src/services/market-data/candle-store.ts';
import { MarketCatalogue } from '../../../src/services/market-data/catalogue.ts';
import { BacktestService, type CreateBacktest } from '../../../src/services/backtests/backtest-service.ts';
import { BacktestWorker, type WorkerTiming } from '../../../src/services/backtests/backtest-worker.ts';
import type { CandleLoader } from '../../../src/services/backtests/coverage.ts';
import { type BacktestView, hasEnded, type JobProgress } from '../../../src/services/backtests/views.ts';
import { StrategyService } from '../../../src/services/strategies/strategy-service.ts';
import type { Plugins } from '../../../src/services/strategies/plugins/plugins.ts';
import type { Viewer } from '../../../src/services/viewer.ts';

const hour = 3_600_000;
export const start = Date.UTC(2024, 0, 1);

/** Hourly candles that wave around 100, so that averages cross. */
export function wave(count: number, from = start): Candles {
  let close = 100;
  return candlesOf(
    Array.from({ length: count }, (_, i) => {
      const open = close;
      close = 100 + 10 * Math.sin(i / 9) + 3 * Math.sin(i / 2.3);
      return {
        openTime: from + i * hour,
        open,
        high: Math.max(open, close) + 0.5,
        low: Math.min(open, close) - 0.5,
        close,
        volume: 10,
      };
    }),
  );
}

/** Threads that take their time before they begin, telling progress meanwhile. */
function slowed(pool: ThreadPool, ms: number): Pick<ThreadPool, 'run'> {
  return {
    run: async (task, input, options) => {
      for (let step = 0; step < 20; step++) {
        await sleep(ms / 20, undefined, { signal: options?.signal }).catch(() => options?.signal?.throwIfAborted());
        options?.onProgress?.(step / 20);
      }
      return pool.run(task, input, options);
    },
  };
}

/** Everything that backtests need, wired as in the program, on one database. */
export class House {
  readonly database: Database;
  readonly events: EventLog;
  readonly strategies: StrategyService;
  readonly store: CandleStore;
  readonly catalogue: MarketCatalogue;
  readonly errors: unknown[] = [];
  readonly #plugins: Plugins | undefined;
  readonly #ends: (() => Promise<unknown>)[] = [];

  constructor(database: Database, plugins?: Plugins) {
    this.database = database;
    this.events = new EventLog(database, systemClock);
    this.#plugins = plugins;
    this.strategies = new StrategyService(database, plugins);
    this.store = new CandleStore(database);
    this.catalogue = new MarketCatalogue(database);
  }

  async seed(): Promise<void> {
    await this.catalogue.seed([]);
    await this.database.transaction((em) => this.catalogue.ensureMarket(em, 'binance', 'BTC/USDT'));
    await this.store.upsert({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: 'H1' }, wave(600));
  }

  /** A process of the program: its queue, threads and services. */
  process(
    options: {
      timing?: Partial<WorkerTiming>;
      deadlineMs?: number;
      memoryMb?: number;
      slowMs?: number;
      pool?: Pick<ThreadPool, 'run'>;
      candles?: Partial<CandleLoader>;
    } = {},
  ) {
    const { database, events, strategies, catalogue } = this;
    const logger = { error: (fields: object) => void this.errors.push(fields), warn: () => {} };
    const pool = new ThreadPool({
      size: 1,
      memoryMb: options.memoryMb ?? 128,
      columnsMb: 256,
      deadlineMs: options.deadlineMs ?? 100_000,
    });
    const queue = new InProcessQueue({ concurrency: 1, capacity: 100 }, logger);
    const columns = new CandleColumns(this.store, () => undefined);
    const candles: CandleLoader = {
      coverage: (key, range) => columns.coverage(key, range),
      finest: (key, range) => columns.finest(key, range),
      load: (key, range, load) => columns.load(key, range, load),
      ...options.candles,
    };
    const clock = systemClock;
    const service = new BacktestService({ database, strategies, markets: catalogue, candles, events, queue, clock });
    const worker = new BacktestWorker({
      database,
      candles,
      events,
      queue,
      pool: options.pool ?? (options.slowMs ? slowed(pool, options.slowMs) : pool),
      ...(this.#plugins && { strategies }),
      clock,
      logger,
      timing: options.timing ?? {},
    });
    const stop = async (): Promise<void> => {
      worker.stop();
      await queue.close();
      await pool.close();
    };
    this.#ends.push(stop);
    return { service, worker, queue, pool, stop };
  }

  async close(): Promise<void> {
    await Promise.all(this.#ends.splice(0).map((stop) => stop()));
    // What a closing process leaves to the next one is not for the next test.
    await this.database.transaction((em) =>
      em.nativeUpdate(Backtest, { status: { $in: ['PENDING', 'RUNNING'] } }, { status: 'CANCELED' }),
    );
  }

  async newViewer(): Promise<Viewer> {
    const userId = await this.database.transaction(async (em) => {
      const user = em.create(User, { email: `${newId()}@example.com`, passwordHash: 'x' });
      await em.persist(user).flush();
      return user.id;
    });
    return { userId, role: 'TRADER', scopes: ['READ', 'TRADE'] };
  }

  /** What a person needs to start a backtest. */
  async input(viewer: Viewer, changes: Partial<CreateBacktest> = {}, builtIn = 'ema-rsi'): Promise<CreateBacktest> {
    const { id } = await this.strategies.create(viewer, { name: newId(), kind: 'BUILT_IN', builtIn });
    return {
      strategyId: id,
      market: { exchange: 'binance', symbol: 'BTC/USDT' },
      timeframe: 'H1',
      from: new Date(start),
      to: new Date(start + 600 * hour),
      options: {},
      ...changes,
    };
  }

  /** What was told of jobs, in order. */
  async told(viewer: Viewer): Promise<JobProgress[]> {
    return (await this.events.read(viewer.userId, 0, 10_000)).map(({ payload }) => payload as JobProgress);
  }
}

/** Waits until a backtest has ended. */
export async function ended(service: BacktestService, viewer: Viewer, id: string, wanted = hasEnded): Promise<BacktestView> {
  for (const patience = Date.now() + 100_000; Date.now() < patience;) {
    const backtest = await service.get(viewer, id);
    if (wanted(backtest.status)) return backtest;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`the backtest ${id} did not end within 100 seconds`);
}
