import { CompiledQuery } from 'kysely';
import { v7 } from 'uuid';
import { MarketTrade } from '../../../entities/market/MarketTrade.ts';
import { TradeStretch } from '../../../entities/market/TradeStretch.ts';
import type { Database, EntityManager, Page, PageArguments, RowFilter } from '../../database/index.ts';
import type { MarketKey } from '../latest-feeds.ts';
import { type MarketTable, upsertRows } from './row-upsert.ts';
import type { TradeSecond } from './trade-seconds.ts';

/** `from <= timestamp < to`, ms UTC. */
export interface TimeRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A stretch of time of which every execution is stored. */
export interface Stretch {
  readonly id: string;
  readonly startAt: number;
  readonly endAt: number;
}

const largestTradePage = 1_000;
/** Seconds that are read at once. */
const piece = 10_000;

const fields = [
  'timestamp',
  'price',
  'open',
  'high',
  'low',
  'close',
  'buyQuantity',
  'sellQuantity',
  'buyCount',
  'sellCount',
] as const;

const table: MarketTable = {
  name: 'market_trades',
  columns: [
    ['timestamp', 'bigint'],
    ['price', 'float8'],
    ['open', 'float8'],
    ['high', 'float8'],
    ['low', 'float8'],
    ['close', 'float8'],
    ['buy_quantity', 'float8'],
    ['sell_quantity', 'float8'],
    ['buy_count', 'int'],
    ['sell_count', 'int'],
  ],
  // A second takes the place of what was known of it, unless it knows of fewer trades: an exchange that keeps only its last trades tells part of one.
  onConflict: `update set price = excluded.price, open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
    buy_quantity = excluded.buy_quantity, sell_quantity = excluded.sell_quantity, buy_count = excluded.buy_count, sell_count = excluded.sell_count
    where excluded.buy_count + excluded.sell_count >= market_trades.buy_count + market_trades.sell_count`,
};

/** The stored executions of markets, second by second, and the stretches in which none is missing. */
export class TradeStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** Writes whole seconds in the place of what is there, and how far the stretches reach, in one transaction. */
  write(key: MarketKey, seconds: readonly TradeSecond[], stretches: readonly Stretch[] = []): Promise<void> {
    return this.database.transaction(async (em) => {
      const rows = seconds.map((second) => fields.map((field) => second[field]));
      await upsertRows(this.database, em, table, key, rows);
      for (const stretch of stretches) await this.writeStretch(key, stretch, em);
    });
  }

  /** A new stretch after `startAt`; it is stored with its first seconds. */
  newStretch(startAt: number): Stretch {
    return { id: v7(), startAt, endAt: startAt };
  }

  /** The latest stretch, and the newest second in it that has trades; undefined when there is none. */
  async latest(key: MarketKey): Promise<(Stretch & { readonly lastSecond: number }) | undefined> {
    const rows = this.database.systemRows();
    const orderBy = [{ field: 'startAt', direction: 'DESC' }] as const;
    const stretch = await rows.first(TradeStretch, { fields: ['id', 'startAt', 'endAt'], where: ofMarket(key), orderBy });
    if (!stretch) return undefined;
    const [last] = await rows.list(MarketTrade, {
      fields: ['timestamp'],
      where: { ...ofMarket(key), timestamp: { gte: stretch.startAt, lte: stretch.endAt } },
      orderBy: [{ field: 'timestamp', direction: 'DESC' }],
      limit: 1,
    });
    return last && { ...stretch, lastSecond: last.timestamp };
  }

  /** The stretches that touch a range, ascending; such as overlap are one. */
  async stretches(key: MarketKey, { from, to }: TimeRange, limit = 10_000): Promise<Omit<Stretch, 'id'>[]> {
    const rows = await this.database.systemRows().list(TradeStretch, {
      fields: ['id', 'startAt', 'endAt'],
      where: {
        ...ofMarket(key),
        ...(from !== undefined && { endAt: { gte: bounded(from) } }),
        ...(to !== undefined && { startAt: { lt: bounded(to) } }),
      },
      orderBy: [{ field: 'startAt', direction: 'DESC' }],
      limit,
    });
    const merged: { startAt: number; endAt: number }[] = [];
    for (const { startAt, endAt } of rows.reverse()) {
      const last = merged.at(-1);
      if (last && startAt <= last.endAt) last.endAt = Math.max(last.endAt, endAt);
      else merged.push({ startAt, endAt });
    }
    return merged;
  }

  /** Seconds page by page, ascending; at most 1,000 at a time. */
  page(key: MarketKey, range: TimeRange, args: PageArguments): Promise<Page<TradeSecond>> {
    const query = { fields, where: whereOf(key, range), orderBy: [{ field: 'timestamp' }] as const, maximum: largestTradePage };
    return this.database.systemRows().page(MarketTrade, query, args);
  }

  count(key: MarketKey, range: TimeRange): Promise<{ value: number; exact: boolean }> {
    return this.database.systemRows().countUpTo(MarketTrade, whereOf(key, range));
  }

  /** The first or last seconds of a range, ascending. */
  async seconds(key: MarketKey, range: TimeRange, limit: number, end: 'FIRST' | 'LAST' = 'FIRST'): Promise<TradeSecond[]> {
    const orderBy = [{ field: 'timestamp', direction: end === 'FIRST' ? 'ASC' : 'DESC' }] as const;
    const rows: TradeSecond[] = [];
    for (let left = range; rows.length < limit;) {
      const size = Math.min(piece, limit - rows.length);
      const found = await this.database
        .systemRows()
        .list(MarketTrade, { fields, where: whereOf(key, left), orderBy, limit: size });
      rows.push(...found);
      const last = found.at(-1);
      if (!last || found.length < size) break;
      left = end === 'FIRST' ? { ...range, from: last.timestamp + 1 } : { ...range, to: last.timestamp };
    }
    return end === 'FIRST' ? rows : rows.reverse();
  }

  private async writeStretch({ exchange, symbol }: MarketKey, { id, startAt, endAt }: Stretch, em: EntityManager): Promise<void> {
    const now = this.database.dialect === 'sqlite' ? Date.now() : new Date().toISOString();
    const values = [id, now, exchange, symbol, startAt, endAt];
    const marks = values.map((_, i) => (this.database.dialect === 'sqlite' ? '?' : `$${i + 1}`)).join(', ');
    const sql = `insert into trade_stretches (id, created_at, exchange, symbol, start_at, end_at) values (${marks})
      on conflict (id) do update set end_at = excluded.end_at where excluded.end_at > trade_stretches.end_at`;
    await this.database.kysely(em).executeQuery(CompiledQuery.raw(sql, values));
  }
}

function ofMarket({ exchange, symbol }: MarketKey) {
  return { exchange: { eq: exchange }, symbol: { eq: symbol } };
}

function whereOf(key: MarketKey, { from, to }: TimeRange): RowFilter<MarketTrade> {
  const timestamp = { ...(from !== undefined && { gte: bounded(from) }), ...(to !== undefined && { lt: bounded(to) }) };
  return { ...ofMarket(key), timestamp };
}

/** Bounds may be infinite in the program; in the database they are whole numbers. */
function bounded(at: number): number {
  return Math.ceil(Math.min(Math.max(at, -8.64e15), 8.64e15));
}
