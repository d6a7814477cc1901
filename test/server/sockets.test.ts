import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startApp, type TestApp, type TestUser } from '../support/app.ts';
import { newSqlite } from '../support/databases.ts';
import { init, openRaw, type Raw, subscribe } from './support/raw-socket.ts';

let app: TestApp;
let user: TestUser;
let remove: () => Promise<void>;
beforeAll(async () => {
  const database = await newSqlite();
  remove = database.remove;
  app = await startApp(
    database.url,
    {},
    { limits: { initMs: 2_000, subscriptionsPerSocket: 5, socketsPerUser: 4, messagesPerSecond: 20 } },
  );
  user = await app.signUp('sockets@example.com');
});
afterAll(async () => {
  await app.stop();
  await remove();
});

const open = (options: { origin?: string } = {}): Promise<Raw> => openRaw(app.url, options);

async function connected(token?: string): Promise<Raw> {
  const raw = await open();
  raw.send(init(token));
  await raw.next('connection_ack');
  return raw;
}

const candles =
  'subscription { candleUpdated(market: { symbol: { exchange: "sim", symbol: "BTC/USDT" } }, timeframe: M1) { candle { close } } }';

describe('a socket is closed', () => {
  it('4408 when it does not say connection_init in time', async () => {
    expect(await (await open()).closed).toMatchObject({ code: 4408 });
  });

  it('4401 when it subscribes before that', async () => {
    const raw = await open();
    raw.send(subscribe('1', '{ viewer { id } }'));
    expect(await raw.closed).toMatchObject({ code: 4401 });
  });

  it('4429 when it says connection_init twice', async () => {
    const raw = await connected();
    raw.send({ type: 'connection_init' });
    expect(await raw.closed).toMatchObject({ code: 4429 });
  });

  it.each([['not json'], ['{"type":"nonsense"}'], ['{"type":"subscribe"}'], ['[]']])(
    '4400 for the message %s',
    async (message) => {
      const raw = await connected();
      raw.send(message);
      expect(await raw.closed).toMatchObject({ code: 4400 });
    },
  );

  it('4409 when an id is used twice at once', async () => {
    const raw = await connected(user.token);
    raw.send(subscribe('same', candles));
    await raw.next('next');
    raw.send(subscribe('same', candles));
    expect(await raw.closed).toMatchObject({ code: 4409 });
  });

  it('1009 for a message over 256 KiB', async () => {
    const printed = vi.spyOn(console, 'error');
    const raw = await connected();
    raw.send({ type: 'ping', payload: { x: 'x'.repeat(300_000) } });
    expect(await raw.closed).toMatchObject({ code: 1009 });
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });

  it('4403 for a token that is no good', async () => {
    const raw = await open();
    raw.send({ type: 'connection_init', payload: { authorization: 'Bearer nonsense' } });
    expect(await raw.closed).toEqual({ code: 4403, reason: 'the token is expired, revoked or not one of this server' });
  });

  it('4429 for a flood of messages', async () => {
    const raw = await connected();
    for (let i = 0; i < 200; i++) raw.send({ type: 'ping' });
    expect(await raw.closed).toMatchObject({ code: 4429 });
  });

  it('4429 when a user opens too many', async () => {
    const crowd = await app.signUp('crowd@example.com');
    const sockets = await Promise.all(Array.from({ length: 4 }, () => connected(crowd.token)));
    const fifth = await open();
    fifth.send({ type: 'connection_init', payload: { authorization: `Bearer ${crowd.token}` } });
    expect(await fifth.closed).toEqual({ code: 4429, reason: 'a user may have 4 sockets' });
    for (const { socket } of sockets) socket.close();
  });

  it('at once when its personal token is revoked', async () => {
    const made = await app.graphql(
      'mutation { createAccessToken(input: { name: "t", scopes: [READ] }) { secret accessToken { id } } }',
      {},
      user.token,
    );
    const { secret, accessToken } = made.data?.['createAccessToken'] ?? {};
    const raw = await connected(secret);
    await app.graphql(
      'mutation ($id: ID!) { revokeAccessToken(input: { id: $id }) { errors { code } } }',
      { id: accessToken.id },
      user.token,
    );
    expect(await raw.closed).toEqual({ code: 4403, reason: 'signed out' });
  });
});

describe('a socket', () => {
  it('of a foreign page is refused, one of our own page or of a program is not', async () => {
    await expect(open({ origin: 'https://evil.example' })).rejects.toThrow('403');
    const own = await open({ origin: new URL(app.url).origin });
    own.socket.close();
  });

  it('may have so many subscriptions and no more', async () => {
    const raw = await connected(user.token);
    for (let i = 0; i < 5; i++) raw.send(subscribe(`s${i}`, candles));
    await raw.next('next');
    raw.send(subscribe('one more', candles));
    const refused = await raw.next('error');
    expect(refused).toMatchObject({
      id: 'one more',
      payload: [{ message: 'a socket may have 5 subscriptions at once', extensions: { code: 'LIMIT_EXCEEDED' } }],
    });
    raw.socket.close();
  });

  it('answers queries with the same errors as HTTP', async () => {
    const raw = await connected();
    raw.send(subscribe('1', '{ accessTokens { nodes { id } } }'));
    const [{ payload }, http] = [
      (await raw.next('next')) as { payload: { errors: object[] } },
      await app.graphql('{ accessTokens { nodes { id } } }'),
    ];
    const plain = (error: object | undefined): object => ({
      ...error,
      extensions: { ...(error as { extensions: object }).extensions, requestId: '' },
    });
    expect(plain(payload.errors[0])).toEqual(plain(http.errors?.[0]));
    raw.socket.close();
  });

  it('that goes away leaves no feed behind', async () => {
    const { feeds } = app.app.marketData;
    await expect.poll(() => feeds.size).toBe(0);
    for (let round = 0; round < 20; round++) {
      const raw = await connected();
      raw.socket.terminate();
      const signed = await connected(user.token);
      signed.send(subscribe('1', candles));
      await signed.next('next');
      signed.socket.terminate();
      await signed.closed;
    }
    await expect.poll(() => feeds.size).toBe(0);
  });
});

describe('stopping', () => {
  it('tells every socket to come back: 1012', async () => {
    const database = await newSqlite();
    const second = await startApp(database.url);
    const socket = new WebSocket(second.url.replace('http', 'ws'), 'graphql-transport-ws');
    await new Promise((resolve) => socket.on('open', resolve));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await second.stop();
    expect(await closed).toBe(1012);
    await database.remove();
  });

  it('a second server on the same port says so in one sentence', async () => {
    const database = await newSqlite();
    const port = Number(new URL(app.url).port);
    await expect(startApp(database.url, { port })).rejects.toThrow(
      `port ${port} on 127.0.0.1 is in use: stop what listens there, or set PORT to another one`,
    );
    await database.remove();
  });
});
