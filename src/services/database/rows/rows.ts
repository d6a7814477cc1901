import type { EntityClass } from '@mikro-orm/core';
import { type Count, countUpTo, countUpToOfEach } from '../count.ts';
import { type Page, type PageArguments, pageOf, type PageQuery } from '../page.ts';
import { pageOfEach } from '../page-of-each.ts';
import { Conditions, type Owner } from './filter.ts';
import { orderBy, termsOf } from './order.ts';
import type { Selections } from './select.ts';
import type { RowSource, StoredRow } from './source.ts';
import { Statement } from './statement.ts';
import type { Column, Table, Tables } from './table.ts';
import type { RowFilter, RowKey, RowOf, RowOrder } from './types.ts';

/** What a read of plain rows is made with: where it runs, what it knows, and whose rows it may see. */
export interface RowContext {
  readonly source: RowSource;
  readonly tables: Tables;
  readonly selections: Selections;
  readonly owner: Owner;
}

/** Rows that a list may have at most; longer ones are paged. */
const longestList = 10_000;

/** Plain rows of one person (or of everybody, for the program's own work). Every select of an owned table carries the owner. */
export class Rows {
  readonly #context: RowContext;

  constructor(context: RowContext) {
    this.#context = context;
  }

  /** The row with this id; null when there is none or it is somebody else's. */
  async find<E extends object, K extends RowKey<E>>(
    entity: EntityClass<E>,
    id: string,
    fields: readonly K[],
  ): Promise<Pick<RowOf<E>, K> | null> {
    const rows = await this.byIds(entity, [id], fields);
    return rows.get(id) ?? null;
  }

  /**
   * Rows by the value of a key, in one statement: what a loader needs.
   * @param key a column with unique values: the id unless said otherwise
   */
  async byIds<E extends object, K extends RowKey<E>>(
    entity: EntityClass<E>,
    ids: readonly string[],
    fields: readonly K[],
    key?: RowKey<E>,
  ): Promise<Map<string, Pick<RowOf<E>, K>>> {
    const table = this.#table(entity);
    const column = (key === undefined ? table.primaryKey[0] : table.columns.get(key)) as Column;
    const statement = new Statement(this.#context.source.dialect);
    const selection = this.#context.selections.of(table, unique([...fields, column.key]), 't');
    const where = this.#conditions(statement).where(table, 't', undefined);
    const oneOf = statement.oneOf(`t.${column.sql}`, column, ids);
    const rows = await this.#run(`select ${selection.sql} from ${table.sql} t where ${where} and ${oneOf}`, statement);
    return new Map(selection.read(rows).map((row) => [row[column.key] as string, row as Pick<RowOf<E>, K>]));
  }

  /**
   * A list with a known bound.
   * @param query.limit at most 10,000
   */
  async list<E extends object, K extends RowKey<E>>(
    entity: EntityClass<E>,
    query: { fields: readonly K[]; where?: RowFilter<E>; orderBy?: readonly RowOrder<E>[]; limit: number },
  ): Promise<Pick<RowOf<E>, K>[]> {
    if (query.limit > longestList) throw new RangeError(`a list of ${query.limit} rows exceeds ${longestList}: read it in pages`);
    const table = this.#table(entity);
    const statement = new Statement(this.#context.source.dialect);
    const selection = this.#context.selections.of(table, query.fields, 't');
    const where = this.#conditions(statement).where(table, 't', query.where);
    const order = orderBy(termsOf(table, query.orderBy), 't');
    const sql = `select ${selection.sql} from ${table.sql} t where ${where} order by ${order} limit ${statement.raw(query.limit)}`;
    return selection.read(await this.#run(sql, statement)) as Pick<RowOf<E>, K>[];
  }

  /** The first of a list; null when it is empty. */
  async first<E extends object, K extends RowKey<E>>(
    entity: EntityClass<E>,
    query: { fields: readonly K[]; where?: RowFilter<E>; orderBy?: readonly RowOrder<E>[] },
  ): Promise<Pick<RowOf<E>, K> | null> {
    const [row] = await this.list(entity, { ...query, limit: 1 });
    return row ?? null;
  }

  /** One page; see `pageOf`. */
  page<E extends object, K extends RowKey<E>>(
    entity: EntityClass<E>,
    query: PageQuery<E, K>,
    args: PageArguments,
  ): Promise<Page<Pick<RowOf<E>, K>>> {
    return pageOf(this.#context, entity, query, args);
  }

  /** One page for each of many parents, in one statement; see `pageOfEach`. */
  pageOfEach<E extends object, K extends RowKey<E>>(
    entity: EntityClass<E>,
    parent: RowKey<E>,
    parentIds: readonly string[],
    query: PageQuery<E, K>,
    args: PageArguments,
  ): Promise<Map<string, Page<Pick<RowOf<E>, K>>>> {
    return pageOfEach(this.#context, entity, parent, parentIds, query, args);
  }

  /** How many there are; counting stops at `cap`. */
  countUpTo<E extends object>(entity: EntityClass<E>, where?: RowFilter<E>, cap?: number): Promise<Count> {
    return countUpTo(this.#context, entity, where, cap);
  }

  /** How many each of many parents has, in one statement. */
  countUpToOfEach<E extends object>(
    entity: EntityClass<E>,
    parent: RowKey<E>,
    parentIds: readonly string[],
    where?: RowFilter<E>,
    cap?: number,
  ): Promise<Map<string, Count>> {
    return countUpToOfEach(this.#context, entity, parent, parentIds, where, cap);
  }

  #table(entity: object): Table {
    return tableIn(this.#context, entity);
  }

  #conditions(statement: Statement): Conditions {
    return new Conditions(statement, this.#context.tables, this.#context.owner);
  }

  #run(sql: string, statement: Statement): Promise<StoredRow[]> {
    return this.#context.source.all(sql, statement.parameters);
  }
}

export function tableIn({ tables }: RowContext, entity: object): Table {
  const table = tables.get(entity);
  if (!table) throw new TypeError(`${(entity as { name?: string }).name ?? 'that'} is not an entity`);
  return table;
}

export function unique(keys: readonly string[]): string[] {
  return [...new Set(keys)];
}
