import { createHash } from 'node:crypto';
import type { PageArguments } from '../database/index.ts';
import { DomainError } from '../errors.ts';

/*
 * Pages of what has one item for each moment, such as candles: a cursor is the moment, and whoever reads goes on from there.
 */

const defaultSize = 25;

/** A page of a list over time: how many items from which end, and between which moments. */
export interface TimePage {
  readonly size: number;
  readonly backwards: boolean;
  /** `from <= moment < to`, ms UTC; infinite where there is no bound. */
  readonly from: number;
  readonly to: number;
}

/**
 * @param list tells one list from another: a cursor belongs to one of them, with one range, and is refused elsewhere
 * @param largest page
 * @throws DomainError LIMIT_EXCEEDED, BAD_REQUEST or BAD_CURSOR, as for other pages
 */
export function timePage(
  list: string,
  range: { readonly from?: number | undefined; readonly to?: number | undefined },
  args: PageArguments,
  largest: number,
): TimePage & { cursorOf(at: number): string; pageOf<T>(found: readonly T[]): { rows: readonly T[] } & PageEnds } {
  const { size, backwards } = sizeOf(args, largest);
  const mark = createHash('sha256')
    .update(JSON.stringify([list, range.from, range.to]))
    .digest('base64url')
    .slice(0, 8);
  const after = readCursor(args.after, mark, 'after');
  const before = readCursor(args.before, mark, 'before');
  return {
    size,
    backwards,
    from: Math.max(range.from ?? Number.NEGATIVE_INFINITY, after === undefined ? Number.NEGATIVE_INFINITY : after + 1),
    to: Math.min(range.to ?? Number.POSITIVE_INFINITY, before ?? Number.POSITIVE_INFINITY),
    cursorOf: (at) => Buffer.from(JSON.stringify([mark, at])).toString('base64url'),
    // One more than the page was read, to see whether there are more.
    pageOf: (found) => {
      const more = found.length > size;
      return {
        rows: more ? (backwards ? found.slice(1) : found.slice(0, size)) : found,
        hasNextPage: backwards ? before !== undefined : more,
        hasPreviousPage: backwards ? more : after !== undefined,
      };
    },
  };
}

interface PageEnds {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

function sizeOf({ first, last }: PageArguments, largest: number): { size: number; backwards: boolean } {
  const [hasFirst, hasLast] = [first !== undefined && first !== null, last !== undefined && last !== null];
  if (hasFirst && hasLast)
    throw new DomainError('BAD_REQUEST', 'a page is taken from the start (`first`) or from the end (`last`), not both');
  const name = hasLast ? 'last' : 'first';
  const size = first ?? last ?? defaultSize;
  if (!Number.isInteger(size) || size < 0)
    throw new DomainError('BAD_REQUEST', `\`${name}\` is ${size}, it must be a whole number from 0`, { path: [name] });
  if (size > largest)
    throw new DomainError('LIMIT_EXCEEDED', `\`${name}\` is ${size}, the maximum is ${largest}`, {
      path: [name],
      details: { limit: largest, value: size },
    });
  return { size, backwards: hasLast };
}

function readCursor(text: string | null | undefined, mark: string, argument: string): number | undefined {
  if (text === undefined || text === null) return undefined;
  const bad = (what: string): DomainError =>
    new DomainError('BAD_CURSOR', `the cursor in \`${argument}\` ${what}`, { path: [argument] });
  if (text.length > 200) throw bad(`has ${text.length} characters, the maximum is 200`);
  let values: unknown;
  try {
    values = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    throw bad('is not a cursor that this server gave');
  }
  if (!Array.isArray(values) || values.length !== 2 || !Number.isSafeInteger(values[1]))
    throw bad('is not a cursor that this server gave');
  if (values[0] !== mark) throw bad('belongs to a list with another filter or order');
  return Number(values[1]);
}
