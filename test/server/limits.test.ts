import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startApp, type TestApp, type TestUser } from '../support/app.ts';
import { newSqlite } from '../support/databases.ts';

let app: TestApp;
let user: TestUser;
let remove: () => Promise<void>;
beforeAll(async () => {
  const database = await newSqlite();
  remove = database.remove;
  app = await startApp(
    database.url,
    { production: true, graphiql: false },
    { limits: { bucket: { capacity: 40_000, perSecond: 1 } } },
  );
  user = await app.signUp('limits@example.com');
});
afterAll(async () => {
  await app.stop();
  await remove();
});

/** The protocol has a message of its own for what is refused before it runs; the client hands its errors out as a rejection. */
const overSocket = async (query: string): Promise<Answer> => {
  const client = app.client(user.token);
  try {
    for await (const answer of client.iterate({ query })) return answer as Answer;
    throw new Error('no answer');
  } catch (errors) {
    if (!Array.isArray(errors)) throw errors;
    return { errors: errors as Answer['errors'] };
  } finally {
    await client.dispose();
  }
};
const overHttp = (query: string): Promise<Answer> => app.graphql(query, {}, user.token);

describe.each([
  ['HTTP', overHttp],
  ['WebSocket', overSocket],
])('over %s, a document is refused', (_name, send) => {
  it.each([
    ['with a syntax error', '{ viewer { ', /Syntax Error/],
    ['with an unknown field, without hints of others', '{ viewr { id } }', /Cannot query field "viewr" on type "Query"\.$/],
    ['with too many tokens', `{ ${'viewer { id } '.repeat(1100)} }`, /token/i],
    [
      'with too many aliases',
      `{ ${Array.from({ length: 31 }, (_, i) => `a${i}: ${i % 2 ? '__typename' : 'viewer { id }'}`).join(' ')} }`,
      /lias/,
    ],
    [
      'with too many directives',
      `{ viewer { ${Array.from({ length: 26 }, () => `id @include(if: true) @skip(if: false)`).join(' ')} } }`,
      /Directives limit of 50 exceeded/,
    ],
    ['with one field again and again', `{ ${'__typename '.repeat(21)} }`, /"__typename" stands more than 20 times/],
    [
      'nested too deep',
      `{ orders { nodes { trades { nodes { order { trades { nodes { order { trades { nodes { order { trades { nodes { order { trades { nodes { id } } } } } } } } } } } } } } } } }`,
      /depth/i,
    ],
    ['that asks for the schema, when exploring is off', '{ __schema { types { name } } }', /introspection has been disabled/],
    [
      'that may return too much',
      '{ markets(first: 100) { nodes { candles(timeframe: M1, first: 1000) { nodes { close } } } } }',
      /may return \d+ objects, the limit is 10000/,
    ],
  ])('%s', async (_case, query, message) => {
    const answer = await send(query);
    expect(answer.data ?? null).toBeNull();
    expect(answer.errors?.[0]?.message).toMatch(message);
    expect(answer.errors?.[0]?.extensions.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.errors?.[0]?.extensions.code).toMatch(/^(BAD_REQUEST|COST_LIMIT_EXCEEDED)$/);
  });
});

