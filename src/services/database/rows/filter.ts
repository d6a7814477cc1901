import { DomainError } from '../../errors.ts';
import type { everyone } from '../../../entities/columns/owned.ts';
import type { Statement } from './statement.ts';
import type { Column, Relation, Table, Tables } from './table.ts';

/** Whose rows are read: a user's id, or everybody's. */
export type Owner = string | typeof everyone;

type AnyFilter = Readonly<Record<string, unknown>>;

/** Builds the conditions of one statement. Every table that it touches carries the owner, also inside nested filters. */
export class Conditions {
  readonly #statement: Statement;
  readonly #tables: Tables;
  readonly #owner: Owner;
  #aliases = 0;

  constructor(statement: Statement, tables: Tables, owner: Owner) {
    this.#statement = statement;
    this.#tables = tables;
    this.#owner = owner;
  }

  /** The owner's condition and the filter's, joined with `and`; never empty. */
  where(table: Table, alias: string, filter: AnyFilter | null | undefined): string {
    const parts = [...this.#owned(table, alias), ...this.#filter(table, alias, filter ?? {})];
    return parts.length > 0 ? parts.join(' and ') : 'true';
  }

  #owned(table: Table, alias: string): string[] {
    if (!table.owner || typeof this.#owner === 'symbol') return [];
    return [`${alias}.${table.owner.sql} = ${this.#statement.value(table.owner, this.#owner)}`];
  }

  #filter(table: Table, alias: string, filter: AnyFilter): string[] {
    const parts: string[] = [];
    for (const [name, condition] of Object.entries(filter)) {
      if (condition === undefined || condition === null) continue;
      if (name === 'and') parts.push(this.#all(table, alias, condition as AnyFilter[], ' and ', 'true'));
      else if (name === 'or') parts.push(this.#all(table, alias, condition as AnyFilter[], ' or ', 'false'));
      else if (name === 'not') parts.push(`not coalesce(${this.#group(table, alias, condition as AnyFilter)}, false)`);
      else parts.push(...this.#named(table, alias, name, condition as AnyFilter));
    }
    return parts;
  }

  #all(table: Table, alias: string, filters: readonly AnyFilter[], joint: string, none: string): string {
    return filters.length === 0 ? none : `(${filters.map((filter) => this.#group(table, alias, filter)).join(joint)})`;
  }

  #group(table: Table, alias: string, filter: AnyFilter): string {
    const parts = this.#filter(table, alias, filter);
    return parts.length > 0 ? `(${parts.join(' and ')})` : '(true)';
  }

  #named(table: Table, alias: string, name: string, condition: AnyFilter): string[] {
    const column = table.columns.get(name);
    if (column) return this.#operators(`${alias}.${column.sql}`, column, condition);
    const relation = table.relations.get(name);
    if (relation) return [this.#exists(alias, relation, condition)];
    throw new TypeError(`${table.name} has no ${name} to filter by`);
  }

  #exists(alias: string, { target, here, there }: Relation, filter: AnyFilter): string {
    const table = this.#tables.get(target) as Table;
    const inner = `r${++this.#aliases}`;
    const where = this.where(table, inner, filter);
    return `exists (select 1 from ${table.sql} ${inner} where ${inner}.${there} = ${alias}.${here} and ${where})`;
  }

  #operators(reference: string, column: Column, operators: AnyFilter): string[] {
    return Object.entries(operators)
      .filter(([operator, value]) => value !== undefined && (value !== null || operator === 'eq' || operator === 'ne'))
      .map(([operator, value]) => this.#operator(reference, column, operator, value));
  }

  #operator(reference: string, column: Column, operator: string, value: unknown): string {
    const statement = this.#statement;
    switch (operator) {
      case 'eq':
        return value === null ? `${reference} is null` : `${reference} = ${statement.value(column, value)}`;
      case 'ne':
        return value === null ? `${reference} is not null` : `${reference} is distinct from ${statement.value(column, value)}`;
      case 'in':
        return statement.oneOf(reference, column, value as unknown[]);
      case 'notIn':
        return `not coalesce(${statement.oneOf(reference, column, value as unknown[])}, false)`;
      case 'isNull':
        return `${reference} is ${value === true ? '' : 'not '}null`;
      case 'contains':
        return this.#like(reference, column, `%${escaped(searched(column, value))}%`);
      case 'startsWith':
        return this.#like(reference, column, `${escaped(searched(column, value))}%`);
      default:
        return `${reference} ${comparison(operator)} ${statement.value(column, value)}`;
    }
  }

  #like(reference: string, column: Column, pattern: string): string {
    const like = this.#statement.dialect === 'sqlite' ? 'like' : 'ilike';
    return `${reference} ${like} ${this.#statement.value({ ...column, kind: 'text' }, pattern)} escape '\\'`;
  }
}

const comparisons: Readonly<Record<string, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=' };

function comparison(operator: string): string {
  const sql = comparisons[operator];
  if (sql === undefined) throw new TypeError(`there is no filter operator ${operator}`);
  return sql;
}

/** SQLite takes patterns of 50,000 bytes; no name is a fraction of that. */
const longestSearched = 1_000;

function searched({ key }: Column, value: unknown): string {
  const text = String(value);
  if (text.length > longestSearched)
    throw new DomainError(
      'INVALID',
      `${key}: a text of ${text.length} characters cannot be searched for, the maximum is ${longestSearched}`,
      {
        details: { limit: longestSearched },
      },
    );
  return text;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}
