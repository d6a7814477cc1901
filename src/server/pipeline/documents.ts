import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
  type ValidationRule,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { type AccessPlan, accessPlan } from '../../resolvers/access.ts';
import { type Sharing, sharingOf } from '../../resolvers/shared.ts';
import { ExecutableOperation } from '../execution/operation.ts';
import type { Limits } from '../limits.ts';
import { type CostOf, costOf } from './cost.ts';
import { limitRules } from './rules.ts';

/** One operation of a document, with everything that is known of it before variables come. */
export interface Prepared {
  /** Tells it apart from every other operation of this process. */
  readonly id: number;
  readonly operation: OperationDefinitionNode;
  readonly access: AccessPlan;
  readonly cost: CostOf;
  readonly executable: ExecutableOperation;
  /** How subscribers share it with these variables; undefined when each has an execution of its own. */
  readonly sharing: ((variables: Readonly<Record<string, unknown>>) => Sharing | undefined) | undefined;
}

const mostDocuments = 1000;

/**
 * Documents, parsed and validated once and remembered for both transports. Apollo Server keeps its documents here too (`get` and
 * `set` are its store's interface), so what a WebSocket has sent, HTTP need not read again.
 */
export class Documents {
  readonly schema: GraphQLSchema;
  /** What Apollo Server validates with, beside GraphQL's own rules. */
  readonly rules: readonly ValidationRule[];
  readonly parseOptions: { readonly maxTokens: number };
  readonly #documents = new LRUCache<string, DocumentNode>({ max: mostDocuments });
  #lastId = 0;
  readonly #prepared = new WeakMap<DocumentNode, Map<string, Prepared>>();

  /** @param introspection whether the schema may be asked about itself */
  constructor(schema: GraphQLSchema, limits: Limits, introspection = true) {
    this.schema = schema;
    this.rules = [...limitRules(limits), ...(introspection ? [] : [NoSchemaIntrospectionCustomRule])];
    this.parseOptions = { maxTokens: limits.tokens };
  }

  async get(key: string): Promise<DocumentNode | undefined> {
    return this.#documents.get(hashIn(key));
  }

  async set(key: string, document: DocumentNode): Promise<void> {
    this.#documents.set(hashIn(key), document);
  }

  async delete(key: string): Promise<boolean> {
    return this.#documents.delete(hashIn(key));
  }

  /** The parsed and valid document of a source text, or what is wrong with it. */
  read(source: string): DocumentNode | readonly GraphQLError[] {
    const key = createHash('sha256').update(source).digest('hex');
    const known = this.#documents.get(key);
    if (known) return known;
    let document: DocumentNode;
    try {
      document = parse(source, this.parseOptions);
    } catch (error) {
      return [error instanceof GraphQLError ? error : new GraphQLError(String(error))];
    }
    const errors = validate(this.schema, document, [...specifiedRules, ...this.rules]);
    if (errors.length > 0) return errors;
    this.#documents.set(key, document);
    return document;
  }

  /** Everything known of one operation of a document; undefined when it has no such operation. */
  prepare(document: DocumentNode, operationName: string | null | undefined): Prepared | undefined {
    let byName = this.#prepared.get(document);
    if (!byName) this.#prepared.set(document, (byName = new Map()));
    const key = operationName ?? '';
    let prepared = byName.get(key);
    if (!prepared) {
      const operation = getOperationAST(document, operationName);
      if (!operation) return undefined;
      const executable = new ExecutableOperation(this.schema, document, operation);
      prepared = {
        id: (this.#lastId += 1),
        operation,
        access: accessPlan(this.schema, document, operation),
        cost: costOf(this.schema, document, operation),
        executable,
        sharing: operation.operation === 'subscription' ? (variables) => sharingWith(executable, variables) : undefined,
      };
      byName.set(key, prepared);
    }
    return prepared;
  }
}

function sharingWith(executable: ExecutableOperation, variables: Readonly<Record<string, unknown>>): Sharing | undefined {
  const { definition, args } = executable.subscribed(variables);
  const sharing = sharingOf(definition);
  return sharing && (sharing.when?.(args) ?? true) ? sharing : undefined;
}

/** Apollo Server prefixes the document's hash with the schema's; there is one schema here. */
function hashIn(key: string): string {
  return key.slice(key.lastIndexOf(':') + 1);
}
