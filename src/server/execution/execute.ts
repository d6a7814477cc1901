import {
  type FragmentDefinitionNode,
  getArgumentValues,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { RequestContext } from '../../resolvers/context.ts';
import { type CollectedErrors, located } from './errors.ts';
import { completeLeaf } from './leaf.ts';
import type { FieldPlan, Path, Plans, Resolve, SelectionPlan, Variables } from './plan.ts';

/** One execution of an operation; for a subscription, of one event. */
export interface Run {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly operation: OperationDefinitionNode;
  readonly plans: Plans;
  readonly variables: Variables;
  readonly rootValue: unknown;
  readonly context: RequestContext;
  readonly errors: CollectedErrors;
}

type Answer = Record<string, unknown>;

export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** ExecuteSelectionSet of the specification, fields side by side. */
export function selected(run: Run, plan: SelectionPlan, source: unknown, path: Path | undefined): Answer | Promise<Answer> {
  const answer: Answer = { ...plan.template };
  let pending: Promise<void>[] | undefined;
  try {
    for (const field of plan.fields) {
      const value = valueOf(run, field, source, path);
      if (isPromise(value)) (pending ??= []).push(settle(answer, field.key, value));
      else answer[field.key] = value;
    }
  } catch (error) {
    // This object becomes null, but what was started must not fail unheard.
    if (pending) return Promise.allSettled(pending).then(() => Promise.reject(error));
    throw error;
  }
  return pending ? Promise.all(pending).then(() => answer) : answer;
}

async function settle(answer: Answer, key: string, value: Promise<unknown>): Promise<void> {
  answer[key] = await value;
}

/** The same, one field after the other: a mutation's. */
export async function selectedInTurn(run: Run, plan: SelectionPlan, source: unknown): Promise<Answer> {
  const answer: Answer = { ...plan.template };
  for (const field of plan.fields) answer[field.key] = await valueOf(run, field, source, undefined);
  return answer;
}

/** ExecuteField of the specification. */
function valueOf(run: Run, field: FieldPlan, source: unknown, parent: Path | undefined): unknown {
  if (field.resolve) return resolved(run, field, field.resolve, source, parent);
  let value: unknown;
  try {
    value = propertyOf(source, field.name);
    // Most of an answer is plain properties: they need neither arguments, nor a path, nor a promise.
    if (field.leaf !== undefined) {
      if (value === null || value === undefined) {
        if (!field.isNonNull) return null;
      } else if (typeof value !== 'object' && typeof value !== 'function') {
        return completeLeaf(field.leaf, value);
      }
    }
  } catch (error) {
    return failed(run, field, field.isNonNull, pathTo(field, parent), error);
  }
  return completed(run, field, source, pathTo(field, parent), value);
}

const pathTo = (field: FieldPlan, prev: Path | undefined): Path => ({ prev, key: field.key, typename: field.parentType.name });

function propertyOf(source: unknown, name: string): unknown {
  return (typeof source === 'object' && source !== null) || typeof source === 'function'
    ? (source as Record<string, unknown>)[name]
    : undefined;
}

function resolved(run: Run, field: FieldPlan, resolve: Resolve, source: unknown, parent: Path | undefined): unknown {
  const path = pathTo(field, parent);
  try {
    // Nobody waits for the rest any more: the client has its answer, or is gone.
    run.context.signal.throwIfAborted();
    return finished(run, field, path, resolve(source, argumentsOf(run, field), run.context, infoOf(run, field, path)));
  } catch (error) {
    return failed(run, field, field.isNonNull, path, error);
  }
}

/** A property may hold a function that makes the value. */
function completed(run: Run, field: FieldPlan, source: unknown, path: Path, value: unknown): unknown {
  try {
    const made: unknown =
      typeof value === 'function' ? value.call(source, argumentsOf(run, field), run.context, infoOf(run, field, path)) : value;
    return finished(run, field, path, made);
  } catch (error) {
    return failed(run, field, field.isNonNull, path, error);
  }
}

function finished(run: Run, field: FieldPlan, path: Path, value: unknown): unknown {
  const answer = isPromise(value)
    ? value.then((result) => field.complete(run, field, path, result))
    : field.complete(run, field, path, value);
  return isPromise(answer)
    ? answer.then(undefined, (error: unknown) => failed(run, field, field.isNonNull, path, error))
    : answer;
}

export function argumentsOf(run: Pick<Run, 'variables'>, field: FieldPlan): Record<string, unknown> {
  return field.takesArguments ? getArgumentValues(field.definition, field.nodes[0], run.variables) : {};
}

/** What a resolver is told of its place. */
export function infoOf(run: Run, field: FieldPlan, path: Path): GraphQLResolveInfo {
  return {
    fieldName: field.name,
    fieldNodes: field.nodes,
    returnType: field.definition.type,
    parentType: field.parentType,
    path,
    schema: run.schema,
    fragments: run.fragments,
    rootValue: run.rootValue,
    operation: run.operation,
    variableValues: run.variables,
  };
}

/** Notes the error and answers null where null is allowed; otherwise the next position above has to become null. */
export function failed(run: Run, field: FieldPlan, isNonNull: boolean, path: Path, thrown: unknown): null {
  const error = located(thrown, field.nodes, path);
  if (isNonNull) throw error;
  run.errors.add(error, path);
  return null;
}
