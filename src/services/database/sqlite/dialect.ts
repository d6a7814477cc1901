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
import { GroupCommit } from './group-commit.ts';
import type { NativeDatabase } from './native.ts';
import { patiently } from './patience.ts';
import { Statements } from './statements.ts';
import { Turns } from './turns.ts';

/**
 * SQLite for Kysely with four habits of its own: a transaction takes the write lock when it begins, so that two at once queue
 * instead of failing halfway; transactions that queue are committed together; a lock held by another process is waited for without
 * blocking; statements are compiled once.
 */
export function sqliteDialect(native: NativeDatabase, use: 'read' | 'write', lockWaitMs: number): Dialect {
  return {
    createDriver: () => new SqliteDriver(native, use, lockWaitMs),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new Adapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

class Adapter extends SqliteAdapter {
  /** There is one, but the driver hands it out by itself: to the next one before the last one's commit is on the disk. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class SqliteDriver implements Driver {
  readonly #native: NativeDatabase;
  readonly #use: 'read' | 'write';
  readonly #turns = new Turns();
  readonly #shared: SharedConnection;

  constructor(native: NativeDatabase, use: 'read' | 'write', lockWaitMs: number) {
    this.#native = native;
    this.#use = use;
    this.#shared = new SharedConnection(native, lockWaitMs);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteConnection> {
    await this.#turns.begin();
    return new SqliteConnection(this.#shared);
  }

  async beginTransaction(connection: SqliteConnection): Promise<void> {
    connection.inTransaction = true;
    try {
      if (this.#use === 'write') await this.#shared.group.begin();
      else this.#native.exec('begin');
    } catch (error) {
      // Nobody gives a connection back on which nothing could begin.
      await this.releaseConnection(connection);
      throw error;
    }
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    if (this.#use === 'read') this.#native.exec('commit');
    else await this.#commit(connection);
  }

  async #commit(connection: SqliteConnection): Promise<void> {
    const committed = this.#shared.group.commit(this.#turns.areWanted);
    // The next one may begin; whoever began this one goes on when it is on the disk.
    connection.isReturned = true;
    if (this.#shared.group.isOpen) this.#turns.end();
    // Statements finish at once: without a pause, timers and sockets would wait until nobody wants to write any more.
    else setImmediate(() => this.#turns.end());
    await committed;
  }

  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    // A commit that failed has undone everything, and the connection is somebody else's.
    if (connection.isReturned) return;
    if (this.#use === 'write') this.#shared.group.rollback(this.#turns.areWanted);
    else if (this.#native.inTransaction) this.#native.exec('rollback');
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

  async releaseConnection(connection: SqliteConnection): Promise<void> {
    if (connection.isReturned) return;
    connection.isReturned = true;
    this.#turns.end();
  }

  async destroy(): Promise<void> {
    if (this.#native.open) this.#native.close();
  }
}

/** The one connection, and what all who take turns at it have in common. */
class SharedConnection {
  readonly native: NativeDatabase;
  readonly statements: Statements;
  readonly group: GroupCommit;
  readonly #lockWaitMs: number;

  constructor(native: NativeDatabase, lockWaitMs: number) {
    this.native = native;
    this.statements = new Statements(native);
    this.#lockWaitMs = lockWaitMs;
    this.group = new GroupCommit(native, (sql) => this.patiently(() => void native.exec(sql)));
  }

  /** Waits for other processes. */
  patiently<T>(work: () => T): Promise<T> {
    return patiently(work, this.#lockWaitMs);
  }
}

/** One turn at the connection. */
class SqliteConnection implements DatabaseConnection {
  readonly #shared: SharedConnection;
  inTransaction = false;
  isReturned = false;

  constructor(shared: SharedConnection) {
    this.#shared = shared;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { group } = this.#shared;
    // Inside a transaction the lock is ours already, and half of one must not be repeated.
    if (this.inTransaction) {
      try {
        return this.#execute(sql, parameters);
      } catch (error) {
        group.failed(error);
        throw error;
      }
    }
    group.end();
    return this.#shared.patiently(() => this.#execute<Row>(sql, parameters));
  }

  #execute<Row>(sql: string, parameters: readonly unknown[]): QueryResult<Row> {
    const statement = this.#shared.statements.prepare(sql, parameters);
    if (statement.reader) return { rows: statement.all(parameters) as Row[] };
    const { changes, lastInsertRowid } = statement.run(parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  async *streamQuery<Row>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    if (!this.inTransaction) this.#shared.group.end();
    for (const row of this.#shared.native.prepare(sql).iterate(parameters)) yield { rows: [row as Row] };
  }
}

async function run(connection: DatabaseConnection, sql: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(sql));
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
