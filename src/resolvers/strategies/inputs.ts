import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { type Strategy, StrategyStatus } from '../../entities/trading/Strategy.ts';
import type { RowFilter, RowOrder } from '../../services/database/index.ts';
import { PageArgs } from '../connection.ts';
import { describeEnum, SortDirection } from '../enums.ts';
import { DateTimeFilter, filterOf, IdFilter, idCondition, StringFilter } from '../filters.ts';
import { JsonObjectScalar } from '../scalars.ts';
import { RulesInput } from './rules-inputs.ts';
import { StrategyKind } from './types.ts';

@InputType({ description: 'A new strategy.' })
export class CreateStrategyInput {
  @Field(() => String, { description: 'What you call it: 1 to 120 characters, unique among your strategies.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What you say of it: at most 4,000 characters.' })
  description?: string | null;

  @Field(() => StrategyKind, { description: 'Where its decisions come from.' })
  kind!: StrategyKind;

  @Field(() => String, { nullable: true, description: 'With kind BUILT_IN: the name of the built-in strategy.' })
  builtIn?: string | null;

  @Field(() => String, { nullable: true, description: 'With kind PLUGIN: the name of the plugin.' })
  plugin?: string | null;

  @Field(() => RulesInput, { nullable: true, description: 'With kind RULES: when it enters and leaves.' })
  rules?: RulesInput | null;

  @Field(() => JsonObjectScalar, { nullable: true, description: 'Parameters; those left out have their defaults.' })
  parameters?: Record<string, unknown> | null;
}

@InputType({ description: 'Changes of a strategy. Absent: unchanged. Null: cleared.' })
export class StrategyPatch {
  @Field(() => String, { nullable: true, description: 'What you call it; it cannot be cleared.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'What you say of it.' })
  description?: string | null;

  @Field(() => RulesInput, {
    nullable: true,
    description:
      'Of a strategy of kind RULES: all rules anew; they cannot be cleared. Parameters that they declare too keep their values. Backtests and running bots keep the old rules.',
  })
  rules?: RulesInput | null;

  @Field(() => JsonObjectScalar, {
    nullable: true,
    description: 'All parameters anew; those left out have their defaults. Backtests and running bots keep theirs.',
  })
  parameters?: Record<string, unknown> | null;
}

@InputType({ description: 'Which strategy, and what changes.' })
export class UpdateStrategyInput {
  @Field(() => ID, { description: 'A str_ id.' })
  id!: string;

  @Field(() => Int, { nullable: true, description: 'Refuse when it has another version by now.' })
  expectedVersion?: number | null;

  @Field(() => StrategyPatch, { description: 'What changes.' })
  patch!: StrategyPatch;
}

@InputType({ description: 'Which strategy is taken out of use.' })
export class ArchiveStrategyInput {
  @Field(() => ID, { description: 'A str_ id.' })
  id!: string;

  @Field(() => Int, { nullable: true, description: 'Refuse when it has another version by now.' })
  expectedVersion?: number | null;
}

@InputType({ description: 'Which strategy is taken back into use.' })
export class RestoreStrategyInput {
  @Field(() => ID, { description: 'A str_ id.' })
  id!: string;

  @Field(() => Int, { nullable: true, description: 'Refuse when it has another version by now.' })
  expectedVersion?: number | null;
}

@InputType({ description: 'Which strategies.' })
export class StrategyFilter {
  @Field(() => [StrategyFilter], { nullable: true, description: 'All of these.' })
  and?: StrategyFilter[];

  @Field(() => [StrategyFilter], { nullable: true, description: 'One of these.' })
  or?: StrategyFilter[];

  @Field(() => StrategyFilter, { nullable: true, description: 'Not this.' })
  not?: StrategyFilter;

  @Field(() => IdFilter, { nullable: true, description: 'Its id.' })
  id?: IdFilter;

  @Field(() => StringFilter, { nullable: true, description: 'Its name.' })
  name?: StringFilter;

  @Field(() => StrategyKind, { nullable: true, description: 'Where its decisions come from.' })
  kind?: StrategyKind;

  @Field(() => StrategyStatus, { nullable: true, description: 'Whether it is in use.' })
  status?: StrategyStatus;

  @Field(() => DateTimeFilter, { nullable: true, description: 'When it was made.' })
  createdAt?: DateTimeFilter;
}

/** A strategy filter in terms of rows. @throws DomainError INVALID for an id of another type, LIMIT_EXCEEDED for one that is too large */
export function strategyCondition(filter: StrategyFilter | null | undefined): RowFilter<Strategy> | undefined {
  return filterOf(
    filter,
    ({ id, name, kind, status, createdAt }) =>
      ({
        id: idCondition(id, 'str'),
        name,
        kind: kind && { eq: kind },
        status: status && { eq: status },
        createdAt,
      }) as RowFilter<Strategy>,
  );
}

/** What strategies are sorted by: only what an index serves. */
export const StrategySortField = { CREATED_AT: 'CREATED_AT', NAME: 'NAME' } as const;
export type StrategySortField = (typeof StrategySortField)[keyof typeof StrategySortField];
describeEnum(StrategySortField, 'StrategySortField', 'What strategies are sorted by.', {
  CREATED_AT: 'When it was made.',
  NAME: 'Its name.',
});

@InputType({ description: 'One key of an order of strategies; the id is always the last.' })
export class StrategySort {
  @Field(() => StrategySortField, { description: 'What by.' })
  field!: StrategySortField;

  @Field(() => SortDirection, { nullable: true, description: 'Which end comes first; DESC when left out.' })
  direction?: SortDirection | null;
}

const sortColumns = { CREATED_AT: 'createdAt', NAME: 'name' } as const;

export function strategySort(keys: readonly StrategySort[] | null | undefined): readonly RowOrder<Strategy>[] {
  if (!keys || keys.length === 0) return [{ field: 'createdAt', direction: 'DESC' }];
  return keys.map(({ field, direction }) => ({ field: sortColumns[field], direction: direction ?? 'DESC' }));
}

@ArgsType()
export class StrategyListArgs extends PageArgs {
  @Field(() => StrategyFilter, { nullable: true, description: 'Which strategies; all when left out.' })
  filter?: StrategyFilter;

  @Field(() => [StrategySort], { nullable: true, description: 'In which order; newest first when left out.' })
  orderBy?: StrategySort[];
}
