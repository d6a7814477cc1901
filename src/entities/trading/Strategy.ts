import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, Unique } from '@mikro-orm/decorators/legacy';
import { User } from '../identity/User.ts';
import { Json, OneOf, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { VersionedRow } from '../rows.ts';

/** Where a strategy's decisions come from: the program, a tree of rules, or a module in the operator's folder. */
export const StrategyKind = { BUILT_IN: 'BUILT_IN', RULES: 'RULES', PLUGIN: 'PLUGIN' } as const;
export type StrategyKind = (typeof StrategyKind)[keyof typeof StrategyKind];

export const StrategyStatus = { ACTIVE: 'ACTIVE', INACTIVE: 'INACTIVE' } as const;
export type StrategyStatus = (typeof StrategyStatus)[keyof typeof StrategyStatus];

/** A strategy with the parameters that a person gave it. */
@Entity({ tableName: 'strategies' })
@Owned()
@Unique({ properties: ['user', 'name'] })
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['status'] })
export class Strategy extends VersionedRow<'parameters' | 'riskSettings' | 'performanceMetrics' | 'status'> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @Text({ min: 1, max: 120 })
  name!: string;

  @Text({ max: 4000, nullable: true })
  description: string | null = null;

  @OneOf(StrategyKind)
  kind!: StrategyKind;

  /** `{ name }` of a built-in strategy or plugin, or the tree of rules. */
  @Json()
  definition!: Record<string, unknown>;

  @Json()
  parameters: Record<string, unknown> = {};

  @Json()
  riskSettings: Record<string, unknown> = {};

  @OneOf(StrategyStatus)
  status: StrategyStatus = StrategyStatus.ACTIVE;

  @Json()
  performanceMetrics: Record<string, unknown> = {};
}
