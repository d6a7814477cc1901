import { LRUCache } from 'lru-cache';
import type { NativeDatabase, NativeStatement } from './native.ts';

/** Statements that were compiled once; those with values inlined into their text come once and are not kept. */
export class Statements {
  readonly #database: NativeDatabase;
  readonly #kept = new LRUCache<string, NativeStatement>({ max: 500 });

  constructor(database: NativeDatabase) {
    this.#database = database;
  }

  prepare(sql: string, parameters: readonly unknown[]): NativeStatement {
    if (parameters.length === 0) return this.#database.prepare(sql);
    let statement = this.#kept.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#kept.set(sql, statement);
    }
    return statement;
  }
}
