import type { SqlEntityManager } from '@mikro-orm/sql';
import { Event, type EventType } from '../../entities/operations/Event.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { EventDraft, LoggedEvent } from './event.ts';
import type { EventSource } from './stream.ts';

/** A row of the log as either database answers: bigint and numeric columns may come as text. */
interface EventRow {
  readonly sequence: number | string | bigint;
  readonly type: EventType;
  readonly bot_id: string | null;
  readonly order_id: string | null;
  readonly trade_id: string | null;
  readonly position_id: string | null;
  readonly job_id: string | null;
  readonly alert_id: string | null;
  readonly payload: string;
  readonly occurred_at: number | string | Date;
}

/**
 * The log behind every lossless stream. An event is written in the transaction of what it tells, so it exists exactly if that
 * happened; its number is taken under the lock of the user's row, so numbers have no gaps and rise in the order of committing.
 */
export class EventLog implements EventSource {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #listeners = new Set<(userId: string) => void>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Calls `listener` after each commit that appended to a user's log. */
  onAppended(listener: (userId: string) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Writes events of one user, in their order. Do it last in the transaction: the user's row stays locked until it ends, and
   * transactions that lock their own rows first and this one last cannot block each other for ever.
   * @param em inside a transaction
   * @returns the sequence of the last one
   * @throws Error outside a transaction, or when there is no such user
   */
  async append(em: SqlEntityManager, first: EventDraft, ...more: readonly EventDraft[]): Promise<number> {
    if (!em.isInTransaction()) throw new Error('events are appended inside the transaction of what they tell');
    const drafts = [first, ...more];
    const { userId } = first;
    if (drafts.some((draft) => draft.userId !== userId)) throw new Error('the events of one call belong to one user');
    const last = await this.#raise(em, userId, drafts.length);
    const rows = drafts.map((draft, index) => this.#row(draft, last - drafts.length + 1 + index));
    await em.insertMany(Event, rows);
    this.#wakeAfterCommit(em, userId);
    return last;
  }

  async #raise(em: SqlEntityManager, userId: string, count: number): Promise<number> {
    const rows: { last: number | string }[] = await em.execute(
      'update users set last_event_sequence = last_event_sequence + ? where id = ? returning last_event_sequence as last',
      [count, userId],
    );
    if (rows.length === 0) throw new Error(`no user ${userId} to log an event for`);
    return Number(rows[0].last);
  }

  #row({ userId, type, subjects = {}, payload, at }: EventDraft, sequence: number) {
    return {
      user: userId,
      sequence,
      type,
      botId: subjects.botId ?? null,
      orderId: subjects.orderId ?? null,
      tradeId: subjects.tradeId ?? null,
      positionId: subjects.positionId ?? null,
      jobId: subjects.jobId ?? null,
      alertId: subjects.alertId ?? null,
      payload: payload as Record<string, unknown>,
      occurredAt: at ?? this.#clock.now(),
    };
  }

  /** A transaction's entity manager has an event manager of its own, so this is heard once, when it commits. */
  #wakeAfterCommit(em: SqlEntityManager, userId: string): void {
    em.getEventManager().registerSubscriber({
      afterTransactionCommit: () => {
        for (const listener of this.#listeners) listener(userId);
      },
    });
  }

  async head(userId: string): Promise<number> {
    return (await this.heads([userId])).get(userId) ?? 0;
  }

  async heads(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows: { id: string; last: number | string }[] = await this.#database
      .system()
      .execute(`select id, last_event_sequence as last from users where id in (${userIds.map(() => '?').join(', ')})`, [
        ...userIds,
      ]);
    return new Map(rows.map(({ id, last }) => [id, Number(last)]));
  }

  async first(userId: string): Promise<number> {
    const rows: { first: number | string | null }[] = await this.#database
      .system()
      .execute('select min(sequence) as first from events where user_id = ?', [userId]);
    const first = rows[0]?.first;
    return first === null || first === undefined ? (await this.head(userId)) + 1 : Number(first);
  }

  async read(userId: string, after: number, limit: number): Promise<readonly LoggedEvent[]> {
    const payload = this.#database.dialect === 'postgresql' ? 'payload::text as payload' : 'payload';
    const rows: EventRow[] = await this.#database.system().execute(
      `select sequence, type, bot_id, order_id, trade_id, position_id, job_id, alert_id, ${payload}, occurred_at
         from events where user_id = ? and sequence > ? order by sequence limit ?`,
      [userId, after, limit],
    );
    return rows.map((row) => eventOf(userId, row));
  }
}

function eventOf(userId: string, row: EventRow): LoggedEvent {
  return {
    userId,
    sequence: Number(row.sequence),
    type: row.type,
    subjects: {
      botId: row.bot_id ?? undefined,
      orderId: row.order_id ?? undefined,
      tradeId: row.trade_id ?? undefined,
      positionId: row.position_id ?? undefined,
      jobId: row.job_id ?? undefined,
      alertId: row.alert_id ?? undefined,
    },
    payload: JSON.parse(row.payload) as unknown,
    size: row.payload.length,
    at: new Date(row.occurred_at),
  };
}
