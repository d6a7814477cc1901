import { pathToFileURL } from 'node:url';
import { MikroORM, type SqlEntityManager } from '@mikro-orm/sql';
import { CompiledQuery } from 'kysely';
import { everyone, ownerFilter, type OwnerParams } from '../../entities/columns/owned.ts';
import { type Location, parseLocation, withoutPassword } from './location.ts';
import { migrate, type MigrationReport } from './migrate.ts';
import { migrationFolder } from './migration-files.ts';
import { openSqlite, type OrmOptions, postgresOptions, type SqliteConnections, sqliteOptions } from './options.ts';
import { DatabaseProblem, explainPostgres, explainSqlite } from './problem.ts';
import type { Owner } from './rows/filter.ts';
import { Rows } from './rows/rows.ts';
import { Selections } from './rows/select.ts';
import { connectionsAtRest } from './closing.ts';
import { SessionPresence } from './postgres/presence.ts';
import { sessionClient } from './postgres/session-client.ts';
import type { Presence } from './presence.ts';
import { pooledSource, type RowSource, sqliteSource, type StoredRow, transactionSource } from './rows/source.ts';
import { placeholders } from './rows/statement.ts';
import { tablesOf, type Tables } from './rows/table.ts';
import { newId } from '../ids.ts';
import { backupSqlite } from './sqlite/backup.ts';
import { FilePresence } from './sqlite/presence.ts';
import { finishTransaction, insideTransaction } from './transaction-scope.ts';

export type EntityManager = SqlEntityManager;
export type Dialect = 'sqlite' | 'postgresql';

export interface DatabaseConfig {
  /** `sqlite:./file.db`, `sqlite::memory:` or `postgres://user:password@host:5432/name`. */
  readonly url: string;
  /** How long to wait for a lock that another process holds on a SQLite file. */
  readonly lockWaitMs?: number;
  /** Connections to PostgreSQL at once. */
  readonly poolSize?: number;
}

/**
 * Opens the database and makes sure that it answers. Nothing is migrated: that is `database.migrate()`.
 * @throws DatabaseProblem with one sentence: not found, locked, read-only, not a database, refused
 */
export async function openDatabase(config: DatabaseConfig): Promise<Database> {
  const location = parseLocation(config.url);
  const lockWaitMs = config.lockWaitMs ?? 10_000;
  let connections: SqliteConnections | undefined;
  try {
    connections = location.dialect === 'sqlite' ? openSqlite(location.file) : undefined;
    const options =
      location.dialect === 'sqlite'
        ? sqliteOptions(location.file, connections as SqliteConnections, lockWaitMs)
        : postgresOptions(location, config.poolSize ?? 10);
    const orm = await connect(options);
    return new Database(orm, location, connections, withoutPassword(config.url));
  } catch (error) {
    connections?.read?.close();
    connections?.write.close();
    throw unusable(explain(error, location), location);
  }
}

/** Whatever keeps the program from starting names the place. */
function unusable(error: unknown, location: Location): DatabaseProblem {
  if (error instanceof DatabaseProblem) return error;
  const place =
    location.dialect === 'sqlite'
      ? `the database ${location.file ?? 'in memory'}`
      : `PostgreSQL at ${location.target.host}:${location.target.port}`;
  return new DatabaseProblem(`${place} cannot be used: ${(error as Error).message}`, error);
}

async function connect(options: OrmOptions): Promise<MikroORM> {
  const orm = new MikroORM(options);
  try {
    await orm.connect();
    // Connecting may be lazy; the first statement is not. On SQLite it takes the write lock, which finds every obstacle.
    await orm.em.getConnection('write').transactional(async (trx) => {
      await orm.em.getConnection('write').execute('select 1', [], 'get', trx);
    });
    return orm;
  } catch (error) {
    await orm.close(true).catch(() => undefined);
    throw error;
  }
}

function explain(error: unknown, location: Location): unknown {
  if (location.dialect === 'postgresql') return explainPostgres(error, location.target);
  return explainSqlite(error, location.file ?? ':memory:');
}

/** The data layer that everything is stored through: entity managers for changes, plain rows for reading. */
export class Database {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  /** The URL without its password. */
  readonly url: string;
  readonly #location: Location;
  readonly #connections: SqliteConnections | undefined;
  readonly #source: RowSource;
  readonly #tables: Tables;
  readonly #selections: Selections;

