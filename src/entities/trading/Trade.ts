import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, Unique } from '@mikro-orm/decorators/legacy';
import { Decimal } from '../../trading/money.ts';
import { Liquidity, OrderSide, OrderType } from '../../trading/order.ts';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { Amount, Flag, Json, Moment, OneOf, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Row } from '../rows.ts';
import { Bot } from './Bot.ts';
import { Order } from './Order.ts';
import { Position } from './Position.ts';
import { Strategy } from './Strategy.ts';

/** One execution of one order; never changes. Amount in base currency, cost, fee and profit in quote currency. */
@Entity({ tableName: 'trades' })
@Owned()
@Unique({ properties: ['exchange', 'account', 'symbol', 'exchangeTradeId'] })
@Index({ properties: ['user', 'executedAt', 'id'] })
@Index({ properties: ['bot', 'user', 'executedAt', 'id'] })
@Index({ properties: ['bot', 'executedAt'] })
@Index({ properties: ['order', 'user', 'executedAt', 'id'] })
@Index({ properties: ['symbol', 'executedAt'] })
export class Trade extends Row<'pnl' | 'realizedPnl' | 'metadata'> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Bot, { ref: true, nullable: true, deleteRule: 'set null', index: false })
  bot: Ref<Bot> | null = null;

  @ManyToOne(() => Strategy, { ref: true, nullable: true, deleteRule: 'set null', index: true })
  strategy: Ref<Strategy> | null = null;

  @ManyToOne(() => Order, { ref: true, deleteRule: 'restrict', index: false })
  order!: Ref<Order>;

  /** The position that it opened, changed or closed. */
  @ManyToOne(() => Position, { ref: true, nullable: true, deleteRule: 'restrict', index: true })
  position: Ref<Position> | null = null;

  @ManyToOne(() => Exchange, { ref: true, deleteRule: 'restrict', index: false })
  exchange!: Ref<Exchange>;

  /** As in the order: both sides of one market execution carry the same number when both are ours. */
  @Text({ min: 1, max: 120 })
  account!: string;

  @Text({ min: 1, max: 120 })
  exchangeTradeId!: string;

  @Text({ min: 1, max: 60 })
  symbol!: string;

  @OneOf(OrderSide)
  side!: OrderSide;

  @OneOf(OrderType)
  type!: OrderType;

  @Amount({ above: '0' })
  price!: Decimal;

  @Amount({ above: '0' })
  amount!: Decimal;

  /** price × amount. */
  @Amount({ min: '0' })
  cost!: Decimal;

  /** In `feeCurrency`; negative for a rebate. */
  @Amount()
  fee!: Decimal;

  @Text({ min: 1, max: 30 })
  feeCurrency!: string;

  /** Value of the fee in quote currency; null where it was paid in a currency whose price was not known. */
  @Amount({ nullable: true })
  feeInQuote: Decimal | null = null;

  /** Profit that this execution realised, before fees; zero when it opened. */
  @Amount()
  pnl: Decimal = new Decimal(0);

  /** Profit that this execution realised, after its share of the entry fees and its own. */
  @Amount()
  realizedPnl: Decimal = new Decimal(0);

  @OneOf(Liquidity)
  liquidity!: Liquidity;

  @Flag()
  isPaper!: boolean;

  @Json()
  metadata: Record<string, unknown> = {};

  @Moment()
  executedAt!: Date;
}
