import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * Random tokens that only their hash is stored of. The prefix tells a person, a log filter and a secret scanner what was found; the
 * checksum at the end lets a mistyped one be refused without asking the database.
 */
export const TokenKind = { PERSONAL: 'cwk', REFRESH: 'cwr', PASSWORD_RESET: 'cwp' } as const;
export type TokenKind = (typeof TokenKind)[keyof typeof TokenKind];

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomLength = 43; // 62^43 > 2^256
const checksumLength = 6; // 62^6 > 2^32

/** A new token of 256 random bits, as in `cwk_…` (53 characters). */
export function mintToken(kind: TokenKind): string {
  const random = base62(BigInt(`0x${randomBytes(32).toString('hex')}`), randomLength);
  return `${kind}_${random}${checksum(kind, random)}`;
}

/** Whether the text has the form and the checksum of a token of this kind; says nothing about whether it is valid. */
export function isWellFormed(kind: TokenKind, token: string): boolean {
  if (token.length !== kind.length + 1 + randomLength + checksumLength || !token.startsWith(`${kind}_`)) return false;
  const random = token.slice(kind.length + 1, -checksumLength);
  return token.endsWith(checksum(kind, random));
}

/** What is stored of a token: SHA-256 in hexadecimal. A slow hash would add nothing to 256 random bits. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex');
}

function checksum(kind: TokenKind, random: string): string {
  return base62(BigInt(crc32(`${kind}_${random}`)), checksumLength);
}

function base62(value: bigint, length: number): string {
  let digits = '';
  for (let rest = value; digits.length < length; rest /= 62n) digits = alphabet.charAt(Number(rest % 62n)) + digits;
  return digits;
}
