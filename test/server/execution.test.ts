import fc from 'fast-check';
import { execute, type ExecutionResult, getOperationAST, getVariableValues, GraphQLError, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { Loaders, type RequestContext } from '../../src/resolvers/context.ts';
import { ExecutableOperation } from '../../src/server/execution/operation.ts';
import { maskError } from '../../src/server/pipeline/masking.ts';
import { createLogger } from '../../src/services/logger.ts';
import { oddSchema as schema } from './support/odd-schema.ts';
import { randomDocument } from './support/random-documents.ts';

const context: RequestContext = {
  viewer: null,
  requestId: 'r',
  ip: '127.0.0.1',
  userAgent: null,
  signal: new AbortController().signal,
  loaders: new Loaders(),
  eventCursor: async () => null,
};
const mask = { logger: createLogger({ level: 'silent', pretty: false }), hideSuggestions: false };

/** Where in the answer the null stands that an error has led to. */
function nullOf(data: unknown, path: readonly (string | number)[]): string {
  let value = data;
  for (const [index, key] of path.entries()) {
    if (value === null || value === undefined) return path.slice(0, index).join('.');
    value = (value as Record<string | number, unknown>)[key];
  }
  return path.join('.');
}

/**
 * What a client sees. Where several fields of one object forbid null, which of their errors is told is a matter of timing, and the
 * specification asks for one of them: such an error counts by the null that it has led to.
 */
function seen({ data, errors = [] }: ExecutionResult): object {
  const told = errors.map((error) => maskError(error, 'r', mask));
  const placed = told.map((error) => ({ error, path: (error.path ?? []).join('.'), at: nullOf(data, error.path ?? []) }));
  return {
    data: JSON.stringify(data),
    nulls: [...new Set(placed.map(({ at }) => at))].sort(),
    exact: placed
      .filter(({ path, at }) => at === path)
      .map(({ error }) => JSON.stringify(error))
      .sort(),
  };
}

it('answers random documents as graphql-js does, errors included, the second time too', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const { source, variables } = randomDocument(schema, seed);
      const document = parse(source);
      const operation = getOperationAST(document, null);
      if (!operation || validate(schema, document).length > 0) return;
      const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
      if (!coerced) return;
      const expected = await execute({ schema, document, variableValues: variables, contextValue: context, rootValue: {} });
      const executable = new ExecutableOperation(schema, document, operation);
      for (const use of ['first', 'second'])
        expect({ use, ...seen(await executable.run({ variables: coerced, context })) }, source).toEqual({
          use,
          ...seen(expected),
        });
      compared += 1;
    }),
    { numRuns: 600 },
  );
  expect(compared).toBeGreaterThan(400);
});

it('runs no field any more once the request is aborted', async () => {
  const document = parse('{ fruits { ... on Thing { lateName } } }');
  const operation = getOperationAST(document, null);
  if (!operation) throw new Error('the document has an operation');
  const signal = AbortSignal.abort(new Error('gone'));
  const result = await new ExecutableOperation(schema, document, operation).run({
    variables: {},
    context: { ...context, signal },
  });
  expect(result.errors?.map((error) => (error instanceof GraphQLError ? error.message : error))).toEqual(['gone']);
});
