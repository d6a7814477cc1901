import { DomainError } from '../../services/errors.ts';

/** Keys shown of a way into variables that leads too far. */
const shownKeys = 12;

/**
 * Refuses variables that are nested too deep, before anything walks through them by recursion and runs out of stack, and texts with half of a surrogate
 * pair, which JSON can write and no database can store: it would come back as another character, or not at all.
 * @throws DomainError LIMIT_EXCEEDED with the beginning of the way down, BAD_REQUEST with the way to the text
 */
export function assertReadable(variables: Readonly<Record<string, unknown>>, most: number): void {
  const ways: { value: object; keys: readonly string[]; depth: number }[] = [{ value: variables, keys: [], depth: 0 }];
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    if (way.depth > most)
      throw new DomainError('LIMIT_EXCEEDED', `the variables are nested deeper than ${most} levels, at ${way.keys.join('.')}…`, {
        path: way.keys,
        details: { limit: most },
      });
    for (const [key, value] of Object.entries(way.value)) {
      const isText = typeof value === 'string';
      if ((isText && !value.isWellFormed()) || !key.isWellFormed()) throw halfCharacter([...way.keys, key]);
      if (typeof value === 'object' && value !== null)
        ways.push({ value, keys: way.keys.length < shownKeys ? [...way.keys, key] : way.keys, depth: way.depth + 1 });
    }
  }
}

function halfCharacter(keys: readonly string[]): DomainError {
  const path = keys.map((key) => key.toWellFormed());
  const where = path.join('.').slice(0, 200).toWellFormed();
  return new DomainError('BAD_REQUEST', `${where} has half of a surrogate pair (U+D800 to U+DFFF): a text is whole characters`, {
    path,
  });
}