describe('over HTTP', () => {
  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(app.url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  const modern = { accept: 'application/graphql-response+json' };

  it('a body over 1 MiB is refused', async () => {
    const response = await post(JSON.stringify({ query: `{ viewer { id } } # ${'x'.repeat(1_100_000)}` }));
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({
      errors: [{ message: 'the request body may have 1048576 bytes', extensions: { code: 'LIMIT_EXCEEDED' } }],
    });
  });

  it('broken JSON, batches and mutations by GET are refused', async () => {
    expect((await post('{ not json')).status).toBe(400);
    expect((await post(JSON.stringify([{ query: '{ viewer { id } }' }]))).status).toBe(400);
    const byGet = await fetch(`${app.url}?query=${encodeURIComponent('mutation { signOut { errors { code } } }')}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(byGet.status).toBe(405);
  });

  it('a request that any page could send without asking is refused', async () => {
    const response = await fetch(app.url, {
      method: 'POST',
      body: JSON.stringify({ query: '{ viewer { id } }' }),
      headers: { 'content-type': 'text/plain' },
    });
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toContain('CSRF');
  });

  it('a subscription is refused with where to go instead', async () => {
    const body = JSON.stringify({ query: 'subscription { orderFilled { __typename } }' });
    const response = await post(body, { ...modern, authorization: `Bearer ${user.token}` });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { errors: [{ message: expect.stringMatching(/WebSocket.*graphql-transport-ws/), extensions: { code: 'BAD_REQUEST' } }] },
    ]);
  });

  it('a client that can read none of our media types is told before anything runs', async () => {
    const tokens = async (): Promise<unknown> =>
      (await app.graphql('{ accessTokens(first: 100) { nodes { name } } }', {}, user.token)).data?.['accessTokens'].nodes.map(
        ({ name }: { name: string }) => name,
      );
    const mutation = JSON.stringify({
      query: 'mutation { createAccessToken(input: { name: "unread", scopes: [READ] }) { secret errors { message } } }',
    });
    const authorization = `Bearer ${user.token}`;
    const refused = await post(mutation, { accept: 'text/html', authorization });
    expect([refused.status, await refused.text()]).toEqual([
      406,
      expect.stringContaining('application/graphql-response+json, application/json'),
    ]);
    expect(await tokens()).not.toContain('unread');
    expect((await post(mutation, { accept: 'application/json', authorization })).status).toBe(200);
    expect(await tokens()).toContain('unread');
  });

  it('statuses follow the media type: real ones for the new, 200 for the old', async () => {
    const body = JSON.stringify({ query: '{ accessTokens { nodes { id } } }' });
    expect((await post(body, modern)).status).toBe(401);
    expect((await post(body)).status).toBe(200);
    expect((await post(body, { ...modern, authorization: `Bearer ${user.token}` })).status).toBe(200);
    expect((await post(JSON.stringify({ query: '{ nonsense }' }), modern)).status).toBe(400);
    expect(
      (await post(JSON.stringify({ query: '{ viewer { id } }' }), { ...modern, authorization: 'Bearer rubbish' })).status,
    ).toBe(200);
  });

  it('who has spent too much waits, and is told how long', async () => {
    const other = await app.graphql(
      'mutation { createAccessToken(input: { name: "spender", scopes: [READ] }) { secret } }',
      {},
      user.token,
    );
    const authorization = `Bearer ${other.data?.['createAccessToken'].secret}`;
    const dear = JSON.stringify({
      query: '{ markets(first: 9) { nodes { candles(timeframe: M1, first: 1000) { nodes { close } } } } }',
    });
    let response = await post(dear, { ...modern, authorization });
    for (let i = 0; i < 6 && response.status === 200; i++) response = await post(dear, { ...modern, authorization });
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(1);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'THROTTLED', retryAfterMs: expect.any(Number) } }],
    });
  });

  it('the cost is told with every answer', async () => {
    const answer = await app.graphql('{ viewer { id } }');
    expect(answer).toMatchObject({ extensions: { cost: { requested: 1, remaining: expect.any(Number) } } });
  });

  it('GraphiQL is not served when exploring is off', async () => {
    expect((await fetch(app.url, { headers: { accept: 'text/html' } })).status).not.toBe(200);
  });

  it('health is told without signing in', async () => {
    const base = app.url.replace('/graphql', '');
    expect(await (await fetch(`${base}/health/live`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${base}/health/ready`)).json()).toEqual({ status: 'ok' });
  });

  it('only pages of allowed origins may read answers', async () => {
    const foreign = await post(JSON.stringify({ query: '{ viewer { id } }' }), { origin: 'https://evil.example' });
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    const own = new URL(app.url).origin;
    expect(
      (await post(JSON.stringify({ query: '{ viewer { id } }' }), { origin: own })).headers.get('access-control-allow-origin'),
    ).toBe(own);
  });
});
