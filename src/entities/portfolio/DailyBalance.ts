import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, Unique } from '@mikro-orm/decorators/legacy';
import type { Decimal } from '../../trading/money.ts';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { Amount, Day, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { ChangingRow } from '../rows.ts';

/**
 * What an account held of one asset at the end of a UTC day, or what a bot was worth in its quote asset, its open position included; equity curves
 * and daily returns are built from these.
 */
@Entity({ tableName: 'daily_balances' })
@Owned()
@Unique({ properties: ['user', 'exchange', 'identifier', 'asset', 'date'] })
@Index({ properties: ['user', 'date', 'id'] })
@Index({ properties: ['identifier', 'user', 'date', 'id'] })
export class DailyBalance extends ChangingRow {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Exchange, { ref: true, deleteRule: 'restrict', index: true })
  exchange!: Ref<Exchange>;

  /** The id of a bot or of an API key. */
  @Text({ min: 1, max: 120 })
  identifier!: string;

  @Text({ min: 1, max: 30 })
  asset!: string;

  @Day()
  date!: string;

  @Amount()
  balance!: Decimal;
}
