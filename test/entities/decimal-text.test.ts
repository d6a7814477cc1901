import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalDecimal, fromNumeric, fromSortableDecimal, sortableDecimal } from '../../src/entities/columns/decimal-text.ts';
import { amountText } from '../../src/entities/columns/DecimalType.ts';
import { Decimal, decimal } from '../../src/trading/money.ts';

const unit = 10n ** 18n;

/** Amounts as whole numbers of the last digit: comparing them is comparing the amounts. */
const units = fc.bigInt(-(10n ** 38n) + 10n, 10n ** 38n - 10n);

function textOf(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(19, '0');
  return canonicalDecimal(`${value < 0n ? '-' : ''}${BigInt(digits) / unit}.${digits.slice(-18)}`);
}

describe('text of amounts for SQLite', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(units, (value) => {
        expect(fromSortableDecimal(sortableDecimal(textOf(value)))).toBe(textOf(value));
      }),
    );
  });

  it('sorts as the amounts do', () => {
    const near = fc.tuple(units, fc.bigInt(-5n, 5n)).map(([value, step]): [bigint, bigint] => [value, value + step]);
    fc.assert(
      fc.property(fc.oneof(fc.tuple(units, units), near), ([a, b]) => {
        const [x, y] = [sortableDecimal(textOf(a)), sortableDecimal(textOf(b))];
        expect([x < y, x === y]).toEqual([a < b, a === b]);
      }),
    );
  });

  it('reads as the amount where it is not negative, and cannot be taken for one where it is', () => {
    expect(sortableDecimal('1.5')).toBe('00000000000000000001.500000000000000000');
    expect(sortableDecimal('-1.5')).toBe('!99999999999999999998.499999999999999999');
    expect(sortableDecimal('0')).toBe('00000000000000000000.000000000000000000');
  });

  it.each(['', '1.5', '0.000000000000000000', 'x'.repeat(39)])('"%s" was not stored by the program', (stored) => {
    expect(() => fromSortableDecimal(stored)).toThrow(RangeError);
  });
});

describe('canonical text', () => {
  it.each([
    ['0', '0'],
    ['-0', '0'],
    ['0.000', '0'],
    ['-0.0', '0'],
    ['1.50', '1.5'],
    ['-1.500', '-1.5'],
    ['100', '100'],
    ['0.000000000000000001000', '0.000000000000000001'],
    ['99999999999999999999.999999999999999999', '99999999999999999999.999999999999999999'],
  ])('of %s is %s', (text, expected) => {
    expect(canonicalDecimal(text)).toBe(expected);
  });

  it.each([
    ['1e-8', /"1e-8" is not a plain decimal number/],
    ['NaN', /"NaN" is not a plain decimal number/],
    ['Infinity', /is not a plain decimal number/],
    ['', /is not a plain decimal number/],
    ['.5', /is not a plain decimal number/],
    ['5.', /is not a plain decimal number/],
    ['+5', /is not a plain decimal number/],
    ['05', /is not a plain decimal number/],
    ['1 000', /is not a plain decimal number/],
    ['١', /is not a plain decimal number/],
    ['100000000000000000000', /100000000000000000000 has 21 digits before the point, the maximum is 20/],
    ['0.0000000000000000001', /0\.0000000000000000001 has 19 digits after the point, the maximum is 18/],
  ])('of %s is refused', (text, message) => {
    expect(() => canonicalDecimal(text)).toThrow(message);
  });

  it.each([
    [1e-7, '0.0000001'],
    [0.1, '0.1'],
    [-0, '0'],
    [1e19, '10000000000000000000'],
  ])('of the number %s is plain digits', (value, expected) => {
    expect(amountText(value)).toBe(expected);
    expect(amountText(new Decimal(value))).toBe(expected);
  });

  it.each([Number.NaN, Infinity, new Decimal(Number.NaN), decimal('1').div(0)])('of %s there is none', (value) => {
    expect(() => amountText(value)).toThrow(/is not a finite decimal number/);
  });

  it.each([
    ['1.500000000000000000', '1.5'],
    ['-0.500000000000000000', '-0.5'],
    ['0.000000000000000000', '0'],
    ['100.000000000000000000', '100'],
    ['100', '100'],
  ])('of what PostgreSQL prints, %s, is %s', (text, expected) => {
    expect(fromNumeric(text)).toBe(expected);
  });
});
