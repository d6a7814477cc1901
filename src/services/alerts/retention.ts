import { AlertTrigger } from '../../entities/operations/AlertTrigger.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { OldRows } from '../database/old-rows.ts';
import type { Logger } from '../logger.ts';

/** Deletes triggers of alerts that are older than they are kept: as long as events. */
export class TriggerRetention extends OldRows<AlertTrigger> {
  /** @param days how long triggers are kept */
  constructor(database: Database, clock: Clock, logger: Logger, days: number) {
    super(database, clock, logger, { entity: AlertTrigger, column: 'createdAt', days, what: 'triggers of alerts' });
  }
}
