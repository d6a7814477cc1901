import { Decimal as DecimalJs } from 'decimal.js';

/** The only money type: exact, 60 significant digits, never an exponent in its text. */
export const Decimal = DecimalJs.clone({ precision: 60, toExpNeg: -60, toExpPos: 60, rounding: DecimalJs.ROUND_HALF_EVEN });
export type Decimal = DecimalJs;

const plainNumber = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/**
 * Reads an exact decimal. Text must be plain digits ("0.00012", not "1e-8" or ".5"); numbers are taken by their shortest
 * decimal text, so 0.1 means 0.1.
 * @throws RangeError naming the value when it is not a finite plain decimal
 */
export function decimal(value: string | number | Decimal): Decimal {
  if (typeof value === 'string' && !plainNumber.test(value))
    throw new RangeError(`"${value.slice(0, 60)}" is not a plain decimal number`);
  const result = new Decimal(value);
  if (!result.isFinite()) throw new RangeError(`${String(value)} is not a finite decimal number`);
  return result;
}

/** Canonical text: no exponent, no trailing zeros, no minus zero. Two equal amounts have equal text. */
export function canonical(value: Decimal): string {
  return value.isZero() ? '0' : value.toFixed();
}
