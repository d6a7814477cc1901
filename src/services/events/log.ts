import { User } from '../../entities/identity/User.ts';
import { Event } from '../../entities/operations/Event.ts';
import type { Clock } from '../clock.ts';
import type { Database, EntityManager } from '../database/database.ts';
import { afterCommit } from '../database/transaction-scope.ts';
import { newId } from '../ids.ts';
import type { EventDraft, LoggedEvent } from './event.ts';
import type { EventSource } from './stream.ts';

/** Sees events before they are written. @returns more events of the same person, to be written after them */
export type Companion = (em: EntityManager, drafts: readonly EventDraft[]) => Promise<readonly EventDraft[]>;

/**
 * The log behind every lossless stream. An event is written in the transaction of what it tells, so it exists exactly if that
 * happened; its number is taken under the lock of the user's row, so numbers have no gaps and rise in the order of committing.
 */
export class EventLog implements EventSource {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #listeners = new Set<(userId: string) => void>();
  #companion: Companion | undefined;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Lets somebody see what is about to be told, and have more told with it in the same transaction. */
  accompany(companion: Companion): void {
    this.#companion = companion;
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
  async append(em: EntityManager, first: EventDraft, ...more: readonly EventDraft[]): Promise<number> {
    if (!em.isInTransaction()) throw new Error('events are appended inside the transaction of what they tell');
    const drafts = [first, ...more];
    const { userId } = first;
    if (drafts.some((draft) => draft.userId !== userId)) throw new Error('the events of one call belong to one user');
    drafts.push(...((await this.#companion?.(em, drafts)) ?? []));
    const last = await this.#raise(em, userId, drafts.length);
    const rows = drafts.map((draft, index) => this.#row(draft, last - drafts.length + 1 + index));
    await em.insertMany(Event, rows);
    afterCommit(() => {
      for (const listener of this.#listeners) listener(userId);
    });
    return last;
  }

  async #raise(em: EntityManager, userId: string, count: number): Promise<number> {
    const rows: { last: number | string }[] = await em.execute(
      'update users set last_event_sequence = last_event_sequence + ? where id = ? returning last_event_sequence as last',
      [count, userId],
    );
    if (rows.length === 0) throw new Error(`no user ${userId} to log an event for`);
    return Number(rows[0].last);
  }

  #row({ userId, type, subjects = {}, payload, at }: EventDraft, sequence: number) {
    return {
      id: newId(),
      user: userId,
      sequence,
      type,
      botId: subjects.botId ?? null,
      orderId: subjects.orderId ?? null,
      tradeId: subjects.tradeId ?? null,
      positionId: subjects.positionId ?? null,
      jobId: subjects.jobId ?? null,
      alertId: subjects.alertId ?? null,
      payload: { ...payload },
      occurredAt: at ?? this.#clock.now(),
    };
  }

  async head(userId: string): Promise<number> {
    return (await this.heads([userId])).get(userId) ?? 0;
  }

  async heads(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#database.systemRows().byIds(User, userIds, ['lastEventSequence']);
    return new Map([...rows].map(([id, { lastEventSequence }]) => [id, lastEventSequence]));
  }

  async first(userId: string): Promise<number> {
    const where = { userId: { eq: userId } };
    const oldest = await this.#database
      .systemRows()
      .first(Event, { fields: ['sequence'], where, orderBy: [{ field: 'sequence' }] });
    return oldest?.sequence ?? (await this.head(userId)) + 1;
  }

  async read(userId: string, after: number, limit: number): Promise<readonly LoggedEvent[]> {
    const where = { userId: { eq: userId }, sequence: { gt: after } };
    const rows = await this.#database.systemRows().list(Event, { fields, where, orderBy: [{ field: 'sequence' }], limit });
    return rows.map(({ sequence, type, payload, occurredAt, ...subjects }) => ({
      userId,
      sequence,
      type,
      subjects,
      payload,
      size: JSON.stringify(payload).length,
      at: occurredAt,
    }));
  }
}

const subjectFields = ['botId', 'orderId', 'tradeId', 'positionId', 'jobId', 'alertId'] as const;
const fields = ['sequence', 'type', 'payload', 'occurredAt', ...subjectFields] as const;
