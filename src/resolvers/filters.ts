import { Field, ID, InputType } from 'type-graphql';
import { DomainError } from '../services/errors.ts';
import { fromGlobalId, type IdPrefix } from './ids.ts';
import { DateTimeScalar, DecimalScalar } from './scalars.ts';
import type { Decimal } from '../trading/money.ts';
import { canonical } from '../trading/money.ts';

/*
 * What a field of a filter is compared with. Several conditions on one field must all hold. Area files put these into their
 * `XFilter`, together with `and`, `or` and `not`.
 */

@InputType({ description: 'Conditions on text. Letters A–Z match in either case in `contains` and `startsWith`.' })
export class StringFilter {
  @Field(() => String, { nullable: true, description: 'Is this.' })
  eq?: string;

  @Field(() => String, { nullable: true, description: 'Is not this.' })
  ne?: string;

  @Field(() => [String], { nullable: true, description: 'Is one of these.' })
  in?: string[];

  @Field(() => [String], { nullable: true, description: 'Is none of these.' })
  notIn?: string[];

  @Field(() => String, { nullable: true, description: 'Has this in it.' })
  contains?: string;

  @Field(() => String, { nullable: true, description: 'Begins with this.' })
  startsWith?: string;
}

@InputType({ description: 'Conditions on an id.' })
export class IdFilter {
  @Field(() => ID, { nullable: true, description: 'Is this.' })
  eq?: string;

  @Field(() => [ID], { nullable: true, description: 'Is one of these.' })
  in?: string[];

  @Field(() => [ID], { nullable: true, description: 'Is none of these.' })
  notIn?: string[];

  @Field(() => Boolean, { nullable: true, description: 'Whether it is missing.' })
  isNull?: boolean;
}

@InputType({ description: 'Conditions on an exact decimal.' })
export class DecimalFilter {
  @Field(() => DecimalScalar, { nullable: true, description: 'Is this.' })
  eq?: Decimal;

  @Field(() => DecimalScalar, { nullable: true, description: 'Is more than this.' })
  gt?: Decimal;

  @Field(() => DecimalScalar, { nullable: true, description: 'Is this or more.' })
  gte?: Decimal;

  @Field(() => DecimalScalar, { nullable: true, description: 'Is less than this.' })
  lt?: Decimal;

  @Field(() => DecimalScalar, { nullable: true, description: 'Is this or less.' })
  lte?: Decimal;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is missing.' })
  isNull?: boolean;
}

@InputType({ description: 'Conditions on a moment.' })
export class DateTimeFilter {
  @Field(() => DateTimeScalar, { nullable: true, description: 'Is after this.' })
  gt?: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Is this or after.' })
  gte?: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Is before this.' })
  lt?: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Is this or before.' })
  lte?: Date;
}

/** An id filter in terms of rows. @throws DomainError INVALID for an id of another type */
export function idCondition(
  filter: IdFilter | null | undefined,
  prefix: IdPrefix,
): { eq?: string; in?: string[]; notIn?: string[]; isNull?: boolean } | undefined {
  if (!filter) return undefined;
  const row = (id: string): string => fromGlobalId(prefix, id);
  return {
    ...(filter.eq ? { eq: row(filter.eq) } : {}),
    ...(filter.in ? { in: filter.in.map(row) } : {}),
    ...(filter.notIn ? { notIn: filter.notIn.map(row) } : {}),
    ...(filter.isNull === undefined || filter.isNull === null ? {} : { isNull: filter.isNull }),
  };
}

/** A decimal filter in terms of rows, whose money is canonical text. */
export function decimalCondition(filter: DecimalFilter | null | undefined): Record<string, string | boolean> | undefined {
  if (!filter) return undefined;
  const { isNull, ...rest } = filter;
  const entries = Object.entries(rest).flatMap(([operator, value]) => (value ? [[operator, canonical(value)] as const] : []));
  return { ...Object.fromEntries(entries), ...(isNull === undefined || isNull === null ? {} : { isNull }) };
}

/** A filter type with `and`, `or` and `not`, as far as they matter here. */
interface Combined<F> {
  and?: F[] | null;
  or?: F[] | null;
  not?: F | null;
}

const deepest = 5;
const mostLeaves = 50;

/**
 * Translates a filter with its `and`, `or` and `not`; `leaf` translates the fields of one level.
 * @throws DomainError LIMIT_EXCEEDED for one nested deeper than 5 or with more than 50 parts
 */
export function filterOf<F extends Combined<F>, R extends object>(
  filter: F | null | undefined,
  leaf: (fields: F) => R,
): R | undefined {
  if (!filter) return undefined;
  let leaves = 0;
  const translate = (part: F, depth: number): R => {
    if (depth > deepest) throw new DomainError('LIMIT_EXCEEDED', `a filter may be nested ${deepest} deep`);
    if (++leaves > mostLeaves) throw new DomainError('LIMIT_EXCEEDED', `a filter may have ${mostLeaves} parts`);
    const inner = (next: F): R => translate(next, depth + 1);
    return {
      ...leaf(part),
      ...(part.and ? { and: part.and.map(inner) } : {}),
      ...(part.or ? { or: part.or.map(inner) } : {}),
      ...(part.not ? { not: inner(part.not) } : {}),
    };
  };
  return translate(filter, 1);
}
