import {
  type DocumentNode,
  type FieldNode,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isListType,
  getNullableType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** Objects that an operation may return, as a function of its variables. */
export type CostOf = (variables: Readonly<Record<string, unknown>>) => number;

const defaultPage = 25;
/** Lists without page arguments are short ones: enumerations, errors, monthly results. */
const shortList = 10;
const pageArguments = new Set(['first', 'last', 'maxPoints', 'limit']);

/**
 * Static cost of an operation: each object counts one, times the page sizes on the way to it. Leaves are free. Where a selection
 * may be of several types, the dearest counts.
 */
export function costOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): CostOf {
  const root = schema.getRootType(operation.operation);
  if (!root) return free;
  const cost = selectionCost(schema, document, operation.selectionSet, root);
  const defaults = Object.fromEntries(
    (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
      defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)]] : [],
    ),
  );
  return (variables) => cost({ ...defaults, ...variables });
}

function selectionCost(schema: GraphQLSchema, document: DocumentNode, set: SelectionSetNode, parent: GraphQLNamedType): CostOf {
  const always: CostOf[] = [];
  const byType: CostOf[] = [];
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      always.push(fieldCost(schema, document, selection, parent));
      continue;
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : document.definitions.find((d) => d.kind === Kind.FRAGMENT_DEFINITION && d.name.value === selection.name.value);
    if (fragment?.kind !== Kind.INLINE_FRAGMENT && fragment?.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const type = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : parent;
    if (!type || !isCompositeType(type)) continue;
    const cost = selectionCost(schema, document, fragment.selectionSet, type);
    (isAbstractType(parent) && isObjectType(type) ? byType : always).push(cost);
  }
  return (variables) => sum(always, variables) + byType.reduce((most, cost) => Math.max(most, cost(variables)), 0);
}

const sum = (costs: readonly CostOf[], variables: Readonly<Record<string, unknown>>): number =>
  costs.reduce((total, cost) => total + cost(variables), 0);

const free: CostOf = () => 0;

function fieldCost(schema: GraphQLSchema, document: DocumentNode, node: FieldNode, parent: GraphQLNamedType): CostOf {
  if (!(isObjectType(parent) || isInterfaceType(parent)) || !node.selectionSet) return free;
  const field = parent.getFields()[node.name.value] as GraphQLField<unknown, unknown> | undefined;
  if (!field) return free;
  const type = getNamedType(field.type);
  const inner = selectionCost(schema, document, node.selectionSet, type);
  const size = pageSize(field, node);
  if (size) return (variables) => 1 + size(variables) * inner(variables);
  // Inside a connection `edges` and `nodes` were multiplied with the connection already.
  if (isListType(getNullableType(field.type)) && !parent.name.endsWith('Connection'))
    return (variables) => shortList * (1 + inner(variables));
  return (variables) => 1 + inner(variables);
}

function pageSize(field: GraphQLField<unknown, unknown>, node: FieldNode): CostOf | undefined {
  if (!field.args.some((arg) => pageArguments.has(arg.name))) return undefined;
  for (const argument of node.arguments ?? []) {
    if (!pageArguments.has(argument.name.value)) continue;
    const { value } = argument;
    if (value.kind === Kind.INT) return () => Math.max(1, Number(value.value));
    if (value.kind === Kind.VARIABLE) {
      const name = value.name.value;
      return (variables) => (typeof variables[name] === 'number' ? Math.max(1, variables[name]) : defaultPage);
    }
  }
  return () => defaultPage;
}
