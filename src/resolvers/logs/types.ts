import { Field, ID, ObjectType } from 'type-graphql';
import { LogLevel } from '../../entities/operations/LogEntry.ts';
import type { LogEntryView } from '../../services/events/log-line.ts';
import { connectionOf } from '../connection.ts';
import { describeEnum } from '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { Node } from '../node.ts';
import { DateTimeScalar } from '../scalars.ts';

describeEnum(LogLevel, 'LogLevel', 'How much a line of a log matters.', {
  DEBUG: 'For who looks for a mistake.',
  INFO: 'As it should be.',
  WARN: 'Not as it should be; it is looked after, or looks after itself.',
  ERROR: 'It does not go on without a person.',
});

@ObjectType({ implements: Node, simpleResolvers: true, description: 'What a bot or job had to say.' })
export class LogEntry extends Node {
  @Field(() => LogLevel, { description: 'How much it matters.' })
  level!: LogLevel;

  @Field(() => String, { description: 'A sentence for a person.' })
  message!: string;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  at!: Date | string;

  @Field(() => ID, { nullable: true, description: 'The job that it is about, such as a bt_ or cfe_ id; null: none.' })
  jobId!: string | null;

  /** For field resolvers; not in the schema. */
  view!: LogEntryView;
}

export const LogEntryConnection = connectionOf(LogEntry, 'LogEntry', 'lines of the log');
export type LogEntryConnection = InstanceType<typeof LogEntryConnection>;

export function logEntryOf(view: LogEntryView): LogEntry {
  const { id, level, message, timestamp } = view;
  return Object.assign(new LogEntry(), { id: toGlobalId('log', id), level, message, at: timestamp, jobId: jobIdOf(view), view });
}

function jobIdOf({ backtestId, candleFetchId, optimizationId }: LogEntryView): string | null {
  if (backtestId !== null) return toGlobalId('bt', backtestId);
  if (candleFetchId !== null) return toGlobalId('cfe', candleFetchId);
  return optimizationId === null ? null : toGlobalId('opt', optimizationId);
}
