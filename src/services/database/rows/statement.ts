import type { Dialect } from '../database.ts';
import { encode } from './values.ts';
import type { Column } from './table.ts';

/** The values of a statement in the making; its text is built from left to right and asks for a placeholder per value. */
export class Statement {
  readonly dialect: Dialect;
  readonly parameters: unknown[] = [];

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  /** A placeholder for a value in the form that the database has it. */
  raw(value: unknown): string {
    this.parameters.push(value);
    return this.dialect === 'sqlite' ? '?' : `$${this.parameters.length}`;
  }

  /** A placeholder for a value as a row has it. */
  value(column: Column, value: unknown): string {
    return this.raw(encode(this.dialect, column, value));
  }

  /** `column in (values)`, as one placeholder whatever their number, so that the text stays the same. */
  oneOf(reference: string, column: Column, values: readonly unknown[]): string {
    const encoded = values.map((value) => encode(this.dialect, column, value));
    if (this.dialect === 'sqlite') return `${reference} in (select value from json_each(${this.raw(JSON.stringify(encoded))}))`;
    return `${reference} = any(${this.raw(encoded)})`;
  }
}

/** A statement with `?` for its values, as the database wants it: PostgreSQL numbers them. */
export function placeholders(dialect: Dialect, sql: string): string {
  if (dialect === 'sqlite') return sql;
  let count = 0;
  return sql.replaceAll('?', () => `$${++count}`);
}
