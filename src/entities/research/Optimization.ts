import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import { Decimal } from '../../trading/money.ts';
import { MarketType } from '../../trading/position.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { Amount, Double, Json, Large, Moment, OneOf, Rule, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { VersionedRow } from '../rows.ts';
import { Strategy } from '../trading/Strategy.ts';
import { JobStatus } from './JobStatus.ts';

export const SearchAlgorithm = { GRID: 'GRID', RANDOM: 'RANDOM', GENETIC: 'GENETIC' } as const;
export type SearchAlgorithm = (typeof SearchAlgorithm)[keyof typeof SearchAlgorithm];

/** A search for good parameters. Its trials are rows of their own. */
@Entity({ tableName: 'optimizations' })
@Owned()
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['strategy', 'user', 'createdAt', 'id'] })
@Index({ properties: ['status', 'createdAt'] })
@Rule<Optimization>('optimizations_starts_before_end', (c) => `${c.startDate} < ${c.endDate}`)
export class Optimization extends VersionedRow<
  'marketType' | 'leverage' | 'options' | 'status' | 'progress' | 'best' | 'walkForward'
> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Strategy, { ref: true, deleteRule: 'restrict', index: false })
  strategy!: Ref<Strategy>;

  @Text({ max: 120, nullable: true })
  name: string | null = null;

  @ManyToOne(() => Exchange, { ref: true, deleteRule: 'restrict', index: true })
  exchange!: Ref<Exchange>;

  @Json()
  symbols!: string[];

  @OneOf(Timeframe)
  timeframe!: Timeframe;

  @Moment()
  startDate!: Date;

  @Moment()
  endDate!: Date;

  @OneOf(MarketType)
  marketType: MarketType = MarketType.SPOT;

  @Amount({ min: '1', max: '125' })
  leverage: Decimal = new Decimal(1);

  @Amount({ above: '0' })
  initialCapital!: Decimal;

  /** Options of the engine, as in a backtest. */
  @Json()
  options: Record<string, unknown> = {};

  /** What ran, with the parameters that are not searched. */
  @Json()
  strategySnapshot!: Record<string, unknown>;

  /** Parameter to range and step, or to a list of values. */
  @Json()
  searchSpace!: Record<string, unknown>;

  @OneOf(SearchAlgorithm)
  algorithm!: SearchAlgorithm;

  /** The statistic that is made as large as possible. */
  @Text({ min: 1, max: 60 })
  objective!: string;

  @Large({ min: 0 })
  seed!: number;

  @OneOf(JobStatus)
  status: JobStatus = JobStatus.PENDING;

  /** 0 to 100. */
  @Double({ min: 0, max: 100 })
  progress: number = 0;

  /** Parameters (and DNA) of the best trial, with its score. */
  @Json({ nullable: true })
  best: Record<string, unknown> | null = null;

  @Json({ nullable: true })
  walkForward: Record<string, unknown> | null = null;

  @Text({ max: 4000, nullable: true })
  error: string | null = null;

  @Moment({ nullable: true })
  startedAt: Date | null = null;

  @Moment({ nullable: true })
  finishedAt: Date | null = null;
}
