import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import type { Decimal } from '../../trading/money.ts';
import { User } from '../identity/User.ts';
import { Amount, Moment, Text, Whole } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Row } from '../rows.ts';
import { Bot } from '../trading/Bot.ts';
import { Alert } from './Alert.ts';

/** One time that an alert came true; kept as long as events are. */
@Entity({ tableName: 'alert_triggers' })
@Owned()
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['alert', 'user', 'createdAt', 'id'] })
@Index({ properties: ['createdAt'] })
export class AlertTrigger extends Row<'heldBack'> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'cascade', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Alert, { ref: true, deleteRule: 'cascade', index: false })
  alert!: Ref<Alert>;

  /** The bot that it was about, if it was about one. */
  @ManyToOne(() => Bot, { ref: true, nullable: true, deleteRule: 'set null', index: true })
  bot: Ref<Bot> | null = null;

  @Text({ min: 1, max: 2000 })
  message!: string;

  /** What was measured, in the unit of the condition; null where nothing is measured. */
  @Amount({ nullable: true })
  value: Decimal | null = null;

  /** How often it had come true since the trigger before and was held back by the cooldown. */
  @Whole({ min: 0 })
  heldBack: number = 0;

  /** When it came true, by the clock of the market or of the event. */
  @Moment()
  occurredAt!: Date;
}
