import { amountText } from '../../../entities/columns/DecimalType.ts';
import { fromNumeric, fromSortableDecimal, sortableDecimal } from '../../../entities/columns/decimal-text.ts';
import type { Decimal } from '../../../trading/money.ts';
import { DomainError } from '../../errors.ts';
import type { Dialect } from '../database.ts';
import type { Column } from './table.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const noRow = '00000000-0000-0000-0000-000000000000';

/**
 * A value as the database compares it.
 * @throws DomainError INVALID for what no column of that kind could hold
 */
export function encode(dialect: Dialect, { key, kind }: Column, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (kind) {
    case 'decimal':
      return encodeDecimal(dialect, key, value);
    case 'time':
      return encodeTime(dialect, key, value);
    case 'boolean':
      return dialect === 'sqlite' ? Number(value === true) : value === true;
    case 'integer':
    case 'large':
    case 'double':
      if (typeof value !== 'number' || Number.isNaN(value))
        throw new DomainError('INVALID', `${key}: ${shown(value)} is not a number`);
      return value;
    default:
      if (typeof value !== 'string') throw new DomainError('INVALID', `${key}: ${shown(value)} is not a text`);
      return encodeText(kind, key, value);
  }
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value)?.slice(0, 40) ?? typeof value);
}

function encodeText(kind: Column['kind'], key: string, value: string): string {
  // PostgreSQL would refuse what is no uuid; to SQLite it is a text that no row has.
  if (kind === 'uuid') return uuid.test(value) ? value : noRow;
  if (kind === 'day' && !isDay(value))
    throw new DomainError('INVALID', `${key}: "${value.slice(0, 40)}" is not a day such as 2026-11-20`);
  if (value.includes('\0')) throw new DomainError('INVALID', `${key}: text may not contain the character U+0000`);
  return value;
}

function encodeDecimal(dialect: Dialect, key: string, value: unknown): string {
  try {
    const text = amountText(value as Decimal | string | number);
    return dialect === 'sqlite' ? sortableDecimal(text) : text;
  } catch (cause) {
    throw new DomainError('INVALID', `${key}: ${(cause as Error).message}`, { cause });
  }
}

/** The years that both databases and RFC 3339 can write; what lies beyond comes before or after every row. */
const earliest = Date.parse('0001-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

function encodeTime(dialect: Dialect, key: string, value: unknown): unknown {
  const time = value instanceof Date ? value : new Date(value as number | string);
  const ms = time.getTime();
  if (Number.isNaN(ms)) throw new DomainError('INVALID', `${key}: ${String(value)} is not a time`);
  if (dialect === 'sqlite') return ms;
  if (ms > latest) return 'infinity';
  return ms < earliest ? '-infinity' : time.toISOString();
}

export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text < '0001') return false;
  const time = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
}

type Decode = (value: never) => unknown;

/** How a stored value becomes what a row holds; undefined when it is that already. Null is never passed. */
export function decoderOf(dialect: Dialect, { kind }: Column): Decode | undefined {
  return (dialect === 'sqlite' ? sqliteDecoders : postgresDecoders)[kind];
}

const sqliteDecoders: Partial<Record<Column['kind'], Decode>> = {
  decimal: fromSortableDecimal,
  time: (value: number) => new Date(value),
  boolean: (value: number) => value === 1,
  // A column of SQLite's type json takes a bare number as a number.
  json: (value: unknown) => (typeof value === 'string' ? (JSON.parse(value) as unknown) : value),
};

const postgresDecoders: Partial<Record<Column['kind'], Decode>> = {
  decimal: fromNumeric,
  time: timeOfPostgres,
  large: Number,
};

/** `2026-11-20 19:47:23.123+00`: the sessions run in UTC, so the zone is always +00. */
function timeOfPostgres(text: string): Date {
  return new Date(`${text.slice(0, 10)}T${text.slice(11, text.length - 3)}Z`);
}
