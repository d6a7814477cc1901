import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, Unique } from '@mikro-orm/decorators/legacy';
import { RiskAction } from '../../trading/risk-limits.ts';
import { User } from '../identity/User.ts';
import { Flag, Moment, OneOf, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { VersionedRow } from '../rows.ts';
import { Bot } from '../trading/Bot.ts';

/** A halt that a person has called, over everything of theirs or one bot: it stands until they release it. */
@Entity({ tableName: 'kill_switches' })
@Owned()
@Unique({ name: 'kill_switches_one_per_account', properties: ['user'], where: { bot: null, releasedAt: null } })
@Unique({ name: 'kill_switches_one_per_bot', properties: ['bot'], where: { releasedAt: null } })
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['bot'] })
@Index({ properties: ['releasedAt'] })
export class KillSwitch extends VersionedRow {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  /** Null: all bots of the account. */
  @ManyToOne(() => Bot, { ref: true, nullable: true, deleteRule: 'cascade', index: false })
  bot: Ref<Bot> | null = null;

  @OneOf(RiskAction)
  mode!: RiskAction;

  @Text({ min: 1, max: 2000 })
  reason!: string;

  /** Called to see that it works, on PAPER; it releases itself. */
  @Flag()
  isDrill: boolean = false;

  /** When it was called, or made sharper. */
  @Moment()
  activatedAt!: Date;

  @Moment({ nullable: true })
  releasedAt: Date | null = null;

  @Text({ max: 2000, nullable: true })
  releaseReason: string | null = null;
}
