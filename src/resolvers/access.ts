import {
  type DocumentNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { DomainError } from '../services/errors.ts';
import type { Scope, Viewer } from '../services/viewer.ts';

/** What a root field asks of whoever calls it. */
export type Access = Scope | 'PUBLIC';

type MethodDecorator = (target: object, key: string | symbol, descriptor: PropertyDescriptor) => void;

/** A root field that needs nobody signed in. Everything else is closed unless it says otherwise. */
export function Public(): MethodDecorator {
  return Extensions({ access: 'PUBLIC' }) as MethodDecorator;
}

/** A root field that needs another scope than its kind's: READ for queries and subscriptions, TRADE for mutations. */
export function RequiresScope(scope: Scope): MethodDecorator {
  return Extensions({ access: scope }) as MethodDecorator;
}

/** What an operation needs, by root field; computed once per document. */
export type AccessPlan = readonly { readonly field: string; readonly access: Access }[];

/** Collects what the root fields of an operation need, those inside fragments included. */
export function accessPlan(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): AccessPlan {
  const root = schema.getRootType(operation.operation);
  if (!root) return [];
  const standard: Access = operation.operation === 'mutation' ? 'TRADE' : 'READ';
  const plan: { field: string; access: Access }[] = [];
  collect(root, document, operation.selectionSet, standard, plan, new Set());
  return plan;
}

function collect(
  root: GraphQLObjectType,
  document: DocumentNode,
  set: SelectionSetNode,
  standard: Access,
  plan: { field: string; access: Access }[],
  seen: Set<string>,
): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      const field = root.getFields()[selection.name.value];
      if (field) plan.push({ field: field.name, access: (field.extensions['access'] as Access | undefined) ?? standard });
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      collect(root, document, selection.selectionSet, standard, plan, seen);
    } else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value);
      const fragment = document.definitions.find(
        (d) => d.kind === Kind.FRAGMENT_DEFINITION && d.name.value === selection.name.value,
      );
      if (fragment?.kind === Kind.FRAGMENT_DEFINITION) collect(root, document, fragment.selectionSet, standard, plan, seen);
    }
  }
}

/**
 * Lets an operation pass, or not, before any of it runs.
 * @throws DomainError UNAUTHENTICATED without a viewer, FORBIDDEN when the viewer's token lacks a scope
 */
export function assertAllowed(plan: AccessPlan, viewer: Viewer | null): void {
  for (const { field, access } of plan) {
    if (access === 'PUBLIC') continue;
    if (!viewer)
      throw new DomainError(
        'UNAUTHENTICATED',
        `${field} needs a signed-in user: send an Authorization header with a valid token`,
      );
    if (!viewer.scopes.includes(access))
      throw new DomainError(
        'FORBIDDEN',
        `${field} needs the scope ${access}; this token has ${viewer.scopes.join(', ') || 'none'}`,
      );
  }
}
