import { LogEntry } from '../../entities/operations/LogEntry.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { OldRows } from '../database/old-rows.ts';
import type { Logger } from '../logger.ts';

/** Deletes lines of logs that are older than they are kept. */
export class LogRetention extends OldRows<LogEntry> {
  /** @param days how long lines are kept */
  constructor(database: Database, clock: Clock, logger: Logger, days: number) {
    super(database, clock, logger, { entity: LogEntry, column: 'timestamp', days, what: 'lines of logs' });
  }
}
