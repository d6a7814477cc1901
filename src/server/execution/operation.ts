import {
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import type { RequestContext } from '../../resolvers/context.ts';
import { CollectedErrors, located } from './errors.ts';
import { argumentsOf, infoOf, isPromise, type Run, selected, selectedInTurn } from './execute.ts';
import { type FieldPlan, Plans, type Variables } from './plan.ts';

/** What one execution gets beside the document. */
export interface Execution {
  readonly variables: Variables;
  readonly context: RequestContext;
  /** What the root's fields are read from; an event's payload for a subscription. */
  readonly rootValue?: unknown;
}

/** Plans of one operation that are kept: one for each combination of conditions that was used. */
const mostPlans = 16;
/** An operation that needs more selections than this is planned anew each time, so that nobody can fill the memory with plans. */
const mostSelections = 2000;

/**
 * One operation of a valid document, to be executed any number of times. Answers what graphql-js's `execute` answers, but collects
 * and merges the fields only once. Nothing of the document is ever turned into code.
 */
export class ExecutableOperation {
  readonly operation: OperationDefinitionNode;
  readonly #schema: GraphQLSchema;
  readonly #root: GraphQLObjectType;
  readonly #fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Variables on which it depends whether something is selected. */
  readonly #conditions: readonly string[];
  readonly #plans = new Map<string, Plans>();

  constructor(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) {
    const root = schema.getRootType(operation.operation);
    if (!root) throw new GraphQLError(`Schema is not configured to execute ${operation.operation} operation.`);
    this.#schema = schema;
    this.#root = root;
    this.operation = operation;
    const fragments: Record<string, FragmentDefinitionNode> = Object.create(null) as Record<string, FragmentDefinitionNode>;
    for (const definition of document.definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
    this.#fragments = fragments;
    this.#conditions = conditionsOf(document);
  }

  /** Executes a query, a mutation, or a subscription's event. Field errors are in the result; nothing is thrown. */
  run(execution: Execution): ExecutionResult | Promise<ExecutionResult> {
    const run = this.#start(execution);
    try {
      const plan = run.plans.root(this.#root, this.operation.selectionSet);
      const data =
        this.operation.operation === 'mutation'
          ? selectedInTurn(run, plan, run.rootValue)
          : selected(run, plan, run.rootValue, undefined);
      if (!isPromise(data)) return this.#finish(run, data);
      return data.then(
        (answer) => this.#finish(run, answer as Record<string, unknown>),
        (error: unknown) => this.#fail(run, error),
      );
    } catch (error) {
      return this.#fail(run, error);
    }
  }

  /**
   * The events of a subscription.
   * @throws GraphQLError around whatever the field's `subscribe` throws
   */
  async source(execution: Execution): Promise<AsyncIterable<unknown>> {
    const run = this.#start(execution);
    const field = this.#onlyField(run);
    const path = { prev: undefined, key: field.key, typename: this.#root.name };
    try {
      const subscribe = field.definition.subscribe;
      if (!subscribe) throw new Error(`${this.#root.name}.${field.name} has no stream`);
      const source: unknown = await subscribe(run.rootValue, argumentsOf(run, field), run.context, infoOf(run, field, path));
      if (typeof source !== 'object' || source === null || !(Symbol.asyncIterator in source))
        throw new Error(`Subscription field must return Async Iterable, ${this.#root.name}.${field.name} did not.`);
      return source as AsyncIterable<unknown>;
    } catch (error) {
      throw located(error, field.nodes, path);
    }
  }

  /**
   * What a subscription subscribes to, and with which arguments.
   * @throws GraphQLError when it selects nothing, or an argument is missing
   */
  subscribed(variables: Variables): { definition: GraphQLField<unknown, unknown>; args: Record<string, unknown> } {
    const plans = this.#plansFor(variables);
    const field = this.#onlyField({ plans });
    return { definition: field.definition, args: argumentsOf({ variables }, field) };
  }

  #onlyField({ plans }: Pick<Run, 'plans'>): FieldPlan {
    const [field] = plans.root(this.#root, this.operation.selectionSet).fields;
    if (!field) throw new GraphQLError('The subscription selects nothing.', { nodes: this.operation });
    return field;
  }

  #start({ variables, context, rootValue = {} }: Execution): Run {
    return {
      schema: this.#schema,
      fragments: this.#fragments,
      operation: this.operation,
      plans: this.#plansFor(variables),
      variables,
      rootValue,
      context,
      errors: new CollectedErrors(),
    };
  }

  #plansFor(variables: Variables): Plans {
    const key = this.#conditions.map((name) => String(variables[name])).join();
    let plans = this.#plans.get(key);
    if (plans && plans.size <= mostSelections) return plans;
    if (this.#plans.size >= mostPlans) this.#plans.clear();
    this.#plans.set(key, (plans = new Plans(this.#schema, this.#fragments, variables)));
    return plans;
  }

  #finish(run: Run, data: Record<string, unknown> | null): ExecutionResult {
    this.#forgetLargePlans();
    const errors = run.errors.list;
    return errors.length === 0 ? { data } : { errors, data };
  }

  #fail(run: Run, error: unknown): ExecutionResult {
    run.errors.add(located(error, [this.operation], undefined), undefined);
    return this.#finish(run, null);
  }

  #forgetLargePlans(): void {
    for (const [key, plans] of this.#plans) if (plans.size > mostSelections) this.#plans.delete(key);
  }
}

/** Names of the variables in @skip and @include, anywhere in the document. */
function conditionsOf(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(node) {
      if (node.name.value !== 'skip' && node.name.value !== 'include') return false;
      for (const { value } of node.arguments ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
      return false;
    },
  });
  return [...names];
}
