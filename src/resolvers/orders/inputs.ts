import { ArgsType, Field, InputType } from 'type-graphql';
import type { RowOrder } from '../../services/database/index.ts';
import { PageArgs } from '../connection.ts';
import { describeEnum, SortDirection } from '../enums.ts';
import { ClosedTradeFilter, OrderFilter, PositionFilter, TradeFilter } from './filters.ts';

/* What lists are sorted by: only what an index serves. */

export const OrderSortField = { CREATED_AT: 'CREATED_AT' } as const;
export type OrderSortField = (typeof OrderSortField)[keyof typeof OrderSortField];
describeEnum(OrderSortField, 'OrderSortField', 'What orders are sorted by.', { CREATED_AT: 'When the intent was written down.' });

export const TradeSortField = { EXECUTED_AT: 'EXECUTED_AT' } as const;
export type TradeSortField = (typeof TradeSortField)[keyof typeof TradeSortField];
describeEnum(TradeSortField, 'TradeSortField', 'What executions are sorted by.', { EXECUTED_AT: 'When it happened.' });

export const PositionSortField = { OPENED_AT: 'OPENED_AT' } as const;
export type PositionSortField = (typeof PositionSortField)[keyof typeof PositionSortField];
describeEnum(PositionSortField, 'PositionSortField', 'What positions are sorted by.', {
  OPENED_AT: 'When the first trade opened it.',
});

export const ClosedTradeSortField = { CLOSED_AT: 'CLOSED_AT' } as const;
export type ClosedTradeSortField = (typeof ClosedTradeSortField)[keyof typeof ClosedTradeSortField];
describeEnum(ClosedTradeSortField, 'ClosedTradeSortField', 'What round trips are sorted by.', {
  CLOSED_AT: 'When it was closed.',
});

@InputType({ description: 'One key of an order of orders; the id is always the last.' })
export class OrderSort {
  @Field(() => OrderSortField, { description: 'What by.' })
  field!: OrderSortField;

  @Field(() => SortDirection, { nullable: true, description: 'Which end comes first; DESC when left out.' })
  direction?: SortDirection | null;
}

@InputType({ description: 'One key of an order of executions; the id is always the last.' })
export class TradeSort {
  @Field(() => TradeSortField, { description: 'What by.' })
  field!: TradeSortField;

  @Field(() => SortDirection, { nullable: true, description: 'Which end comes first; DESC when left out.' })
  direction?: SortDirection | null;
}

@InputType({ description: 'One key of an order of positions; the id is always the last.' })
export class PositionSort {
  @Field(() => PositionSortField, { description: 'What by.' })
  field!: PositionSortField;

  @Field(() => SortDirection, { nullable: true, description: 'Which end comes first; DESC when left out.' })
  direction?: SortDirection | null;
}

@InputType({ description: 'One key of an order of round trips; the id is always the last.' })
export class ClosedTradeSort {
  @Field(() => ClosedTradeSortField, { description: 'What by.' })
  field!: ClosedTradeSortField;

  @Field(() => SortDirection, { nullable: true, description: 'Which end comes first; DESC when left out.' })
  direction?: SortDirection | null;
}

const sortColumns = {
  CREATED_AT: 'createdAt',
  EXECUTED_AT: 'executedAt',
  OPENED_AT: 'openedAt',
  CLOSED_AT: 'closedAt',
} as const;

/** Sort keys in terms of rows; the newest first when none is given. */
export function sortOf<E>(
  keys:
    | readonly { readonly field: keyof typeof sortColumns; readonly direction?: SortDirection | null | undefined }[]
    | null
    | undefined,
  standard: keyof typeof sortColumns,
): readonly RowOrder<E>[] {
  const given = keys && keys.length > 0 ? keys : [{ field: standard, direction: SortDirection.DESC }];
  return given.map(({ field, direction }) => ({
    field: sortColumns[field],
    direction: direction ?? 'DESC',
  })) as unknown as readonly RowOrder<E>[];
}

@ArgsType()
export class OrderListArgs extends PageArgs {
  @Field(() => OrderFilter, { nullable: true, description: 'Which orders; all when left out.' })
  filter?: OrderFilter;

  @Field(() => [OrderSort], { nullable: true, description: 'In which order; newest first when left out.' })
  orderBy?: OrderSort[];
}

@ArgsType()
export class TradeListArgs extends PageArgs {
  @Field(() => TradeFilter, { nullable: true, description: 'Which executions; all when left out.' })
  filter?: TradeFilter;

  @Field(() => [TradeSort], { nullable: true, description: 'In which order; newest first when left out.' })
  orderBy?: TradeSort[];
}

@ArgsType()
export class PositionListArgs extends PageArgs {
  @Field(() => PositionFilter, { nullable: true, description: 'Which positions; all when left out.' })
  filter?: PositionFilter;

  @Field(() => [PositionSort], { nullable: true, description: 'In which order; newest first when left out.' })
  orderBy?: PositionSort[];
}

@ArgsType()
export class ClosedTradeListArgs extends PageArgs {
  @Field(() => ClosedTradeFilter, { nullable: true, description: 'Which round trips; all when left out.' })
  filter?: ClosedTradeFilter;

  @Field(() => [ClosedTradeSort], { nullable: true, description: 'In which order; newest first when left out.' })
  orderBy?: ClosedTradeSort[];
}
