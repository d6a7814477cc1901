import type { MikroORM } from '@mikro-orm/sql';
import { Migrator } from '@mikro-orm/migrations';
import type { Dialect } from './database.ts';
import { migrationsIn } from './migration-files.ts';
import type { SqliteConnections } from './options.ts';
import { DatabaseProblem } from './problem.ts';
import { backupSqlite } from './sqlite/backup.ts';

/** What a migration did. */
export interface MigrationReport {
  /** Names of what was applied, in order. */
  readonly applied: readonly string[];
  /** The copy of the file that was taken first; undefined when nothing could be lost. */
  readonly backup?: string;
}

/** Any number; the same for every process that migrates one PostgreSQL database. */
const advisoryLock = 4_201_911;

/**
 * Applies what is pending, all of it or nothing. Two processes that start at once take turns. An existing SQLite file is
 * copied first, and its foreign keys are off meanwhile: they would delete the children of every table that is rebuilt.
 * @param file of a SQLite database; null in memory and for PostgreSQL
 * @throws DatabaseProblem when the database was migrated by a newer program, or rows would lose what they refer to
 */
export async function migrate(
  orm: MikroORM,
  dialect: Dialect,
  file: string | null,
  connections: SqliteConnections | undefined,
  folder: URL,
): Promise<MigrationReport> {
  const migrations = await migrationsIn(folder);
  const options = { migrationsList: migrations, snapshot: false, snapshotOnMigrate: false, silent: true };
  orm.config.set('migrations', { ...orm.config.get('migrations'), ...options });
  const migrator = new Migrator(orm.em as never);
  if (dialect === 'postgresql') return withAdvisoryLock(orm, () => migratePostgres(migrator, migrations));
  return migrateSqlite(orm, migrator, migrations, file, connections as SqliteConnections);
}

type Migrations = Awaited<ReturnType<typeof migrationsIn>>;

async function migratePostgres(migrator: Migrator, migrations: Migrations): Promise<MigrationReport> {
  await assertNotNewer(migrator, migrations);
  const applied = await migrator.up();
  return { applied: applied.map(({ name }) => name) };
}

async function migrateSqlite(
  orm: MikroORM,
  migrator: Migrator,
  migrations: Migrations,
  file: string | null,
  { write }: SqliteConnections,
): Promise<MigrationReport> {
  const isNew = write.prepare("select 1 from sqlite_master where type = 'table' limit 1").all([]).length === 0;
  await assertNotNewer(migrator, migrations);
  const pending = await migrator.getPending();
  if (pending.length === 0) return { applied: [] };
  const backup =
    isNew || file === null ? undefined : `${file}.before-migration-${new Date().toISOString().replaceAll(/[-:.]/g, '')}`;
  if (backup !== undefined) backupSqlite(write, backup);
  // Inside a transaction this pragma does nothing, so it comes before.
  write.pragma('foreign_keys = OFF');
  try {
    const applied = await orm.em.getConnection('write').transactional(async (transaction) => {
      const done = await migrator.up({ transaction });
      assertForeignKeys(write);
      return done;
    });
    return { applied: applied.map(({ name }) => name), ...(backup === undefined ? {} : { backup }) };
  } finally {
    write.pragma('foreign_keys = ON');
  }
}

function assertForeignKeys(write: SqliteConnections['write']): void {
  const broken = write.pragma('foreign_key_check') as { table: string; parent: string }[];
  const [first] = broken;
  if (first)
    throw new DatabaseProblem(
      `the migration was undone: ${broken.length} rows, the first in ${first.table}, would refer to missing rows of ${first.parent}`,
    );
}

async function assertNotNewer(migrator: Migrator, migrations: Migrations): Promise<void> {
  const known = new Set(migrations.map(({ name }) => name));
  const executed = await executedBy(migrator);
  const unknown = executed.find(({ name }) => !known.has(name));
  if (unknown)
    throw new DatabaseProblem(
      `the database has the migration ${unknown.name}, which this program does not know: a newer one wrote it`,
    );
}

/** The first question makes the table that it asks; another process may have made it in the same moment. */
async function executedBy(migrator: Migrator): Promise<{ name: string }[]> {
  try {
    return await migrator.getExecuted();
  } catch (error) {
    if (!/already exists/.test((error as Error).message)) throw error;
    return migrator.getExecuted();
  }
}

async function withAdvisoryLock<T>(orm: MikroORM, work: () => Promise<T>): Promise<T> {
  const connection = orm.em.getConnection('write');
  // Its own transaction holds the lock, on a connection of its own, until the work on the others is done.
  return connection.transactional(async (lock) => {
    await connection.execute('set local idle_in_transaction_session_timeout = 0', [], 'run', lock);
    await connection.execute(`select pg_advisory_xact_lock(${advisoryLock})`, [], 'get', lock);
    return work();
  });
}
