import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import type { Decimal } from '../../trading/money.ts';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { Amount, Flag, Moment, OneOf, Text, Whole } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { VersionedRow } from '../rows.ts';
import { Bot } from '../trading/Bot.ts';
import { Strategy } from '../trading/Strategy.ts';

/** What a limit bounds. */
export const RiskLimitType = {
  MAX_POSITION_VALUE: 'MAX_POSITION_VALUE',
  MAX_EXPOSURE: 'MAX_EXPOSURE',
  MAX_DAILY_LOSS: 'MAX_DAILY_LOSS',
  MAX_DRAWDOWN: 'MAX_DRAWDOWN',
  MAX_OPEN_ORDERS: 'MAX_OPEN_ORDERS',
  MAX_ORDERS_PER_MINUTE: 'MAX_ORDERS_PER_MINUTE',
  MAX_DAILY_TRADES: 'MAX_DAILY_TRADES',
  MAX_LEVERAGE: 'MAX_LEVERAGE',
  COOLDOWN_AFTER_EXIT: 'COOLDOWN_AFTER_EXIT',
  STOP_LOSS_GUARD: 'STOP_LOSS_GUARD',
  SYMBOL_LOCK: 'SYMBOL_LOCK',
} as const;
export type RiskLimitType = (typeof RiskLimitType)[keyof typeof RiskLimitType];

/** What happens when it is reached; each includes the ones before. */
export const RiskAction = { BLOCK_ENTRIES: 'BLOCK_ENTRIES', CANCEL_ORDERS: 'CANCEL_ORDERS', FLATTEN: 'FLATTEN' } as const;
export type RiskAction = (typeof RiskAction)[keyof typeof RiskAction];

/** A bound that is checked before every order, paper or live. It applies where all of its (non-empty) references match. */
@Entity({ tableName: 'risk_limits' })
@Owned()
@Index({ properties: ['user', 'createdAt', 'id'] })
export class RiskLimit extends VersionedRow<'action' | 'isActive'> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Strategy, { ref: true, nullable: true, deleteRule: 'cascade', index: true })
  strategy: Ref<Strategy> | null = null;

  @ManyToOne(() => Exchange, { ref: true, nullable: true, deleteRule: 'restrict', index: true })
  exchange: Ref<Exchange> | null = null;

  @ManyToOne(() => Bot, { ref: true, nullable: true, deleteRule: 'cascade', index: true })
  bot: Ref<Bot> | null = null;

  @Text({ max: 60, nullable: true })
  symbol: string | null = null;

  @OneOf(RiskLimitType)
  type!: RiskLimitType;

  @OneOf(RiskAction)
  action: RiskAction = RiskAction.BLOCK_ENTRIES;

  /** In the unit of its type: quote currency, percent, a count, or seconds. */
  @Amount({ min: '0' })
  value!: Decimal;

  /** The span that a count or loss is measured over, where the type has one. */
  @Whole({ min: 1, nullable: true })
  windowSeconds: number | null = null;

  @Flag()
  isActive: boolean = true;

  /** Set when it halts, and it stays so until somebody releases it with a reason. */
  @Moment({ nullable: true })
  latchedAt: Date | null = null;

  @Text({ max: 2000, nullable: true })
  latchReason: string | null = null;

  @Moment({ nullable: true })
  releasedAt: Date | null = null;

  @Text({ max: 2000, nullable: true })
  releaseReason: string | null = null;
}
