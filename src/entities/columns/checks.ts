import type { EntityMetadata } from '@mikro-orm/core';
import { amountText } from './DecimalType.ts';
import { sortableDecimal } from './decimal-text.ts';

type Check = EntityMetadata['checks'][number];

const token = /\b(amount|double)\(([^)]*)\)/g;

/** An amount inside a check; each database writes it in its own way. */
export function amountIn(value: string): string {
  return `amount(${value})`;
}

/** A double inside a check, likewise. */
export function doubleIn(value: number): string {
  return `double(${value})`;
}

function literal(dialect: 'sqlite' | 'postgresql', type: string, value: string): string {
  if (dialect === 'sqlite') return type === 'amount' ? `'${sortableDecimal(amountText(value))}'` : value;
  return type === 'amount' ? `'${value}'` : `'${value}'::double precision`;
}

/** The checks of an entity as one database must have them. */
export function checksFor(dialect: 'sqlite' | 'postgresql', checks: readonly Check[]): Check[] {
  const written = (condition: string): string =>
    condition.replaceAll(token, (_, type: string, value: string) => literal(dialect, type, value));
  return checks.map((check) => {
    const { expression } = check;
    if (typeof expression === 'string') return { ...check, expression: written(expression) };
    if (typeof expression !== 'function') return check;
    return { ...check, expression: (columns, table) => written(expression(columns, table) as string) };
  });
}
