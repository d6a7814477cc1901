import { BigIntType, type Dictionary, type EntityClass, Uint8ArrayType } from '@mikro-orm/core';
import { Check, Enum, Property } from '@mikro-orm/decorators/legacy';
import { amountIn, doubleIn } from './checks.ts';
import { DecimalType } from './DecimalType.ts';

/** The kinds of column that there are. Each says its type and its range once, for both databases; none is nullable by accident. */
type Column = (target: object, property: string) => void;

interface Common {
  readonly nullable?: boolean;
  /** Column name, where it is not the property's in snake case. */
  readonly name?: string;
}

type SchemaColumns = Record<string, string>;

function check(target: object, property: string, condition: (column: string) => string): void {
  Check({ expression: (columns: SchemaColumns) => condition(columns[property] ?? property) })(target, property as never);
}

/** Text of bounded length, counted in characters, checked by both databases. */
export function Text(options: Common & { max: number; min?: number }): Column {
  return (target, property) => {
    Property({ type: 'text', nullable: options.nullable ?? false, ...named(options) })(target, property);
    range(
      target,
      property,
      [options.min ? `>= ${options.min}` : undefined, `<= ${options.max}`],
      (column) => `length(${column})`,
    );
  };
}

/** One of a closed set of words. */
export function OneOf(items: Dictionary<string>, options: Common = {}): Column {
  return (target, property) =>
    Enum({ items: Object.values(items), type: 'string', nullable: options.nullable ?? false, ...named(options) })(
      target,
      property,
    );
}

/**
 * An exact amount of money, price, quantity or percentage.
 * @param options.min smallest value allowed, `above` a value that is itself not allowed; neither may be negative
 */
export function Amount(options: Common & { min?: string; above?: string; max?: string } = {}): Column {
  return (target, property) => {
    Property({ type: DecimalType, nullable: options.nullable ?? false, ...named(options) })(target, property);
    const { min, above, max } = options;
    range(target, property, [
      min === undefined ? undefined : `>= ${amountIn(min)}`,
      above === undefined ? undefined : `> ${amountIn(above)}`,
      max === undefined ? undefined : `<= ${amountIn(max)}`,
    ]);
  };
}

/** One constraint per column, whatever it bounds; written as PostgreSQL writes it back, so that the two can be compared. */
function range(
  target: object,
  property: string,
  bounds: readonly (string | undefined)[],
  of: (column: string) => string = (column) => column,
): void {
  const given = bounds.filter((bound) => bound !== undefined);
  if (given.length > 0) check(target, property, (column) => given.map((bound) => `${of(column)} ${bound}`).join(' and '));
}

function numericRange(target: object, property: string, { min, max }: { min?: number; max?: number }): void {
  range(target, property, [min === undefined ? undefined : `>= ${min}`, max === undefined ? undefined : `<= ${max}`]);
}

/** A moment, UTC, in milliseconds. */
export function Moment(options: Common = {}): Column {
  return Property({ type: 'Date', length: 3, nullable: options.nullable ?? false, ...named(options) });
}

/** A UTC day as text, `2026-11-20`. */
export function Day(options: Common = {}): Column {
  return Property({ type: 'date', nullable: options.nullable ?? false, ...named(options) });
}

/** A small whole number. */
export function Whole(options: Common & { min?: number; max?: number } = {}): Column {
  return (target, property) => {
    Property({ type: 'integer', nullable: options.nullable ?? false, ...named(options) })(target, property);
    numericRange(target, property, options);
  };
}

/** A whole number up to 2^53, such as a sequence or a time in milliseconds; a number in code, bigint in PostgreSQL. */
export function Large(options: Common & { min?: number } = {}): Column {
  return (target, property) => {
    Property({ type: new BigIntType('number'), nullable: options.nullable ?? false, ...named(options) })(target, property);
    numericRange(target, property, options);
  };
}

/** An IEEE double: market data, indicator values, statistics; never money of the ledger. */
export function Double(options: Common & { min?: number; max?: number } = {}): Column {
  return (target, property) => {
    Property({ type: 'double', nullable: options.nullable ?? false, ...named(options) })(target, property);
    const { min, max } = options;
    range(target, property, [
      min === undefined ? undefined : `>= ${doubleIn(min)}`,
      max === undefined ? undefined : `<= ${doubleIn(max)}`,
    ]);
  };
}

export function Flag(options: Common = {}): Column {
  return Property({ type: 'boolean', nullable: options.nullable ?? false, ...named(options) });
}

/** Genuinely schemaless data. The order of an object's keys is not kept. */
export function Json(options: Common = {}): Column {
  return Property({ type: 'json', nullable: options.nullable ?? false, ...named(options) });
}

/** Bytes: packed series of doubles. */
export function Packed(options: Common = {}): Column {
  return Property({ type: Uint8ArrayType, nullable: options.nullable ?? false, ...named(options) });
}

/** An id that refers to a row which may be gone: no foreign key. */
export function Uuid(options: Common = {}): Column {
  return Property({ type: 'uuid', nullable: options.nullable ?? false, ...named(options) });
}

function named(options: Common): { name?: string } {
  return options.name === undefined ? {} : { name: options.name };
}

/** A condition over several columns that both databases check. Column names come from the properties' names. */
export function Rule<Entity>(name: string, condition: (columns: Record<keyof Entity, string>) => string) {
  return <T extends EntityClass<Entity>>(target: T): void =>
    Check<T>({ name, expression: (columns: object) => condition(columns as Record<keyof Entity, string>) })(target);
}
