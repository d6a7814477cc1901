import { LogEntry } from '../../entities/operations/LogEntry.ts';
import type { Clock } from '../clock.ts';
import type { Count, Database, EntityManager, Page, PageArguments, RowFilter } from '../database/index.ts';
import type { EventDraft } from '../events/event.ts';
import type { EventLog } from '../events/log.ts';
import type { LogEntryView } from '../events/log-line.ts';
import type { Viewer } from '../viewer.ts';
import { linesOf } from './lines-of.ts';

const fields = ['id', 'botId', 'backtestId', 'candleFetchId', 'optimizationId', 'level', 'message', 'timestamp'] as const;

/**
 * What bots and jobs have to say to their owners. A line is an event like any other and a row beside it, written in the transaction of
 * what it tells: nothing is told that did not happen, and nothing that happened is left untold.
 */
export class LogBook {
  readonly #database: Database;
  readonly #events: EventLog;
  readonly #clock: Clock;

  constructor(database: Database, events: EventLog, clock: Clock) {
    this.#database = database;
    this.#events = events;
    this.#clock = clock;
  }

  /** From now on, whatever is told is put into words here. */
  start(): void {
    this.#events.accompany((em, drafts) => this.#accompany(em, drafts));
  }

  /** Writes the rows of lines among some events, and adds the lines that the other events are worth. */
  async #accompany(em: EntityManager, drafts: readonly EventDraft[]): Promise<readonly EventDraft[]> {
    const more = drafts.flatMap((draft) => linesOf(draft, this.#clock.now()));
    const lines = [...drafts.filter(({ type }) => type === 'LOG_APPENDED'), ...more];
    if (lines.length > 0) await em.insertMany(LogEntry, lines.map(rowOf));
    return more;
  }

  /** Writes lines of one person in a transaction of their own. */
  async append(first: EventDraft, ...more: readonly EventDraft[]): Promise<void> {
    await this.#database.transaction((em) => this.#events.append(em, first, ...more));
  }

  /** Newest first. */
  page(viewer: Viewer, args: PageArguments, where?: RowFilter<LogEntry>): Promise<Page<LogEntryView>> {
    const orderBy = [{ field: 'timestamp', direction: 'DESC' }] as const;
    return this.#database.rows(viewer.userId).page(LogEntry, { fields, orderBy, where }, args);
  }

  count(viewer: Viewer, where?: RowFilter<LogEntry>): Promise<Count> {
    return this.#database.rows(viewer.userId).countUpTo(LogEntry, where);
  }

  /** By id; those that are missing or somebody else's are left out. */
  byIds(viewer: Viewer, ids: readonly string[]): Promise<Map<string, LogEntryView>> {
    return this.#database.rows(viewer.userId).byIds(LogEntry, ids, fields);
  }
}

function rowOf({ userId, payload }: EventDraft) {
  const { id, botId, backtestId, candleFetchId, optimizationId, level, message, timestamp } = payload as LogEntryView;
  const about = { bot: botId, backtest: backtestId, candleFetch: candleFetchId, optimization: optimizationId };
  return { id, user: userId, ...about, level, message, fields: {}, timestamp: new Date(timestamp) };
}
