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
    app = await startApp(database.url, { simSpeed: 240 }, { keyProbe: new ScriptedProbe(), limits: { bucket } });
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
    let before = JSON.stringify(await belongings.picture());
    for (const [field, { args }] of Object.entries(schema.getMutationType()?.getFields() ?? {})) {
      const input = args.find(({ name }) => name === 'input');
      if (!input) continue;
      const right = rightValue(input.type, field, belongings.ids, ['input']);
      const query = `mutation ($input: ${String(input.type)}) { ${field}(input: $input) { errors { code message path } } }`;
      const bad = [...badValues(input.type, ['input'], deepest.mutation)];
      // What nobody may accept comes first: one look at the rows is enough for all of that.
      const [certain, possible] = [bad.filter(({ isRefused }) => isRefused), bad.filter(({ isRefused }) => !isRefused)];
      for (const [at, { path, value, isRefused }] of [...certain, ...possible].entries()) {
        const { data, errors } = await app.graphql(query, { input: withValue(right, path.slice(1), value) }, owner.token);
        tried += 1;
        const complaint = errors?.[0] ?? data?.[field]?.errors[0];
        const said = `${field} ${path.join('.')} = ${JSON.stringify(value)?.slice(0, 60)}: ${JSON.stringify(complaint)?.slice(0, 300)}`;
        const code = errors?.[0]?.extensions.code ?? complaint?.code;
        if (code === 'INTERNAL' || (isRefused && code === undefined)) wrong.push(said);
        if (complaint && !(complaint.message.length > 3 && complaint.message.length < 700)) wrong.push(said);
        if (at < certain.length - 1) continue;
        const after = JSON.stringify(await belongings.picture());
        if (complaint && after !== before) wrong.push(`changed by ${said}`);
        before = after;
      }
    }
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(1_000);
  }, 400_000);

  it('in any argument of a field that reads is answered or complained of, never by an internal error', async () => {
    const wrong: string[] = [];
    let tried = 0;
    for (const { field, way } of readers(schema, belongings.ids)) {
      const declared = field.args.map(({ type }, place) => `$a${place}: ${String(type)}`).join(', ');
      const given = field.args.map(({ name }, place) => `${name}: $a${place}`).join(', ');
      const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }';
      const query = `query (${declared}) { ${way(`${field.name}(${given}) ${selection}`)} }`;
      const right = field.args.map(({ name, type }) =>
        isNonNullType(type) ? rightValue(type, field.name, belongings.ids, [name]) : undefined,
      );
      for (const [place, { name, type }] of field.args.entries())
        for (const { path, value } of badValues(type, [name], deepest.query)) {
          const all = right.map((one, at) => (at === place ? withValue(one, path.slice(1), value) : one));
          const variables = Object.fromEntries(all.map((one, at) => [`a${at}`, one]));
          const { errors } = await app.graphql(query, variables, owner.token);
          tried += 1;
          if (errors?.some(({ extensions, message }) => extensions.code === 'INTERNAL' || message.length > 700))
            wrong.push(`${query} ${path.join('.')} = ${JSON.stringify(value).slice(0, 60)}: ${JSON.stringify(errors)}`);
        }
    }
    expect(wrong).toEqual([]);

    expect(tried).toBeGreaterThan(1_000);
  }, 400_000);
});

interface Reader {
  readonly field: GraphQLField<unknown, unknown>;
  /** Puts what is selected of the field into a query that leads to it. */
  readonly way: (selected: string) => string;
}

/** The fields that take arguments: of queries, and of whatever one of the ids names. */
function* readers(schema: GraphQLSchema, ids: readonly string[]): Generator<Reader> {
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {}))
    if (field.args.length > 0) yield { field, way: (selected) => selected };
  const market = 'market(by: { symbol: { exchange: "sim", symbol: "BTC/USDT" } })';
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || !type.getInterfaces().some(({ name }) => name === 'Node')) continue;
    for (const field of Object.values(type.getFields()).filter(({ args }) => args.length > 0)) {
      if (type.name === 'Market') yield { field, way: (selected) => `${market} { ${selected} }` };
      else yield { field, way: (selected) => `nodes(ids: ${JSON.stringify(ids)}) { ... on ${type.name} { ${selected} } }` };
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
    const chosen = nullable.isOneOf ? fields.slice(0, 1) : fields.filter((field) => isNonNullType(field.type));
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
