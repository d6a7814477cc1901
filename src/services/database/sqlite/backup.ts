import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseProblem } from '../problem.ts';
import type { NativeDatabase } from './native.ts';

/**
 * Copies a database as it is at one moment, its log included, which copying the file would lose.
 * @param file must not exist
 */
export function backupSqlite(native: NativeDatabase | undefined, file: string): void {
  if (!native) throw new DatabaseProblem('a PostgreSQL database is backed up with pg_dump');
  if (existsSync(file)) throw new DatabaseProblem(`the backup file ${file} exists already`);
  try {
    mkdirSync(dirname(file), { recursive: true });
    native.exec(`vacuum into '${file.replaceAll("'", "''")}'`);
  } catch (cause) {
    rmSync(file, { force: true });
    throw new DatabaseProblem(`the backup ${file} cannot be written: ${(cause as Error).message}`, cause);
  }
}
