import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import { Decimal } from '../../trading/money.ts';
import { ExitReason, PositionSide } from '../../trading/position.ts';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { Amount, Flag, Moment, OneOf, Rule, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Row } from '../rows.ts';
import { Bot } from './Bot.ts';
import { Position } from './Position.ts';

/** One round trip, entry to exit, written when a position closes; never changes. */
@Entity({ tableName: 'closed_trades' })
@Owned()
@Index({ properties: ['user', 'closedAt', 'id'] })
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['bot', 'user', 'closedAt', 'id'] })
@Rule<ClosedTrade>('closed_trades_opened_before_closed', (c) => `${c.openedAt} <= ${c.closedAt}`)
export class ClosedTrade extends Row<'leverage' | 'funding'> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Bot, { ref: true, nullable: true, deleteRule: 'set null', index: false })
  bot: Ref<Bot> | null = null;

  @ManyToOne(() => Position, { ref: true, nullable: true, deleteRule: 'restrict', index: true })
  position: Ref<Position> | null = null;

  /** As it was called then. */
  @Text({ min: 1, max: 120 })
  strategyName!: string;

  @ManyToOne(() => Exchange, { ref: true, deleteRule: 'restrict', index: true })
  exchange!: Ref<Exchange>;

  @Text({ min: 1, max: 60 })
  symbol!: string;

  @OneOf(PositionSide)
  side!: PositionSide;

  /** In base currency. */
  @Amount({ above: '0' })
  quantity!: Decimal;

  @Amount({ min: '0' })
  entryPrice!: Decimal;

  @Amount({ min: '0' })
  exitPrice!: Decimal;

  /** All fees of the round trip, in quote currency. */
  @Amount()
  fees!: Decimal;

  /** Paid while it was held, in quote currency; negative: received. */
  @Amount()
  funding: Decimal = new Decimal(0);

  /** After fees and funding, in quote currency. */
  @Amount()
  pnl!: Decimal;

  /** Of the margin put in: 1.5 is 1.5 %. */
  @Amount()
  pnlPercent!: Decimal;

  @Amount({ min: '1', max: '125' })
  leverage: Decimal = new Decimal(1);

  @OneOf(ExitReason)
  exitReason!: ExitReason;

  @Flag()
  isPaper!: boolean;

  @Moment()
  openedAt!: Date;

  @Moment()
  closedAt!: Date;
}
