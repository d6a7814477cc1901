import 'reflect-metadata';
import {
  GraphQLNonNull,
  type GraphQLSchema,
  isInputObjectType,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { userErrorTypes } from './errors.ts';
import { rememberResolvers } from './resolver-of.ts';

type ResolverClass = abstract new (...args: never[]) => object;

/** Input types of which exactly one field must be given; type-graphql has no word for it yet. */
const oneOfInputs: ReadonlySet<string> = new Set(['AlertConditionInput', 'MarketRef', 'RuleCondition', 'RuleOperand']);

/** Every subscription brings its own bounded stream; type-graphql's own publish and subscribe would not be bounded per reader. */
const noPubSub = {
  publish: (): never => {
    throw new TypeError('nothing is published through type-graphql');
  },
  subscribe: (): never => {
    throw new TypeError('a subscription must bring its own stream: give @Subscription a `subscribe`');
  },
};

/**
 * The schema of the resolvers given. Each is an object made by the composition root; type-graphql asks for it by its class.
 * Call it once per process: the decorators' metadata is global.
 */
export function createSchema(resolvers: readonly object[]): GraphQLSchema {
  const byClass = new Map(resolvers.map((resolver) => [resolver.constructor, resolver]));
  const [first, ...rest] = [...byClass.keys()];
  const schema = buildSchemaSync({
    resolvers: [first, ...rest],
    orphanedTypes: [...userErrorTypes],
    container: { get: (wanted: ResolverClass) => byClass.get(wanted) },
    // Inputs are checked by the services, which know the limits and name the values.
    validate: false,
    pubSub: noPubSub,
  });
  rememberResolvers(schema, byClass);
  markOneOf(schema);
  addQueryToPayloads(schema);
  return schema;
}

function markOneOf(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap()))
    if (isInputObjectType(type) && oneOfInputs.has(type.name)) type.isOneOf = true;
}

function addQueryToPayloads(schema: GraphQLSchema): void {
  const query = schema.getQueryType();
  const payloads = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && type.name.endsWith('Payload'));
  for (const payload of payloads) {
    if (!query || !isObjectType(payload)) continue;
    payload.getFields()['query'] = {
      name: 'query',
      description: 'The whole root again: read what has changed in the same request.',
      type: new GraphQLNonNull(query),
      args: [],
      resolve: () => ({}),
      subscribe: undefined,
      deprecationReason: undefined,
      extensions: {},
      astNode: undefined,
    };
  }
}

/** The schema as it is committed in `schema.graphql`: sorted, described, with `@specifiedBy`, `@oneOf` and `@deprecated`. */
export function schemaText(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
