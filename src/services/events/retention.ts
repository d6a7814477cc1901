import { Event } from '../../entities/operations/Event.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Logger } from '../logger.ts';

const dayMs = 86_400_000;
const everyMs = 3_600_000;
/** Events that one statement deletes: writers wait no longer than for that. */
const step = 500;

/**
 * Deletes events that are older than they are kept. A stream that was to go on before what is kept is reset with a snapshot, so
 * nothing is lost but the past.
 */
export class EventRetention {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #days: number;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  /** @param days how long events are kept */
  constructor(database: Database, clock: Clock, logger: Logger, days: number) {
    this.#database = database;
    this.#clock = clock;
    this.#logger = logger;
    this.#days = days;
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

  /** Deletes what is too old, in small steps. @returns how many events that were */
  async prune(): Promise<number> {
    const before = new Date(this.#clock.now().getTime() - this.#days * dayMs);
    let deleted = 0;
    while (!this.#isStopped) {
      const rows = await this.#database.systemRows().list(Event, {
        fields: ['id'],
        where: { occurredAt: { lt: before } },
        orderBy: [{ field: 'occurredAt' }],
        limit: step,
      });
      if (rows.length === 0) break;
      deleted += await this.#database.system().nativeDelete(Event, { id: { $in: rows.map(({ id }) => id) } });
      // Those who write come first.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return deleted;
  }

  #run(): void {
    this.#work = this.prune().catch((error: unknown) =>
      this.#logger.error({ err: error }, 'old events could not be deleted; it is tried again in an hour'),
    );
  }
}
