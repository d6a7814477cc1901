import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, Unique } from '@mikro-orm/decorators/legacy';
import { User } from '../identity/User.ts';
import { Flag, OneOf, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { ChangingRow } from '../rows.ts';

export const NotificationDriver = {
  TELEGRAM: 'TELEGRAM',
  DISCORD: 'DISCORD',
  SLACK: 'SLACK',
  WEBHOOK: 'WEBHOOK',
  EMAIL: 'EMAIL',
} as const;
export type NotificationDriver = (typeof NotificationDriver)[keyof typeof NotificationDriver];

/** Where a person wants to be told. Addresses and tokens are encrypted. */
@Entity({ tableName: 'notification_channels' })
@Owned()
@Unique({ properties: ['user', 'label'] })
@Index({ properties: ['user', 'createdAt', 'id'] })
export class NotificationChannel extends ChangingRow<'isActive'> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'cascade', index: false })
  user!: Ref<User>;

  @OneOf(NotificationDriver)
  driver!: NotificationDriver;

  @Text({ min: 1, max: 120 })
  label!: string;

  @Text({ min: 1, max: 32768 })
  encryptedFields!: string;

  @Flag()
  isActive: boolean = true;
}
