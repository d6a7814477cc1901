import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { type LogEntry, LogLevel } from '../../entities/operations/LogEntry.ts';
import type { RowFilter } from '../../services/database/index.ts';
import { DomainError } from '../../services/errors.ts';
import { PageArgs } from '../connection.ts';
import { type EnumFilter, enumFilterOf } from '../enum-filter.ts';
import { DateTimeFilter, filterOf, IdFilter, idCondition, StringFilter } from '../filters.ts';
import { type IdPrefix, parseGlobalId } from '../ids.ts';
import './types.ts';

const LogLevelFilter = enumFilterOf(LogLevel, 'LogLevel');

@InputType({ description: 'Which lines of the log.' })
export class LogEntryFilter {
  @Field(() => [LogEntryFilter], { nullable: true, description: 'All of these.' })
  and?: LogEntryFilter[];

  @Field(() => [LogEntryFilter], { nullable: true, description: 'One of these.' })
  or?: LogEntryFilter[];

  @Field(() => LogEntryFilter, { nullable: true, description: 'Not this.' })
  not?: LogEntryFilter;

  @Field(() => IdFilter, { nullable: true, description: 'Id of the bot.' })
  botId?: IdFilter;

  @Field(() => LogLevelFilter, { nullable: true, description: 'How much it matters.' })
  level?: EnumFilter<LogLevel>;

  @Field(() => StringFilter, { nullable: true, description: 'The sentence.' })
  message?: StringFilter;

  @Field(() => DateTimeFilter, { nullable: true, description: 'When it happened.' })
  at?: DateTimeFilter;
}

@ArgsType()
export class LogArgs extends PageArgs {
  @Field(() => LogEntryFilter, { nullable: true, description: 'Which lines; all when left out.' })
  filter?: LogEntryFilter;

  @Field(() => ID, { nullable: true, description: 'A bt_, cfe_ or opt_ id: only lines of this job.' })
  jobId?: string;
}

/** In terms of rows. @throws DomainError INVALID for an id of another type, LIMIT_EXCEEDED for a filter that is too large */
export function logCondition({ filter, jobId }: LogArgs): RowFilter<LogEntry> | undefined {
  const where = filterOf(
    filter,
    ({ botId, level, message, at }) =>
      ({ botId: idCondition(botId, 'bot'), level, message, timestamp: at }) as RowFilter<LogEntry>,
  );
  return jobId ? { and: [jobCondition(jobId), ...(where ? [where] : [])] } : where;
}

const jobColumns: Partial<Record<IdPrefix, keyof RowFilter<LogEntry>>> = {
  bt: 'backtestId',
  cfe: 'candleFetchId',
  opt: 'optimizationId',
};

/** A job's id says which column it is in. */
function jobCondition(id: string): RowFilter<LogEntry> {
  const parsed = parseGlobalId(id);
  const column = parsed && jobColumns[parsed.prefix];
  if (parsed && column) return { [column]: { eq: parsed.uuid } };
  throw new DomainError('INVALID', `expected a bt_, cfe_ or opt_ id, got "${id.slice(0, 40)}"`, { path: ['jobId'] });
}
