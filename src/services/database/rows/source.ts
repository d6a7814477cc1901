import type { MikroORM, SqlEntityManager } from '@mikro-orm/sql';
import { CompiledQuery } from 'kysely';
import type { Dialect } from '../database.ts';
import type { NativeDatabase } from '../sqlite/native.ts';
import { patiently } from '../sqlite/patience.ts';
import { Statements } from '../sqlite/statements.ts';

export type StoredRow = Record<string, unknown>;

/** Where statements of plain rows are run. */
export interface RowSource {
  readonly dialect: Dialect;
  all(sql: string, parameters: readonly unknown[]): Promise<StoredRow[]>;
}

/** The reading connection of a SQLite file: no queue, no transaction of others, statements compiled once. */
export function sqliteSource(native: NativeDatabase): RowSource {
  const statements = new Statements(native);
  return {
    dialect: 'sqlite',
    all: (sql, parameters) => patiently(() => statements.prepare(sql, parameters).all(parameters) as StoredRow[], 1000),
  };
}

/** The pool of PostgreSQL, or the one connection of a SQLite database in memory. */
export function pooledSource(orm: MikroORM, dialect: Dialect): RowSource {
  const em = orm.em.fork() as SqlEntityManager;
  return { dialect, all: (sql, parameters) => execute(em, sql, parameters) };
}

/** The transaction of an entity manager: reads what it wrote. */
export function transactionSource(em: SqlEntityManager, dialect: Dialect): RowSource {
  return { dialect, all: (sql, parameters) => execute(em, sql, parameters) };
}

async function execute(em: SqlEntityManager, sql: string, parameters: readonly unknown[]): Promise<StoredRow[]> {
  const { rows } = await em.getKysely().executeQuery<StoredRow>(CompiledQuery.raw(sql, [...parameters]));
  return rows;
}
