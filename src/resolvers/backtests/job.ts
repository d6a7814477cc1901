import { Field, ID, Int, InterfaceType } from 'type-graphql';
import { JobStatus } from '../../entities/research/JobStatus.ts';
import '../enums.ts';
import { DateTimeScalar, DecimalScalar } from '../scalars.ts';

@InterfaceType({ description: 'Work that runs in the background.' })
export abstract class Job {
  @Field(() => ID, { description: 'Global id: type prefix and 26 base32 digits; sorts by age.' })
  id!: string;

  @Field(() => Int, { description: 'Grows by one with each change: the higher one wins, whatever order they arrive in.' })
  version!: number;

  @Field(() => JobStatus, { description: 'How it stands.' })
  status!: JobStatus;

  @Field(() => DecimalScalar, { description: 'How much is done, 0 to 100.' })
  progressPercent!: number;

  @Field(() => String, { nullable: true, description: 'Why it failed, in a sentence; null unless it did.' })
  failureReason!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it began; null while it waits.' })
  startedAt!: Date | string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ended; null before.' })
  finishedAt!: Date | string | null;
}
