import { buildSchema, type GraphQLSchema, parse, validate } from 'graphql';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { samples } from '../../web/graphiql/src/samples.ts';

const schema: GraphQLSchema = buildSchema(readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8'));

describe('the sample operations of GraphiQL', () => {
  it.each(samples.map(({ query }) => [/(?:query|mutation|subscription) (\w+)/.exec(query)?.[1] ?? 'nameless', query]))(
    '%s is valid',
    (_name, query) => {
      expect(validate(schema, parse(query)).map(({ message }) => message)).toEqual([]);
    },
  );

  it('have one name each: the tabs are called by it', () => {
    const names = samples.flatMap(({ query }) =>
      parse(query).definitions.map((definition) =>
        definition.kind === 'OperationDefinition' ? definition.name?.value : undefined,
      ),
    );
    expect(names).not.toContain(undefined);
    expect(new Set(names).size).toBe(samples.length);
  });
});
