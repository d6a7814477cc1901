import { ParameterError } from '../trading/errors.ts';
import { DomainError } from './errors.ts';

/**
 * Runs a check of the core; what it refuses becomes an error of the edge.
 * @param prefix put before the path that the core names
 */
export function inputChecked<T>(check: () => T, prefix: readonly string[] = []): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    const { limit } = error.details;
    throw new DomainError('INVALID', error.message, {
      path: [...prefix, ...error.path],
      details: limit === undefined ? {} : { limit: Array.isArray(limit) ? limit.join(', ') : JSON.stringify(limit) },
      cause: error,
    });
  }
}

const longestName = 120;
const longestDescription = 4_000;

/** Characters that nobody types into a name: they would hide or break it. */
const invisible = /\p{Cc}/u;

/**
 * A name as it is stored: without blanks around it.
 * @throws DomainError REQUIRED or INVALID naming the limit
 */
export function checkedName(what: string, name: string, path: readonly string[]): string {
  const text = name.trim();
  const { length } = [...text];
  if (length === 0) throw new DomainError('REQUIRED', `${what} is empty, it needs 1 to ${longestName} characters`, { path });
  if (length > longestName)
    throw new DomainError('INVALID', `${what} has ${length} characters, the maximum is ${longestName}`, {
      path,
      details: { limit: String(longestName) },
    });
  if (invisible.test(text)) throw new DomainError('INVALID', `${what} may not contain control characters`, { path });
  return text;
}

/** @throws DomainError INVALID naming the limit */
export function checkedDescription(description: string | null | undefined, path: readonly string[]): string | null {
  if (description === null || description === undefined) return null;
  const { length } = [...description];
  if (length > longestDescription)
    throw new DomainError('INVALID', `the description has ${length} characters, the maximum is ${longestDescription}`, {
      path,
      details: { limit: String(longestDescription) },
    });
  if (description.includes('\0'))
    throw new DomainError('INVALID', 'the description may not contain the character U+0000', { path });
  return description;
}
