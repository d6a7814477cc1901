import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, Unique } from '@mikro-orm/decorators/legacy';
import type { Decimal } from '../../trading/money.ts';
import { Amount, Large, Moment, OneOf, Text, Whole } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { VersionedRow } from '../rows.ts';
import { Bot } from './Bot.ts';

/** SENT until the exchange has said what became of it; UNKNOWN where what it says does not tell. */
export const FundsTransferStatus = {
  SENT: 'SENT',
  DONE: 'DONE',
  REFUSED: 'REFUSED',
  ABSENT: 'ABSENT',
  UNKNOWN: 'UNKNOWN',
} as const;
export type FundsTransferStatus = (typeof FundsTransferStatus)[keyof typeof FundsTransferStatus];

/**
 * An amount that a bot has asked for from the funding wallet of its account, into the wallet that it trades from. There is no other direction. Written
 * before it is asked for; its id is the one that the exchange is given, where that takes one. It outlives its bot.
 */
@Entity({ tableName: 'funds_transfers' })
@Owned()
@Unique({ properties: ['exchange', 'account', 'exchangeTransferId'] })
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['bot', 'user', 'createdAt', 'id'] })
@Index({ properties: ['bot', 'sentAt'] })
export class FundsTransfer extends VersionedRow<'status' | 'lookupMisses'> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Bot, { ref: true, nullable: true, deleteRule: 'set null', index: false })
  bot: Ref<Bot> | null = null;

  @ManyToOne(() => Exchange, { ref: true, deleteRule: 'restrict', index: false })
  exchange!: Ref<Exchange>;

  /** As in the orders of the bot. */
  @Text({ min: 1, max: 120 })
  account!: string;

  @Text({ min: 1, max: 30 })
  asset!: string;

  @Amount({ above: '0' })
  amount!: Decimal;

  @OneOf(FundsTransferStatus)
  status: FundsTransferStatus = FundsTransferStatus.SENT;

  /** The exchange's number of it, once that is known. */
  @Text({ min: 1, max: 120, nullable: true })
  exchangeTransferId: string | null = null;

  /** Under which turn of the bot's lease it was written. */
  @Large({ min: 0 })
  fencingToken!: number;

  /** Of the exchange's clock. */
  @Moment()
  sentAt!: Date;

  /** When its fate became known. */
  @Moment({ nullable: true })
  endedAt: Date | null = null;

  /** Look-ups that were answered and did not find it. */
  @Whole({ min: 0 })
  lookupMisses: number = 0;

  /** Why it is not DONE. */
  @Text({ max: 2000, nullable: true })
  reason: string | null = null;
}
