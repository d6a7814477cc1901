import { createHash } from 'node:crypto';
import { canonicalDecimal } from '../../../entities/columns/decimal-text.ts';
import { DomainError } from '../../errors.ts';
import type { Owner } from './filter.ts';
import type { Term } from './order.ts';
import type { Column, Table } from './table.ts';
import { isDay } from './values.ts';

/**
 * What a cursor belongs to: the table, the owner, the filter and the order, in a few characters. A cursor of one list means
 * nothing in another, and is refused there.
 */
export function listMark(table: Table, owner: Owner, filter: unknown, terms: readonly Term[]): string {
  const order = terms.map(({ column, descending, nullsFirst }) => [column.key, descending, nullsFirst]);
  const text = JSON.stringify([table.name, typeof owner === 'symbol' ? null : owner, sorted(filter ?? {}), order]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 8);
}

/** The same filter written in another order is the same filter. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value as object).filter(([, entry]) => entry !== undefined && entry !== null);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => [key, sorted(entry)]));
}

/** The position of a row in its list. */
export function writeCursor(mark: string, terms: readonly Term[], row: Readonly<Record<string, unknown>>): string {
  const values = terms.map(({ column }) => {
    const value = row[column.key];
    return value instanceof Date ? value.getTime() : (value ?? null);
  });
  return Buffer.from(JSON.stringify([mark, ...values])).toString('base64url');
}

/**
 * The values that a cursor holds, one per term.
 * @throws DomainError BAD_CURSOR naming what is wrong with it
 */
export function readCursor(mark: string, terms: readonly Term[], text: string, argument: string): unknown[] {
  const [ownMark, ...values] = parsed(text, argument);
  if (ownMark !== mark) throw badCursor(argument, 'belongs to a list with another filter or order');
  const fits = values.length === terms.length && terms.every(({ column }, index) => holds(column, values[index]));
  if (!fits) throw badCursor(argument, 'does not fit the order of the list');
  return values.map((value, index) =>
    terms[index]?.column.kind === 'time' && value !== null ? new Date(value as number) : value,
  );
}

function parsed(text: string, argument: string): unknown[] {
  if (text.length > 2000) throw badCursor(argument, `has ${text.length} characters, the maximum is 2000`);
  try {
    const values: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Array.isArray(values)) return values;
  } catch {
    // Told below.
  }
  throw badCursor(argument, 'is not a cursor that this server gave');
}

/** A cursor comes from outside: what it holds must be what its column could hold. */
function holds({ kind, nullable }: Column, value: unknown): boolean {
  if (value === null) return nullable;
  if (kind === 'boolean') return typeof value === 'boolean';
  if (typeof value === 'number') return holdsNumber(kind, value);
  if (typeof value !== 'string' || value.includes('\0')) return false;
  if (kind === 'decimal') return isDecimal(value);
  return kind === 'day' ? isDay(value) : kind === 'text' || kind === 'uuid';
}

function holdsNumber(kind: Column['kind'], value: number): boolean {
  if (kind === 'integer') return Number.isInteger(value) && Math.abs(value) < 2 ** 31;
  if (kind === 'time') return Number.isInteger(value) && Math.abs(value) <= 8.64e15;
  return kind === 'double' || (kind === 'large' && Number.isSafeInteger(value));
}

function isDecimal(text: string): boolean {
  try {
    return canonicalDecimal(text) === text;
  } catch {
    return false;
  }
}

function badCursor(argument: string, what: string): DomainError {
  return new DomainError('BAD_CURSOR', `the cursor in \`${argument}\` ${what}`, { path: [argument] });
}
