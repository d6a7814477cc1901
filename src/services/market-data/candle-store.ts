import { CompiledQuery } from 'kysely';
import type { Candle, Candles } from '../../trading/candle.ts';
import { emptyCandles, sliceCandles } from '../../trading/series.ts';
import { type Timeframe, timeframeMs } from '../../trading/timeframe.ts';
import type { Gap } from '../../trading/backtest-types.ts';
import type { Database, EntityManager } from '../database/index.ts';
import type { GapReport } from './gaps.ts';
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
/** Rows that are objects at the same time when many are read into columns. */
const readAtOnce = 50_000;
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
    if (candles.openTime.length === 0) return 0;
    if (!em) return this.database.transaction((own) => this.upsert(key, candles, own));
    const kysely = this.database.kysely(em);
    let changed = 0;
    for (const { sql, parameters } of this.statements(candles)) {
      const result = await kysely.executeQuery(CompiledQuery.raw(sql, [key.exchange, key.symbol, key.timeframe, ...parameters]));
      changed += Number(result.numAffectedRows ?? 0);
    }
    return changed;
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

  /** Open time of the newest candle. */
  async last(key: SeriesKey): Promise<number | undefined> {
    const [row] = await this.read<{ last: number | string | null }>(
      `select max(open_time) as last from candles where ${ofSeries}`,
      parametersOf(key),
    );
    return row.last === null ? undefined : Number(row.last);
  }

  /**
   * A range as columns, `from <= openTime < to`.
   * @param options.shared on memory that worker threads can see
   */
  async columns(key: SeriesKey, from: number, to: number, options: { shared?: boolean } = {}): Promise<Candles> {
    const extent = await this.extent(key, from, to);
    const result = emptyCandles(extent?.count ?? 0, options.shared);
    let at = 0;
    let next = from;
    while (extent && at < extent.count) {
      const rows = await this.rows(key, next, to, Math.min(readAtOnce, extent.count - at), 'asc');
      if (rows.length === 0) break;
      for (const row of rows) {
        result.openTime[at] = Number(row.open_time);
        result.open[at] = row.open;
        result.high[at] = row.high;
        result.low[at] = row.low;
        result.close[at] = row.close;
        result.volume[at++] = row.volume;
      }
      next = result.openTime[at - 1] + 1;
    }
    return at === result.openTime.length ? result : sliceCandles(result, 0, at);
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
      'select distinct timeframe from candles where exchange = ? and symbol = ?',
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
    const kysely = (em ?? this.database.system()).getKysely({ type: 'read' });
    const { rows } = await kysely.executeQuery<Row>(CompiledQuery.raw(placeholders(this.database.dialect, sql), [...parameters]));
    return rows;
  }
}

/** PostgreSQL numbers its parameters. */
function placeholders(dialect: Database['dialect'], sql: string): string {
  if (dialect === 'sqlite') return sql;
  let count = 0;
  return sql.replaceAll('?', () => `$${++count}`);
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
