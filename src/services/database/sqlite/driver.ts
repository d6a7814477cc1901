import { type Configuration, isRaw, Utils } from '@mikro-orm/core';
import { AbstractSqlDriver, SqlitePlatform } from '@mikro-orm/sql';
import { SqliteConnection } from '@mikro-orm/sqlite';
import { CompiledQuery } from 'kysely';

type Execute = SqliteConnection['execute'];

/** A statement whose values are bound, so that its text comes again and is compiled once. */
interface Bound {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** The object mapper writes values into the text of a statement, and SQLite would compile each anew; here they are bound. */
class Connection extends SqliteConnection {
  override async execute<T>(...[query, params = [], method = 'all', transaction, logging]: Parameters<Execute>): Promise<T> {
    const { sql, params: values } = typeof query === 'object' && 'toRaw' in query ? query.toRaw() : { sql: query, params };
    const bound = typeof sql === 'string' && Array.isArray(values) ? bind(sql, values) : undefined;
    if (!bound) return (await super.execute(query, params, method, transaction, logging)) as T;
    await this.ensureConnection();
    const statement = CompiledQuery.raw(bound.sql, [...bound.parameters]);
    const run = async (): Promise<T> =>
      this.transformRawResult(await (transaction ?? this.getClient()).executeQuery(statement), method);
    return this.executeQuery(bound.sql, run, logging);
  }
}

/** What SQLite takes in one statement is a little more. */
const mostValues = 30_000;

/** @returns undefined for what only the object mapper can write: names, parts of statements, very many values */
function bind(text: string, values: readonly unknown[]): Bound | undefined {
  const parts = text.split('?');
  // An escaped or doubled question mark is something else than a value.
  if (parts.length !== values.length + 1 || text.includes('\\?') || text.includes('??')) return undefined;
  const parameters: unknown[] = [];
  let sql = parts[0];
  for (const [index, value] of values.entries()) {
    const marks: string[] = [];
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
      const literal = literalOf(each);
      const parameter = literal === undefined ? parameterOf(each) : undefined;
      if (literal === undefined && parameter === undefined) return undefined;
      marks.push(literal ?? '?');
      if (literal === undefined) parameters.push(parameter);
    }
    sql += marks.join(', ') + parts[index + 1];
  }
  return parameters.length > mostValues ? undefined : { sql, parameters };
}

/** Few values of which indexes may depend on stay in the text. */
function literalOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return 'null';
  return typeof value === 'boolean' ? String(value) : undefined;
}

function parameterOf(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'bigint' || Buffer.isBuffer(value)) return value;
  // Numbers are bound as floating ones; a whole one in a statement is an integer.
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value instanceof Date) return BigInt(value.getTime());
  return !isRaw(value) && Utils.isPlainObject(value) ? JSON.stringify(value) : undefined;
}

export class SqliteDriver extends AbstractSqlDriver<SqliteConnection> {
  constructor(config: Configuration) {
    super(config, new SqlitePlatform(), Connection, ['kysely', 'better-sqlite3']);
  }
}
