import type { FormattedExecutionResult } from 'graphql';
import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.ts';
import { newSqlite } from '../../support/databases.ts';

/* Market data as a client meets it, over HTTP and WebSocket: what is refused is told with a code, and the socket lives on. */

interface Update {
  readonly candleUpdated: { readonly candle: { readonly openTime: string; readonly close: string; readonly isClosed: boolean } };
}

describe('market data over HTTP and WebSocket', () => {
  let app: TestApp;
  let client: Client;
  let token: string;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    const database = await newSqlite();
    remove = database.remove;
    app = await startApp(database.url, { simSpeed: 120 });
    const input = { email: 'candles@example.com', password: 'a long enough secret' };
    const answer = await app.graphql('mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }', { input });
    token = String(answer.data?.['signUp'].accessToken);
    client = app.client(token);
  });

  afterAll(async () => {
    await app.stop();
    await remove();
  });

  const subscription = (market: string, more = ''): string =>
    `subscription { candleUpdated(market: ${market}, timeframe: M1 ${more}) { candle { openTime close isClosed } } }`;
  const bitcoin = '{ symbol: { exchange: "sim", symbol: "BTC/USDT" } }';

  async function first(query: string): Promise<FormattedExecutionResult<Update, unknown>> {
    for await (const result of client.iterate<Update>({ query })) return result;
    throw new Error('the subscription ended without a word');
  }

  const refusals: [string, string, string, string][] = [
    ['the id of something else', '{ id: "bot_01h455vb4pex5vsknk084sn02q" }', 'INVALID', 'expected a mkt_ id, got bot_'],
    [
      'an exchange that is not there',
      '{ symbol: { exchange: "mtgox", symbol: "BTC/USD" } }',
      'NOT_FOUND',
      'there is no exchange "mtgox"',
    ],
    [
      'a market that is not there',
      '{ symbol: { exchange: "sim", symbol: "GOLD/USD" } }',
      'NOT_FOUND',
      'sim has no market GOLD/USD here',
    ],
  ];

  it.each(refusals)('a subscription to %s is refused with a code, and the socket lives on', async (_, market, code, message) => {
    const { errors } = await first(subscription(market));
    expect(errors?.[0]).toMatchObject({ extensions: { code } });
    expect(errors?.[0].message).toContain(message);
    expect((await first(subscription(bitcoin))).data?.candleUpdated.candle.close).toMatch(/^\d+(\.\d+)?$/);
  });

  it('a query with a bad reference is refused with a code, the same over both', async () => {
    const query = '{ market(ref: { id: "bot_01h455vb4pex5vsknk084sn02q" }) { id } }';
    const overHttp = await app.graphql(query, {}, token);
    expect(overHttp.errors?.[0]).toMatchObject({
      message: 'expected a mkt_ id, got bot_',
      extensions: { code: 'INVALID', inputPath: ['ref', 'id'] },
    });
    for await (const { errors } of client.iterate({ query }))
      expect(errors?.[0]).toMatchObject({ message: 'expected a mkt_ id, got bot_', extensions: { code: 'INVALID' } });
  });

  const fetchCandles = `mutation ($input: FetchCandlesInput!) {
    fetchCandles(input: $input) { candleFetch { id status from to } errors { code message path } }
  }`;

  it('past candles are fetched as a job that tells its progress', async () => {
    const input = { market: { symbol: { exchange: 'sim', symbol: 'ETH/USDT' } }, timeframe: 'M1', from: '2024-01-01T00:00:00Z' };
    const { data } = await app.graphql(fetchCandles, { input: { ...input, to: '2024-01-08T00:00:00Z' } }, token);
    const { id } = data?.['fetchCandles'].candleFetch ?? {};
    expect(id).toMatch(/^cfe_/);
    const query = `subscription { jobProgressed(id: "${id}") { id status ... on CandleFetch { fetched known stored market { symbol } } } }`;
    const jobs: { status: string; fetched: number }[] = [];
    for await (const result of client.iterate<{ jobProgressed: { status: string; fetched: number } }>({ query }))
      if (result.data) jobs.push(result.data.jobProgressed);
    expect(jobs.at(-1)).toEqual({
      id,
      status: 'COMPLETED',
      fetched: 10_080,
      known: 0,
      stored: 10_080,
      market: { symbol: 'ETH/USDT' },
    });
    const list = await app.graphql('{ candleFetches(first: 1) { nodes { id progressPercent } count { value } } }', {}, token);
    expect(list.data?.['candleFetches']).toEqual({ nodes: [{ id, progressPercent: '100' }], count: { value: 1 } });
    const again = 'mutation ($id: ID!) { cancelCandleFetch(input: { id: $id }) { candleFetch { id } errors { code message } } }';
    const refused = await app.graphql(again, { id }, token);
    expect(refused.data?.['cancelCandleFetch'].errors).toEqual([
      { code: 'INVALID_TRANSITION', message: 'the fetch is COMPLETED already, it cannot be canceled' },
    ]);
  });

  it.each([
    ['mtgox', 'BTC/USD', '2024-01-01T00:00:00Z', null, 'NOT_FOUND', 'there is no exchange "mtgox"'],
    ['sim', 'GOLD/USD', '2024-01-01T00:00:00Z', null, 'NOT_FOUND', 'sim has no market GOLD/USD here'],
    ['sim', 'BTC/USDT', '2024-01-02T00:00:00Z', '2024-01-01T00:00:00Z', 'INVALID', 'must be before to 2024-01-01'],
    ['sim', 'BTC/USDT', '2099-01-01T00:00:00Z', null, 'INVALID', 'there is nothing to fetch of sim BTC/USDT 1h'],
    ['binance', 'BTC/USDT', '2024-01-01T00:00:00Z', null, 'EXCHANGE_UNAVAILABLE', 'Binance cannot be reached'],
  ])('a fetch of %s %s from %s to %s is refused with %s %s', async (exchange, symbol, from, to, code, message) => {
    const input = { market: { symbol: { exchange, symbol } }, timeframe: 'H1', from, to };
    const { data } = await app.graphql(fetchCandles, { input }, token);
    expect(data?.['fetchCandles'].candleFetch).toBeNull();
    expect(data?.['fetchCandles'].errors[0]).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('live candles go on where history ends, each closed one once', async () => {
    const { data } = await app.graphql(
      `{ market(ref: ${bitcoin}) { candles(timeframe: M1, last: 3) { nodes { openTime close } } } }`,
      {},
      token,
    );
    const history: { openTime: string; close: string }[] = data?.['market'].candles.nodes;
    const closed: { openTime: string; close: string }[] = [];
    for await (const { data: update } of client.iterate<Update>({
      query: subscription(bitcoin, `since: "${history[0].openTime}" closedOnly: true`),
    })) {
      if (update) closed.push({ openTime: update.candleUpdated.candle.openTime, close: update.candleUpdated.candle.close });
      if (closed.length === 8) break;
    }
    expect(closed.slice(0, 3)).toEqual(history);
    const times = closed.map(({ openTime }) => Date.parse(openTime));
    expect(times).toEqual(times.map((_, i) => times[0] + i * 60_000));
  });
});
