import 'reflect-metadata';
import { type ExecutionResult, graphql, parse } from 'graphql';
import { Arg, Ctx, Field, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { describe, expect, it } from 'vitest';
import { accessPlan, assertAllowed, Public, RequiresScope } from '../../src/resolvers/access.ts';
import { connectionOf, PageView } from '../../src/resolvers/connection.ts';
import { Loaders, type RequestContext } from '../../src/resolvers/context.ts';
import { toGlobalId } from '../../src/resolvers/ids.ts';
import { Node, NodeResolver } from '../../src/resolvers/node.ts';
import { mutation, MutationPayload } from '../../src/resolvers/payload.ts';
import { DateTimeScalar, DecimalScalar, JsonObjectScalar } from '../../src/resolvers/scalars.ts';
import { createSchema, schemaText } from '../../src/resolvers/schema.ts';
import { DomainError } from '../../src/services/errors.ts';
import type { Scope, Viewer } from '../../src/services/viewer.ts';

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A thing.' })
class Thing extends Node {
  @Field(() => String, { description: 'Its name.' })
  name!: string;
}
const ThingConnection = connectionOf(Thing, 'Thing', 'things');

@ObjectType({ description: 'What renaming answers.' })
class RenameThingPayload extends MutationPayload {
  @Field(() => Thing, { nullable: true, description: 'As it is now.' })
  thing?: Thing;
}

const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';
const thing = Object.assign(new Thing(), { id: toGlobalId('bot', uuid), name: 'a' });

@Resolver()
class ThingResolver {
  readonly #name: string;
  constructor(name: string) {
    this.#name = name;
  }

  @Query(() => ThingConnection, { description: 'All.' })
  things(): PageView<Thing, Thing> {
    const page = { rows: [thing], hasNextPage: false, hasPreviousPage: true, cursorOf: () => 'c1' };
    return new PageView(
      page,
      (row) => row,
      async () => ({ value: 7, exact: true }),
    );
  }

  @Public()
  @Query(() => String, { description: 'Echo.' })
  echo(
    @Arg('d', () => DecimalScalar, { nullable: true, description: 'd' }) d: unknown,
    @Arg('t', () => DateTimeScalar, { nullable: true, description: 't' }) t: unknown,
    @Arg('j', () => JsonObjectScalar, { nullable: true, description: 'j' }) j: unknown,
  ): string {
    return `${this.#name} ${JSON.stringify(d ?? t ?? j)}`;
  }

  @RequiresScope('ADMIN')
  @Query(() => String, { nullable: true, description: 'Secret.' })
  secret(@Ctx() context: RequestContext): string | null {
    return context.viewer?.userId ?? null;
  }

  @Mutation(() => RenameThingPayload, { description: 'Rename.' })
  async renameThing(@Arg('name', () => String, { description: 'n' }) name: string): Promise<RenameThingPayload> {
    return mutation(RenameThingPayload, async () => {
      if (name === 'bug') throw new TypeError('boom');
      if (name === '')
        throw new DomainError('INVALID', 'name is empty; 1 to 80 characters', { path: ['name'], details: { limit: '80' } });
      if (name === 'old')
        throw new DomainError('VERSION_CONFLICT', 'version 1 is not the newest', { details: { currentVersion: 3 } });
      return { thing };
    });
  }
}

const viewerWith = (...scopes: Scope[]): Viewer => ({ userId: uuid, role: 'TRADER', scopes });
const loader = async (_viewer: Viewer, uuids: readonly string[]): Promise<Thing[]> => (uuids.includes(uuid) ? [thing] : []);
const schema = createSchema([new ThingResolver('hello'), new NodeResolver(new Map([['bot', loader]]))]);

async function run(source: string, viewer: Viewer | null = viewerWith('READ', 'TRADE')): Promise<ExecutionResult> {
  const contextValue: RequestContext = {
    viewer,
    requestId: 'r1',
    ip: '127.0.0.1',
    userAgent: null,
    signal: new AbortController().signal,
    loaders: new Loaders(),
    eventCursor: async () => 'cursor-1',
  };
  return JSON.parse(JSON.stringify(await graphql({ schema, source, contextValue }))) as ExecutionResult;
}

describe('scalars', () => {
  it.each([
    ['d: "0.000000012345678901"', 'hello "0.000000012345678901"'],
    ['d: 12', 'hello "12"'],
    ['d: "-0.50"', 'hello "-0.5"'],
    ['t: "2026-11-20T19:47:23.123Z"', 'hello "2026-11-20T19:47:23.123Z"'],
    ['t: "2026-11-20T21:47:23+02:00"', 'hello "2026-11-20T19:47:23.000Z"'],
    ['j: { a: [1, "x", null, true], b: { c: 1.5 } }', 'hello {"a":[1,"x",null,true],"b":{"c":1.5}}'],
  ])('take %s', async (args, expected) => {
    expect(await run(`{ echo(${args}) }`)).toEqual({ data: { echo: expected } });
  });

  it.each([
    ['d: 0.1', /Decimal takes text or a whole number: write "0\.1" in quotes/],
    ['d: "1e-8"', /without an exponent, got "1e-8"/],
    ['d: ".5"', /got "\.5"/],
    ['d: "NaN"', /got "NaN"/],
    ['t: "2026-02-30T00:00:00Z"', /RFC 3339/],
    ['t: "2026-11-20"', /RFC 3339.*got "2026-11-20"/],
    ['t: 5', /in quotes/],
    ['j: { a: { a: { a: { a: { a: { a: { a: { a: { a: 1 } } } } } } } } }', /nested 8 deep, this one is 9/],
    ['j: [1]', /takes an object/],
  ])('refuse %s', async (args, message) => {
    const result = await run(`{ echo(${args}) }`);
    expect(result.errors?.[0]?.message).toMatch(message);
    expect(result.errors?.[0]?.locations).toEqual([{ line: 1, column: '{ echo('.length + args.indexOf(' ') + 2 }]);
  });
});

describe('access', () => {
  const plan = (source: string): ReturnType<typeof accessPlan> => {
    const document = parse(source);
    const operation = document.definitions.find((d) => d.kind === 'OperationDefinition');
    return accessPlan(schema, document, operation!);
  };

  it.each([
    ['{ echo }', null, null],
    ['{ __typename }', null, null],
    ['{ things { nodes { id } } }', null, 'UNAUTHENTICATED'],
    ['{ things { nodes { id } } }', viewerWith('READ'), null],
    ['{ echo ...F } fragment F on Query { ... on Query { secret } }', viewerWith('READ', 'TRADE'), 'FORBIDDEN'],
    ['{ alias: secret }', viewerWith('ADMIN'), null],
    ['mutation { renameThing(name: "x") { errors { code } } }', viewerWith('READ'), 'FORBIDDEN'],
    ['mutation { renameThing(name: "x") { errors { code } } }', viewerWith('TRADE'), null],
  ])('%s as %o', (source, viewer, code) => {
    const attempt = (): void => assertAllowed(plan(source), viewer);
    if (code === null) expect(attempt).not.toThrow();
    else expect(attempt).toThrow(expect.objectContaining({ code }));
  });
});

describe('payloads', () => {
  it('carry the result, the event cursor and the root', async () => {
    const result = await run('mutation { renameThing(name: "x") { thing { name } errors { code } eventCursor query { echo } } }');
    expect(result.data).toEqual({
      renameThing: { thing: { name: 'a' }, errors: [], eventCursor: 'cursor-1', query: { echo: 'hello undefined' } },
    });
  });

  it('turn what a user can mend into typed data', async () => {
    const fields =
      '{ thing { name } errors { __typename message code path ... on ValidationError { limit } ... on VersionConflictError { currentVersion } } }';
    expect((await run(`mutation { renameThing(name: "") ${fields} }`)).data?.['renameThing']).toEqual({
      thing: null,
      errors: [
        {
          __typename: 'ValidationError',
          message: 'name is empty; 1 to 80 characters',
          code: 'INVALID',
          path: ['name'],
          limit: '80',
        },
      ],
    });
    expect((await run(`mutation { renameThing(name: "old") ${fields} }`)).data?.['renameThing']).toMatchObject({
      errors: [{ __typename: 'VersionConflictError', code: 'VERSION_CONFLICT', path: null, currentVersion: 3 }],
    });
  });

  it('leave everything else a top-level error', async () => {
    expect((await run('mutation { renameThing(name: "bug") { errors { code } } }')).errors?.[0]?.message).toBe('boom');
  });
});

describe('connections and nodes', () => {
  it('answer edges, nodes, page info and a lazy count', async () => {
    const result = await run(
      '{ things { edges { cursor node { id } } nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } count { value exact } } }',
    );
    expect(result).toEqual({
      data: {
        things: {
          edges: [{ cursor: 'c1', node: { id: thing.id } }],
          nodes: [{ name: 'a' }],
          pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: 'c1', endCursor: 'c1' },
          count: { value: 7, exact: true },
        },
      },
    });
  });

  it('refetch by id, in order, with null for what is missing, foreign or nonsense', async () => {
    const missing = toGlobalId('bot', '01890a5d-ac96-774b-bcce-b302099a8058');
    const result = await run(
      `{ nodes(ids: ["${missing}", "${thing.id}", "nonsense", "str_${thing.id.slice(4)}"]) { __typename id } }`,
    );
    expect(result.data).toEqual({ nodes: [null, { __typename: 'Thing', id: thing.id }, null, null] });
  });

  it('take at most 100 ids', async () => {
    const result = await run(`{ nodes(ids: [${'"x",'.repeat(101)}]) { id } }`);
    expect(result.errors?.[0]?.message).toBe('nodes takes at most 100 ids, got 101');
  });
});

it('prints descriptions and specifiedBy', () => {
  expect(schemaText(schema)).toContain('scalar Decimal @specifiedBy(url: "https://');
});
