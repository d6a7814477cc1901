import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import { Decimal } from '../../trading/money.ts';
import { User } from '../identity/User.ts';
import { Amount, Flag, Json, Moment, OneOf, Text, Whole } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Market } from '../market/Market.ts';
import { VersionedRow } from '../rows.ts';
import { Bot } from '../trading/Bot.ts';

export const AlertType = {
  PRICE: 'PRICE',
  INDICATOR: 'INDICATOR',
  PNL: 'PNL',
  DRAWDOWN: 'DRAWDOWN',
  BOT_ERROR: 'BOT_ERROR',
  ORDER_FILLED: 'ORDER_FILLED',
  WARNING: 'WARNING',
} as const;
export type AlertType = (typeof AlertType)[keyof typeof AlertType];

type Defaulted = 'channels' | 'cooldownSeconds' | 'hysteresis' | 'isActive' | 'state';

/** Something that a person wants to be told about. */
@Entity({ tableName: 'alerts' })
@Owned()
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['isActive', 'type'] })
export class Alert extends VersionedRow<Defaulted> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'cascade', index: false })
  user!: Ref<User>;

  @Text({ min: 1, max: 120 })
  name!: string;

  @OneOf(AlertType)
  type!: AlertType;

  /** Of alerts on prices and indicators. */
  @ManyToOne(() => Market, { ref: true, nullable: true, deleteRule: 'cascade', index: true })
  market: Ref<Market> | null = null;

  /** Whose doings it is about; null: those of all bots, or of none. */
  @ManyToOne(() => Bot, { ref: true, nullable: true, deleteRule: 'cascade', index: true })
  bot: Ref<Bot> | null = null;

  /** What must be true, structured and validated by its type. */
  @Json()
  condition!: Record<string, unknown>;

  /** Ids of notification channels. */
  @Json()
  channels: string[] = [];

  @Whole({ min: 0 })
  cooldownSeconds: number = 0;

  /** How far the value must come back before the alert can trigger again, in the unit that its condition has for it. */
  @Amount({ min: '0' })
  hysteresis: Decimal = new Decimal(0);

  @Flag()
  isActive: boolean = true;

  @Moment({ nullable: true })
  triggeredAt: Date | null = null;

  /** How far its evaluation has come, as that wrote it itself. It is no change of the alert, and leaves its version alone. */
  @Json()
  state: Record<string, unknown> = {};
}
