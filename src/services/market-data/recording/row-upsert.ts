import { CompiledQuery } from 'kysely';
import type { Database, EntityManager } from '../../database/index.ts';
import type { MarketKey } from '../latest-feeds.ts';

/** A table of market data over time: its key is exchange, symbol and timestamp. */
export interface MarketTable {
  readonly name: string;
  /** The columns behind exchange and symbol, with PostgreSQL's types. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  /** What becomes of a row that is there already: what follows `on conflict (…) do`. */
  readonly onConflict: string;
}

/** Rows in one statement for SQLite: more gain nothing. */
const sqliteRows = 50;
const postgresRows = 5_000;

/** Stores many rows of one market in few statements. @param rows their values, in the order of the columns */
export async function upsertRows(
  database: Database,
  em: EntityManager,
  table: MarketTable,
  key: MarketKey,
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  const isSqlite = database.dialect === 'sqlite';
  const step = isSqlite ? sqliteRows : postgresRows;
  for (let start = 0; start < rows.length; start += step) {
    const part = rows.slice(start, start + step);
    const { exchange, symbol } = key;
    const statement = isSqlite
      ? CompiledQuery.raw(sqliteText(table, part.length), [exchange, symbol, ...part.flat()])
      : CompiledQuery.raw(postgresText(table), [exchange, symbol, ...table.columns.map((_, i) => part.map((row) => row[i]))]);
    await database.kysely(em).executeQuery(statement);
  }
}

function insertInto({ name, columns }: MarketTable): string {
  return `insert into ${name} (exchange, symbol, ${columns.map(([column]) => column).join(', ')})`;
}

function sqliteText(table: MarketTable, rows: number): string {
  const names = table.columns.map(([column]) => column).join(', ');
  const values = `(${table.columns.map(() => '?').join(', ')})`;
  // `where true` lets SQLite tell the conflict clause from a join.
  return `with market (exchange, symbol) as (values (?, ?)), fresh (${names}) as (values ${Array.from({ length: rows }, () => values).join(', ')})
    ${insertInto(table)} select exchange, symbol, ${names} from market, fresh where true on conflict (exchange, symbol, timestamp) do ${table.onConflict}`;
}

function postgresText(table: MarketTable): string {
  const arrays = table.columns.map(([, type], i) => `$${i + 3}::${type}[]`).join(', ');
  return `${insertInto(table)} select $1, $2, fresh.* from unnest(${arrays}) as fresh on conflict (exchange, symbol, timestamp) do ${table.onConflict}`;
}
