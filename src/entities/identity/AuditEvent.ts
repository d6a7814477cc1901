import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Unique } from '@mikro-orm/decorators/legacy';
import { v7 } from 'uuid';
import { Json, Large, Moment, OneOf, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { User } from './User.ts';

/** What is worth remembering for ever about who did what. */
export const AuditEventType = {
  SIGNED_UP: 'SIGNED_UP',
  SIGNED_IN: 'SIGNED_IN',
  SIGN_IN_FAILED: 'SIGN_IN_FAILED',
  SIGNED_OUT: 'SIGNED_OUT',
  REFRESH_TOKEN_REUSED: 'REFRESH_TOKEN_REUSED',
  PASSWORD_CHANGED: 'PASSWORD_CHANGED',
  PASSWORD_RESET_REQUESTED: 'PASSWORD_RESET_REQUESTED',
  PASSWORD_RESET: 'PASSWORD_RESET',
  USER_CHANGED: 'USER_CHANGED',
  ACCESS_TOKEN_CREATED: 'ACCESS_TOKEN_CREATED',
  ACCESS_TOKEN_REVOKED: 'ACCESS_TOKEN_REVOKED',
  API_KEY_CREATED: 'API_KEY_CREATED',
  API_KEY_USED: 'API_KEY_USED',
  API_KEY_CHANGED: 'API_KEY_CHANGED',
  API_KEY_ROTATED: 'API_KEY_ROTATED',
  API_KEY_VALIDATED: 'API_KEY_VALIDATED',
  API_KEY_DELETED: 'API_KEY_DELETED',
  MASTER_KEY_ROTATED: 'MASTER_KEY_ROTATED',
  BOT_STARTED: 'BOT_STARTED',
  BOT_STOPPED: 'BOT_STOPPED',
  LIMITS_CHANGED: 'LIMITS_CHANGED',
  KILL_SWITCH_ACTIVATED: 'KILL_SWITCH_ACTIVATED',
  KILL_SWITCH_RELEASED: 'KILL_SWITCH_RELEASED',
  BACKUP_CREATED: 'BACKUP_CREATED',
  BACKUP_RESTORED: 'BACKUP_RESTORED',
} as const;
export type AuditEventType = (typeof AuditEventType)[keyof typeof AuditEventType];

/**
 * Append-only, and chained: each event's hash covers the one before it, so that what was changed, taken out or moved is found.
 * `user` is whose account it concerns; empty where the account is unknown, as in a failed sign-in.
 */
@Entity({ tableName: 'audit_events' })
@Owned()
@Index({ properties: ['user', 'occurredAt', 'id'] })
@Index({ properties: ['occurredAt', 'id'] })
export class AuditEvent {
  @PrimaryKey({ type: 'uuid', onCreate: () => v7() })
  id: string = v7();

  @ManyToOne(() => User, { ref: true, nullable: true, deleteRule: 'restrict', index: false })
  user: Ref<User> | null = null;

  @OneOf(AuditEventType)
  eventType!: AuditEventType;

  @Json()
  details!: Record<string, unknown>;

  @Text({ max: 64, nullable: true })
  ip: string | null = null;

  @Moment()
  occurredAt!: Date;

  /** Place in the chain of the installation, from 1; empty only for events that are older than the chain, until the next one comes. */
  @Large({ min: 1, nullable: true })
  @Unique()
  sequence: number | null = null;

  /** SHA-256 over the hash of the event before and everything that this one says; hexadecimal. */
  @Text({ max: 64, nullable: true })
  hash: string | null = null;
}
