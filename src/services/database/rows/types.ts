import type { Ref } from '@mikro-orm/core';
import type { Decimal } from '../../../trading/money.ts';

type Named<E> = {
  [K in keyof E]-?: K extends string ? (unknown extends E[K] ? K : undefined extends E[K] ? never : K) : never;
}[keyof E];
type ReferenceKey<E> = { [K in Named<E>]: NonNullable<E[K]> extends Ref<infer _> ? K : never }[Named<E>];
type RelationKey<E> = { [K in keyof E]-?: NonNullable<E[K]> extends Ref<infer _> ? K & string : never }[keyof E];
type Target<R> = NonNullable<R> extends Ref<infer T> ? T : never;

/** Money comes as canonical text: nothing is computed on the way to a client. */
type Value<T> = T extends Decimal ? string : T;

/**
 * A plain row of an entity: its properties, references as `botId`. Money is canonical decimal text, times are Dates, days are
 * text, large integers are numbers.
 */
export type RowOf<E> = { [K in Exclude<Named<E>, ReferenceKey<E>>]: Value<E[K]> } & {
  [K in ReferenceKey<E> as `${K}Id`]: null extends E[K] ? string | null : string;
};

export type RowKey<E> = keyof RowOf<E> & string;

/** What a column is compared with; several conditions must all hold. Letters A–Z match in either case in `contains` and `startsWith`. */
export interface Operators<T> {
  readonly eq?: T | null;
  /** Also true of null, when it is compared with a value. */
  readonly ne?: T | null;
  readonly in?: readonly NonNullable<T>[];
  readonly notIn?: readonly NonNullable<T>[];
  readonly gt?: T;
  readonly gte?: T;
  readonly lt?: T;
  readonly lte?: T;
  readonly contains?: string;
  readonly startsWith?: string;
  readonly isNull?: boolean;
}

/**
 * Which rows: conditions by column, `and`/`or`/`not` over further filters, and under the name of a reference a filter that the
 * row at its other end must meet. An absent part is no condition; an empty `or` is met by nothing. `not` is exact: what the
 * inner filter does not select, nulls included.
 */
export type RowFilter<E> = {
  readonly and?: readonly RowFilter<E>[] | null;
  readonly or?: readonly RowFilter<E>[] | null;
  readonly not?: RowFilter<E> | null;
} & { readonly [K in RowKey<E>]?: Operators<RowOf<E>[K]> | null } & {
  readonly [K in RelationKey<E>]?: RowFilter<Target<E[K]>> | null;
};

export interface RowOrder<E> {
  readonly field: RowKey<E>;
  /** ASC when absent. */
  readonly direction?: 'ASC' | 'DESC';
  /** Where nulls go, whatever the direction; LAST when absent. */
  readonly nulls?: 'FIRST' | 'LAST';
}
