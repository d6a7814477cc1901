import { DomainError } from '../errors.ts';
import { commonPasswords } from './common-passwords.ts';

/** Characters (code points) that a password may have; NIST SP 800-63B wants length, a list of refused ones, and no rules of composition. */
export const passwordLength = { min: 8, max: 256 } as const;

/**
 * Refuses a password that is too short, too long, common, one repeated character, or the person's own address. The message never
 * repeats the password.
 * @throws DomainError INVALID at `path`
 */
export function assertPassword(password: string, email: string, path: readonly string[]): void {
  const refuse = (reason: string): never => {
    throw new DomainError('INVALID', `the password ${reason}`, { path });
  };
  const normal = password.normalize('NFKC');
  const length = Array.from(normal).length;
  if (length < passwordLength.min) refuse(`has ${length} characters, the minimum is ${passwordLength.min}`);
  if (length > passwordLength.max) refuse(`has ${length} characters, the maximum is ${passwordLength.max}`);
  const folded = normal.toLowerCase();
  if (new Set(folded).size === 1) refuse('is one character repeated');
  if (folded === email || folded === email.split('@')[0]) refuse('is the email address of the account');
  if (commonPasswords.has(folded)) refuse('is one of the most common passwords');
}
