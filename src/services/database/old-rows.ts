import type { EntityClass } from '@mikro-orm/core';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Database } from './database.ts';
import type { RowFilter, RowKey, RowOrder } from './index.ts';

const dayMs = 86_400_000;
const everyMs = 3_600_000;
/** Rows that one statement deletes: writers wait no longer than for that. */
const step = 500;

/** Which rows are kept for how long. */
export interface Keeping<E extends { id: string }> {
  readonly entity: EntityClass<E>;
  /** The column that says how old a row is. */
  readonly column: RowKey<E>;
  readonly days: number;
  /** What they are called, for the log. */
  readonly what: string;
}

/** Deletes rows that are older than they are kept, once an hour. */
export class OldRows<E extends { id: string }> {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #keeping: Keeping<E>;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(database: Database, clock: Clock, logger: Logger, keeping: Keeping<E>) {
    this.#database = database;
    this.#clock = clock;
    this.#logger = logger;
    this.#keeping = keeping;
  }

  start(): void {
    this.#run();
    this.#timer = setInterval(() => this.#run(), everyMs).unref();
  }

  /** Resolves when the step that is under way is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#work;
  }

  /** Deletes what is too old, in small steps. @returns how many rows that were */
  async prune(): Promise<number> {
    const { entity, column, days } = this.#keeping;
    const before = new Date(this.#clock.now().getTime() - days * dayMs);
    const where = { [column]: { lt: before } } as RowFilter<E>;
    const orderBy = [{ field: column }] as unknown as RowOrder<E>[];
    let deleted = 0;
    while (!this.#isStopped) {
      const rows = await this.#database.systemRows().list(entity, { fields: ['id'] as RowKey<E>[], where, orderBy, limit: step });
      if (rows.length === 0) break;
      const ids = rows.map((row) => (row as unknown as { id: string }).id);
      deleted += await this.#database.system().nativeDelete(entity, { id: { $in: ids } } as never);
      // Those who write come first.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return deleted;
  }

  #run(): void {
    this.#work = this.prune().catch((error: unknown) =>
      this.#logger.error({ err: error }, `old ${this.#keeping.what} could not be deleted; it is tried again in an hour`),
    );
  }
}
