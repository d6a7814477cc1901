import { type EntityProperty, type Platform, Type } from '@mikro-orm/core';
import { Decimal } from '../../trading/money.ts';
import {
  canonicalDecimal,
  fractionDigits,
  fromNumeric,
  fromSortableDecimal,
  integerDigits,
  sortableDecimal,
} from './decimal-text.ts';

/**
 * Canonical text of an amount, in whatever form the program holds it.
 * @throws RangeError naming the value and the limit: exponents in text, NaN, infinity, too many digits
 */
export function amountText(value: Decimal | string | number): string {
  if (typeof value === 'string') return canonicalDecimal(value);
  const amount = new Decimal(value);
  if (!amount.isFinite()) throw new RangeError(`${String(value)} is not a finite decimal number`);
  return canonicalDecimal(amount.isZero() ? '0' : amount.toFixed());
}

/**
 * An exact amount: `Decimal` in code, numeric(38,18) on PostgreSQL, order-preserving text on SQLite, so that comparing and
 * sorting in SQL are right on both. `sum()` in SQL is right on PostgreSQL only: amounts are added up in code.
 */
export class DecimalType extends Type<Decimal | null, string | null> {
  override convertToDatabaseValue(value: Decimal | string | null, platform: Platform): string | null {
    if (value === null || value === undefined) return value;
    const asText = storesText(platform);
    // Already in its stored form: a value that the entity manager read and compares.
    if (asText && typeof value === 'string' && isSortable(value)) return value;
    try {
      return asText ? sortableDecimal(amountText(value)) : amountText(value);
    } catch (cause) {
      throw new RangeError(`${this.prop?.name ?? 'amount'}: ${(cause as Error).message}`, { cause });
    }
  }

  override convertToJSValue(value: string | Decimal | null, platform: Platform): Decimal | null {
    if (value === null || value === undefined || typeof value !== 'string') return value;
    return new Decimal(storesText(platform) && isSortable(value) ? fromSortableDecimal(value) : value);
  }

  override compareValues(a: string | null, b: string | null): boolean {
    if (a === null || b === null || a === undefined || b === undefined) return a === b;
    return a === b || fromNumeric(a) === fromNumeric(b);
  }

  override compareAsType(): string {
    return 'string';
  }

  override ensureComparable(): boolean {
    return true;
  }

  override get runtimeType(): string {
    return 'Decimal';
  }

  override toJSON(value: Decimal | null): string | null {
    return value === null || value === undefined ? null : amountText(value);
  }

  override getColumnType(_prop: EntityProperty, platform: Platform): string {
    return storesText(platform) ? 'text' : `numeric(${integerDigits + fractionDigits},${fractionDigits})`;
  }
}

/** SQLite, in the one respect that matters here: it has no exact numbers. */
function storesText(platform: Platform): boolean {
  return !platform.convertsJsonAutomatically();
}

function isSortable(value: string): boolean {
  return value.length > integerDigits + fractionDigits && (value.charCodeAt(0) === 33 || value.charCodeAt(integerDigits) === 46);
}
