import { MarketRecording, RecordedKind } from '../../../entities/market/MarketRecording.ts';
import type { Candle } from '../../../trading/candle.ts';
import type { Clock } from '../../clock.ts';
import type { Database, Page, PageArguments } from '../../database/index.ts';
import { DomainError } from '../../errors.ts';
import type { Viewer } from '../../viewer.ts';
import type { MarketReference } from '../catalogue.ts';
import type { MarketKey } from '../latest-feeds.ts';
import type { MarketDataService } from '../market-data-service.ts';
import type { RecordingRows, RecordingView } from './recording-rows.ts';
import type { BookRow, SnapshotStore, TickerRow } from './snapshot-store.ts';
import { TradeCandles } from './trade-candles.ts';
import type { TradeSecond } from './trade-seconds.ts';
import type { Stretch, TimeRange, TradeStore } from './trade-store.ts';

/** Recordings at once, each of one kind of one market. */
export const mostRecordings = 100;
export const longestInterval = 3_600;
export const deepestRecordedBook = 100;
const listedStretches = 100;

export interface RecordMarketData {
  readonly market: MarketReference;
  readonly kinds: readonly RecordedKind[];
  readonly intervalSeconds: number;
  readonly depth: number;
}

interface Parts {
  readonly database: Database;
  readonly rows: RecordingRows;
  readonly trades: TradeStore;
  readonly snapshots: SnapshotStore;
  readonly marketData: Pick<MarketDataService, 'market'>;
  readonly clock: Clock;
  /** Whoever writes, if it is this process, begins or ends now. */
  readonly changed: () => void;
}

/** What is recorded of markets beside their candles: switched on and off, and read. */
export class RecordingService {
  readonly #parts: Parts;
  readonly #candles: TradeCandles;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#candles = new TradeCandles(parts.trades);
  }

  /**
   * Writes these kinds of a market down from now on; those that are recorded already get the new interval and depth.
   * @returns all recordings of the market
   * @throws DomainError FORBIDDEN, NOT_FOUND, EXCHANGE_UNAVAILABLE, INVALID or REQUIRED with the path of the bad input
   */
  async record(viewer: Viewer, input: RecordMarketData): Promise<RecordingView[]> {
    assertAdmin(viewer, 'switch recording on');
    const { intervalSeconds, depth } = input;
    const kinds = checkedKinds(input.kinds);
    checkRange('intervalSeconds', intervalSeconds, longestInterval);
    checkRange('depth', depth, deepestRecordedBook);
    const { database, marketData, rows, clock, changed } = this.#parts;
    const { exchange, symbol } = await marketData.market(input.market, ['input', 'market']);
    const key = { exchange, symbol };
    await database.transaction(async (em) => {
      for (const kind of kinds) {
        const row = await em.findOne(MarketRecording, { ...key, kind });
        if (row) em.assign(row, { intervalSeconds, depth });
        else em.create(MarketRecording, { ...key, kind, intervalSeconds, depth, startedAt: clock.now() });
      }
      await em.flush();
      const count = await em.count(MarketRecording);
      if (count > mostRecordings)
        throw new DomainError(
          'INVALID',
          `with these there would be ${count} recordings, the maximum is ${mostRecordings}: stop some first`,
          {
            path: ['input', 'kinds'],
            details: { limit: String(mostRecordings) },
          },
        );
    });
    changed();
    return rows.list(key);
  }

  /**
   * Writes these kinds of a market down no more; what is stored stays. One that was not recorded is no error.
   * @returns what is still recorded of the market
   */
  async stop(viewer: Viewer, input: Pick<RecordMarketData, 'market' | 'kinds'>): Promise<RecordingView[]> {
    assertAdmin(viewer, 'switch recording off');
    const kinds = checkedKinds(input.kinds);
    const { database, marketData, rows, changed } = this.#parts;
    const { exchange, symbol } = await marketData.market(input.market, ['input', 'market']);
    await database.transaction((em) => em.nativeDelete(MarketRecording, { exchange, symbol, kind: { $in: [...kinds] } }));
    changed();
    return rows.list({ exchange, symbol });
  }

  /** Everything that is recorded, by exchange and symbol. */
  list(of: Partial<MarketKey> = {}): Promise<RecordingView[]> {
    return this.#parts.rows.list(of);
  }

  /** The latest stretches of time of which all trades are stored, ascending. */
  stretches(key: MarketKey): Promise<Omit<Stretch, 'id'>[]> {
    return this.#parts.trades.stretches(key, {}, listedStretches);
  }

  trades(key: MarketKey, range: TimeRange, page: PageArguments): Promise<Page<TradeSecond>> {
    return this.#parts.trades.page(key, checkedRange(range), page);
  }

  countTrades(key: MarketKey, range: TimeRange): Promise<{ value: number; exact: boolean }> {
    return this.#parts.trades.count(key, range);
  }

  /** See `TradeCandles`. */
  tradeCandles(key: MarketKey, seconds: number, range: TimeRange, page: PageArguments): Promise<Page<Candle>> {
    return this.#candles.page(key, seconds, checkedRange(range), page);
  }

  countTradeCandles(key: MarketKey, seconds: number, range: TimeRange): Promise<{ value: number; exact: boolean }> {
    return this.#candles.count(key, seconds, range);
  }

  tickers(key: MarketKey, range: TimeRange, page: PageArguments): Promise<Page<TickerRow>> {
    return this.#parts.snapshots.tickers(key, checkedRange(range), page);
  }

  countTickers(key: MarketKey, range: TimeRange): Promise<{ value: number; exact: boolean }> {
    return this.#parts.snapshots.countTickers(key, range);
  }

  books(key: MarketKey, range: TimeRange, page: PageArguments): Promise<Page<BookRow>> {
    return this.#parts.snapshots.books(key, checkedRange(range), page);
  }

  countBooks(key: MarketKey, range: TimeRange): Promise<{ value: number; exact: boolean }> {
    return this.#parts.snapshots.countBooks(key, range);
  }
}

function assertAdmin(viewer: Viewer, what: string): void {
  if (viewer.role !== 'ADMIN')
    throw new DomainError('FORBIDDEN', `only an administrator may ${what}: it fills the disk that everybody uses`);
}

function checkedKinds(kinds: readonly RecordedKind[]): ReadonlySet<RecordedKind> {
  if (kinds.length > 0) return new Set(kinds);
  throw new DomainError('REQUIRED', `name at least one kind: ${Object.values(RecordedKind).join(', ')}`, {
    path: ['input', 'kinds'],
  });
}

function checkRange(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new DomainError('INVALID', `${name} is ${value}, it must be a whole number from 1 to ${most}`, {
    path: ['input', name],
    details: { limit: String(most) },
  });
}

function checkedRange(range: TimeRange): TimeRange {
  const { from, to } = range;
  if (from !== undefined && to !== undefined && from > to)
    throw new DomainError('INVALID', `from ${new Date(from).toISOString()} is after to ${new Date(to).toISOString()}`, {
      path: ['from'],
    });
  return range;
}
