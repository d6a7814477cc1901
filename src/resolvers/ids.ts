import { DomainError } from '../services/errors.ts';

/** Type prefixes of global ids. */
export const idPrefixes = [
  'user', 'rtok', 'atok', 'aud', 'exc', 'key', 'chan', 'mkt', 'str', 'bot', 'ord', 'trd', 'pos', 'ctd', 'bt', 'btt', 'mc', 'opt', 'lim', 'alr', 'evt', 'log',
  'bal', 'snap', 'reb', 'cdl', 'cfe', 'kill', 'ref', 'rec', 'alt', 'ftr',
] as const; // prettier-ignore
export type IdPrefix = (typeof idPrefixes)[number];

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const pairs: string[] = [];
for (const a of alphabet) for (const b of alphabet) pairs.push(a + b);

/**
 * The global id of a row: its type's prefix and the row's UUID in 26 base32 digits, the TypeID format
 * (https://github.com/jetify-com/typeid, version 0.3): `bot_01h455vb4pex5vsknk084sn02q`.
 */
export function toGlobalId(prefix: IdPrefix, uuid: string): string {
  const hex = uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24);
  // 128 bits in pieces that 32-bit operators hold: 28, 20, 20, 30 and 30; two zero bits lead, so the first 6 digits carry 28.
  const first = Number.parseInt(hex.slice(0, 7), 16);
  const second = Number.parseInt(hex.slice(7, 12), 16);
  const third = Number.parseInt(hex.slice(12, 17), 16);
  const fourth = Number.parseInt(hex.slice(17, 25), 16);
  const last = Number.parseInt(hex.slice(25), 16);
  if (hex.length !== 32 || Number.isNaN(first + second + third + fourth + last)) throw new RangeError(`"${uuid}" is not a UUID`);
  const fifth = ((fourth & 3) << 28) | last;
  return `${prefix}_${digits(first, 6)}${digits(second, 4)}${digits(third, 4)}${digits(fourth >>> 2, 6)}${digits(fifth, 6)}`;
}

/** The lowest `count` × 5 bits as base32 digits, two at a time. */
function digits(bits: number, count: number): string {
  let text = '';
  for (let shift = (count - 2) * 5; shift >= 0; shift -= 10) text += pairs[(bits >>> shift) & 1023];
  return text;
}

const valueOf = new Map([...alphabet].map((letter, value) => [letter, BigInt(value)]));

/**
 * The UUID inside a global id.
 * @throws DomainError INVALID when the text is no id of this type: "expected a bot_ id, got order_"
 */
export function fromGlobalId(prefix: IdPrefix, id: string, path?: readonly string[]): string {
  const parsed = parseGlobalId(id);
  if (parsed?.prefix === prefix) return parsed.uuid;
  const got = /^([a-z]+)_/.exec(id)?.[1];
  const what = got !== undefined && got !== prefix ? `${got.slice(0, 20)}_` : `"${id.slice(0, 40)}"`;
  throw new DomainError('INVALID', `expected a ${prefix}_ id, got ${what}`, path ? { path } : {});
}

/** Prefix and UUID of a global id of any type; undefined when it is none. */
export function parseGlobalId(id: string): { prefix: IdPrefix; uuid: string } | undefined {
  const match = /^([a-z]+)_([0-7][0-9a-hjkmnp-tv-z]{25})$/.exec(id);
  if (!match || !(idPrefixes as readonly string[]).includes(match[1])) return undefined;
  let bits = 0n;
  for (const letter of match[2]) bits = (bits << 5n) | (valueOf.get(letter) ?? 0n);
  const hex = bits.toString(16).padStart(32, '0');
  const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return { prefix: match[1] as IdPrefix, uuid };
}
