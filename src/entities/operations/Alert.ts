import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import { User } from '../identity/User.ts';
import { Flag, Json, Moment, OneOf, Text, Whole } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { VersionedRow } from '../rows.ts';

export const AlertType = {
  PRICE: 'PRICE',
  INDICATOR: 'INDICATOR',
  PNL: 'PNL',
  DRAWDOWN: 'DRAWDOWN',
  BOT_ERROR: 'BOT_ERROR',
  ORDER_FILLED: 'ORDER_FILLED',
} as const;
export type AlertType = (typeof AlertType)[keyof typeof AlertType];

/** Something that a person wants to be told about. */
@Entity({ tableName: 'alerts' })
@Owned()
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['isActive', 'type'] })
export class Alert extends VersionedRow<'channels' | 'cooldownSeconds' | 'isActive'> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'cascade', index: false })
  user!: Ref<User>;

  @Text({ min: 1, max: 120 })
  name!: string;

  @OneOf(AlertType)
  type!: AlertType;

  /** What must be true, structured and validated by its type. */
  @Json()
  condition!: Record<string, unknown>;

  /** Ids of notification channels. */
  @Json()
  channels: string[] = [];

  @Whole({ min: 0 })
  cooldownSeconds: number = 0;

  @Flag()
  isActive: boolean = true;

  @Moment({ nullable: true })
  triggeredAt: Date | null = null;
}
