import { CompiledQuery } from 'kysely';
import type { Candle, Candles } from '../../trading/candle.ts';
import { type Timeframe, timeframeMs } from '../../trading/timeframe.ts';
import type { Gap } from '../../trading/backtest-types.ts';
import { type Database, type EntityManager, placeholders } from '../database/index.ts';
import type { GapReport } from './gaps.ts';
import { pieceLength, pieceOf, pieceStatement } from './pieces.ts';
import { type Change, countChange, readRevision, type Revision } from './revisions.ts';
import type { SeriesKey } from './series-key.ts';
import { postgresUpsert, sqliteUpsert, type UpsertStatement } from './upsert.ts';

/** A row as both databases give it; PostgreSQL writes large integers as text. */
interface StoredCandle {
  readonly open_time: number | string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** How much of a series is stored. Times are open times, ms UTC. */
export interface Extent {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

const columns = 'open_time, open, high, low, close, volume';
const ofSeries = 'exchange = ? and symbol = ? and timeframe = ?';
const listedGaps = 100;

/** The stored candles: closed ones, one row each. Reading gives columns or plain candles, never entities. */
export class CandleStore {
  private readonly database: Database;
  private readonly statements: (candles: Candles) => Iterable<UpsertStatement>;

  constructor(database: Database) {
    this.database = database;
    this.statements = database.dialect === 'sqlite' ? sqliteUpsert : postgresUpsert;
  }

  /**
   * Stores closed candles; those that are there already get the new values.
   * @param em writes inside its transaction; a transaction of its own when absent
   * @returns how many rows are new or got other values
   */
  async upsert(key: SeriesKey, candles: Candles, em?: EntityManager): Promise<number> {
    return candles.openTime.length === 0 ? 0 : this.upsertAll(key, [candles], em);
  }

  /** The same with many columns, one after the other, in one transaction. */
  async upsertAll(key: SeriesKey, parts: Iterable<Candles> | AsyncIterable<Candles>, em?: EntityManager): Promise<number> {
    if (!em) return this.database.transaction((own) => this.upsertAll(key, parts, own));
    let count = 0;
    let change: Change | undefined;
    for await (const candles of parts) {
      const written = await this.write(key, candles, em);
      if (written > 0) change = widened(change, candles.openTime);
      count += written;
    }
    if (change) await this.execute(countChange, [...parametersOf(key), change.last, change.first], em);
    return count;
  }

  private async write(key: SeriesKey, candles: Candles, em: EntityManager): Promise<number> {
    let changed = 0;
    for (const { sql, parameters } of this.statements(candles)) {
      const { numAffectedRows } = await this.database
        .kysely(em)
        .executeQuery(CompiledQuery.raw(sql, [...parametersOf(key), ...parameters]));
      changed += Number(numAffectedRows ?? 0);
    }
    return changed;
  }

  /** Deletes candles from before a moment, the oldest ones, at most `limit` of them. @returns how many */
  deleteBefore(key: SeriesKey, before: number, limit: number): Promise<number> {
    return this.database.transaction(async (em) => {
      // One bound, found once: a list of times may be compared with each row where the database knows nothing of the table yet.
      const bound = `select max(open_time) from (select open_time from candles where ${ofSeries} and open_time < ? order by open_time limit ?) as oldest`;
      const rows = await this.execute<{ open_time: number | string }>(
        `delete from candles where ${ofSeries} and open_time <= (${bound}) returning open_time`,
        [...parametersOf(key), ...parametersOf(key), bigint(before), limit],
        em,
      );
      const times = rows.map((row) => Number(row.open_time));
      if (times.length > 0) await this.execute(countChange, [...parametersOf(key), Math.max(...times), Math.min(...times)], em);
      return times.length;
    });
  }

  /** How often a series has changed; undefined when nothing of it was ever stored. */
  async revision(key: SeriesKey): Promise<Revision | undefined> {
    const [row] = await this.read<{ revision: number | string; rewritten: number | string }>(readRevision, parametersOf(key));
    return row && { revision: Number(row.revision), rewritten: Number(row.rewritten) };
  }

  /** How many candles a range has, and its first and last; `from <= openTime < to`. Undefined when it has none. */
  async extent(key: SeriesKey, from: number, to: number, em?: EntityManager): Promise<Extent | undefined> {
    const [row] = await this.read<{ n: number | string; first: number | string | null; last: number | string | null }>(
      `select count(*) as n, min(open_time) as first, max(open_time) as last from candles where ${ofSeries} and open_time >= ? and open_time < ?`,
      [...parametersOf(key), bigint(from), bigint(to)],
      em,
    );
    return row && row.first !== null ? { count: Number(row.n), from: Number(row.first), to: Number(row.last) } : undefined;
  }

  /** Open times of the first and the last candle of a range, found without counting it; undefined when it has none. */
  async ends(key: SeriesKey, from: number, to: number): Promise<Pick<Extent, 'from' | 'to'> | undefined> {
    const end = (order: 'asc' | 'desc'): string =>
      `(select open_time from candles where ${ofSeries} and open_time >= ? and open_time < ? order by open_time ${order} limit 1)`;
    const range = [...parametersOf(key), bigint(from), bigint(to)];
    const [row] = await this.read<{ first: number | string | null; last: number | string | null }>(
      `select ${end('asc')} as first, ${end('desc')} as last`,
      [...range, ...range],
    );
    return row.first === null || row.last === null ? undefined : { from: Number(row.first), to: Number(row.last) };
  }

