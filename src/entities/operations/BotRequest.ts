import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import { User } from '../identity/User.ts';
import { Json, Moment, OneOf } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Row } from '../rows.ts';
import { Bot } from '../trading/Bot.ts';

/** What a person asks of a running bot beyond its states. */
export const BotRequestKind = {
  PLACE_ORDER: 'PLACE_ORDER',
  CANCEL_ORDER: 'CANCEL_ORDER',
  CLOSE_POSITION: 'CLOSE_POSITION',
} as const;
export type BotRequestKind = (typeof BotRequestKind)[keyof typeof BotRequestKind];

/** EXPIRED: no runner took it up in time, and none will. */
export const BotRequestStatus = { PENDING: 'PENDING', DONE: 'DONE', FAILED: 'FAILED', EXPIRED: 'EXPIRED' } as const;
export type BotRequestStatus = (typeof BotRequestStatus)[keyof typeof BotRequestStatus];

/**
 * A wish for the process that runs a bot, whichever that is. It is carried out once: the runner marks it in the transaction that writes what
 * follows from it.
 */
@Entity({ tableName: 'bot_requests' })
@Owned()
@Index({ properties: ['status', 'createdAt'] })
@Index({ properties: ['bot', 'createdAt'] })
@Index({ properties: ['createdAt'] })
export class BotRequest extends Row<'status'> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'cascade', index: true })
  user!: Ref<User>;

  @ManyToOne(() => Bot, { ref: true, deleteRule: 'cascade', index: false })
  bot!: Ref<Bot>;

  @OneOf(BotRequestKind)
  kind!: BotRequestKind;

  @Json()
  body!: Record<string, unknown>;

  @OneOf(BotRequestStatus)
  status: BotRequestStatus = BotRequestStatus.PENDING;

  /** The order's id, or the error. */
  @Json({ nullable: true })
  result!: Record<string, unknown> | null;

  @Moment({ nullable: true })
  finishedAt: Date | null = null;
}
