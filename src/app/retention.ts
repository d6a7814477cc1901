import { BotRequest } from '../entities/operations/BotRequest.ts';
import { RefusedOrder } from '../entities/operations/RefusedOrder.ts';
import type { Clock } from '../services/clock.ts';
import type { Database } from '../services/database/index.ts';
import { OldRows } from '../services/database/old-rows.ts';
import { EventRetention } from '../services/events/retention.ts';
import type { Logger } from '../services/logger.ts';

/** What was asked of a bot is answered within seconds and remembered for a day; a week is for whoever looks into it. */
const requestDays = 7;

/** Deletes what is kept for some time only: events, refused orders as long as the events that told of them, requests to bots. */
export class Retention {
  readonly #kinds: readonly { start(): void; stop(): Promise<void> }[];

  /** @param eventDays how long events and refused orders are kept */
  constructor(database: Database, clock: Clock, logger: Logger, eventDays: number) {
    this.#kinds = [
      new EventRetention(database, clock, logger, eventDays),
      new OldRows(database, clock, logger, {
        entity: RefusedOrder,
        column: 'createdAt',
        days: eventDays,
        what: 'refused orders',
      }),
      new OldRows(database, clock, logger, {
        entity: BotRequest,
        column: 'createdAt',
        days: requestDays,
        what: 'requests to bots',
      }),
    ];
  }

  start(): void {
    for (const kind of this.#kinds) kind.start();
  }

  async stop(): Promise<void> {
    for (const kind of this.#kinds) await kind.stop();
  }
}
