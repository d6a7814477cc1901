import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, Unique } from '@mikro-orm/decorators/legacy';
import { Decimal } from '../../trading/money.ts';
import { MarketType, PositionSide } from '../../trading/position.ts';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { Amount, Flag, Moment, OneOf, Rule, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { VersionedRow } from '../rows.ts';
import { Bot } from './Bot.ts';

/**
 * What a bot holds or held of one symbol: always the sum of its trades, less the dust that was written off at its end and the funding that was paid. Quantity in base currency, the rest in quote currency.
 * A closed position outlives its bot; an open one keeps the bot from being deleted.
 */
@Entity({ tableName: 'positions' })
@Owned()
@Unique({ name: 'positions_one_open_per_bot_and_symbol', properties: ['bot', 'symbol'], where: { isOpen: true } })
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['user', 'openedAt', 'id'] })
@Index({ properties: ['bot', 'user', 'openedAt', 'id'] })
@Index({ properties: ['symbol', 'exchange', 'isOpen'] })
@Rule<Position>('positions_closed_has_time', (c) => `(${c.closedAt} is null) = ${c.isOpen}`)
@Rule<Position>('positions_open_has_bot', (c) => `not ${c.isOpen} or ${c.bot} is not null`)
export class Position extends VersionedRow<'marketType' | 'realizedPnl' | 'unrealizedPnl' | 'funding' | 'leverage' | 'isOpen'> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Bot, { ref: true, nullable: true, deleteRule: 'set null', index: false })
  bot: Ref<Bot> | null = null;

  @ManyToOne(() => Exchange, { ref: true, deleteRule: 'restrict', index: true })
  exchange!: Ref<Exchange>;

  @Text({ min: 1, max: 60 })
  symbol!: string;

  @OneOf(MarketType)
  marketType: MarketType = MarketType.SPOT;

  @OneOf(PositionSide)
  side!: PositionSide;

  @Amount({ min: '0' })
  quantity!: Decimal;

  @Amount({ above: '0' })
  entryPrice!: Decimal;

  /** The price that `unrealizedPnl` was computed at. */
  @Amount({ min: '0' })
  currentPrice!: Decimal;

  @Amount()
  unrealizedPnl: Decimal = new Decimal(0);

  /** After fees and funding, and after the cost of what was written off. */
  @Amount()
  realizedPnl: Decimal = new Decimal(0);

  /** Paid while it was held, in quote currency; negative: received. */
  @Amount()
  funding: Decimal = new Decimal(0);

  /** When the funding was due that was booked last. */
  @Moment({ nullable: true })
  fundedAt: Date | null = null;

  /** What was left at its end although no order can sell so little, written off: still in the account, but no bot's. In base currency. */
  @Amount({ above: '0', nullable: true })
  dust: Decimal | null = null;

  @Amount({ min: '1', max: '125' })
  leverage: Decimal = new Decimal(1);

  @Amount({ min: '0', nullable: true })
  liquidationPrice: Decimal | null = null;

  @Flag()
  isOpen: boolean = true;

  @Moment()
  openedAt!: Date;

  @Moment({ nullable: true })
  closedAt: Date | null = null;
}
