import { type GraphQLInputType, type GraphQLNamedType, type GraphQLSchema, isEnumType, print, astFromValue } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp, type TestUser } from '../support/app.ts';
import { dialects, newPostgres, newSqlite } from '../support/databases.ts';
import { ScriptedProbe } from '../support/keys.ts';
import { argumentsOf, inputValue, widestSelection } from '../support/selection.ts';
import { furnish, type Belongings } from '../support/belongings.ts';

/*
 * The whole schema, walked by those who must not see: another user, a read-only token, a revoked token, nobody. Whatever the schema gains is
 * walked too. A's rows carry a word that no other text contains, and ids that are A's alone; none may turn up in what others get.
 */

const mark = 'aurochs';

describe.each(dialects)('on %s, of what belongs to one person', (dialect) => {
  let app: TestApp;
  let remove: () => Promise<void>;
  let schema: GraphQLSchema;
  let owner: TestUser;
  let other: TestUser;
  let belongings: Belongings;

  beforeAll(async () => {
    const database = await (dialect === 'sqlite' ? newSqlite() : newPostgres());
    remove = database.remove;
    app = await startApp(
      database.url,
      { simSpeed: 240 },
      {
        keyProbe: new ScriptedProbe(),
        limits: {
          tokens: 1e6,
          depth: 100,
          aliases: 1e6,
          cost: 1e12,
          bucket: { capacity: 1e9, perSecond: 1e9 },
          subscriptionsPerSocket: 1000,
          messagesPerSecond: 1000,
        },
      },
    );
    schema = app.app.schema;
    owner = await app.signUp(`${mark}@example.com`);
    other = await app.signUp('other@example.com');
    belongings = await furnish(app, owner, mark);
  }, 400_000);

  afterAll(async () => {
    await app.stop();
    await remove();
  });

  /** Every id of A of which the argument's name may speak; for an argument called just `id`, all of them. */
  const idsFor = (): readonly string[] => belongings.ids;

  const leafWith =
    (id: string) =>
    (named: GraphQLNamedType, name: string): unknown => {
      if (named.name === 'ID') return id;
      if (named.name === 'String' || named.name === 'EventCursor')
        return /key/i.test(name) ? `key-${Math.random()}` : `${name}-1`;
      if (named.name === 'Int') return /version/i.test(name) ? 1 : 5;
      if (named.name === 'Float') return 1;
      if (named.name === 'Boolean') return false;
      if (named.name === 'Decimal') return '1';
      if (named.name === 'DateTime') return '2026-01-01T00:00:00.000Z';
      if (named.name === 'JSONObject') return undefined;
      if (isEnumType(named)) return named.getValues()[0]?.name;
      return undefined;
    };

  const operation = (kind: 'query' | 'mutation' | 'subscription', field: string, id: string): string | undefined => {
    const root =
      kind === 'query' ? schema.getQueryType() : kind === 'mutation' ? schema.getMutationType() : schema.getSubscriptionType();
    const definition = root?.getFields()[field];
    if (!definition) return undefined;
    const args = definition.args
      .map((arg) => {
        const value = literal(arg.type, inputValue(arg.type, leafWith(id), arg.name));
        return value === undefined || isPaging(arg.name) ? undefined : `${arg.name}: ${value}`;
      })
      .filter((text) => text !== undefined);
    const required = argumentsOf(definition, (name, type) => inputValue(type, leafWith(id), name), []);
    if (required === undefined) return undefined;
    const selection = widestSelection(schema, definition.type, 4, (name, type) =>
      isPaging(name) ? undefined : optional(type) ? undefined : inputValue(type, leafWith(id), name),
    );
    return `${kind} { ${field}${args.length > 0 ? `(${args.join(', ')})` : ''} ${selection} }`;
  };

  const fieldsOf = (kind: 'query' | 'mutation' | 'subscription'): string[] => {
    const root =
      kind === 'query' ? schema.getQueryType() : kind === 'mutation' ? schema.getMutationType() : schema.getSubscriptionType();
    return Object.keys(root?.getFields() ?? {});
  };

  /** What of A's is in a text, other than the ids that the question itself held. */
  const leaked = (text: string, asked: string): string[] =>
    [mark, ...belongings.ids.filter((id) => id !== asked), ...belongings.secrets].filter((word) => text.includes(word));

  it('another user reads nothing by any query', async () => {
    const leaks: string[] = [];
    for (const field of fieldsOf('query'))
      for (const id of idsFor()) {
        const source = operation('query', field, id);
        if (!source) continue;
        const answer = JSON.stringify(await app.graphql(source, {}, other.token));
        const found = leaked(answer.replaceAll(id, ''), id);
        if (found.length > 0) leaks.push(`${field}(${id}): ${found.join(', ')}`);
        if (/INTERNAL|GRAPHQL_VALIDATION_FAILED|GRAPHQL_PARSE_FAILED|BAD_USER_INPUT|LIMIT_EXCEEDED/.test(answer))
          leaks.push(`${field}(${id}): not answered: ${answer.slice(0, 300)}`);
        if (!source.includes(id)) break;
      }
    expect(leaks).toEqual([]);
  });

  it('the owner does find it by the same queries', async () => {
    const source = belongings.ids.map((id, index) => `n${index}: node(id: "${id}") { __typename id }`).join(' ');
    const answer = await app.graphql(`{ ${source} }`, {}, owner.token);
    expect(Object.values(answer.data ?? {}).map((node) => node?.id)).toEqual(belongings.ids);
  });

  it('another user changes nothing by any mutation', async () => {
    const before = await belongings.picture();
    const leaks: string[] = [];
    for (const field of fieldsOf('mutation'))
      for (const id of idsFor()) {
        const source = operation('mutation', field, id);
        if (!source?.includes(id)) break;
        const answer = JSON.stringify(await app.graphql(source, {}, other.token));
        const found = leaked(answer.replaceAll(id, ''), id);
        if (found.length > 0) leaks.push(`${field}(${id}): ${found.join(', ')}`);
        if (/INTERNAL|GRAPHQL_VALIDATION_FAILED|GRAPHQL_PARSE_FAILED|BAD_USER_INPUT|LIMIT_EXCEEDED/.test(answer))
          leaks.push(`${field}(${id}): not answered: ${answer.slice(0, 300)}`);
      }
    expect(leaks).toEqual([]);
    expect(await belongings.picture()).toEqual(before);
  });

  it('another user hears nothing by any subscription', async () => {
    const heard: string[] = [];
    const streams = fieldsOf('subscription').flatMap((field) =>
      // One that takes no id reads the same for every id.
      [...new Map(idsFor().map((id) => [operation('subscription', field, id), id]))].flatMap(([query, id]) =>
        query === undefined ? [] : [{ query, id }],
      ),
    );
    const client = app.client(other.token);
    const ends = streams.slice(0, 45).map(({ id, query }) =>
      client.subscribe<unknown>(
        { query },
        {
          next: (item) => void heard.push(...leaked(JSON.stringify(item).replaceAll(id, ''), id)),
          error: () => undefined,
          complete: () => undefined,
        },
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    await belongings.stir();
    await new Promise((resolve) => setTimeout(resolve, 700));
    for (const end of ends) end();
    expect(heard).toEqual([]);
  });

  it('nobody reads anything without a token, nor with a revoked one', async () => {
    const revoked = await belongings.revokedToken();
    const answered: string[] = [];
    for (const token of [undefined, revoked])
      for (const kind of ['query', 'mutation'] as const)
        for (const field of fieldsOf(kind)) {
          const source = operation(kind, field, belongings.ids[0]);
          if (!source) continue;
          const answer = await app.graphql(source, {}, token);
          const text = JSON.stringify(answer);
          const closed = answer.errors?.[0]?.extensions.code === 'UNAUTHENTICATED';
          const open = schema.getRootType(kind as never)?.getFields()[field]?.extensions['access'] === 'PUBLIC';
          if (!closed && !open) answered.push(`${kind} ${field}: ${text.slice(0, 200)}`);
          if (leaked(text.replaceAll(belongings.ids[0], ''), belongings.ids[0]).length > 0)
            answered.push(`${kind} ${field} leaks`);
        }
    expect(answered).toEqual([]);
  });

  it('a read-only token changes nothing', async () => {
    const token = await belongings.readOnlyToken();
    const before = await belongings.picture();
    const passed: string[] = [];
    for (const field of fieldsOf('mutation')) {
      const access = schema.getMutationType()?.getFields()[field]?.extensions['access'];
      if (access === 'PUBLIC' || access === 'READ') continue;
      const source = operation('mutation', field, belongings.ids[0]);
      if (!source) continue;
      const answer = await app.graphql(source, {}, token);
      if (answer.errors?.[0]?.extensions.code !== 'FORBIDDEN') passed.push(`${field}: ${JSON.stringify(answer).slice(0, 200)}`);
    }
    expect(passed).toEqual([]);
    expect(await belongings.picture()).toEqual(before);
  });
});

const isPaging = (name: string): boolean => ['first', 'after', 'last', 'before', 'filter', 'orderBy', 'since'].includes(name);
const optional = (type: GraphQLInputType): boolean => !String(type).endsWith('!');

function literal(type: GraphQLInputType, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const ast = astFromValue(value, type);
  return ast ? print(ast) : undefined;
}
