import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import { User } from '../identity/User.ts';
import { Double, Json, Large, Moment, OneOf, Packed, Text, Whole } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { VersionedRow } from '../rows.ts';
import { Backtest } from './Backtest.ts';
import { JobStatus } from './JobStatus.ts';

export const MonteCarloMethod = {
  TRADE_SHUFFLE: 'TRADE_SHUFFLE',
  TRADE_BOOTSTRAP: 'TRADE_BOOTSTRAP',
  CANDLE_BOOTSTRAP: 'CANDLE_BOOTSTRAP',
} as const;
export type MonteCarloMethod = (typeof MonteCarloMethod)[keyof typeof MonteCarloMethod];

/** A backtest's outcome under chance: the same seed gives the same result. */
@Entity({ tableName: 'monte_carlos' })
@Owned()
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['backtest', 'user', 'createdAt', 'id'] })
@Index({ properties: ['status', 'createdAt'] })
export class MonteCarlo extends VersionedRow<'status' | 'progress' | 'metrics'> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Backtest, { ref: true, deleteRule: 'cascade', index: false })
  backtest!: Ref<Backtest>;

  @OneOf(MonteCarloMethod)
  method!: MonteCarloMethod;

  @Whole({ min: 1, max: 1_000_000 })
  iterations!: number;

  @Large({ min: 0 })
  seed!: number;

  @OneOf(JobStatus)
  status: JobStatus = JobStatus.PENDING;

  /** 0 to 100. */
  @Double({ min: 0, max: 100 })
  progress: number = 0;

  /** Percentiles, probability of ruin. */
  @Json({ nullable: true })
  metrics: Record<string, unknown> | null = null;

  /** Percentile bands of equity as little-endian doubles. */
  @Packed({ nullable: true })
  bands: Uint8Array | null = null;

  @Text({ max: 4000, nullable: true })
  error: string | null = null;

  @Moment({ nullable: true })
  startedAt: Date | null = null;

  @Moment({ nullable: true })
  finishedAt: Date | null = null;
}
