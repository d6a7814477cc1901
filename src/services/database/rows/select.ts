import type { Dialect } from '../database.ts';
import type { StoredRow } from './source.ts';
import type { Column, Table } from './table.ts';
import { decoderOf } from './values.ts';

/** A list of columns to read, prepared once: its text, and what must be done to the rows that come back. */
export interface Selection {
  /** The columns of `alias`, each under its key. */
  readonly sql: string;
  /** Turns rows as they are stored into rows as they are read, in place. */
  read(rows: StoredRow[]): StoredRow[];
}

/** Prepares selections and keeps them: there are as many as places in the program that read. */
export class Selections {
  readonly #dialect: Dialect;
  readonly #kept = new Map<string, Selection>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  of(table: Table, keys: readonly string[], alias: string): Selection {
    const name = `${table.name} ${alias} ${keys.join(' ')}`;
    let selection = this.#kept.get(name);
    if (!selection) {
      // Keys come from the program, not from requests; should that ever change, the cache must not grow with them.
      if (this.#kept.size >= 2000) this.#kept.clear();
      selection = selectionOf(this.#dialect, table, keys, alias);
      this.#kept.set(name, selection);
    }
    return selection;
  }
}

function selectionOf(dialect: Dialect, table: Table, keys: readonly string[], alias: string): Selection {
  const columns = keys.map((key) => {
    const column = table.columns.get(key);
    if (!column) throw new TypeError(`${table.name} has no ${key} to read`);
    return column;
  });
  const conversions = columns.flatMap((column): Conversion[] => {
    const decode = decoderOf(dialect, column) as Conversion['decode'] | undefined;
    return decode ? [{ key: column.key, decode }] : [];
  });
  return { sql: columns.map((column) => named(column, alias)).join(', '), read: (rows) => converted(rows, conversions) };
}

interface Conversion {
  readonly key: string;
  readonly decode: (value: unknown) => unknown;
}

/** Column by column, in the objects that the driver made: no second object per row. */
function converted(rows: StoredRow[], conversions: readonly Conversion[]): StoredRow[] {
  for (const { key, decode } of conversions) {
    for (const row of rows) {
      const value = row[key];
      if (value !== null) row[key] = decode(value);
    }
  }
  return rows;
}

function named({ key, sql }: Column, alias: string): string {
  return `${alias}.${sql} as "${key}"`;
}
