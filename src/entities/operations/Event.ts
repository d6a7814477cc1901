import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Unique } from '@mikro-orm/decorators/legacy';
import { v7 } from 'uuid';
import { User } from '../identity/User.ts';
import { Json, Large, Moment, OneOf, Uuid } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';

/** Facts that subscriptions tell. */
export const EventType = {
  ORDER_CHANGED: 'ORDER_CHANGED',
  ORDER_FILLED: 'ORDER_FILLED',
  POSITION_CHANGED: 'POSITION_CHANGED',
  POSITION_CLOSED: 'POSITION_CLOSED',
  BOT_CHANGED: 'BOT_CHANGED',
  BOT_STATE_CHANGED: 'BOT_STATE_CHANGED',
  BOT_DELETED: 'BOT_DELETED',
  FUNDS_TRANSFER_CHANGED: 'FUNDS_TRANSFER_CHANGED',
  BALANCE_CHANGED: 'BALANCE_CHANGED',
  JOB_PROGRESSED: 'JOB_PROGRESSED',
  RISK_LIMIT_REACHED: 'RISK_LIMIT_REACHED',
  ALERT_TRIGGERED: 'ALERT_TRIGGERED',
  LOG_APPENDED: 'LOG_APPENDED',
} as const;
export type EventType = (typeof EventType)[keyof typeof EventType];

/**
 * The log behind resumable subscriptions: written in the transaction of what it tells, numbered per person without gaps.
 * The payload is the object as of the event. Subjects are plain ids: the log outlives what it tells about.
 */
@Entity({ tableName: 'events' })
@Owned()
@Unique({ properties: ['user', 'sequence'] })
@Index({ properties: ['occurredAt'] })
export class Event {
  @PrimaryKey({ type: 'uuid', onCreate: () => v7() })
  id: string = v7();

  @ManyToOne(() => User, { ref: true, deleteRule: 'cascade', index: false })
  user!: Ref<User>;

  @Large({ min: 1 })
  sequence!: number;

  @OneOf(EventType)
  type!: EventType;

  @Uuid({ nullable: true })
  botId: string | null = null;

  @Uuid({ nullable: true })
  orderId: string | null = null;

  @Uuid({ nullable: true })
  tradeId: string | null = null;

  @Uuid({ nullable: true })
  positionId: string | null = null;

  /** Of a backtest, fetch of candles, Monte Carlo run or optimization. */
  @Uuid({ nullable: true })
  jobId: string | null = null;

  @Uuid({ nullable: true })
  alertId: string | null = null;

  @Json()
  payload!: Record<string, unknown>;

  @Moment()
  occurredAt!: Date;
}