  /** Open time of the newest candle. */
  async last(key: SeriesKey): Promise<number | undefined> {
    return (await this.ends(key, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY))?.to;
  }

  /** A range as columns, piece by piece, ascending; `from <= openTime < to`. What is written meanwhile may be in it or not. */
  async *pieces(key: SeriesKey, from: number, to: number): AsyncGenerator<Candles> {
    const { dialect } = this.database;
    const limit = pieceLength[dialect];
    const sql = pieceStatement(
      dialect,
      `select ${columns} from candles where ${ofSeries} and open_time >= ? and open_time < ? order by open_time limit ?`,
    );
    for (let next = from, count = limit; count === limit;) {
      const piece = pieceOf(dialect, await this.read(sql, [...parametersOf(key), bigint(next), bigint(to), limit]));
      count = piece.openTime.length;
      if (count === 0) return;
      next = piece.openTime[count - 1] + 1;
      yield piece;
    }
  }

  /** The first candles of a range, ascending. */
  async forward(key: SeriesKey, from: number, to: number, limit: number): Promise<Candle[]> {
    return (await this.rows(key, from, to, limit, 'asc')).map(candleOf);
  }

  /** The last candles of a range, ascending. */
  async backward(key: SeriesKey, from: number, to: number, limit: number): Promise<Candle[]> {
    return (await this.rows(key, from, to, limit, 'desc')).map(candleOf).reverse();
  }

  /** Candle lengths that are stored of a market. */
  async timeframes(exchange: string, symbol: string): Promise<Timeframe[]> {
    const rows = await this.read<{ timeframe: Timeframe }>(
      'select timeframe from candle_revisions where exchange = ? and symbol = ?',
      [exchange, symbol],
    );
    return rows.map((row) => row.timeframe);
  }

  /** Everything that is stored, series by series. */
  async series(filter: Partial<SeriesKey> = {}): Promise<(SeriesKey & Extent)[]> {
    const given = (['exchange', 'symbol', 'timeframe'] as const).filter((name) => filter[name] !== undefined);
    const where = given.length > 0 ? `where ${given.map((name) => `${name} = ?`).join(' and ')}` : '';
    const rows = await this.read<SeriesKey & { n: number | string; first: number | string; last: number | string }>(
      `select exchange, symbol, timeframe, count(*) as n, min(open_time) as first, max(open_time) as last from candles ${where} group by exchange, symbol, timeframe order by exchange, symbol, min(open_time), timeframe`,
      given.map((name) => filter[name]),
    );
    return rows.map(({ exchange, symbol, timeframe, n, first, last }) => ({
      exchange,
      symbol,
      timeframe,
      count: Number(n),
      from: Number(first),
      to: Number(last),
    }));
  }

  /** Candles missing between the first and the last of a range. */
  async gaps(key: SeriesKey, from: number, to: number, em?: EntityManager): Promise<GapReport> {
    const length = timeframeMs(key.timeframe);
    const rows = await this.read<{ at: number | string; before: number | string; n: number | string; missing: number | string }>(
      `select open_time as at, before, count(*) over () as n, sum((open_time - before) / ? - 1) over () as missing from (
         select open_time, lag(open_time) over (order by open_time) as before from candles where ${ofSeries} and open_time >= ? and open_time < ?
       ) as pairs where open_time - before > ? order by open_time limit ?`,
      [bigint(length), ...parametersOf(key), bigint(from), bigint(to), bigint(length), bigint(listedGaps)],
      em,
    );
    const gaps = rows.map(({ at, before }): Gap => {
      const first = Number(before) + length;
      return { from: first, to: Number(at), missing: (Number(at) - first) / length };
    });
    return { gaps, count: Number(rows[0]?.n ?? 0), missing: Number(rows[0]?.missing ?? 0) };
  }

  private rows(key: SeriesKey, from: number, to: number, limit: number, order: 'asc' | 'desc'): Promise<StoredCandle[]> {
    return this.read<StoredCandle>(
      `select ${columns} from candles where ${ofSeries} and open_time >= ? and open_time < ? order by open_time ${order} limit ?`,
      [...parametersOf(key), bigint(from), bigint(to), bigint(limit)],
    );
  }

  private async read<Row>(sql: string, parameters: readonly unknown[], em?: EntityManager): Promise<Row[]> {
    return this.execute<Row>(sql, parameters, em ?? this.database.system(), 'read');
  }

  private async execute<Row>(
    sql: string,
    parameters: readonly unknown[],
    em: EntityManager,
    type: 'read' | 'write' = 'write',
  ): Promise<Row[]> {
    const statement = CompiledQuery.raw(placeholders(this.database.dialect, sql), [...parameters]);
    return (await em.getKysely({ type }).executeQuery<Row>(statement)).rows;
  }
}

/** Open times and limits may be infinite in the program; in the database they are whole numbers. */
function bigint(value: number): number {
  return Math.ceil(Math.min(Math.max(value, -8.64e15), 8.64e15));
}

function parametersOf({ exchange, symbol, timeframe }: SeriesKey): [string, string, Timeframe] {
  return [exchange, symbol, timeframe];
}

function candleOf({ open_time, open, high, low, close, volume }: StoredCandle): Candle {
  return { openTime: Number(open_time), open, high, low, close, volume };
}

/** A change with more candles in it, in whatever order these are. */
function widened(change: Change | undefined, openTimes: Float64Array): Change {
  let { first, last } = change ?? { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY };
  for (const at of openTimes) {
    if (at < first) first = at;
    if (at > last) last = at;
  }
  return { first, last };
}
