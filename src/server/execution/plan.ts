import {
  type FieldNode,
  type FragmentDefinitionNode,
  getDirectiveValues,
  type GraphQLField,
  type GraphQLFieldResolver,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  isAbstractType,
  isNonNullType,
  Kind,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';
import type { RequestContext } from '../../resolvers/context.ts';
import { type Complete, completerOf } from './complete.ts';
import { leafOf, type Serialize } from './leaf.ts';

/** A position in an answer, as graphql-js hands it to resolvers. */
export interface Path {
  readonly prev: Path | undefined;
  readonly key: string | number;
  readonly typename: string | undefined;
}

export type Variables = Readonly<Record<string, unknown>>;

export type Resolve = GraphQLFieldResolver<unknown, RequestContext>;

/** One field of an answer: everything about it that does not depend on the value. */
export interface FieldPlan {
  /** Its name in the answer. */
  readonly key: string;
  /** Its name in the schema. */
  readonly name: string;
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
  readonly parentType: GraphQLObjectType;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly resolve: Resolve | undefined;
  readonly takesArguments: boolean;
  readonly isNonNull: boolean;
  readonly complete: Complete;
  /** For a scalar or enumeration that is a plain property of its object. */
  readonly leaf: Serialize | undefined;
  /** What is selected of its value, by the value's type; filled as values turn up. */
  readonly selections: Map<GraphQLObjectType, SelectionPlan>;
}

/** What is selected of one object. */
export interface SelectionPlan {
  readonly fields: readonly FieldPlan[];
  /** All keys in their order, so that every answer object is made in one step and has the same shape. */
  readonly template: Readonly<Record<string, unknown>>;
}

type FieldNodes = [FieldNode, ...FieldNode[]];

/**
 * The selections of one operation for one set of @skip and @include conditions. They are worked out when a value of their type first
 * turns up and kept, so that the next execution finds its fields collected and merged.
 */
export class Plans {
  readonly #schema: GraphQLSchema;
  readonly #fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly #variables: Variables;
  readonly #ids = new Map<FieldNode, number>();
  /** By the fields' nodes and the type: fragments that are used in many places are planned once. */
  readonly #known = new Map<string, SelectionPlan>();

  /** @param variables of them only those in conditions matter, and they are the same for each use of this object */
  constructor(schema: GraphQLSchema, fragments: Readonly<Record<string, FragmentDefinitionNode>>, variables: Variables) {
    this.#schema = schema;
    this.#fragments = fragments;
    this.#variables = variables;
  }

  /** How much memory this holds, counted in selections. */
  get size(): number {
    return this.#known.size;
  }

  /** What an operation selects of its root. */
  root(type: GraphQLObjectType, set: SelectionSetNode): SelectionPlan {
    const key = `root ${type.name}`;
    let plan = this.#known.get(key);
    if (!plan) {
      const found = new Map<string, FieldNodes>();
      this.#collect(set, type, found, new Set());
      this.#known.set(key, (plan = this.#selection(type, found)));
    }
    return plan;
  }

  /** What is selected of a field's value that turned out to be of this type. */
  below(field: FieldPlan, type: GraphQLObjectType): SelectionPlan {
    let plan = field.selections.get(type);
    if (!plan) field.selections.set(type, (plan = this.#below(field.nodes, type)));
    return plan;
  }

  #below(nodes: readonly FieldNode[], type: GraphQLObjectType): SelectionPlan {
    const key = `${nodes.map((node) => this.#idOf(node)).join()} ${type.name}`;
    let plan = this.#known.get(key);
    if (!plan) {
      const found = new Map<string, FieldNodes>();
      const visited = new Set<string>();
      for (const node of nodes) if (node.selectionSet) this.#collect(node.selectionSet, type, found, visited);
      this.#known.set(key, (plan = this.#selection(type, found)));
    }
    return plan;
  }

  #idOf(node: FieldNode): number {
    let id = this.#ids.get(node);
    if (id === undefined) this.#ids.set(node, (id = this.#ids.size));
    return id;
  }

  /** CollectFields of the specification. */
  #collect(set: SelectionSetNode, type: GraphQLObjectType, found: Map<string, FieldNodes>, visited: Set<string>): void {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD && visited.has(selection.name.value)) continue;
      if (!this.#isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const nodes = found.get(key);
        if (nodes) nodes.push(selection);
        else found.set(key, [selection]);
        continue;
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) visited.add(selection.name.value);
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments[selection.name.value] : selection;
      if (fragment && this.#applies(fragment.typeCondition?.name.value, type))
        this.#collect(fragment.selectionSet, type, found, visited);
    }
  }

  #isIncluded(node: SelectionNode): boolean {
    if (!node.directives?.length) return true;
    if (getDirectiveValues(GraphQLSkipDirective, node, this.#variables)?.['if'] === true) return false;
    return getDirectiveValues(GraphQLIncludeDirective, node, this.#variables)?.['if'] !== false;
  }

  #applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const wanted = this.#schema.getType(condition);
    return isAbstractType(wanted) && this.#schema.isSubType(wanted, type);
  }

  #selection(type: GraphQLObjectType, found: ReadonlyMap<string, FieldNodes>): SelectionPlan {
    const fields: FieldPlan[] = [];
    for (const [key, nodes] of found) {
      const definition = this.#definition(type, nodes[0].name.value);
      if (definition) fields.push(fieldPlan(key, nodes, type, definition));
    }
    return { fields, template: Object.fromEntries(fields.map(({ key }) => [key, null])) };
  }

  #definition(type: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> | undefined {
    if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
    if (type === this.#schema.getQueryType()) {
      if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
      if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    }
    return type.getFields()[name];
  }
}

function fieldPlan(
  key: string,
  nodes: FieldNodes,
  parentType: GraphQLObjectType,
  definition: GraphQLField<unknown, unknown>,
): FieldPlan {
  return {
    key,
    name: definition.name,
    nodes,
    parentType,
    definition,
    resolve: definition.resolve,
    takesArguments: definition.args.length > 0,
    isNonNull: isNonNullType(definition.type),
    complete: completerOf(definition.type),
    leaf: definition.resolve ? undefined : leafOf(definition.type),
    selections: new Map(),
  };
}
