import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { GraphQLFormattedError } from 'graphql';
import type { Client, SubscribePayload } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { idPrefixes } from '../../src/resolvers/ids.ts';
import { startApp, type TestApp, type TestUser } from '../support/app.ts';
import { type Belongings, furnish } from '../support/belongings.ts';
import { dialects, newPostgres, newSqlite } from '../support/databases.ts';
import { ScriptedProbe } from '../support/keys.ts';

/*
 * Every field of every mutation's input and every argument of what reads, one at a time, with values that no person means, the rest being right.
 * Whatever the schema gains is tried too.
 */

const noId = 'bot_00000000000000000000000000';
const long = 'x'.repeat(100_000);

/** Values that no field of their type may take. */
const never: Record<string, readonly unknown[]> = {
  ID: ['', 'x', noId, `${noId}0`, 'user_zzzzzzzzzzzzzzzzzzzzzzzzzz', "' or 1=1 --", 'bot_\u0000', long],
  String: ['a\u0000b', 'half \ud800', long],
  Int: [-(2 ** 31)],
  Float: [-1e308],
  Decimal: ['', 'abc', 'NaN', 'Infinity', '1e400', '9'.repeat(60), '1,5', '0x10', ' 1'],
  DateTime: ['', 'yesterday', '+275760-09-13T00:00:00Z'],
  JSONObject: [{ __proto__: null, constructor: 1 }, { emaFast: long }, { emaFast: 'half \ud800' }, nested(2_000)],
};

