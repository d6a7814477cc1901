import { AuditEvent, type AuditEventType } from '../../entities/identity/AuditEvent.ts';
import { AppState } from '../../entities/operations/AppState.ts';
import { beforeCommit, type EntityManager } from '../database/index.ts';
import { newId } from '../ids.ts';
import { chainBeginning, type ChainedEvent, chainHash } from './audit-chain.ts';

/** Something worth remembering for ever; written in the transaction of what it tells. Never a secret. */
export interface AuditEntry {
  /** Null where the account is unknown. */
  readonly userId: string | null;
  readonly type: AuditEventType;
  readonly at: Date;
  readonly ip?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The newest event of the chain; kept beside it too, so that one that was cut off at its end is found. */
export interface ChainHead {
  readonly sequence: number;
  readonly hash: string;
}

/** Where the chain's head is kept. */
export const chainHeadKey = 'audit chain';

/**
 * Writes an event into the audit log, as the last thing of the surrounding transaction: the chain has one end, and whoever appends to it
 * must be alone for the moment.
 * @param em of that transaction
 */
export function audit(em: EntityManager, { userId, type, at, ip, details = {} }: AuditEntry): void {
  const event = {
    id: newId(),
    userId,
    eventType: type,
    // As the database will give it back.
    details: JSON.parse(JSON.stringify(details)) as Record<string, unknown>,
    ip: ip?.slice(0, 64) ?? null,
    occurredAt: at,
  };
  beforeCommit(async () => {
    const { sequence, hash } = await lockedHead(em, at);
    const chained: ChainedEvent = { ...event, sequence: sequence + 1 };
    const head = { sequence: chained.sequence, hash: chainHash(hash, chained) };
    const { userId: user, ...columns } = chained;
    await em.insertMany(AuditEvent, [{ ...columns, user, hash: head.hash }]);
    await em.nativeUpdate(AppState, { key: chainHeadKey }, { value: head, updatedAt: at });
  });
}

/** The chain's end, held until the transaction ends. Its row is the lock: on PostgreSQL the next one waits for it here. */
async function lockedHead(em: EntityManager, at: Date): Promise<ChainHead> {
  for (let tries = 0; tries < 2; tries++) {
    const [row] = await em.execute<{ value: ChainHead | string }[]>(
      'update app_states set updated_at = updated_at where key = ? returning value',
      [chainHeadKey],
    );
    if (row) return plain(row.value);
    await em.upsert(AppState, { key: chainHeadKey, value: await foundHead(em), updatedAt: at }, { onConflictAction: 'ignore' });
  }
  throw new Error('the end of the audit chain cannot be held');
}

/**
 * The end as the events themselves have it. Those that are older than the chain become its first links. Read by hand: the chain is
 * everybody's, and the entity manager may be bound to one person.
 */
async function foundHead(em: EntityManager): Promise<ChainHead> {
  const [newest] = await em.execute<{ sequence: number | string; hash: string }[]>(
    'select sequence, hash from audit_events where sequence is not null order by sequence desc limit 1',
  );
  if (newest) return { sequence: Number(newest.sequence), hash: newest.hash };
  let head: ChainHead = { sequence: 0, hash: chainBeginning };
  const older = await em.execute<OlderEvent[]>(
    'select id, user_id, event_type, details, ip, occurred_at from audit_events order by occurred_at, id',
  );
  for (const row of older) {
    const sequence = head.sequence + 1;
    const hash = chainHash(head.hash, {
      sequence,
      id: row.id,
      userId: row.user_id,
      eventType: row.event_type,
      details: plain(row.details),
      ip: row.ip,
      occurredAt: new Date(row.occurred_at),
    });
    await em.execute('update audit_events set sequence = ?, hash = ? where id = ?', [sequence, hash, row.id]);
    head = { sequence, hash };
  }
  return head;
}

interface OlderEvent {
  readonly id: string;
  readonly user_id: string | null;
  readonly event_type: AuditEventType;
  readonly details: Record<string, unknown> | string;
  readonly ip: string | null;
  readonly occurred_at: number | string | Date;
}

/** SQLite answers with JSON as text, PostgreSQL with what it holds. */
function plain<T extends object>(value: T | string): T {
  return typeof value === 'string' ? (JSON.parse(value) as T) : value;
}
