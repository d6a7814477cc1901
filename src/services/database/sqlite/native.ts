import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DatabaseProblem } from '../problem.ts';

/** The part of better-sqlite3 that is used here; the package brings no types. */
export interface NativeStatement {
  readonly reader: boolean;
  all(parameters: readonly unknown[]): unknown[];
  run(parameters: readonly unknown[]): { changes: number; lastInsertRowid: number | bigint };
  iterate(parameters: readonly unknown[]): IterableIterator<unknown>;
}

export interface NativeDatabase {
  readonly inTransaction: boolean;
  readonly open: boolean;
  prepare(sql: string): NativeStatement;
  exec(sql: string): unknown;
  pragma(text: string, options?: { simple: boolean }): unknown;
  close(): unknown;
}

type NativeConstructor = new (file: string, options: { timeout: number; fileMustExist?: boolean }) => NativeDatabase;

export const Native = createRequire(import.meta.url)('better-sqlite3') as NativeConstructor;

/** How long SQLite itself waits for a lock, holding up the whole process; longer waits are ours and hold up nobody. */
const busyTimeoutMs = 100;

/**
 * Opens one connection. The folder is made when it is missing.
 * @param file null for a database in memory
 * @param use a `read` connection refuses to write
 * @throws DatabaseProblem when the file or its folder may not be written
 */
export function openNative(file: string | null, use: 'read' | 'write'): NativeDatabase {
  if (file !== null && use === 'write') assertWritable(file);
  const database = new Native(file ?? ':memory:', { timeout: busyTimeoutMs });
  if (file !== null) database.pragma('journal_mode = WAL');
  // An answer that was given must survive a power cut: the ledger is in this file.
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  if (use === 'read') database.pragma('query_only = ON');
  return database;
}

function assertWritable(file: string): void {
  const folder = dirname(file);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new DatabaseProblem(`the folder ${folder} of the database cannot be made`, cause);
  }
  // Beside the file SQLite keeps its log, so the folder must be writable too.
  const probe = join(folder, `.candlewick-${process.pid}-${randomUUID()}`);
  if (!succeeds(() => writeFileSync(probe, ''))) throw new DatabaseProblem(`the folder ${folder} of the database is read-only`);
  rmSync(probe, { force: true });
  if (!existsSync(file)) return;
  if (!statSync(file).isFile()) throw new DatabaseProblem(`${file} is not a file, so it cannot be a database`);
  if (!succeeds(() => closeSync(openSync(file, 'r+')))) throw new DatabaseProblem(`the database file ${file} is read-only`);
}

/** Trying says more than asking: permissions, read-only disks and quotas all have their say. */
function succeeds(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
