import { TradeStretch } from '../../entities/market/TradeStretch.ts';
import { Setting } from '../../entities/operations/Setting.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/index.ts';
import { DomainError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Viewer } from '../viewer.ts';
import type { CandleStore } from './candle-store.ts';
import type { MarketKey } from './latest-feeds.ts';

/** What market data there is to keep. */
export const MarketDataKind = {
  CANDLES: 'CANDLES',
  MARKET_TRADES: 'MARKET_TRADES',
  TICKERS: 'TICKERS',
  ORDER_BOOKS: 'ORDER_BOOKS',
} as const;
export type MarketDataKind = (typeof MarketDataKind)[keyof typeof MarketDataKind];

/** For how many days each kind is kept; null for ever. */
export type RetentionDays = Readonly<Record<MarketDataKind, number | null>>;

/** What would be deleted of a kind now. */
export interface RetentionPreview {
  readonly kind: MarketDataKind;
  readonly rows: number;
  /** Rows older than this, ms UTC; null when nothing is deleted. */
  readonly before: number | null;
}

/** Candles are what backtests stand on: only who says so loses them. */
const standard: RetentionDays = { CANDLES: null, MARKET_TRADES: 365, TICKERS: 365, ORDER_BOOKS: 365 };

export const mostDays = 36_500;
const key = 'market data retention';
const dayMs = 86_400_000;
/** Rows of one transaction, so that nobody waits long. */
const batch = 5_000;

const tables = {
  MARKET_TRADES: 'market_trades',
  TICKERS: 'tickers',
  ORDER_BOOKS: 'order_book_snapshots',
} as const;

/** Deletes market data that is older than it has to be kept, once a day. */
export class MarketDataRetention {
  readonly #parts: { database: Database; store: CandleStore; clock: Clock; logger: Logger };
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: { database: Database; store: CandleStore; clock: Clock; logger: Logger }) {
    this.#parts = parts;
  }

  /** Runs now, and every day from now on. */
  start(): void {
    const run = (): void => {
      this.#running = this.run().then(
        () => undefined,
        (error: unknown) =>
          this.#parts.logger.error({ err: error }, 'deleting old market data failed; it is tried again tomorrow'),
      );
    };
    run();
    this.#timer ??= setInterval(run, dayMs).unref();
  }

  /** Resolves when nothing is being deleted any more. */
  stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    return this.#running;
  }

  async days(): Promise<RetentionDays> {
    const row = await this.#parts.database.system().findOne(Setting, { key, user: null });
    return { ...standard, ...(row?.value as Partial<RetentionDays> | undefined) };
  }

  /**
   * Changes for how long some kinds are kept. What everybody uses only an administrator may let go.
   * @throws DomainError FORBIDDEN, INVALID for a number of days out of range
   */
  async change(viewer: Viewer, changes: Partial<RetentionDays>): Promise<RetentionDays> {
    if (viewer.role !== 'ADMIN')
      throw new DomainError('FORBIDDEN', 'only an administrator may change how long market data is kept: everybody uses it');
    for (const [kind, days] of Object.entries(changes))
      if (days !== null && !(Number.isInteger(days) && days >= 1 && days <= mostDays))
        throw new DomainError('INVALID', `${kind} would be kept for ${days} days, it must be from 1 to ${mostDays}`, {
          path: ['input', kind],
        });
    const value = { ...(await this.days()), ...changes };
    await this.#parts.database.transaction(async (em) => {
      const row = await em.findOne(Setting, { key, user: null });
      if (row) row.value = value;
      else em.create(Setting, { key, value });
    });
    return value;
  }

  /** What a run would delete now. */
  async preview(): Promise<RetentionPreview[]> {
    const days = await this.days();
    return Promise.all(
      Object.values(MarketDataKind).map(async (kind) => {
        const before = this.#before(days[kind]);
        if (before === null) return { kind, rows: 0, before };
        const [table, column] = kind === 'CANDLES' ? ['candles', 'open_time'] : [tables[kind], 'timestamp'];
        const sql = `select count(*) as n from ${table} where ${column} < ?`;
        const [row]: { n: number | string }[] = await this.#parts.database.system().execute(sql, [before]);
        return { kind, rows: Number(row.n), before };
      }),
    );
  }

  /** Deletes what is older than it has to be kept, a few thousand rows at a time. @returns how many rows */
  async run(): Promise<number> {
    const { store, logger } = this.#parts;
    const days = await this.days();
    let deleted = 0;
    const candlesBefore = this.#before(days.CANDLES);
    if (candlesBefore !== null)
      for (const series of await store.series()) {
        let count = batch;
        while (series.from < candlesBefore && count === batch)
          deleted += count = await store.deleteBefore(series, candlesBefore, batch);
      }
    for (const kind of Object.keys(tables) as (keyof typeof tables)[]) {
      const before = this.#before(days[kind]);
      if (before !== null && kind === 'MARKET_TRADES') await this.#shortenStretches(before);
      if (before === null) continue;
      for await (const market of this.#marketsIn(tables[kind])) {
        let count = batch;
        while (count === batch) deleted += count = await this.#deleteRows(tables[kind], market, before);
      }
    }
    if (deleted > 0) logger.info(`${deleted} rows of market data were older than they have to be kept, and are deleted`);
    return deleted;
  }

  /** Nobody may take the trades that are about to be deleted for complete. */
  #shortenStretches(before: number): Promise<void> {
    return this.#parts.database.transaction(async (em) => {
      await em.nativeDelete(TradeStretch, { endAt: { $lte: before } });
      await em.nativeUpdate(TradeStretch, { startAt: { $lt: before } }, { startAt: Math.ceil(before / 1_000) * 1_000 });
    });
  }

  #before(days: number | null): number | null {
    return days === null ? null : this.#parts.clock.now().getTime() - days * dayMs;
  }

  /** The markets of which a table has rows; each is found in its key, and none by reading the table. */
  async *#marketsIn(table: string): AsyncGenerator<MarketKey> {
    for (let last = { exchange: '', symbol: '' }; ;) {
      const sql = `select exchange, symbol from ${table} where (exchange, symbol) > (?, ?) order by exchange, symbol limit 1`;
      const [next]: MarketKey[] = await this.#parts.database.system().execute(sql, [last.exchange, last.symbol]);
      if (!next) return;
      yield next;
      last = next;
    }
  }

  #deleteRows(table: string, { exchange, symbol }: MarketKey, before: number): Promise<number> {
    const ofMarket = 'exchange = ? and symbol = ?';
    const oldest = `select timestamp from ${table} where ${ofMarket} and timestamp < ? order by timestamp limit ${batch}`;
    const sql = `delete from ${table} where ${ofMarket} and timestamp <= (select max(timestamp) from (${oldest}) as oldest) returning 1 as one`;
    const parameters = [exchange, symbol, exchange, symbol, before];
    return this.#parts.database.transaction(async (em) => ((await em.execute(sql, parameters)) as unknown[]).length);
  }
}
