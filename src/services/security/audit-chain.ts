import { hash } from 'node:crypto';
import type { AuditEventType } from '../../entities/identity/AuditEvent.ts';

/** Everything that an audit event says, and so everything that its hash covers. */
export interface ChainedEvent {
  readonly sequence: number;
  readonly id: string;
  readonly userId: string | null;
  readonly eventType: AuditEventType;
  readonly details: Readonly<Record<string, unknown>>;
  readonly ip: string | null;
  readonly occurredAt: Date;
}

/** What stands before the first event. */
export const chainBeginning = '0'.repeat(64);

/** SHA-256 over the hash of the event before and this one, as hexadecimal. Databases may reorder the keys of JSON: they count sorted. */
export function chainHash(previous: string, event: ChainedEvent): string {
  const { sequence, id, userId, eventType, details, ip, occurredAt } = event;
  const content = [previous, sequence, id, userId, eventType, sorted(details), ip, occurredAt.toISOString()];
  return hash('sha256', JSON.stringify(content), 'hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)]);
}
