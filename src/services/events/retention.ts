import { Event } from '../../entities/operations/Event.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { OldRows } from '../database/old-rows.ts';
import type { Logger } from '../logger.ts';

/**
 * Deletes events that are older than they are kept. A stream that was to go on before what is kept is reset with a snapshot, so
 * nothing is lost but the past.
 */
export class EventRetention extends OldRows<Event> {
  /** @param days how long events are kept */
  constructor(database: Database, clock: Clock, logger: Logger, days: number) {
    super(database, clock, logger, { entity: Event, column: 'occurredAt', days, what: 'events' });
  }
}
