import type { GraphQLSchema } from 'graphql';

type ResolverClass<T extends object = object> = abstract new (...args: never[]) => T;

const resolversBySchema = new WeakMap<GraphQLSchema, ReadonlyMap<unknown, object>>();

/** Remembers which resolver objects a schema was made of. */
export function rememberResolvers(schema: GraphQLSchema, byClass: ReadonlyMap<unknown, object>): void {
  resolversBySchema.set(schema, byClass);
}

/** The resolver object of a class. A subscription's `subscribe` is called without one, because type-graphql has it in the decorator. */
export function resolverOf<T extends object>(schema: GraphQLSchema, type: ResolverClass<T>): T {
  const resolver = resolversBySchema.get(schema)?.get(type);
  if (!(resolver instanceof type)) throw new TypeError(`the schema was made without a ${type.name}`);
  return resolver;
}
