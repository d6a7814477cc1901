import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import { Timeframe } from '../../trading/timeframe.ts';
import { Double, Flag, Moment, OneOf, Rule, Text, Whole } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { JobStatus } from '../research/JobStatus.ts';
import { VersionedRow } from '../rows.ts';

type Defaulted = 'refetch' | 'status' | 'progress' | 'fetched' | 'known' | 'stored';

/** Past candles of a market that somebody has asked to be brought from its exchange. */
@Entity({ tableName: 'candle_fetches' })
@Owned()
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['status', 'createdAt'] })
@Rule<CandleFetch>('candle_fetches_starts_before_end', (c) => `${c.startDate} < ${c.endDate}`)
export class CandleFetch extends VersionedRow<Defaulted> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Exchange, { ref: true, deleteRule: 'restrict', index: true })
  exchange!: Ref<Exchange>;

  @Text({ min: 1, max: 60 })
  symbol!: string;

  @OneOf(Timeframe)
  timeframe!: Timeframe;

  /** Open time of the first candle. */
  @Moment()
  startDate!: Date;

  /** Candles open before this. */
  @Moment()
  endDate!: Date;

  /** Whether candles that are stored already are asked for again. */
  @Flag()
  refetch: boolean = false;

  @OneOf(JobStatus)
  status: JobStatus = JobStatus.PENDING;

  /** 0 to 100. */
  @Double({ min: 0, max: 100 })
  progress: number = 0;

  /** Candles that the exchange gave. */
  @Whole({ min: 0 })
  fetched: number = 0;

  /** Candles that were stored before and not asked for. */
  @Whole({ min: 0 })
  known: number = 0;

  /** Candles that were new or had other values. */
  @Whole({ min: 0 })
  stored: number = 0;

  @Text({ max: 4000, nullable: true })
  error: string | null = null;

  @Moment({ nullable: true })
  startedAt: Date | null = null;

  @Moment({ nullable: true })
  finishedAt: Date | null = null;
}
