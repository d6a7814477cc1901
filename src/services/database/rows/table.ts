import {
  BigIntType,
  DateType,
  DoubleType,
  type EntityClass,
  type EntityMetadata,
  type EntityProperty,
  JsonType,
  type MikroORM,
  ReferenceKind,
  Uint8ArrayType,
} from '@mikro-orm/core';
import { ownerOf } from '../../../entities/columns/owned.ts';
import { DecimalType } from '../../../entities/columns/DecimalType.ts';

/** How a column's values look on the way in and out. */
export type ColumnKind =
  | 'text'
  | 'uuid'
  | 'decimal'
  | 'time'
  | 'day'
  | 'boolean'
  | 'json'
  | 'bytes'
  | 'integer'
  | 'large'
  | 'double';

export interface Column {
  /** The key of a row: the property's name, with `Id` behind it for a reference. */
  readonly key: string;
  /** Quoted name in SQL. */
  readonly sql: string;
  readonly kind: ColumnKind;
  readonly nullable: boolean;
}

/** A reference to another table, or from it (`inverse`), to filter by what is found there. */
export interface Relation {
  readonly target: object;
  /** Quoted column on this side, and on the other. */
  readonly here: string;
  readonly there: string;
}

/** What reading needs to know of an entity, worked out once. */
export interface Table {
  readonly name: string;
  /** Quoted. */
  readonly sql: string;
  readonly columns: ReadonlyMap<string, Column>;
  readonly relations: ReadonlyMap<string, Relation>;
  readonly primaryKey: readonly Column[];
  /** Holds the owner; undefined for what belongs to nobody. */
  readonly owner: Column | undefined;
}

export type Tables = ReadonlyMap<object, Table>;

export function tablesOf(orm: MikroORM): Tables {
  return new Map(
    [...orm.getMetadata().getAll().values()]
      .filter((meta) => meta.tableName && !meta.abstract)
      .map((meta) => [meta.class, tableOf(orm, meta.class)]),
  );
}

function tableOf(orm: MikroORM, entity: EntityClass<object>): Table {
  const meta = orm.getMetadata().get(entity);
  const columns = new Map<string, Column>();
  const relations = new Map<string, Relation>();
  for (const property of meta.props) {
    const isReference = property.kind !== ReferenceKind.SCALAR;
    if (isReference) relations.set(property.name, relationOf(property));
    if (isReference && !property.owner) continue;
    const name: string = property.name;
    const key = isReference ? `${name}Id` : name;
    columns.set(key, { key, sql: quote(property.fieldNames[0]), kind: kindOf(property), nullable: property.nullable ?? false });
  }
  const keyOf = (name: string): Column => columnOf(columns, meta.properties[name as never], name);
  const owner = ownerOf(entity);
  return {
    name: meta.tableName,
    sql: quote(meta.tableName),
    columns,
    relations,
    primaryKey: meta.primaryKeys.map(keyOf),
    owner: owner === undefined ? undefined : keyOf(owner),
  };
}

function columnOf(columns: ReadonlyMap<string, Column>, property: EntityProperty, name: string): Column {
  return columns.get(property.kind === ReferenceKind.SCALAR ? name : `${name}Id`) as Column;
}

function relationOf(property: EntityProperty): Relation {
  const target = property.targetMeta as EntityMetadata;
  const owning = property.owner ? property : (target.properties[property.mappedBy as never] as EntityProperty);
  const [own, referenced] = [quote(owning.joinColumns[0]), quote(owning.referencedColumnNames[0])];
  // Of a reference the join column is on this side; of its inverse it is in the other table.
  const [here, there] = property.owner ? [own, referenced] : [referenced, own];
  return { target: target.class, here, there };
}

function kindOf({ customType, kind, type }: EntityProperty): ColumnKind {
  if (kind !== ReferenceKind.SCALAR || type === 'uuid') return 'uuid';
  if (customType instanceof DecimalType) return 'decimal';
  if (customType instanceof BigIntType) return 'large';
  if (customType instanceof JsonType) return 'json';
  if (customType instanceof Uint8ArrayType) return 'bytes';
  if (customType instanceof DateType) return 'day';
  if (customType instanceof DoubleType) return 'double';
  if (type === 'Date') return 'time';
  if (type === 'boolean') return 'boolean';
  if (type === 'integer') return 'integer';
  return 'text';
}

/** Both databases take double quotes. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
