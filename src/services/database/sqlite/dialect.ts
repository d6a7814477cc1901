import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { NativeDatabase } from './native.ts';
import { patiently } from './patience.ts';
import { Statements } from './statements.ts';

/**
 * SQLite for Kysely with three habits of its own: a transaction takes the write lock when it begins, so that two at once queue
 * instead of failing halfway; a lock held by another process is waited for without blocking; statements are compiled once.
 */
export function sqliteDialect(native: NativeDatabase, use: 'read' | 'write', lockWaitMs: number): Dialect {
  return {
    createDriver: () => new SqliteDriver(native, use, lockWaitMs),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

class SqliteDriver implements Driver {
  readonly #native: NativeDatabase;
  readonly #use: 'read' | 'write';
  readonly #connection: SqliteConnection;

  constructor(native: NativeDatabase, use: 'read' | 'write', lockWaitMs: number) {
    this.#native = native;
    this.#use = use;
    this.#connection = new SqliteConnection(native, lockWaitMs);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await run(connection, this.#use === 'write' ? 'begin immediate' : 'begin');
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await run(connection, 'commit');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // SQLite rolls back by itself on some errors, such as a full disk.
    if (this.#native.inTransaction) await run(connection, 'rollback');
  }

  async savepoint(connection: DatabaseConnection, name: string, _compile: QueryCompiler['compileQuery']): Promise<void> {
    await run(connection, `savepoint ${quoted(name)}`);
  }

  async rollbackToSavepoint(
    connection: DatabaseConnection,
    name: string,
    _compile: QueryCompiler['compileQuery'],
  ): Promise<void> {
    await run(connection, `rollback to ${quoted(name)}`);
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string, _compile: QueryCompiler['compileQuery']): Promise<void> {
    await run(connection, `release ${quoted(name)}`);
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    if (this.#native.open) this.#native.close();
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #native: NativeDatabase;
  readonly #statements: Statements;
  readonly #lockWaitMs: number;

  constructor(native: NativeDatabase, lockWaitMs: number) {
    this.#native = native;
    this.#statements = new Statements(native);
    this.#lockWaitMs = lockWaitMs;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    // Inside a transaction the lock is ours already, and half of one must not be repeated.
    if (this.#native.inTransaction) return this.#execute(sql, parameters);
    return patiently(() => this.#execute<Row>(sql, parameters), this.#lockWaitMs);
  }

  #execute<Row>(sql: string, parameters: readonly unknown[]): QueryResult<Row> {
    const statement = this.#statements.prepare(sql, parameters);
    if (statement.reader) return { rows: statement.all(parameters) as Row[] };
    const { changes, lastInsertRowid } = statement.run(parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  async *streamQuery<Row>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    for (const row of this.#native.prepare(sql).iterate(parameters)) yield { rows: [row as Row] };
  }
}

async function run(connection: DatabaseConnection, sql: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(sql));
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
