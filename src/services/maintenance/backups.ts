import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AppState } from '../../entities/operations/AppState.ts';
import type { Clock } from '../clock.ts';
import { type Database, DatabaseProblem, openDatabase } from '../database/index.ts';
import { parseLocation } from '../database/location.ts';
import { explainSqlite } from '../database/problem.ts';
import { backupSqlite } from '../database/sqlite/backup.ts';
import { openNative } from '../database/sqlite/native.ts';
import { audit } from '../security/audit.ts';

/**
 * Writes a consistent copy of a SQLite database to a new file, also while a server uses it.
 * @throws DatabaseProblem when there is no such database, the file exists or cannot be written, and on PostgreSQL
 */
export async function createBackup(
  url: string,
  file: string,
  clock: Clock,
): Promise<{ readonly file: string; readonly bytes: number }> {
  const current = sqliteFile(
    url,
    'a PostgreSQL database is backed up with its own tool: pg_dump --format=custom --file=backup.dump',
  );
  if (!existsSync(current)) throw new DatabaseProblem(`there is no database ${current} to back up`);
  const target = resolve(file);
  const database = await openDatabase({ url });
  try {
    database.backupTo(target);
    await note(database, 'BACKUP_CREATED', target, clock);
  } finally {
    await database.close();
  }
  return { file: target, bytes: statSync(target).size };
}

export interface RestoreReport {
  /** The database that was replaced. */
  readonly database: string;
  /** Where what it held before is kept; undefined when there was none. */
  readonly previous: string | undefined;
  /** Migrations that the backup still lacked. */
  readonly migrations: readonly string[];
}

/**
 * Puts a backup in the place of a SQLite database that nobody uses. The backup is checked first, page by page, and brought up to
 * date beside the database; then what is there is backed up, and only then one takes the other's place, at once or not at all.
 * @param options.forget keys of `AppState` that must not be carried over, such as the database's identity
 * @throws DatabaseProblem when the backup is missing, damaged, of another program or a newer one; when the database is in use
 */
export async function restoreBackup(
  url: string,
  file: string,
  { clock, forget }: { clock: Clock; forget: readonly string[] },
): Promise<RestoreReport> {
  const current = sqliteFile(
    url,
    'a PostgreSQL database is restored with its own tool: pg_restore --clean --dbname=… backup.dump',
  );
  const source = resolve(file);
  if (source === current) throw new DatabaseProblem(`${current} is the database itself, not a backup of it`);
  assertSqlite(source);
  const candidate = `${current}.restoring`;
  remove(candidate);
  try {
    copyFileSync(source, candidate);
    assertSound(candidate, source);
    const migrations = await prepare(candidate, source, clock, forget);
    const previous = existsSync(current) ? setAside(current, clock) : undefined;
    renameSync(candidate, current);
    sync(dirname(current));
    return { database: current, previous, migrations };
  } finally {
    remove(candidate);
  }
}

function sqliteFile(url: string, otherwise: string): string {
  const location = parseLocation(url);
  if (location.dialect === 'postgresql') throw new DatabaseProblem(otherwise);
  if (location.file === null) throw new DatabaseProblem('a database in memory has no backups');
  return location.file;
}

function assertSqlite(file: string): void {
  if (!existsSync(file)) throw new DatabaseProblem(`there is no backup ${file}`);
  if (!statSync(file).isFile()) throw new DatabaseProblem(`${file} is not a file`);
  const head = Buffer.alloc(16);
  const handle = openSync(file, 'r');
  readSync(handle, head);
  closeSync(handle);
  if (head.toString('latin1') !== 'SQLite format 3\0') throw new DatabaseProblem(`${file} is not a SQLite database`);
}

/** @param source what messages name */
function assertSound(candidate: string, source: string): void {
  try {
    const native = openNative(candidate, 'write');
    try {
      const problems = native.pragma('integrity_check(1)') as { integrity_check: string }[];
      const [first] = problems;
      if (first?.integrity_check !== 'ok')
        throw new DatabaseProblem(`the backup ${source} is damaged: ${first?.integrity_check}`);
      const tables = native.prepare("select name from sqlite_master where name in ('users', 'mikro_orm_migrations')").all([]);
      if (tables.length < 2) throw new DatabaseProblem(`${source} is not a backup of this program: its tables are missing`);
      const [broken] = native.pragma('foreign_key_check') as { table: string; parent: string }[];
      if (broken)
        throw new DatabaseProblem(
          `the backup ${source} is damaged: rows of ${broken.table} refer to missing rows of ${broken.parent}`,
        );
    } finally {
      native.close();
    }
  } catch (error) {
    throw explainSqlite(error, source);
  }
}

/** Brings the copy up to date and makes it a database of its own. */
async function prepare(candidate: string, source: string, clock: Clock, forget: readonly string[]): Promise<readonly string[]> {
  const database = await openDatabase({ url: `sqlite:${candidate}` });
  try {
    const { applied, backup } = await database.migrate();
    if (backup !== undefined) rmSync(backup, { force: true });
    await database.transaction(async (em) => void (await em.nativeDelete(AppState, { key: { $in: [...forget] } })));
    await note(database, 'BACKUP_RESTORED', source, clock);
    return applied;
  } finally {
    await database.close();
  }
}

/** Backs up what is there, after making sure that nobody uses it. */
function setAside(current: string, clock: Clock): string {
  const previous = `${current}.before-restore-${clock.now().toISOString().replaceAll(/[-:.]/g, '')}`;
  try {
    const native = openNative(current, 'write');
    try {
      backupSqlite(native, previous);
      // Leaving the write-ahead log needs the file for oneself: it fails while a server has it open.
      native.pragma('journal_mode = DELETE');
    } finally {
      native.close();
    }
  } catch (error) {
    const explained = explainSqlite(error, current);
    rmSync(previous, { force: true });
    if (explained instanceof DatabaseProblem && /is locked/.test(explained.message))
      throw new DatabaseProblem(`the database ${current} is in use: stop the server first`, error);
    throw explained;
  }
  for (const suffix of ['-wal', '-shm']) rmSync(current + suffix, { force: true });
  return previous;
}

async function note(database: Database, type: 'BACKUP_CREATED' | 'BACKUP_RESTORED', file: string, clock: Clock): Promise<void> {
  await database.transaction(async (em) => audit(em, { userId: null, type, at: clock.now(), details: { file } }));
}

function remove(database: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(database + suffix, { force: true });
}

/** A rename survives a power cut once its folder is on the disk. */
function sync(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
