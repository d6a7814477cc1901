import { MarketRecording, type RecordedKind } from '../../../entities/market/MarketRecording.ts';
import { clipped } from '../../clip.ts';
import type { Database } from '../../database/index.ts';
import type { MarketKey } from '../latest-feeds.ts';

/** What is to be written down of one market. */
export interface Recording extends MarketKey {
  readonly kind: RecordedKind;
  /** Between two snapshots, at the least. */
  readonly intervalSeconds: number;
  /** Levels of each side of an order book. */
  readonly depth: number;
}

/** The same, and how it stands. */
export interface RecordingView extends Recording {
  readonly startedAt: Date;
  /** What keeps it from being written down; null while it is. */
  readonly problem: string | null;
}

interface Leased {
  readonly exchange: string;
  readonly symbol: string;
  readonly kind: RecordedKind;
  readonly interval_seconds: number;
  readonly depth: number;
}

/** A process that has told nothing for so long has ended: another one goes on. */
export const leaseMs = 20_000;
const longestProblem = 1_000;

const fields = ['exchange', 'symbol', 'kind', 'intervalSeconds', 'depth', 'startedAt', 'problem'] as const;

/** Which recordings there are, and who writes them. */
export class RecordingRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Ordered by exchange, symbol and kind. */
  list(of: Partial<MarketKey> = {}): Promise<RecordingView[]> {
    const { exchange, symbol } = of;
    const where = {
      ...(exchange !== undefined && { exchange: { eq: exchange } }),
      ...(symbol !== undefined && { symbol: { eq: symbol } }),
    };
    const orderBy = [{ field: 'exchange' }, { field: 'symbol' }, { field: 'kind' }] as const;
    return this.#database.systemRows().list(MarketRecording, { fields, where, orderBy, limit: 1_000 });
  }

  /**
   * Takes what nobody writes, and keeps what this process does. Writing twice does no harm, so that a lease is enough: trades of a second take the
   * place of each other, and a snapshot that is there stays.
   * @returns all that this process is to write
   */
  async take(owner: string, now: number): Promise<Recording[]> {
    const free = { $or: [{ leaseOwner: owner }, { leaseExpiresAt: null }, { leaseExpiresAt: { $lt: now } }] };
    if ((await this.#database.system().count(MarketRecording, free)) === 0) return [];
    const sql = `update market_recordings set lease_owner = ?, lease_expires_at = ?
      where lease_owner = ? or lease_expires_at is null or lease_expires_at < ? returning exchange, symbol, kind, interval_seconds, depth`;
    const rows: Leased[] = await this.#database.transaction((em) => em.execute(sql, [owner, now + leaseMs, owner, now]));
    return rows.map(({ interval_seconds: intervalSeconds, ...row }) => ({ ...row, intervalSeconds }));
  }

  /** Gives everything back, so that the next process need not wait. */
  async release(owner: string): Promise<void> {
    const sql = 'update market_recordings set lease_owner = null, lease_expires_at = null where lease_owner = ?';
    await this.#database.transaction((em) => em.execute(sql, [owner]));
  }

  async tell({ exchange, symbol, kind }: Recording, problem: string | null): Promise<void> {
    const text = problem === null ? null : clipped(problem, longestProblem);
    await this.#database.transaction((em) => em.nativeUpdate(MarketRecording, { exchange, symbol, kind }, { problem: text }));
  }
}
