import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseGlobalId } from '../../src/resolvers/ids.ts';
import { startApp, type TestApp, type TestUser } from '../support/app.ts';
import { newSqlite } from '../support/databases.ts';
import { init, openRaw, subscribe, upgradeByHand } from './support/raw-socket.ts';
import { socketServer } from './support/socket-server.ts';

const token = 'a-token-for-machines';
let app: TestApp;
let user: TestUser;
let remove: () => Promise<void>;
beforeAll(async () => {
  const database = await newSqlite();
  remove = database.remove;
  app = await startApp(database.url, { metricsToken: token });
  user = await app.signUp('operator@example.com');
});
afterAll(async () => {
  await app.stop();
  await remove();
});

const page = (path: string, headers: Record<string, string> = {}, url = app.url): Promise<Response> =>
  fetch(new URL(path, url), { headers });
const numberOf = async (name: string): Promise<number> =>
  Number(new RegExp(`^candlewick_${name} (.+)$`, 'm').exec(await (await page('/metrics')).text())?.[1]);

describe('the metrics', () => {
  it('count connections, subscriptions, groups and the way of an event to its reader', async () => {
    expect([await numberOf('connections'), await numberOf('subscriptions')]).toEqual([0, 0]);
    const raw = await openRaw(app.url);
    raw.send(init(user.token));
    await raw.next('connection_ack');
    const candles =
      'subscription { candleUpdated(market: { symbol: { exchange: "sim", symbol: "BTC/USDT" } }, timeframe: M1) { candle { close } } }';
    raw.send(subscribe('1', candles));
    raw.send(subscribe('2', candles));
    raw.send(subscribe('3', 'subscription { botStateChanged { __typename } }'));
    await expect.poll(() => numberOf('subscriptions')).toBe(3);
    expect(await numberOf('connections')).toBe(1);
    expect([await numberOf('shared_groups'), await numberOf('shared_members'), await numberOf('streams')]).toEqual([1, 2, 1]);
    const userId = parseGlobalId(user.id)?.uuid ?? '';
    for (const name of ['first', 'second'])
      await app.app.database.transaction((em) =>
        app.app.events.append(em, { userId, type: 'BOT_DELETED', payload: { deletedId: userId, name } }),
      );
    await expect.poll(() => numberOf('stream_lag_seconds_count')).toBe(2);
    raw.socket.close();
    await expect.poll(() => numberOf('subscriptions')).toBe(0);
    expect([await numberOf('shared_groups'), await numberOf('streams')]).toEqual([0, 0]);
  });

  it('tell nothing of anybody', async () => {
    const text = await (await page('/metrics')).text();
    expect(text).toContain('process_resident_memory_bytes');
    for (const secret of [user.id, user.token, user.email, token]) expect(text).not.toContain(secret);
  });

  it.each([
    ['this machine', {}, 200],
    ['a proxy on this machine', { 'x-forwarded-for': '203.0.113.7' }, 404],
    ['a proxy of the standard kind', { forwarded: 'for=203.0.113.7' }, 404],
    ['the bearer of the token, through a proxy', { 'x-forwarded-for': '203.0.113.7', authorization: `Bearer ${token}` }, 200],
    ['the bearer of another token', { authorization: 'Bearer something-else' }, 404],
  ])('answer %s', async (_who, headers, status) => {
    expect((await page('/metrics', headers as Record<string, string>)).status).toBe(status);
  });
});

describe('a server that drains', () => {
  it('wants no more requests, sends sockets elsewhere, lets no new one in, and still answers', async () => {
    const world = await socketServer();
    const ready = (): Promise<Response> => page('/health/ready', {}, world.url);
    expect((await ready()).status).toBe(200);
    const raw = await openRaw(world.url);
    raw.send(init('ann'));
    await raw.next('connection_ack');
    world.server.drain();
    expect(await raw.closed).toEqual({ code: 1012, reason: 'the server is restarting: come back in a moment' });
    const answer = await ready();
    expect([answer.status, await answer.json()]).toEqual([503, { status: 'unavailable', reason: 'shutting down' }]);
    expect((await page('/health/live', {}, world.url)).status).toBe(200);
    expect((await upgradeByHand(world.url)).answer).toMatch(/^HTTP\/1\.1 503 /);
    world.hub.close();
    await world.server.close(500);
  });

  it('tells a lossless stream where to go on before its socket closes', async () => {
    const database = await newSqlite();
    const stopping = await startApp(database.url);
    const ann = await stopping.signUp('ann@example.com');
    const raw = await openRaw(stopping.url);
    raw.send(init(ann.token));
    await raw.next('connection_ack');
    raw.send(subscribe('1', 'subscription { botStateChanged { ... on StreamItem { cursor } } }'));
    const first = (await raw.next('next')) as { payload: { data: { botStateChanged: { cursor: string } } } };
    const last = raw.next('next');
    const stopped = stopping.stop();
    expect(await last).toMatchObject({
      payload: { errors: [{ extensions: { code: 'SHUTTING_DOWN', cursor: first.payload.data.botStateChanged.cursor } }] },
    });
    expect(await raw.closed).toMatchObject({ code: 1012 });
    await stopped;
    await database.remove();
  });
});
