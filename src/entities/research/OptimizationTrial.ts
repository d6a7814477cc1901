import { OptionalProps, PrimaryKeyProp, type Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey } from '@mikro-orm/decorators/legacy';
import { User } from '../identity/User.ts';
import { Double, Json } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Optimization } from './Optimization.ts';

/** One set of parameters that an optimization tried. */
@Entity({ tableName: 'optimization_trials' })
@Owned()
@Index({ properties: ['optimization', 'score', 'ordinal'] })
export class OptimizationTrial {
  [PrimaryKeyProp]?: ['optimization', 'ordinal'];
  [OptionalProps]?: 'metricsOutOfSample';

  @ManyToOne(() => Optimization, { ref: true, primary: true, deleteRule: 'cascade', index: false })
  optimization!: Ref<Optimization>;

  @PrimaryKey({ type: 'integer' })
  ordinal!: number;

  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: true })
  user!: Ref<User>;

  @Json()
  parameters!: Record<string, unknown>;

  /** The objective, in sample; null where it is undefined. */
  @Double({ nullable: true })
  score: number | null = null;

  @Json()
  metricsInSample!: Record<string, unknown>;

  @Json({ nullable: true })
  metricsOutOfSample: Record<string, unknown> | null = null;
}
