/** What a ledger column holds: numeric(38,18), that is 20 digits before the point and 18 after it. */
export const integerDigits = 20;
export const fractionDigits = 18;

const plain = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/;
const zeros = '0'.repeat(integerDigits);
const fullWidth = /^\d{20}\.\d{18}$/;

/**
 * The one spelling of an amount: no exponent, no needless zeros, no minus zero.
 * @throws RangeError naming the value and the limit when it is not plain digits or does not fit a ledger column
 */
export function canonicalDecimal(text: string): string {
  const match = plain.exec(text);
  if (!match) throw new RangeError(`"${text.slice(0, 60)}" is not a plain decimal number such as "0.00000001"`);
  const [, sign = '', integer = '', rawFraction = ''] = match;
  const fraction = withoutTrailingZeros(rawFraction);
  if (integer.length > integerDigits)
    throw new RangeError(`${text.slice(0, 60)} has ${integer.length} digits before the point, the maximum is ${integerDigits}`);
  if (fraction.length > fractionDigits)
    throw new RangeError(`${text.slice(0, 100)} has ${fraction.length} digits after the point, the maximum is ${fractionDigits}`);
  if (integer === '0' && fraction === '') return '0';
  return fraction === '' ? sign + integer : `${sign}${integer}.${fraction}`;
}

/**
 * Text that sorts and compares as the number does, for SQLite, whose own numbers would lose digits. Zero and above: zero-padded
 * to full width (`00000000000000000001.500000000000000000`). Below zero: `!`, which sorts before every digit, and the nines'
 * complement of the digits, so that the larger debt sorts first and nobody mistakes it for an amount.
 * @param canonical text as `canonicalDecimal` gives it
 */
export function sortableDecimal(canonical: string): string {
  const negative = canonical.charCodeAt(0) === 45;
  const digits = negative ? canonical.slice(1) : canonical;
  const point = digits.indexOf('.');
  const integer = point < 0 ? digits : digits.slice(0, point);
  const fraction = point < 0 ? '' : digits.slice(point + 1);
  const padded = `${zeros.slice(integer.length)}${integer}.${fraction.padEnd(fractionDigits, '0')}`;
  return negative ? `!${complement(padded)}` : padded;
}

/** Reads what `sortableDecimal` wrote. */
export function fromSortableDecimal(stored: string): string {
  const negative = stored.charCodeAt(0) === 33;
  const padded = negative ? complement(stored.slice(1)) : stored;
  if (!fullWidth.test(padded)) throw new RangeError(`"${stored.slice(0, 60)}" is not an amount that this program stored`);
  let start = 0;
  while (start < integerDigits - 1 && padded.charCodeAt(start) === 48) start++;
  const text = trimFraction(padded, start);
  return negative ? `-${text}` : text;
}

/** Canonical text of what PostgreSQL's numeric prints: "1.500000000000000000" becomes "1.5". */
export function fromNumeric(text: string): string {
  return text.includes('.') ? trimFraction(text, 0) : text;
}

function trimFraction(text: string, start: number): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end--;
  if (text.charCodeAt(end - 1) === 46) end--;
  return text.slice(start, end);
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 48) end--;
  return digits.slice(0, end);
}

function complement(padded: string): string {
  let result = '';
  for (let i = 0; i < padded.length; i++) {
    const code = padded.charCodeAt(i);
    result += code === 46 ? '.' : String.fromCharCode(105 - code);
  }
  return result;
}