/** Values that some fields take: then it is not garbage there. */
const perhaps: Record<string, readonly unknown[]> = {
  String: ['', ' ', '\u202egnp', '%_\\'],
  Int: [-1, 0, 2 ** 31 - 1],
  Float: [-1, 0, 1e308, 5e-324],
  Decimal: ['-1', '0', `0.${'0'.repeat(60)}1`],
  DateTime: ['0000-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '9999-12-31T23:59:59Z'],
  JSONObject: [{}, { '': 1 }, { emaFast: -1 }],
};

/** How deep into an input it goes: rules and filters contain themselves. */
const deepest = { mutation: 3, query: 2 };

/** The thing that a field of this name speaks of. */
const prefixFor: readonly (readonly [RegExp, (typeof idPrefixes)[number]])[] = [
  [/strategy/i, 'str'],
  [/bot/i, 'bot'],
  [/backtest/i, 'bt'],
  [/fetch/i, 'cfe'],
  [/apikey/i, 'key'],
  [/token/i, 'atok'],
  [/risk/i, 'lim'],
  [/alert/i, 'alr'],
  [/order/i, 'ord'],
  [/position/i, 'pos'],
];

describe.each(dialects)('on %s, garbage', (dialect) => {
  let app: TestApp;
  let remove: () => Promise<void>;
  let schema: GraphQLSchema;
  let owner: TestUser;
  let belongings: Belongings;

  beforeAll(async () => {
    const database = await (dialect === 'sqlite' ? newSqlite() : newPostgres());
    remove = database.remove;
    const bucket = { capacity: 1e9, perSecond: 1e9 };
    app = await startApp(
      database.url,
      { simSpeed: 240 },
      { keyProbe: new ScriptedProbe(), limits: { bucket, messagesPerSecond: 1e6, subscriptionsPerSocket: 1e6 } },
    );
    schema = app.app.schema;
    owner = await app.signUp('owner@example.com');
    belongings = await furnish(app, owner, 'aurochs');
  }, 400_000);

  afterAll(async () => {
    await app.stop();
    await remove();
  });

  it('in any field of a mutation has its complaint, and what was refused has changed nothing', async () => {
    const wrong: string[] = [];
    let tried = 0;
    const picture = async (): Promise<string> => JSON.stringify(await belongings.picture());
    for (const [field, { args }] of Object.entries(schema.getMutationType()?.getFields() ?? {})) {
      const input = args.find(({ name }) => name === 'input');
      if (!input) continue;
      const right = rightValue(input.type, field, belongings.ids, ['input']);
      const query = `mutation ($input: ${String(input.type)}) { ${field}(input: $input) { errors { code message path } } }`;
      const complaintOf = async ({ path, value, isRefused }: BadValue): Promise<boolean> => {
        const { data, errors } = await app.graphql(query, { input: withValue(right, path.slice(1), value) }, owner.token);
        tried += 1;
        const complaint = errors?.[0] ?? data?.[field]?.errors[0];
        const code = errors?.[0]?.extensions.code ?? complaint?.code;
        const isClear = complaint === undefined || (complaint.message.length > 3 && complaint.message.length < 700);
        if (code === 'INTERNAL' || (isRefused && code === undefined) || !isClear)
          wrong.push(
            `${field} ${path.join('.')} = ${JSON.stringify(value)?.slice(0, 60)}: ${JSON.stringify(complaint)?.slice(0, 300)}`,
          );
        return complaint !== undefined;
      };
      // What a fetch of candles takes keeps the server busy for minutes.
      const bad = [...badValues(input.type, ['input'], deepest.mutation)].filter(
        (one) => one.isRefused || field !== 'fetchCandles',
      );
      const refused: BadValue[] = [];
      for (const one of bad) if (await complaintOf(one)) refused.push(one);
      // The rest once more changes nothing. What was taken may go on by itself, an alert or a bot: what it changes, it does not change each time.
      let isSame = false;
      for (let round = 0; !isSame && round < 3; round++) {
        const before = await settled(picture);
        for (const one of refused)
          if (!(await complaintOf(one)))
            wrong.push(`${field} takes what it refused: ${one.path.join('.')} = ${JSON.stringify(one.value)}`);
        isSame = (await settled(picture)) === before;
      }
      if (!isSame) wrong.push(`${field} has changed something by what it refused`);
    }
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(1_000);
  }, 400_000);

  it('in any argument of a field that reads is answered or complained of, never by an internal error', async () => {
    const wrong: string[] = [];
    let tried = 0;
    const named = await app.graphql(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }',
      { ids: belongings.ids },
      owner.token,
    );
    for (const { field, way } of readers(schema, named.data?.['nodes'])) {
      const query = operation('query', field, way);
      const right = rightArguments(field, belongings.ids);
      for (const [place, { name, type }] of field.args.entries())
        for (const { path, value } of badValues(type, [name], deepest.query)) {
          const variables = replaced(right, place, path, value);
          const { errors } = await app.graphql(query, variables, owner.token);
          tried += 1;
          if (errors?.some(({ extensions, message }) => extensions.code === 'INTERNAL' || message.length > 700))
            wrong.push(`${query} ${path.join('.')} = ${JSON.stringify(value).slice(0, 60)}: ${JSON.stringify(errors)}`);
        }
    }
    expect(wrong).toEqual([]);

    expect(tried).toBeGreaterThan(1_000);
  }, 400_000);

  it('in any argument of a subscription is complained of or taken, never answered by an internal error', async () => {
    const wrong: string[] = [];
    let tried = 0;
    const client = app.client(owner.token);
    for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
      const query = operation('subscription', field, (selected) => selected);
      const right = rightArguments(field, belongings.ids);
      const heard = field.args.flatMap(({ name, type }, place) =>
        [...badValues(type, [name], deepest.query)].map(async ({ path, value }) => {
          tried += 1;
          const variables = replaced(right, place, path, value);
          const errors = await firstErrors(client, { query, variables });
          if (errors.some(({ extensions, message }) => extensions?.['code'] === 'INTERNAL' || message.length > 700))
            wrong.push(`${query} ${path.join('.')} = ${JSON.stringify(value).slice(0, 60)}: ${JSON.stringify(errors)}`);
        }),
      );
      await Promise.all(heard);
    }
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(100);
  }, 400_000);
});

/** A document that asks for one field, with a variable for each of its arguments. */
function operation(kind: 'query' | 'subscription', field: Reader['field'], way: Reader['way']): string {
  const declared = field.args.map(({ type }, place) => `$a${place}: ${String(type)}`).join(', ');
  const given = field.args.map(({ name }, place) => `${name}: $a${place}`).join(', ');
  const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }';
  return `${kind}${declared === '' ? '' : ` (${declared})`} { ${way(`${field.name}${given === '' ? '' : `(${given})`} ${selection}`)} }`;
}

function rightArguments(field: Reader['field'], ids: readonly string[]): unknown[] {
  return field.args.map(({ name, type }) => (isNonNullType(type) ? rightValue(type, field.name, ids, [name]) : undefined));
}

/** Variables in which one argument has another value at `path`. */
function replaced(right: readonly unknown[], place: number, path: readonly string[], value: unknown): Record<string, unknown> {
  return Object.fromEntries(right.map((one, at) => [`a${at}`, at === place ? withValue(one, path.slice(1), value) : one]));
}

/** The errors that a subscription begins with; none when it begins. */
function firstErrors(client: Client, payload: SubscribePayload): Promise<readonly GraphQLFormattedError[]> {
  return new Promise((resolve, reject) => {
    const end = client.subscribe(payload, {
      next: ({ errors }) => resolve(errors ?? []),
      error: (error) => (Array.isArray(error) ? resolve(error as GraphQLFormattedError[]) : reject(error as Error)),
      complete: () => resolve([]),
    });
    setTimeout(() => {
      end();
      resolve([]);
    }, 300);
  });
}

