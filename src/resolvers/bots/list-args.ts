import { ArgsType, Field, InputType } from 'type-graphql';
import type { Bot } from '../../entities/trading/Bot.ts';
import type { RowFilter, RowOrder } from '../../services/database/index.ts';
import { BotStatus, TradingMode } from '../../trading/bot.ts';
import { PageArgs } from '../connection.ts';
import { type EnumFilter, enumFilterOf } from '../enum-filter.ts';
import { describeEnum, SortDirection } from '../enums.ts';
import { DateTimeFilter, filterOf, IdFilter, idCondition, StringFilter } from '../filters.ts';

const BotStatusFilter = enumFilterOf(BotStatus, 'BotStatus');
const TradingModeFilter = enumFilterOf(TradingMode, 'TradingMode');

@InputType({ description: 'Which bots.' })
export class BotFilter {
  @Field(() => [BotFilter], { nullable: true, description: 'All of these.' })
  and?: BotFilter[];

  @Field(() => [BotFilter], { nullable: true, description: 'One of these.' })
  or?: BotFilter[];

  @Field(() => BotFilter, { nullable: true, description: 'Not this.' })
  not?: BotFilter;

  @Field(() => IdFilter, { nullable: true, description: 'Its id.' })
  id?: IdFilter;

  @Field(() => StringFilter, { nullable: true, description: 'Its name.' })
  name?: StringFilter;

  @Field(() => StringFilter, { nullable: true, description: 'Market, such as "BTC/USDT".' })
  symbol?: StringFilter;

  @Field(() => BotStatusFilter, { nullable: true, description: 'Where it stands.' })
  status?: EnumFilter<BotStatus>;

  @Field(() => IdFilter, { nullable: true, description: 'Id of its strategy.' })
  strategyId?: IdFilter;

  @Field(() => TradingModeFilter, { nullable: true, description: 'Whether its orders are simulated.' })
  mode?: EnumFilter<TradingMode>;

  @Field(() => DateTimeFilter, { nullable: true, description: 'When it was made.' })
  createdAt?: DateTimeFilter;
}

/** A bot filter in terms of rows. @throws DomainError INVALID for an id of another type, LIMIT_EXCEEDED for one that is too large */
export function botCondition(filter: BotFilter | null | undefined): RowFilter<Bot> | undefined {
  return filterOf(
    filter,
    ({ id, name, symbol, status, strategyId, mode, createdAt }) =>
      ({
        id: idCondition(id, 'bot'),
        name,
        symbol,
        state: status && { status },
        strategyId: idCondition(strategyId, 'str'),
        mode,
        createdAt,
      }) as RowFilter<Bot>,
  );
}

/** What bots are sorted by: only what an index serves. */
export const BotSortField = { CREATED_AT: 'CREATED_AT', NAME: 'NAME' } as const;
export type BotSortField = (typeof BotSortField)[keyof typeof BotSortField];
describeEnum(BotSortField, 'BotSortField', 'What bots are sorted by.', {
  CREATED_AT: 'When it was made.',
  NAME: 'Its name.',
});

@InputType({ description: 'One key of an order of bots; the id is always the last.' })
export class BotSort {
  @Field(() => BotSortField, { description: 'What by.' })
  field!: BotSortField;

  @Field(() => SortDirection, { nullable: true, description: 'Which end comes first; DESC when left out.' })
  direction?: SortDirection | null;
}

const sortColumns = { CREATED_AT: 'createdAt', NAME: 'name' } as const;

export function botSort(keys: readonly BotSort[] | null | undefined): readonly RowOrder<Bot>[] {
  if (!keys || keys.length === 0) return [{ field: 'createdAt', direction: 'DESC' }];
  return keys.map(({ field, direction }) => ({ field: sortColumns[field], direction: direction ?? 'DESC' }));
}

@ArgsType()
export class BotListArgs extends PageArgs {
  @Field(() => BotFilter, { nullable: true, description: 'Which bots; all when left out.' })
  filter?: BotFilter;

  @Field(() => [BotSort], { nullable: true, description: 'In which order; newest first when left out.' })
  orderBy?: BotSort[];
}
