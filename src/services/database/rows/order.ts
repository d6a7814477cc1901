import type { Statement } from './statement.ts';
import type { Column, Table } from './table.ts';

/** One term of an order. */
export interface Term {
  readonly column: Column;
  readonly descending: boolean;
  /** Only matters where the column is nullable. */
  readonly nullsFirst: boolean;
}

interface Wanted {
  readonly field: string;
  readonly direction?: 'ASC' | 'DESC';
  readonly nulls?: 'FIRST' | 'LAST';
}

/**
 * The terms of a total order: those wanted, then the primary key in the direction of the last one, so that an index over both
 * is read in one sweep. Without any, newest first where rows know when they were made.
 */
export function termsOf(table: Table, wanted: readonly Wanted[] = []): Term[] {
  const given: readonly Wanted[] =
    wanted.length > 0 ? wanted : table.columns.has('createdAt') ? [{ field: 'createdAt', direction: 'DESC' }] : [];
  const terms: Term[] = [];
  for (const { field, direction, nulls } of given) {
    const column = table.columns.get(field);
    if (!column) throw new TypeError(`${table.name} has no ${field} to order by`);
    if (terms.some((term) => term.column === column)) continue;
    terms.push({ column, descending: direction === 'DESC', nullsFirst: nulls === 'FIRST' });
  }
  const descending = terms.at(-1)?.descending ?? false;
  for (const column of table.primaryKey)
    if (!terms.some((term) => term.column === column)) terms.push({ column, descending, nullsFirst: false });
  return terms;
}

/** The same order, backwards. */
export function reversed(terms: readonly Term[]): Term[] {
  return terms.map(({ column, descending, nullsFirst }) => ({ column, descending: !descending, nullsFirst: !nullsFirst }));
}

/**
 * The terms as SQL. Nulls go where they should on both databases, by a term of their own.
 * @param by under which names `alias` has its columns: the table's own, or the keys of a selection
 */
export function orderBy(terms: readonly Term[], alias: string, by: 'column' | 'key' = 'column'): string {
  return terms
    .map(({ column, descending, nullsFirst }) => {
      const reference = `${alias}.${by === 'key' ? `"${column.key}"` : column.sql}`;
      const nulls = column.nullable ? `(${reference} is null)${nullsFirst ? ' desc' : ''}, ` : '';
      return `${nulls}${reference}${descending ? ' desc' : ''}`;
    })
    .join(', ');
}

/** The condition that a row comes after one with these values. */
export function comesAfter(statement: Statement, terms: readonly Term[], alias: string, values: readonly unknown[]): string {
  const [first] = terms;
  const simple = terms.every(({ column, descending }) => !column.nullable && descending === first?.descending);
  if (simple) {
    // One comparison of whole rows: what an index over the terms can seek to.
    const columns = terms.map(({ column }) => `${alias}.${column.sql}`).join(', ');
    const bounds = terms.map(({ column }, index) => statement.value(column, values[index])).join(', ');
    return `(${columns}) ${first?.descending ? '<' : '>'} (${bounds})`;
  }
  const alternatives = terms.map((term, index) => {
    const equal = terms.slice(0, index).map(({ column }, i) => same(statement, column, alias, values[i]));
    return `(${[...equal, beyond(statement, term, alias, values[index])].join(' and ')})`;
  });
  return `(${alternatives.join(' or ')})`;
}

function same(statement: Statement, column: Column, alias: string, value: unknown): string {
  const reference = `${alias}.${column.sql}`;
  return value === null ? `${reference} is null` : `${reference} = ${statement.value(column, value)}`;
}

function beyond(statement: Statement, { column, descending, nullsFirst }: Term, alias: string, value: unknown): string {
  const reference = `${alias}.${column.sql}`;
  if (value === null) return nullsFirst ? `${reference} is not null` : 'false';
  const further = `${reference} ${descending ? '<' : '>'} ${statement.value(column, value)}`;
  return column.nullable && !nullsFirst ? `(${further} or ${reference} is null)` : further;
}
