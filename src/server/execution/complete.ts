import {
  defaultTypeResolver,
  type GraphQLAbstractType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { failed, infoOf, isPromise, type Run, selected } from './execute.ts';
import { completeLeaf, leafOf } from './leaf.ts';
import type { FieldPlan, Path } from './plan.ts';

/**
 * Makes the answer's part of what a field resolved to: CompleteValue of the specification for one type. Answers a promise when
 * something below is one. What it throws is the server's fault, never the client's.
 */
export type Complete = (run: Run, field: FieldPlan, path: Path, value: unknown) => unknown;

const known = new WeakMap<GraphQLOutputType, Complete>();

/** The completion of a type's values; made once per type. */
export function completerOf(type: GraphQLOutputType): Complete {
  let complete = known.get(type);
  if (!complete) known.set(type, (complete = isNonNullType(type) ? nonNull(completerOf(type.ofType)) : nullable(type)));
  return complete;
}

function nonNull(complete: Complete): Complete {
  return (run, field, path, value) => {
    const completed = complete(run, field, path, value);
    if (completed === null) throw new Error(`Cannot return null for non-nullable field ${field.parentType.name}.${field.name}.`);
    return completed;
  };
}

function nullable(type: GraphQLOutputType): Complete {
  const complete = completerOfPresent(type);
  return (run, field, path, value) => {
    if (value === null || value === undefined) return null;
    if (value instanceof Error) throw value;
    return complete(run, field, path, value);
  };
}

function completerOfPresent(type: GraphQLOutputType): Complete {
  const leaf = leafOf(type);
  if (leaf) return (_run, _field, _path, value) => completeLeaf(leaf, value);
  if (isListType(type)) return list(type.ofType);
  if (isObjectType(type)) return (run, field, path, value) => completeObject(type, run, field, path, value);
  if (isAbstractType(type)) return (run, field, path, value) => completeAbstract(type, run, field, path, value);
  throw new TypeError(`${String(type)} is not a type of output`);
}

function list(itemType: GraphQLOutputType): Complete {
  const complete = completerOf(itemType);
  const isItemNonNull = isNonNullType(itemType);

  const completeItem = (run: Run, field: FieldPlan, path: Path, item: unknown): unknown => {
    try {
      const completed = isPromise(item)
        ? item.then((value) => complete(run, field, path, value))
        : complete(run, field, path, item);
      return isPromise(completed)
        ? completed.then(undefined, (error: unknown) => failed(run, field, isItemNonNull, path, error))
        : completed;
    } catch (error) {
      return failed(run, field, isItemNonNull, path, error);
    }
  };

  return (run, field, prev, value) => {
    if (typeof value !== 'object' || value === null || !(Symbol.iterator in value))
      throw new Error(`Expected Iterable, but did not find one for field "${field.parentType.name}.${field.name}".`);
    const items: unknown[] = [];
    let hasPromise = false;
    try {
      for (const item of value as Iterable<unknown>) {
        const completed = completeItem(run, field, { prev, key: items.length, typename: undefined }, item);
        hasPromise ||= isPromise(completed);
        items.push(completed);
      }
    } catch (error) {
      // The list becomes null, but what was started must not fail unheard.
      if (hasPromise) return Promise.allSettled(items).then(() => Promise.reject(error));
      throw error;
    }
    return hasPromise ? Promise.all(items) : items;
  };
}

function completeObject(type: GraphQLObjectType, run: Run, field: FieldPlan, path: Path, value: unknown): unknown {
  const plan = run.plans.below(field, type);
  if (!type.isTypeOf) return selected(run, plan, value, path);
  const isOfType = type.isTypeOf(value, run.context, infoOf(run, field, path));
  if (isPromise(isOfType))
    return isOfType.then((answer) => {
      if (!answer) throw wrongType(type, value);
      return selected(run, plan, value, path);
    });
  if (!isOfType) throw wrongType(type, value);
  return selected(run, plan, value, path);
}

const wrongType = (type: GraphQLObjectType, value: unknown): Error =>
  new Error(`Expected value of type "${type.name}" but got: ${nameOf(value)}.`);

const nameOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `an object of ${value.constructor?.name ?? 'no class'}` : `a ${typeof value}`;

function completeAbstract(type: GraphQLAbstractType, run: Run, field: FieldPlan, path: Path, value: unknown): unknown {
  const info = infoOf(run, field, path);
  const name = (type.resolveType ?? defaultTypeResolver)(value, run.context, info, type);
  if (isPromise(name))
    return name.then((found) => completeObject(runtimeType(found, type, run, info, value), run, field, path, value));
  return completeObject(runtimeType(name, type, run, info, value), run, field, path, value);
}

function runtimeType(
  name: unknown,
  type: GraphQLAbstractType,
  { schema }: Run,
  info: GraphQLResolveInfo,
  value: unknown,
): GraphQLObjectType {
  const found = typeof name === 'string' ? schema.getType(name) : undefined;
  if (!isObjectType(found))
    throw new Error(
      `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${info.parentType.name}.${info.fieldName}", ` +
        `not to ${String(name)}; the value is ${nameOf(value)}.`,
    );
  if (!schema.isSubType(type, found))
    throw new Error(`Runtime Object type "${found.name}" is not a possible type for "${type.name}".`);
  return found;
}
