import { PrimaryKeyProp, type Ref } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { ExitReason, PositionSide } from '../../trading/position.ts';
import { User } from '../identity/User.ts';
import { Double, Moment, OneOf, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Backtest } from './Backtest.ts';

/** One round trip of a backtest, numbered from 0 in order of exit. */
@Entity({ tableName: 'backtest_trades' })
@Owned()
export class BacktestTrade {
  [PrimaryKeyProp]?: ['backtest', 'ordinal'];

  @ManyToOne(() => Backtest, { ref: true, primary: true, deleteRule: 'cascade', index: false })
  backtest!: Ref<Backtest>;

  @PrimaryKey({ type: 'integer' })
  ordinal!: number;

  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: true })
  user!: Ref<User>;

  @Text({ min: 1, max: 60 })
  symbol!: string;

  @OneOf(PositionSide)
  side!: PositionSide;

  @Moment()
  entryTime!: Date;

  @Double()
  entryPrice!: number;

  @Moment()
  exitTime!: Date;

  @Double()
  exitPrice!: number;

  @Double()
  quantity!: number;

  @Double()
  fees!: number;

  @Double()
  pnl!: number;

  @Double()
  pnlPercent!: number;

  @OneOf(ExitReason)
  exitReason!: ExitReason;

  /** Paid in total, in the quote currency; negative: received. Null in rows from before it was kept. */
  @Double({ nullable: true })
  funding: number | null = null;

  /** Candle closes that it lived through. Null in rows from before they were kept. */
  @Property({ type: 'integer', nullable: true })
  candlesHeld: number | null = null;

  /** Largest loss and gain on the way, in percent of the entry price. */
  @Double({ nullable: true })
  maxAdverseExcursion: number | null = null;

  @Double({ nullable: true })
  maxFavorableExcursion: number | null = null;
}
