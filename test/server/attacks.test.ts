import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { newSqlite } from '../support/databases.ts';

let app: TestApp;
let remove: () => Promise<void>;
beforeAll(async () => {
  const database = await newSqlite();
  remove = database.remove;
  app = await startApp(database.url);
});
afterAll(async () => {
  await app.stop();
  await remove();
});

it('text in a document never becomes code, however often the document is used', async () => {
  const crafted = '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74dglobalThis.broken = 42';
  const user = await app.signUp('attack@example.com');
  for (let use = 0; use < 5; use++) {
    await app.graphql(`mutation { signIn(input: { email: "${crafted}", password: "x" }) { errors { code } } }`);
    await app.graphql(
      `{ node(id: "${crafted}") { id } market(ref: { symbol: { exchange: "${crafted}", symbol: "x" } }) { id } }`,
      {},
      user.token,
    );
    await app.graphql(`query ($id: ID = "${crafted}") { order(id: $id) { id } }`, {}, user.token);
  }
  expect(Reflect.get(globalThis, 'broken')).toBeUndefined();
});

it('fragments that multiply are refused at once', async () => {
  const levels = 8;
  const fragments = Array.from(
    { length: levels },
    (_, level) => `fragment F${level} on Query { ${`...F${level + 1} `.repeat(20)} }`,
  ).join(' ');
  const started = process.cpuUsage();
  const answer = await app.graphql(`{ ...F0 } ${fragments} fragment F${levels} on Query { viewer { id } }`);
  expect(answer.errors?.map(({ message }) => message).join()).toMatch(/with its fragments it has \d+ fields, the limit is 4000/);
  // Time of computing, which is the same on a busy machine.
  expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
});

it('a password in a wrong input is not repeated', async () => {
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { errors { code } } }';
  for (const input of [
    { email: 'a@b.co', password: 'hunter2secret', more: 1 },
    { email: 'a@b.co', password: ['hunter2secret'] },
  ]) {
    const answer = JSON.stringify(await app.graphql(query, { input }));
    expect(answer).toContain('invalid value');
    expect(answer).not.toContain('hunter2secret');
  }
});

it('a page size costs the same as a literal, as a variable and as a default', async () => {
  const { token } = await app.signUp('cost@example.com');
  const cost = async (query: string, variables: object = {}): Promise<unknown> =>
    ((await app.graphql(query, variables as never, token)) as { extensions?: { cost: { requested: number } } }).extensions?.cost
      .requested;
  const literal = await cost('{ markets(first: 7) { nodes { id } } }');
  expect(await cost('query ($n: Int) { markets(first: $n) { nodes { id } } }', { n: 7 })).toBe(literal);
  expect(await cost('query ($n: Int = 7) { markets(first: $n) { nodes { id } } }')).toBe(literal);
});
