import { OrderBookSnapshot } from '../../../entities/market/OrderBookSnapshot.ts';
import { Ticker } from '../../../entities/market/Ticker.ts';
import type { Database, Page, PageArguments } from '../../database/index.ts';
import type { BookLevel, OrderBook, Ticker as LiveTicker } from '../../exchanges/port/market-data.ts';
import type { MarketKey } from '../latest-feeds.ts';
import { type MarketTable, upsertRows } from './row-upsert.ts';
import type { TimeRange } from './trade-store.ts';

/** A ticker as it was written down. */
export type TickerSnapshot = Omit<LiveTicker, 'symbol'>;
/** An order book as it was written down. */
export type BookSnapshot = Omit<OrderBook, 'symbol'>;

const largestTickerPage = 1_000;
/** A book is up to two hundred levels. */
const largestBookPage = 100;

const tickers: MarketTable = {
  name: 'tickers',
  columns: [
    ['timestamp', 'bigint'],
    ['last_price', 'float8'],
    ['high_price', 'float8'],
    ['low_price', 'float8'],
    ['volume', 'float8'],
  ],
  onConflict: 'nothing',
};
const books: MarketTable = {
  name: 'order_book_snapshots',
  columns: [
    ['timestamp', 'bigint'],
    ['bids', 'bytea'],
    ['asks', 'bytea'],
  ],
  onConflict: 'nothing',
};

const bytesPerLevel = 16;

/** Tickers and order books as they were at some moments. */
export class SnapshotStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** One that is there already stays. */
  writeTickers(key: MarketKey, rows: readonly TickerSnapshot[]): Promise<void> {
    const values = rows.map(({ at, last, high, low, volume }) => [at, last, high, low, volume]);
    return this.database.transaction((em) => upsertRows(this.database, em, tickers, key, values));
  }

  /** One that is there already stays. */
  writeBooks(key: MarketKey, rows: readonly BookSnapshot[]): Promise<void> {
    const values = rows.map(({ at, bids, asks }) => [at, packed(bids), packed(asks)]);
    return this.database.transaction((em) => upsertRows(this.database, em, books, key, values));
  }

  /** Tickers page by page, ascending; at most 1,000 at a time. */
  async tickers(key: MarketKey, range: TimeRange, args: PageArguments): Promise<Page<TickerRow>> {
    const fields = ['timestamp', 'lastPrice', 'highPrice', 'lowPrice', 'volume'] as const;
    const orderBy = [{ field: 'timestamp' }] as const;
    const query = { fields, where: whereOf(key, range), orderBy, maximum: largestTickerPage };
    return this.database.systemRows().page(Ticker, query, args);
  }

  countTickers(key: MarketKey, range: TimeRange): Promise<{ value: number; exact: boolean }> {
    return this.database.systemRows().countUpTo(Ticker, whereOf(key, range));
  }

  /** Books page by page, ascending; at most 100 at a time. */
  books(key: MarketKey, range: TimeRange, args: PageArguments): Promise<Page<BookRow>> {
    const fields = ['timestamp', 'bids', 'asks'] as const;
    const query = { fields, where: whereOf(key, range), orderBy: [{ field: 'timestamp' }] as const, maximum: largestBookPage };
    return this.database.systemRows().page(OrderBookSnapshot, query, args);
  }

  countBooks(key: MarketKey, range: TimeRange): Promise<{ value: number; exact: boolean }> {
    return this.database.systemRows().countUpTo(OrderBookSnapshot, whereOf(key, range));
  }
}

export interface TickerRow {
  readonly timestamp: number;
  readonly lastPrice: number;
  readonly highPrice: number;
  readonly lowPrice: number;
  readonly volume: number;
}

/** A stored book; its levels are packed. */
export interface BookRow {
  readonly timestamp: number;
  readonly bids: Uint8Array;
  readonly asks: Uint8Array;
}

/** @param depth levels at the most */
export function unpacked(bytes: Uint8Array, depth: number): BookLevel[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.min(depth, Math.floor(bytes.byteLength / bytesPerLevel));
  return Array.from({ length: count }, (_, i) => ({
    price: view.getFloat64(i * bytesPerLevel, true),
    amount: view.getFloat64(i * bytesPerLevel + 8, true),
  }));
}

/** Pairs of price and quantity as little-endian doubles. */
function packed(levels: readonly BookLevel[]): Buffer {
  const bytes = Buffer.alloc(levels.length * bytesPerLevel);
  for (const [i, { price, amount }] of levels.entries()) {
    bytes.writeDoubleLE(price, i * bytesPerLevel);
    bytes.writeDoubleLE(amount, i * bytesPerLevel + 8);
  }
  return bytes;
}

function whereOf({ exchange, symbol }: MarketKey, { from, to }: TimeRange) {
  const timestamp = { ...(from !== undefined && { gte: from }), ...(to !== undefined && { lt: to }) };
  return { exchange: { eq: exchange }, symbol: { eq: symbol }, timestamp };
}
