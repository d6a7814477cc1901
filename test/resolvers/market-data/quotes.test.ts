import type { FormattedExecutionResult } from 'graphql';
import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.ts';
import { newSqlite } from '../../support/databases.ts';

const bitcoin = '{ symbol: { exchange: "sim", symbol: "BTC/USDT" } }';
const ether = '{ symbol: { exchange: "sim", symbol: "ETH/USDT" } }';
const nothing = '{ symbol: { exchange: "sim", symbol: "GOLD/USD" } }';

interface Level {
  readonly price: string;
  readonly amount: string;
}

describe('tickers and order books over HTTP and WebSocket', () => {
  let app: TestApp;
  let client: Client;
  let token: string;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    const database = await newSqlite();
    remove = database.remove;
    app = await startApp(database.url, { simSpeed: 60 });
    ({ token } = await app.signUp('quotes@example.com'));
    client = app.client(token);
    const input = {
      exchange: 'binance',
      symbol: 'BTC/USDT',
      timeframe: 'H1',
      csv: `timestamp,open,high,low,close,volume\n2024-01-01T00:00Z,1,1,1,1,1`,
    };
    await app.graphql('mutation ($input: ImportCandlesInput!) { importCandles(input: $input) { imported } }', { input }, token);
  });

  afterAll(async () => {
    await app.stop();
    await remove();
  });

  async function take<T>(query: string, count: number): Promise<FormattedExecutionResult<T, unknown>[]> {
    const results: FormattedExecutionResult<T, unknown>[] = [];
    for await (const result of client.iterate<T>({ query })) {
      results.push(result);
      if (results.length === count) break;
    }
    return results;
  }

  it('a market has its ticker and its book', async () => {
    const query = `{ market(ref: ${bitcoin}) { id ticker { marketId exchange symbol at last high low volume } orderBook(depth: 3) { marketId at bids { price amount } asks { price amount } } } }`;
    const { data, errors } = await app.graphql(query, {}, token);
    expect(errors).toBeUndefined();
    const { id, ticker, orderBook } = data?.['market'] ?? {};
    expect(ticker).toMatchObject({ marketId: id, exchange: 'sim', symbol: 'BTC/USDT' });
    expect(Number(ticker.low)).toBeLessThanOrEqual(Number(ticker.last));
    expect(Number(ticker.last)).toBeLessThanOrEqual(Number(ticker.high));
    expect([orderBook.bids.length, orderBook.asks.length]).toEqual([3, 3]);
    expect(Number(orderBook.bids[0].price)).toBeLessThan(Number(orderBook.asks[0].price));
  });

  it('a market whose exchange does not answer has neither, and says why', async () => {
    const ref = '{ symbol: { exchange: "binance", symbol: "BTC/USDT" } }';
    const { data, errors } = await app.graphql(`{ market(ref: ${ref}) { symbol ticker { last } orderBook { at } } }`, {}, token);
    expect(data?.['market']).toEqual({ symbol: 'BTC/USDT', ticker: null, orderBook: null });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['EXCHANGE_UNAVAILABLE', 'EXCHANGE_UNAVAILABLE']);
    expect(errors?.[0].message).toContain('Binance cannot be reached');
    const exchanges = await app.graphql('{ exchanges { name isConnected connection { status reason since } } }', {}, token);
    const list: { name: string }[] = exchanges.data?.['exchanges'];
    expect(list.find(({ name }) => name === 'binance')).toMatchObject({
      isConnected: false,
      connection: {
        status: 'UNREACHABLE',
        reason: expect.stringContaining('Binance cannot be reached'),
        since: expect.any(String),
      },
    });
    expect(list.find(({ name }) => name === 'sim')).toMatchObject({
      isConnected: true,
      connection: { status: 'CONNECTED', reason: null, since: null },
    });
  });

  it('a market tells what is stored of its candles, and how its live ones are', async () => {
    const input = { exchange: 'kraken', symbol: 'ETH/USD', timeframe: 'H1' };
    const rows = ['00', '01', '04', '05'].map((hour) => `2024-01-01T${hour}:00Z,1,1,1,1,1`);
    const csv = ['timestamp,open,high,low,close,volume', ...rows].join('\n');
    const importing = 'mutation ($input: ImportCandlesInput!) { importCandles(input: $input) { errors { message } } }';
    await app.graphql(importing, { input: { ...input, csv } }, token);
    const fields = `coverage { timeframe candles from to missing gapCount gaps { from to missing } } feeds { timeframe state reason listeners lastNewsAt }`;
    const stored = await app.graphql(
      `{ market(ref: { symbol: { exchange: "kraken", symbol: "ETH/USD" } }) { ${fields} } }`,
      {},
      token,
    );
    const at = (hour: string): string => `2024-01-01T${hour}:00:00.000Z`;
    const gap = { from: at('02'), to: at('04'), missing: 2 };
    expect(stored.data?.['market']).toEqual({
      coverage: [{ timeframe: 'H1', candles: 4, from: at('00'), to: at('05'), missing: 2, gapCount: 1, gaps: [gap] }],
      feeds: [],
    });
    for await (const { data } of client.iterate({
      query: `subscription { candleUpdated(market: ${ether}, timeframe: M5) { candle { close } } }`,
    })) {
      expect(data).toBeDefined();
      const live = await app.graphql(`{ market(ref: ${ether}) { ${fields} } }`, {}, token);
      const [feed] = live.data?.['market'].feeds ?? [];
      expect(feed).toMatchObject({ timeframe: 'M5', state: 'LIVE', reason: null, listeners: 1 });
      const [told] = await take<{ candleFeedChanged: object }>(
        `subscription { candleFeedChanged(market: ${ether}, timeframe: M5) { timeframe state reason since } }`,
        1,
      );
      expect(told.data?.candleFeedChanged).toMatchObject({ timeframe: 'M5', state: 'LIVE', reason: null });
      break;
    }
  });

  it('tickers of several markets come as they change', async () => {
    const query = `subscription { tickerUpdated(markets: [${bitcoin}, ${ether}], maxRate: 20) { symbol last at } }`;
    const updates = await take<{ tickerUpdated: { symbol: string; at: string } }>(query, 8);
    const heard = updates.map(({ data }) => data?.tickerUpdated);
    expect(new Set(heard.map((ticker) => ticker?.symbol))).toEqual(new Set(['BTC/USDT', 'ETH/USDT']));
    const times = heard.filter((ticker) => ticker?.symbol === 'BTC/USDT').map((ticker) => Date.parse(ticker?.at ?? ''));
    expect(times.every((at, i) => i === 0 || at > times[i - 1])).toBe(true);
  });

  it('a book comes as deep as asked, as it changes', async () => {
    const query = `subscription { orderBookUpdated(market: ${bitcoin}, depth: 2, maxRate: 20) { symbol bids { price } asks { price } } }`;
    const updates = await take<{ orderBookUpdated: { bids: Level[]; asks: Level[] } }>(query, 3);
    for (const { data } of updates) {
      const { bids, asks } = data?.orderBookUpdated ?? { bids: [], asks: [] };
      expect([bids.length, asks.length]).toEqual([2, 2]);
      expect(Number(bids[0].price)).toBeLessThan(Number(asks[0].price));
    }
    expect(new Set(updates.map(({ data }) => JSON.stringify(data))).size).toBe(3);
  });

  const many = Array.from({ length: 51 }, () => bitcoin).join(', ');
  it.each([
    [`tickerUpdated(markets: []) { last }`, 'INVALID', '0 markets are named, it must be from 1 to 50'],
    [`tickerUpdated(markets: [${many}]) { last }`, 'INVALID', '51 markets are named, it must be from 1 to 50'],
    [`tickerUpdated(markets: [${bitcoin}], maxRate: 0) { last }`, 'INVALID', 'maxRate is 0, it must be from 1 to 20'],
    [`tickerUpdated(markets: [${bitcoin}], maxRate: 21) { last }`, 'INVALID', 'maxRate is 21, it must be from 1 to 20'],
    [`tickerUpdated(markets: [${bitcoin}, ${nothing}]) { last }`, 'NOT_FOUND', 'sim has no market GOLD/USD here'],
    [`tickerUpdated(markets: [{ id: "bot_01h455vb4pex5vsknk084sn02q" }]) { last }`, 'INVALID', 'expected a mkt_ id, got bot_'],
    [`candleFeedChanged(market: ${nothing}, timeframe: M1) { state }`, 'NOT_FOUND', 'sim has no market GOLD/USD here'],
    [`orderBookUpdated(market: ${bitcoin}, depth: 0) { at }`, 'INVALID', 'depth is 0, it must be from 1 to 100'],
    [`orderBookUpdated(market: ${bitcoin}, depth: 101) { at }`, 'INVALID', 'depth is 101, it must be from 1 to 100'],
    [`orderBookUpdated(market: ${bitcoin}, maxRate: -1) { at }`, 'INVALID', 'maxRate is -1, it must be from 1 to 20'],
    [
      `orderBookUpdated(market: { symbol: { exchange: "mtgox", symbol: "BTC/USD" } }) { at }`,
      'NOT_FOUND',
      'there is no exchange "mtgox"',
    ],
    [
      `orderBookUpdated(market: { symbol: { exchange: "binance", symbol: "BTC/USDT" } }) { at }`,
      'EXCHANGE_UNAVAILABLE',
      'Binance cannot be reached',
    ],
  ])('%s is refused with %s', async (field, code, message) => {
    const [{ errors }] = await take(`subscription { ${field} }`, 1);
    expect(errors?.[0]).toMatchObject({ extensions: { code } });
    expect(errors?.[0].message).toContain(message);
  });

  it('a depth out of range is refused in a query, too', async () => {
    const { errors } = await app.graphql(`{ market(ref: ${bitcoin}) { orderBook(depth: 1000) { at } } }`, {}, token);
    expect(errors?.[0]).toMatchObject({ message: 'depth is 1000, it must be from 1 to 100', extensions: { code: 'INVALID' } });
  });
});
