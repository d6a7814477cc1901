import { AuditEvent, type AuditEventType } from '../../entities/identity/AuditEvent.ts';
import { User } from '../../entities/identity/User.ts';
import type { EntityManager } from '../database/index.ts';

/** Something worth remembering for ever; written in the transaction of what it tells. Never a secret. */
export interface AuditEntry {
  /** Null where the account is unknown. */
  readonly userId: string | null;
  readonly type: AuditEventType;
  readonly at: Date;
  readonly ip?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>>;
}

export function audit(em: EntityManager, { userId, type, at, ip, details = {} }: AuditEntry): void {
  em.create(
    AuditEvent,
    {
      user: userId === null ? null : em.getReference(User, userId, { wrapped: true }),
      eventType: type,
      details: { ...details },
      ip: ip?.slice(0, 64) ?? null,
      occurredAt: at,
    },
    { persist: true },
  );
}
