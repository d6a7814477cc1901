import type { EntityClass } from '@mikro-orm/core';
import { DomainError } from '../errors.ts';
import { listMark, readCursor, writeCursor } from './rows/cursor.ts';
import { Conditions } from './rows/filter.ts';
import { comesAfter, orderBy, reversed, type Term, termsOf } from './rows/order.ts';
import { type RowContext, tableIn, unique } from './rows/rows.ts';
import type { StoredRow } from './rows/source.ts';
import { Statement } from './rows/statement.ts';
import type { RowFilter, RowKey, RowOf, RowOrder } from './rows/types.ts';

/** Which part of a list is wanted, as in Relay: `first` after a cursor, or `last` before one. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** Which list, and what of each row. The primary key is appended to the order, so that it is total. */
export interface PageQuery<E, K extends RowKey<E> = RowKey<E>> {
  readonly fields: readonly K[];
  readonly where?: RowFilter<E> | null | undefined;
  readonly orderBy?: readonly RowOrder<E>[] | null | undefined;
  /** Largest page; 100 unless said otherwise. */
  readonly maximum?: number;
}

/** A page. Rows also carry the columns of the order, which cursors are made of. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  cursorOf(row: Row): string;
}

const defaultSize = 25;
const defaultMaximum = 100;

/**
 * Reads one page by its neighbours' values and never by counting, so that a deep page costs what the first does.
 * @throws DomainError LIMIT_EXCEEDED for a page too large, BAD_REQUEST for sizes that make no sense, BAD_CURSOR for a cursor of
 * another list
 */
export async function pageOf<E extends object, K extends RowKey<E>>(
  context: RowContext,
  entity: EntityClass<E>,
  query: PageQuery<E, K>,
  args: PageArguments,
): Promise<Page<Pick<RowOf<E>, K>>> {
  const plan = planOf(context, entity, query, args);
  const { statement, table, selection, terms, size } = plan;
  const where = new Conditions(statement, context.tables, context.owner).where(table, 't', query.where);
  const bounds = boundsOf(plan, statement, 't');
  const sql =
    `select ${selection.sql} from ${table.sql} t where ${[where, ...bounds].join(' and ')} ` +
    `order by ${orderBy(terms, 't')} limit ${statement.raw(size + 1)}`;
  return pageFrom(plan, await context.source.all(sql, statement.parameters)) as Page<Pick<RowOf<E>, K>>;
}

/** What a page's statement is built from, for one list or for many. */
export interface PagePlan {
  readonly statement: Statement;
  readonly table: ReturnType<typeof tableIn>;
  readonly selection: ReturnType<RowContext['selections']['of']>;
  /** In reading direction: reversed when the page is taken from the end. */
  readonly terms: readonly Term[];
  readonly size: number;
  readonly backwards: boolean;
  readonly mark: string;
  readonly natural: readonly Term[];
  readonly after: readonly unknown[] | undefined;
  readonly before: readonly unknown[] | undefined;
}

export function planOf<E extends object, K extends RowKey<E>>(
  context: RowContext,
  entity: EntityClass<E>,
  query: PageQuery<E, K>,
  args: PageArguments,
  more: readonly string[] = [],
): PagePlan {
  const table = tableIn(context, entity);
  const { size, backwards } = sizeOf(args, query.maximum ?? defaultMaximum);
  const natural = termsOf(table, query.orderBy ?? []);
  const mark = listMark(table, context.owner, query.where, natural);
  const keys = unique([...query.fields, ...natural.map(({ column }) => column.key), ...more]);
  const cursor = (name: 'after' | 'before'): unknown[] | undefined =>
    args[name] === undefined || args[name] === null ? undefined : readCursor(mark, natural, args[name], name);
  return {
    statement: new Statement(context.source.dialect),
    table,
    selection: context.selections.of(table, keys, 't'),
    terms: backwards ? reversed(natural) : natural,
    size,
    backwards,
    mark,
    natural,
    after: cursor('after'),
    before: cursor('before'),
  };
}

/** The conditions of the cursors, in the order in which their values must stand in the statement. */
export function boundsOf({ after, before, natural }: PagePlan, statement: Statement, alias: string): string[] {
  const bounds: string[] = [];
  if (after) bounds.push(comesAfter(statement, natural, alias, after));
  if (before) bounds.push(comesAfter(statement, reversed(natural), alias, before));
  return bounds;
}

/** The page that up to `size + 1` rows in reading direction make. */
export function pageFrom(
  { after, backwards, before, mark, natural, selection, size }: PagePlan,
  stored: StoredRow[],
): Page<StoredRow> {
  const more = stored.length > size;
  const rows = selection.read(more ? stored.slice(0, size) : stored);
  if (backwards) rows.reverse();
  return {
    rows,
    // A cursor stands on a row of the list, so there is one on its other side.
    hasNextPage: backwards ? before !== undefined : more,
    hasPreviousPage: backwards ? more : after !== undefined,
    cursorOf: (row) => writeCursor(mark, natural, row),
  };
}

function sizeOf({ first, last }: PageArguments, maximum: number): { size: number; backwards: boolean } {
  const [hasFirst, hasLast] = [first !== undefined && first !== null, last !== undefined && last !== null];
  if (hasFirst && hasLast)
    throw new DomainError('BAD_REQUEST', 'a page is taken from the start (`first`) or from the end (`last`), not both');
  const name = hasLast ? 'last' : 'first';
  const size = first ?? last ?? Math.min(defaultSize, maximum);
  if (!Number.isInteger(size) || size < 0)
    throw new DomainError('BAD_REQUEST', `\`${name}\` is ${size}, it must be a whole number from 0`, { path: [name] });
  if (size > maximum)
    throw new DomainError('LIMIT_EXCEEDED', `\`${name}\` is ${size}, the maximum is ${maximum}`, {
      path: [name],
      details: { limit: maximum, value: size },
    });
  return { size, backwards: hasLast };
}
