import { createClient } from 'graphql-sse';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp, type TestUser } from '../support/app.ts';
import { newSqlite } from '../support/databases.ts';
import { toGlobalId } from '../../src/resolvers/ids.ts';
import type { Viewer } from '../../src/services/viewer.ts';
import { openRaw } from './support/raw-socket.ts';
import { openEvents, type RawEvents, requestEvents } from './support/raw-events.ts';

/* Server-Sent Events, as graphql-sse's own client and hand-made requests meet them. */

let app: TestApp;
let user: TestUser;
let remove: () => Promise<void>;
beforeAll(async () => {
  const database = await newSqlite();
  remove = database.remove;
  app = await startApp(database.url, {}, { limits: { socketsPerUser: 4, anonymousSocketsPerAddress: 6, pingMs: 200 } });
  user = await app.signUp('events@example.com');
});
afterAll(async () => {
  await app.stop();
  await remove();
});

const opened: RawEvents[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) {
    each.leave();
    await each.ended;
  }
  await expect.poll(() => metric('connections')).toBe(0);
});
async function events(query: string, token?: string, variables: Record<string, unknown> = {}): Promise<RawEvents> {
  const stream = await openEvents(app.url, query, token, variables);
  opened.push(stream);
  return stream;
}
async function metric(name: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', app.url))).text();
  return Number(new RegExp(`^candlewick_${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

const market = 'market: { symbol: { exchange: "sim", symbol: "BTC/USDT" } }';
const candles = `subscription { candleUpdated(${market}, timeframe: M1) { candle { close } } }`;
const account =
  'subscription ($after: EventCursor) { accountChanged(after: $after) { __typename ... on StreamItem { cursor } ... on BotStateChanged { bot { name } } } }';
const bots = 'subscription { botStateChanged { __typename } }';

let strategyId: string;
beforeAll(async () => {
  const viewer: Viewer = { userId: await ownId(user), role: 'TRADER', scopes: ['READ', 'TRADE'] };
  const strategy = { name: 'crossing', kind: 'BUILT_IN', builtIn: 'sma-cross' } as const;
  strategyId = toGlobalId('str', (await app.app.strategies.create(viewer, strategy)).id);
});
const ownId = async ({ email }: TestUser): Promise<string> => {
  const found = await app.app.database.system().execute<{ id: string }[]>('select id from users where email = ?', [email]);
  return found[0].id;
};
const newBot = async (name: string): Promise<void> => {
  const query = 'mutation ($input: CreateBotInput!) { createBot(input: $input) { bot { id } errors { message } } }';
  const symbol = { exchange: 'sim', symbol: 'BTC/USDT' };
  const input = {
    name,
    strategyId,
    market: { symbol },
    timeframe: 'M1',
    risk: { initialCapital: '100', positionSizePercent: '95' },
  };
  const made = await app.graphql(query, { input }, user.token);
  if (!made.data?.['createBot']?.bot) throw new Error(JSON.stringify(made));
};

const clientOf = (token?: string) =>
  createClient({ url: app.url, retryAttempts: 0, ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}) });

describe('a client of graphql-sse', () => {
  it('is answered a query', async () => {
    const answers = clientOf(user.token).iterate({ query: '{ viewer { email } }' });
    expect((await answers.next()).value).toMatchObject({ data: { viewer: { email: user.email } } });
    expect((await answers.next()).done).toBe(true);
  });

  it('shares one execution of market data with sockets', async () => {
    const client = clientOf(user.token);
    const streams = [client.iterate({ query: candles }), client.iterate({ query: candles })];
    const socket = app.subscribe(candles, {}, user.token);
    for (const each of [...streams, socket])
      expect((await each.next()).value).toMatchObject({ data: { candleUpdated: { candle: { close: expect.any(String) } } } });
    expect([await metric('shared_groups'), await metric('shared_members')]).toEqual([1, 3]);
    client.dispose();
    await socket.return?.();
    await expect.poll(() => metric('shared_groups')).toBe(0);
    await expect.poll(() => app.app.marketData.feeds.size).toBe(0);
    for (const each of streams) await each.return?.();
    for (const each of app.sockets) await each.dispose();
  });

  it('goes on after a cursor and misses nothing', async () => {
    const client = clientOf(user.token);
    const first = client.iterate<{ accountChanged: { __typename: string; cursor: string } }>({ query: account });
    const { cursor } = (await first.next()).value.data.accountChanged;
    await first.return?.();
    for (const name of ['one', 'two', 'three']) await newBot(name);
    const told: unknown[] = [];
    for await (const { data } of client.iterate<{ accountChanged: { bot?: { name: string } } }>({
      query: account,
      variables: { after: cursor },
    })) {
      told.push(data?.accountChanged.bot?.name);
      if (told.length === 3) break;
    }
    expect(told).toEqual(['one', 'two', 'three']);
    client.dispose();
  });
});

describe('a stream of events', () => {
  it('says what it is, sends each answer as "next" and "complete" at the end', async () => {
    const stream = await events('{ viewer { email } }', user.token);
    await stream.ended;
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
    });
    expect(stream.events).toMatchObject([
      { event: 'next', data: { data: { viewer: { email: user.email } } } },
      { event: 'complete', data: null },
    ]);
    expect(stream.text()).toMatch(/^event: next\ndata: \{.*\}\n\nevent: complete\ndata:\n\n$/);
  });

  it.each([
    ['a field that is not there', '{ nonsense }', 'BAD_REQUEST'],
    ['a document that cannot be read', '{', 'BAD_REQUEST'],
    ['two operations and no name', 'query A { viewer { id } } query B { viewer { id } }', 'BAD_REQUEST'],
    ['nobody who asks for a person’s', bots, 'UNAUTHENTICATED'],
    ['a query for somebody', '{ accessTokens { nodes { id } } }', 'UNAUTHENTICATED'],
  ])('tells what is wrong with an operation as its one event: %s', async (_what, query, code) => {
    const stream = await events(query);
    await stream.ended;
    expect(stream.status).toBe(200);
    expect(stream.events).toMatchObject([
      { event: 'next', data: { errors: [{ extensions: { code, requestId: expect.any(String) } }] } },
      { event: 'complete' },
    ]);
  });

  it('does not take Last-Event-ID for a cursor', async () => {
    const stream = await requestEvents(app.url, {
      token: user.token,
      headers: { 'content-type': 'application/json', 'last-event-id': 'AQ-anything' },
      body: JSON.stringify({ query: account }),
    });
    opened.push(stream);
    await expect.poll(() => stream.events.length).toBe(1);
    expect(stream.events[0]).toMatchObject({ data: { data: { accountChanged: { __typename: 'Checkpoint' } } } });
    expect(stream.text()).not.toMatch(/^id:/m);
  });

  it('says something now and then, and lives as long as it is read', async () => {
    const stream = await events(bots, user.token);
    await expect.poll(() => stream.text().split('\n:\n\n').length).toBeGreaterThan(3);
    expect(stream.events).toHaveLength(1);
  });

  it('is not for who prefers JSON', async () => {
    for (const accept of ['*/*', 'application/json, text/event-stream']) {
      const stream = await requestEvents(app.url, {
        headers: { accept, 'content-type': 'application/json' },
        body: JSON.stringify({ query: bots }),
      });
      await stream.ended;
      expect(stream.response.headers['content-type']).toMatch(/^application\/json/);
      expect(stream.text()).toContain('text/event-stream');
    }
  });
});

describe('a request for events is refused', () => {
  const json = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query: '{ viewer { id } }' });
  const search = '?query={viewer{id}}';
  const asked = { 'apollo-require-preflight': '1' };
  const mutation = `?query=${encodeURIComponent('mutation { signOut { errors { code } } }')}`;
  it.each([
    ['without a query', { headers: json, body: '{}' }, 400, 'the request has no "query"'],
    ['whose body is no JSON', { headers: json, body: '{' }, 400, 'the request body is not valid JSON'],
    ['whose body is a list', { headers: json, body: `[${body}]` }, 400, 'the request has no "query"'],
    [
      'whose variables are a list',
      { headers: json, body: JSON.stringify({ query: '{ viewer { id } }', variables: [] }) },
      400,
      '"variables" is not a JSON object',
    ],
    [
      'whose variables are no JSON',
      { method: 'GET', headers: asked, search: `${search}&variables={` },
      400,
      '"variables" is not valid JSON',
    ],
    ['that any page can send: GET', { method: 'GET', search }, 400, expect.stringContaining('apollo-require-preflight')],
    [
      'that any page can send: a form',
      { headers: { 'content-type': 'text/plain' }, body },
      400,
      expect.stringContaining('apollo-require-preflight'),
    ],
    [
      'that changes something by GET',
      { method: 'GET', headers: asked, search: mutation },
      405,
      'a mutation has to be sent with POST',
    ],
    [
      'with a token that is no good',
      { token: 'nonsense', headers: json, body },
      401,
      'the token is expired, revoked or not one of this server',
    ],
    [
      'with a header that holds no token',
      { headers: { ...json, authorization: 'Basic x' }, body },
      401,
      'the token is expired, revoked or not one of this server',
    ],
  ] as const)('%s', async (_what, request, status, message) => {
    const stream = await requestEvents(app.url, request);
    await stream.ended;
    expect(stream.status).toBe(status);
    expect(JSON.parse(stream.text())).toMatchObject({ errors: [{ message, extensions: { code: expect.any(String) } }] });
  });

  it('but not a GET that a browser has asked for', async () => {
    const stream = await requestEvents(app.url, { method: 'GET', headers: asked, search, token: user.token });
    await stream.ended;
    expect(stream.events).toMatchObject([{ data: { data: { viewer: { id: user.id } } } }, { event: 'complete' }]);
  });

  it('of a person who has four sockets and streams, until one of them ends', async () => {
    const socket = app.subscribe(bots, {}, user.token);
    await socket.next();
    const three = [await events(bots, user.token), await events(bots, user.token), await events(bots, user.token)];
    const fifth = await events(bots, user.token);
    expect(fifth.status).toBe(429);
    await fifth.ended;
    expect(fifth.text()).toContain('a user may have 4 sockets and streams');
    three[0].leave();
    await expect.poll(async () => (await events(bots, user.token)).status).toBe(200);
    for (const each of app.sockets) await each.dispose();
  });

  it('of an address that has six sockets of nobody', async () => {
    const sockets = await Promise.all(Array.from({ length: 6 }, () => openRaw(app.url)));
    expect((await events(bots, user.token)).status).toBe(429);
    for (const { socket } of sockets) socket.close();
  });
});

describe('a stream of events ends', () => {
  const personalToken = async (expiresAt?: Date): Promise<{ id: string; secret: string }> => {
    const query = 'mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { secret accessToken { id } } }';
    const input = { name: 'stream', scopes: ['READ'], ...(expiresAt && { expiresAt }) };
    const { secret, accessToken } = (await app.graphql(query, { input }, user.token)).data?.['createAccessToken'] ?? {};
    return { id: accessToken.id, secret };
  };
  const told = (message: string, code: string): object[] => [
    { event: 'next', data: { errors: [{ message, extensions: { code } }] } },
    { event: 'complete' },
  ];

  it('when its token runs out', async () => {
    const expiresAt = new Date(Date.now() + 3_000);
    const { secret } = await personalToken(expiresAt);
    const stream = await events(bots, secret);
    await stream.ended;
    expect(stream.events.slice(-2)).toMatchObject(told('the token has expired: come back with a fresh one', 'UNAUTHENTICATED'));
    const late = Date.now() - expiresAt.getTime();
    expect(late).toBeGreaterThanOrEqual(-5);
    expect((await events(bots, secret)).status).toBe(401);
  });

  it('at once when its token is taken back', async () => {
    const { id, secret } = await personalToken();
    const stream = await events(candles, secret);
    await app.graphql('mutation ($id: ID!) { revokeAccessToken(input: { id: $id }) { errors { code } } }', { id }, user.token);
    await stream.ended;
    expect(stream.events.slice(-2)).toMatchObject(told('signed out', 'UNAUTHENTICATED'));
  });

  it('when the server stops: lossless ones with their last cursor', async () => {
    const database = await newSqlite();
    const second = await startApp(database.url);
    const { token } = await second.signUp('stopping@example.com');
    const [lossless, data] = [await openEvents(second.url, account, token), await openEvents(second.url, candles, token)];
    await expect.poll(() => lossless.events.length && data.events.length).toBeGreaterThan(0);
    await second.stop();
    await Promise.all([lossless.ended, data.ended]);
    const { cursor } = (lossless.events[0].data as { data: { accountChanged: { cursor: string } } }).data.accountChanged;
    expect(lossless.events[1]).toMatchObject({ data: { errors: [{ extensions: { code: 'SHUTTING_DOWN', cursor } }] } });
    expect(lossless.events.at(-1)).toEqual({ event: 'complete', data: null });
    expect(data.events.slice(-2)).toMatchObject(told('the server is restarting: come back in a moment', 'SHUTTING_DOWN'));
    await database.remove();
  });
});
