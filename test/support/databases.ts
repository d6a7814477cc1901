import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, describe, inject } from 'vitest';
import { type Database, type DatabaseConfig, openDatabase } from '../../src/services/database/index.ts';
import './global-setup.ts';

/** Opens a new, migrated, empty database; it is closed and removed after the tests of the block. */
export type OpenDatabase = (config?: Omit<DatabaseConfig, 'url'>) => Promise<Database>;

export const dialects = ['sqlite', 'postgresql'] as const;

/**
 * The same tests on SQLite (a file) and on PostgreSQL (started for the run). Call `open` in `beforeAll`; each call makes
 * another database.
 */
export function describeOnEachDatabase(
  name: string,
  tests: (open: OpenDatabase, dialect: 'sqlite' | 'postgresql') => void,
): void {
  for (const dialect of dialects)
    describe(`${name} on ${dialect === 'sqlite' ? 'SQLite' : 'PostgreSQL'}`, () => tests(databasesOf(dialect), dialect));
}

/** A maker of databases of one kind, for tests that need no more. */
export function databasesOf(dialect: 'sqlite' | 'postgresql'): OpenDatabase {
  const opened: { database: Database; remove: () => Promise<void> }[] = [];
  afterAll(async () => {
    for (const { database, remove } of opened) {
      await database.close();
      await remove();
    }
  });
  return async (config) => {
    const { url, remove } = await (dialect === 'sqlite' ? newSqlite() : newPostgres());
    const database = await openDatabase({ url, ...config });
    opened.push({ database, remove });
    return database;
  };
}

/** URL of a new migrated database; `remove` when it is closed. */
export async function newSqlite(): Promise<{ url: string; remove: () => Promise<void> }> {
  const template = await templateOf('sqlite');
  const file = join(inject('templates').folder, `${randomUUID()}.db`);
  copyFileSync(template, file);
  return {
    url: `sqlite:${file}`,
    remove: async () => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    },
  };
}

/** As `newSqlite`, on the run's PostgreSQL; empty and not migrated when `template` is `template0`. */
export async function newPostgres(template = 'template_candlewick'): Promise<{ url: string; remove: () => Promise<void> }> {
  const admin = await templateOf('postgresql');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(admin, `create database ${name} template ${template} strategy file_copy`);
  return {
    url: admin.replace(/\/postgres$/, `/${name}`),
    remove: () => administer(admin, `drop database if exists ${name} with (force)`),
  };
}

async function templateOf(dialect: 'sqlite' | 'postgresql'): Promise<string> {
  const response = await fetch(`${inject('templates').url}/${dialect}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`no ${dialect} to test on: ${text}`);
  return text;
}

async function administer(url: string, sql: string): Promise<void> {
  const database = await openDatabase({ url, poolSize: 1 });
  try {
    await database.orm.em.fork().getConnection().execute(sql);
  } finally {
    await database.close();
  }
}
