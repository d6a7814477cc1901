import { DomainError } from '../../services/errors.ts';

/** Keys shown of a way into variables that leads too far. */
const shownKeys = 12;

/**
 * Refuses variables that are nested too deep, before anything walks through them by recursion and runs out of stack.
 * @throws DomainError LIMIT_EXCEEDED with the beginning of the way down
 */
export function assertShallow(variables: Readonly<Record<string, unknown>>, most: number): void {
  const ways: { value: object; keys: readonly string[]; depth: number }[] = [{ value: variables, keys: [], depth: 0 }];
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    if (way.depth > most)
      throw new DomainError('LIMIT_EXCEEDED', `the variables are nested deeper than ${most} levels, at ${way.keys.join('.')}…`, {
        path: way.keys,
        details: { limit: most },
      });
    for (const [key, value] of Object.entries(way.value))
      if (typeof value === 'object' && value !== null)
        ways.push({ value, keys: way.keys.length < shownKeys ? [...way.keys, key] : way.keys, depth: way.depth + 1 });
  }
}