/** What is read, when it is the same twice. */
async function settled(read: () => Promise<string>): Promise<string> {
  for (let before = await read(); ;) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const now = await read();
    if (now === before) return now;
    before = now;
  }
}

interface Reader {
  readonly field: GraphQLField<unknown, unknown>;
  /** Puts what is selected of the field into a query that leads to it. */
  readonly way: (selected: string) => string;
}

/** The fields that take arguments: of queries, of a market, and of the nodes. */
function* readers(schema: GraphQLSchema, nodes: readonly ({ __typename: string; id: string } | null)[]): Generator<Reader> {
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {}))
    if (field.args.length > 0) yield { field, way: (selected) => selected };
  const market = 'market(ref: { symbol: { exchange: "sim", symbol: "BTC/USDT" } })';
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || !type.getInterfaces().some(({ name }) => name === 'Node')) continue;
    for (const field of Object.values(type.getFields()).filter(({ args }) => args.length > 0)) {
      if (type.name === 'Market') yield { field, way: (selected) => `${market} { ${selected} }` };
      else {
        // Some are deleted by now.
        const id = nodes.find((node) => node?.__typename === type.name)?.id;
        if (id !== undefined) yield { field, way: (selected) => `node(id: "${id}") { ... on ${type.name} { ${selected} } }` };
      }
    }
  }
}

interface BadValue {
  readonly path: readonly string[];
  readonly value: unknown;
  /** Whether it can be right nowhere. */
  readonly isRefused: boolean;
}

function* badValues(type: GraphQLInputType, path: readonly string[], most: number): Generator<BadValue> {
  const nullable = getNullableType(type);
  yield { path, value: null, isRefused: isNonNullType(type) };
  if (isListType(nullable)) {
    yield { path, value: [], isRefused: false };
    yield* badValues(nullable.ofType as GraphQLInputType, [...path, '0'], most);
  } else if (isInputObjectType(nullable)) {
    if (path.length > most) return;
    for (const field of Object.values(nullable.getFields())) yield* badValues(field.type, [...path, field.name], most);
  } else if (isEnumType(nullable)) {
    for (const { name } of nullable.getValues()) yield { path, value: name, isRefused: false };
    yield { path, value: 'NO_SUCH', isRefused: true };
  } else {
    for (const value of never[nullable.name] ?? []) yield { path, value, isRefused: true };
    for (const value of perhaps[nullable.name] ?? []) yield { path, value, isRefused: false };
  }
}

/** An input that its mutation would take, or refuse for one reason only. */
function rightValue(type: GraphQLInputType, mutation: string, ids: readonly string[], path: readonly string[]): unknown {
  const nullable = getNullableType(type);
  const name = path.at(-1) ?? '';
  if (isListType(nullable)) return [rightValue(nullable.ofType as GraphQLInputType, mutation, ids, path)];
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields());
    const chosen = nullable.isOneOf
      ? [fields.find((field) => field.name === 'symbol') ?? fields[0]]
      : fields.filter((field) => isNonNullType(field.type));
    if (path.length > 8) return {};
    return Object.fromEntries(chosen.map((field) => [field.name, rightValue(field.type, mutation, ids, [...path, field.name])]));
  }
  if (isEnumType(nullable)) return nullable.getValues()[0]?.name;
  const named = getNamedType(nullable).name;
  if (named === 'ID') {
    const about = name === 'id' ? mutation : name;
    const prefix = prefixFor.find(([pattern]) => pattern.test(about))?.[1] ?? 'bot';
    return ids.find((id) => id.startsWith(`${prefix}_`));
  }
  if (name === 'exchange') return 'sim';
  if (name === 'symbol') return 'BTC/USDT';
  if (name === 'builtIn') return 'ema-rsi';
  if (named === 'String') return `${name}-1`;
  if (named === 'Int' || named === 'Float') return 1;
  if (named === 'Decimal') return '1';
  if (named === 'DateTime') return name === 'to' ? '2025-01-03T00:00:00Z' : '2025-01-01T00:00:00Z';
  if (named === 'Boolean') return false;
  return {};
}

/** A copy of `input` with another value at `path`; where an input takes exactly one field, the others go. */
function withValue(input: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (Array.isArray(input) || name === '0') return [withValue(Array.isArray(input) ? input[0] : undefined, rest, value)];
  const known = (input ?? {}) as Record<string, unknown>;
  return { ...known, [name]: withValue(known[name], rest, value) };
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = { a: value };
  return value;
}
