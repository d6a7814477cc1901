import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp, type TestUser } from '../support/app.ts';
import { newSqlite } from '../support/databases.ts';
import { closeCodeOf, init, openRaw, type Raw, subscribe, textFrame, upgradeByHand } from './support/raw-socket.ts';

let app: TestApp;
let user: TestUser;
let remove: () => Promise<void>;
beforeAll(async () => {
  const database = await newSqlite();
  remove = database.remove;
  app = await startApp(
    database.url,
    {},
    {
      limits: { initMs: 3_000, pingMs: 1_000, anonymousSocketsPerAddress: 60, messagesPerSecond: 40, subscriptionsPerSocket: 50 },
    },
  );
  user = await app.signUp('attacked@example.com');
});
afterAll(async () => {
  await app.stop();
  await remove();
});

async function signedIn(token: string, options: { autoPong?: boolean } = {}): Promise<Raw> {
  const raw = await openRaw(app.url, options);
  raw.send(init(token));
  await raw.next('connection_ack');
  return raw;
}

const personalToken = async (expiresAt?: Date): Promise<{ id: string; secret: string }> => {
  const query =
    'mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { secret accessToken { id } errors { message } } }';
  const input = { name: 'attack', scopes: ['READ'], ...(expiresAt && { expiresAt }) };
  const made = (await app.graphql(query, { input }, user.token)).data?.['createAccessToken'];
  return { id: made.accessToken.id, secret: made.secret };
};

/** An empty pong of a client: it is there. */
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
const bots = 'subscription { botStateChanged { __typename } }';

describe('a socket under attack', () => {
  it('that never says who it is makes room again: 4408, and beyond the limit of an address 429 at the door', async () => {
    const flood = await Promise.all(Array.from({ length: 60 }, () => upgradeByHand(app.url)));
    expect(flood.filter(({ answer }) => answer.startsWith('HTTP/1.1 101'))).toHaveLength(60);
    const codes = flood.map(({ socket }) => closeCodeOf(socket));
    const answering = setInterval(() => flood.forEach(({ socket }) => socket.write(pong)), 200);
    const { answer } = await upgradeByHand(app.url);
    expect(answer).toMatch(/^HTTP\/1\.1 429 /);
    expect(new Set(await Promise.all(codes))).toEqual(new Set([4408]));
    clearInterval(answering);
    const after = await signedIn(user.token);
    after.socket.close();
  });

  it('by a page from elsewhere is refused before it is one', async () => {
    expect((await upgradeByHand(app.url, 'Origin: https://evil.example\r\n')).answer).toMatch(/^HTTP\/1\.1 403 /);
    expect((await upgradeByHand(app.url, 'Origin: null\r\n')).answer).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('with a frame of 50 MB is closed by its announcement alone: 1009', async () => {
    const { socket } = await upgradeByHand(app.url);
    const code = closeCodeOf(socket);
    const head = Buffer.alloc(14);
    head[0] = 0x81;
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(50n * 1024n * 1024n, 2);
    socket.write(head);
    expect(await code).toBe(1009);
  });

  it('with a message in 2,000 pieces is closed where it grows over the limit: 1009', async () => {
    const { socket } = await upgradeByHand(app.url);
    const code = closeCodeOf(socket);
    const piece = textFrame('x'.repeat(1000));
    piece[0] = 0x01;
    const more = Buffer.from(piece);
    more[0] = 0x00;
    socket.write(piece);
    for (let i = 0; i < 2000; i++) socket.write(more);
    expect(await code).toBe(1009);
  });

  it.each([
    ['an unmasked frame', Buffer.from([0x81, 0x02, 0x7b, 0x7d]), 1002],
    ['reserved bits', Buffer.from([0xf1, 0x80, 0, 0, 0, 0]), 1002],
    ['text that is no UTF-8', Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]), 1007],
    ['bytes that are no JSON', textFrame('\u0000\u0001'), 4400],
    ['a message that only servers send', textFrame('{"type":"connection_ack"}'), 4400],
    [
      'a subscription before connection_init',
      textFrame('{"id":"1","type":"subscribe","payload":{"query":"{ viewer { id } }"}}'),
      4401,
    ],
    [
      'connection_init twice',
      Buffer.concat([textFrame('{"type":"connection_init"}'), textFrame('{"type":"connection_init"}')]),
      4429,
    ],
    ['another token that is no good', textFrame('{"type":"connection_init","payload":{"authorization":"Bearer x"}}'), 4403],
  ])('with %s is closed: its own code', async (_what, bytes, expected) => {
    const { socket } = await upgradeByHand(app.url);
    const code = closeCodeOf(socket);
    socket.write(bytes);
    expect(await code).toBe(expected);
  });

  it('that wants 2,000 subscriptions gets 50, then refusals, then 4429', async () => {
    const raw = await signedIn(user.token);
    const refused = raw.next('error');
    for (let i = 0; i < 60; i++) raw.send(subscribe(`s${i}`, bots));
    expect(await refused).toMatchObject({ payload: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
    for (let i = 60; i < 2000; i++) raw.send(subscribe(`s${i}`, bots));
    expect(await raw.closed).toEqual({ code: 4429, reason: 'at most 40 messages a second' });
  });

  it('with a token that runs out is closed when it does: 4403', async () => {
    const expiresAt = new Date(Date.now() + 3_000);
    const { secret } = await personalToken(expiresAt);
    const raw = await signedIn(secret);
    raw.send(subscribe('1', bots));
    expect(await raw.closed).toEqual({ code: 4403, reason: 'the token has expired: come back with a fresh one' });
    const late = Date.now() - expiresAt.getTime();
    expect(late).toBeGreaterThanOrEqual(-5);
    const again = await openRaw(app.url);
    again.send(init(secret));
    expect(await again.closed).toMatchObject({ code: 4403 });
  });

  it('of a token that is taken back is closed at once, and nothing more is told: 4403', async () => {
    const { id, secret } = await personalToken();
    const raw = await signedIn(secret);
    raw.send(subscribe('1', bots));
    await raw.next('next');
    await app.graphql('mutation ($id: ID!) { revokeAccessToken(input: { id: $id }) { errors { code } } }', { id }, user.token);
    expect(await raw.closed).toEqual({ code: 4403, reason: 'signed out' });
  });

  it('whose client ignores the close frame is cut off a second later', async () => {
    const { id, secret } = await personalToken();
    const { socket } = await upgradeByHand(app.url);
    const init = textFrame(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } }));
    const acknowledged = new Promise((resolve) => socket.once('data', resolve));
    socket.write(init);
    await acknowledged;
    const ended = new Promise((resolve) => socket.once('close', resolve));
    const answering = setInterval(() => socket.write(pong), 50);
    const start = performance.now();
    await app.graphql('mutation ($id: ID!) { revokeAccessToken(input: { id: $id }) { errors { code } } }', { id }, user.token);
    await ended;
    clearInterval(answering);
    const took = performance.now() - start;
    expect(took).toBeGreaterThan(900);
  });

  it('that answers no ping is cut off, one that does lives on', async () => {
    const silent = await signedIn(user.token, { autoPong: false });
    const alive = await signedIn(user.token);
    let pings = 0;
    alive.socket.on('ping', () => (pings += 1));
    expect(await silent.closed).toMatchObject({ code: 1006 });
    await expect.poll(() => pings).toBeGreaterThan(2);
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
    alive.socket.close();
  });
});
