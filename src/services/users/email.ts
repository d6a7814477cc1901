import { DomainError } from '../errors.ts';

/** The longest address that mail can be sent to, in characters (RFC 5321 section 4.5.3.1.3, without the angle brackets). */
const longestEmail = 254;

const shape = /^[^\s@"(),:;<>[\\\]\p{Cc}\p{Cf}]{1,64}@[^\s@"(),:;<>[\\\]\p{Cc}\p{Cf}]{1,253}$/u;

/**
 * The one spelling under which an address is stored and looked up: trimmed, compatibility characters folded (NFKC), lower case.
 * @throws DomainError INVALID at `path` when it is not an address
 */
export function normaliseEmail(text: string, path: readonly string[]): string {
  if (text.length > 4 * longestEmail) throw tooLong(text.length, path);
  const email = text.normalize('NFKC').trim().toLowerCase();
  if (email.length > longestEmail) throw tooLong(email.length, path);
  if (!shape.test(email)) throw new DomainError('INVALID', `"${email}" is not an email address`, { path });
  return email;
}

function tooLong(length: number, path: readonly string[]): DomainError {
  return new DomainError('INVALID', `the email address has ${length} characters, the maximum is ${longestEmail}`, { path });
}