  constructor(orm: MikroORM, location: Location, connections: SqliteConnections | undefined, url: string) {
    this.orm = orm;
    this.dialect = location.dialect;
    this.url = url;
    this.#location = location;
    this.#connections = connections;
    this.#tables = tablesOf(orm);
    this.#source = connections?.read ? sqliteSource(connections.read) : pooledSource(orm, this.dialect);
    this.#selections = new Selections(this.dialect);
  }

  /** An entity manager that sees and writes the rows of one person only. */
  forUser(userId: string): EntityManager {
    return this.#fork({ userId });
  }

  /** An entity manager that sees everybody's rows: for the program's own work, never for a request. */
  system(): EntityManager {
    return this.#fork({ userId: everyone });
  }

  /**
   * Runs `work` in one transaction and commits what its entity manager holds. On SQLite it has the write lock from the start,
   * so two at once queue. Inside, only the entity manager given may write.
   * @param options.userId whose rows may be seen and written; everybody's when absent
   */
  async transaction<T>(work: (em: EntityManager) => Promise<T>, options: { userId?: string } = {}): Promise<T> {
    const em = options.userId === undefined ? this.system() : this.forUser(options.userId);
    return insideTransaction(() =>
      em.transactional(async (inner) => {
        const result = await work(inner as EntityManager);
        await finishTransaction(() => inner.flush());
        return result;
      }),
    );
  }

  /**
   * Runs one statement that writes, with `?` for each value in the form that the database has it; it is a transaction by itself, which PostgreSQL need not be
   * told the beginning and the end of.
   * @returns the rows that it returns
   */
  async change(sql: string, values: readonly unknown[]): Promise<StoredRow[]> {
    const statement = CompiledQuery.raw(placeholders(this.dialect, sql), [...values]);
    const run = async (em: EntityManager): Promise<StoredRow[]> =>
      (await em.getKysely({ type: 'write' }).executeQuery<StoredRow>(statement)).rows;
    return this.dialect === 'sqlite' ? this.transaction(run) : insideTransaction(() => run(this.system()));
  }

  /**
   * Plain rows of one person, for whatever reads many: ten times faster than entities, equal on both databases, and every
   * select of an owned table carries the person's id.
   * @param em reads inside this entity manager's transaction, and so sees what it wrote
   */
  rows(userId: string, em?: EntityManager): Rows {
    return this.#rows(userId, em);
  }

  /** Plain rows of everybody: for the program's own work, never for a request. */
  systemRows(em?: EntityManager): Rows {
    return this.#rows(everyone, em);
  }

  /** Kysely, for statements that rows and entities do not cover. It knows nothing of owners. */
  kysely(em: EntityManager = this.system()): ReturnType<EntityManager['getKysely']> {
    return em.getKysely();
  }

  /**
   * Brings the tables to what this program knows; see `migrate`.
   * @param options.folder of other migrations than the program's own, for tests
   */
  async migrate(options: { folder?: string } = {}): Promise<MigrationReport> {
    const file = this.#location.dialect === 'sqlite' ? this.#location.file : null;
    const folder = options.folder === undefined ? migrationFolder(this.dialect) : pathToFileURL(`${options.folder}/`);
    try {
      return await migrate(this.orm, this.dialect, file, this.#connections, folder);
    } catch (error) {
      throw explain(error, this.#location);
    }
  }

  /**
   * Writes a consistent copy of a SQLite database to a new file, while it is in use.
   * @throws DatabaseProblem when the file exists or cannot be written, and on PostgreSQL, whose own pg_dump does this
   */
  backupTo(file: string): void {
    backupSqlite(this.#connections?.write, file);
  }

  /**
   * Shows processes on the same database that this one lives, and which others do; undefined in memory, where there are no others.
   * @param onHidden told in a sentence when others cannot know it
   */
  presence(onHidden: (text: string) => void = () => undefined): Presence | undefined {
    const location = this.#location;
    const id = newId();
    if (location.dialect === 'postgresql') return new SessionPresence({ id, newClient: () => sessionClient(this.orm), onHidden });
    return location.file === null ? undefined : new FilePresence(location.file, id);
  }

  async close(): Promise<void> {
    if (this.dialect === 'postgresql') await connectionsAtRest(this.orm);
    await this.orm.close(true);
    for (const native of [this.#connections?.read, this.#connections?.write]) if (native?.open) native.close();
  }

  #fork(params: OwnerParams): EntityManager {
    const em = this.orm.em.fork();
    em.setFilterParams(ownerFilter, params);
    return em;
  }

  #rows(owner: Owner, em: EntityManager | undefined): Rows {
    const source = em ? transactionSource(em, this.dialect) : this.#source;
    return new Rows({ source, tables: this.#tables, selections: this.#selections, owner });
  }
}
