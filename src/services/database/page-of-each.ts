import type { EntityClass } from '@mikro-orm/core';
import { boundsOf, type Page, type PageArguments, pageFrom, planOf, type PageQuery } from './page.ts';
import { Conditions } from './rows/filter.ts';
import { orderBy } from './rows/order.ts';
import type { RowContext } from './rows/rows.ts';
import type { StoredRow } from './rows/source.ts';
import { encode } from './rows/values.ts';
import type { Column } from './rows/table.ts';
import type { RowKey, RowOf } from './rows/types.ts';

/** Parents that one statement serves. */
const mostParents = 10_000;

/**
 * One page of children for each of many parents, in one statement: the database takes the first few of each parent from the
 * index and leaves the rest, so a parent with a million children costs what one with twenty does.
 * @param parent the column that refers to the parent
 * @returns a page for every parent, also for those without children
 */
export async function pageOfEach<E extends object, K extends RowKey<E>>(
  context: RowContext,
  entity: EntityClass<E>,
  parent: RowKey<E>,
  parentIds: readonly string[],
  query: PageQuery<E, K>,
  args: PageArguments,
): Promise<Map<string, Page<Pick<RowOf<E>, K>>>> {
  if (parentIds.length > mostParents)
    throw new RangeError(`pages of ${parentIds.length} parents exceed ${mostParents} a statement`);
  const plan = planOf(context, entity, query, args, [parent]);
  const { statement, table, selection, terms, size } = plan;
  const column = table.columns.get(parent) as Column;
  const parents = parentIds.map((id) => encode(statement.dialect, column, id));
  const conditions = new Conditions(statement, context.tables, context.owner);
  const order = orderBy(terms, 't');
  const sql =
    statement.dialect === 'sqlite' ? sqliteSql(statement.raw(JSON.stringify(parents))) : postgresSql(statement.raw(parents));

  function inner(reference: string): string {
    const where = conditions.where(table, 't', query.where);
    const all = [`t.${column.sql} = ${reference}`, where, ...boundsOf(plan, statement, 't')].join(' and ');
    return `from ${table.sql} t where ${all} order by ${order} limit ${statement.raw(size + 1)}`;
  }

  function postgresSql(list: string): string {
    return `select t.* from unnest(${list}::uuid[]) with ordinality as p(id, place) cross join lateral (select ${selection.sql} ${inner('p.id')}) t order by p.place, ${orderBy(terms, 't', 'key')}`;
  }

  function sqliteSql(list: string): string {
    return `select ${selection.sql} from json_each(${list}) p cross join ${table.sql} t where t.rowid in (select t.rowid ${inner('p.value')}) order by p.key, ${order}`;
  }

  const stored = await context.source.all(sql, statement.parameters);
  const groups = new Map<string, StoredRow[]>(parentIds.map((id) => [id, []]));
  for (const row of stored) groups.get(row[column.key] as string)?.push(row);
  return new Map([...groups].map(([id, rows]) => [id, pageFrom(plan, rows) as Page<Pick<RowOf<E>, K>>]));
}
