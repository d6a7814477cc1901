import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import type { Decimal } from '../../trading/money.ts';
import { RiskAction, RiskLimitType } from '../../trading/risk-limits.ts';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { Amount, Flag, Json, Moment, OneOf, Text, Whole } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { VersionedRow } from '../rows.ts';
import { Bot } from '../trading/Bot.ts';
import { Strategy } from '../trading/Strategy.ts';

/** A bound that is checked before every order, paper or live. It applies where all of its (non-empty) references match. */
@Entity({ tableName: 'risk_limits' })
@Owned()
@Index({ properties: ['user', 'createdAt', 'id'] })
export class RiskLimit extends VersionedRow<'action' | 'isActive' | 'marks'> {
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

  /** What its measuring has to remember: peaks, and where counting began anew after a release. Plain JSON of ours. */
  @Json({ nullable: true })
  marks: Record<string, unknown> | null = null;
}
