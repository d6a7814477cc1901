import type { EntityClass } from '@mikro-orm/core';
import { Conditions } from './rows/filter.ts';
import { type RowContext, tableIn } from './rows/rows.ts';
import { Statement } from './rows/statement.ts';
import type { Column } from './rows/table.ts';
import type { RowFilter, RowKey } from './rows/types.ts';
import { encode } from './rows/values.ts';

/** Rows counted; when counting stopped at the cap, there are at least so many. */
export interface Count {
  readonly value: number;
  readonly exact: boolean;
}

const defaultCap = 10_000;

/** Counts the rows of a list, but not beyond `cap`, so that it stays cheap. */
export async function countUpTo<E extends object>(
  context: RowContext,
  entity: EntityClass<E>,
  where: RowFilter<E> | null | undefined,
  cap: number = defaultCap,
): Promise<Count> {
  const table = tableIn(context, entity);
  const statement = new Statement(context.source.dialect);
  const condition = new Conditions(statement, context.tables, context.owner).where(table, 't', where);
  const sql = `select count(*) as n from (select 1 from ${table.sql} t where ${condition} limit ${statement.raw(cap + 1)}) counted`;
  const [row] = await context.source.all(sql, statement.parameters);
  return capped(row?.['n'], cap);
}

/** The same for each of many parents, in one statement. */
export async function countUpToOfEach<E extends object>(
  context: RowContext,
  entity: EntityClass<E>,
  parent: RowKey<E>,
  parentIds: readonly string[],
  where: RowFilter<E> | null | undefined,
  cap: number = defaultCap,
): Promise<Map<string, Count>> {
  const table = tableIn(context, entity);
  const statement = new Statement(context.source.dialect);
  const column = table.columns.get(parent) as Column;
  const conditions = new Conditions(statement, context.tables, context.owner);
  const parents = parentIds.map((id) => encode(statement.dialect, column, id));
  const [reference, from] =
    statement.dialect === 'sqlite' ? ['p.value', 'json_each(%) p'] : ['p.id', 'unnest(%::uuid[]) as p(id)'];
  const counting = (): string => {
    const condition = conditions.where(table, 't', where);
    return `(select count(*) from (select 1 from ${table.sql} t where t.${column.sql} = ${reference} and ${condition} limit ${statement.raw(cap + 1)}) counted)`;
  };
  const count = counting();
  const list = statement.raw(statement.dialect === 'sqlite' ? JSON.stringify(parents) : parents);
  const sql = `select ${reference} as parent, ${count} as n from ${from.replace('%', list)}`;
  const rows = await context.source.all(sql, statement.parameters);
  const counts = new Map(rows.map((row) => [row['parent'] as string, capped(row['n'], cap)]));
  return new Map(parentIds.map((id) => [id, counts.get(id) ?? { value: 0, exact: true }]));
}

function capped(counted: unknown, cap: number): Count {
  const value = Number(counted);
  return { value: Math.min(value, cap), exact: value <= cap };
}
