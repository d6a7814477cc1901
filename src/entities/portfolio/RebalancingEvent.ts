import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { Json, OneOf, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { JobStatus } from '../research/JobStatus.ts';
import { ChangingRow } from '../rows.ts';

/** One rebalancing: what the shares were, what they should become, and which trades were made for it. */
@Entity({ tableName: 'rebalancing_events' })
@Owned()
@Index({ properties: ['user', 'createdAt', 'id'] })
export class RebalancingEvent extends ChangingRow<'executedTrades' | 'status'> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Exchange, { ref: true, deleteRule: 'restrict', index: true })
  exchange!: Ref<Exchange>;

  /** Asset to percent of the whole, as canonical decimal text. */
  @Json()
  oldAllocations!: Record<string, string>;

  @Json()
  newAllocations!: Record<string, string>;

  @Json()
  executedTrades: unknown[] = [];

  @OneOf(JobStatus)
  status: JobStatus = JobStatus.PENDING;

  @Text({ max: 2000, nullable: true })
  error: string | null = null;
}
