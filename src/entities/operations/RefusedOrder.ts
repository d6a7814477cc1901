import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import type { Decimal } from '../../trading/money.ts';
import { OrderSide, OrderType } from '../../trading/order.ts';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { Amount, Flag, Json, OneOf, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Row } from '../rows.ts';
import { Bot } from '../trading/Bot.ts';

/** Why an order was refused, as it is stored: decimals as canonical text. */
export interface StoredRefusal {
  readonly rule: string;
  readonly message: string;
  readonly limit: string;
  readonly value: string;
  readonly limitId?: string;
}

/** An order that was wanted and never made, because limits forbade it; never changes, and is kept as long as events are. */
@Entity({ tableName: 'refused_orders' })
@Owned()
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['bot', 'user', 'createdAt', 'id'] })
@Index({ properties: ['createdAt'] })
export class RefusedOrder extends Row {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Bot, { ref: true, nullable: true, deleteRule: 'set null', index: false })
  bot: Ref<Bot> | null = null;

  @ManyToOne(() => Exchange, { ref: true, deleteRule: 'restrict', index: true })
  exchange!: Ref<Exchange>;

  @Text({ min: 1, max: 60 })
  symbol!: string;

  @OneOf(OrderSide)
  side!: OrderSide;

  @OneOf(OrderType)
  type!: OrderType;

  /** In base currency. */
  @Amount({ min: '0' })
  amount!: Decimal;

  /** What it was valued at, in quote currency. */
  @Amount({ min: '0' })
  price!: Decimal;

  @Flag()
  isPaper!: boolean;

  @Json()
  refusals!: StoredRefusal[];
}
