import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.ts';
import { dialects, newPostgres, newSqlite } from '../../support/databases.ts';

const bitcoin = { symbol: { exchange: 'sim', symbol: 'BTC/USDT' } };
const kinds = ['MARKET_TRADES', 'TICKERS', 'ORDER_BOOKS'];
const fields = 'exchange symbol kind intervalSeconds depth problem';
const record = `mutation ($input: RecordMarketDataInput!) { recordMarketData(input: $input) { recordings { ${fields} } errors { code message path } } }`;
const stop = `mutation ($input: StopRecordingMarketDataInput!) { stopRecordingMarketData(input: $input) { recordings { kind } errors { code message path } } }`;
const patience = 60_000;

describe.each(dialects)('recorded market data over GraphQL on %s', (dialect) => {
  let app: TestApp;
  let url: string;
  let admin: string;
  let trader: string;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    ({ url, remove } = await (dialect === 'sqlite' ? newSqlite() : newPostgres()));
    app = await startApp(url, { simSpeed: 120 });
    ({ token: admin } = await app.signUp('admin@example.com'));
    ({ token: trader } = await app.signUp('trader@example.com'));
  }, patience);

  afterAll(async () => {
    await app.stop();
    await remove();
  });

  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the document asks for
  const market = async (selection: string): Promise<any> => {
    const query = `{ market(ref: { symbol: { exchange: "sim", symbol: "BTC/USDT" } }) { ${selection} } }`;
    const { data, errors } = await app.graphql(query, {}, trader);
    expect(errors).toBeUndefined();
    return data?.['market'];
  };
  const wait = async (isSo: () => Promise<boolean>): Promise<void> => {
    let done = false;
    const end = Date.now() + patience;
    while (!done && Date.now() < end) {
      done = await isSo();
      if (!done) await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(done).toBe(true);
  };

  it.each([
    [{ kinds: [] }, 'name at least one kind: MARKET_TRADES, TICKERS, ORDER_BOOKS', ['input', 'kinds']],
    [{ intervalSeconds: 0 }, 'intervalSeconds is 0, it must be a whole number from 1 to 3600', ['input', 'intervalSeconds']],
    [
      { intervalSeconds: 3_601 },
      'intervalSeconds is 3601, it must be a whole number from 1 to 3600',
      ['input', 'intervalSeconds'],
    ],
    [{ depth: 0 }, 'depth is 0, it must be a whole number from 1 to 100', ['input', 'depth']],
    [{ depth: 101 }, 'depth is 101, it must be a whole number from 1 to 100', ['input', 'depth']],
    [{ market: { symbol: { exchange: 'sim', symbol: 'GOLD/USD' } } }, 'sim has no market GOLD/USD here', ['input', 'market']],
    [{ market: { symbol: { exchange: 'nyse', symbol: 'BTC/USDT' } } }, 'there is no exchange "nyse"', ['input', 'market']],
  ])('refuses %j, and records nothing', async (bad, message, path) => {
    const { data } = await app.graphql(record, { input: { market: bitcoin, kinds, ...bad } }, admin);
    const [error] = data?.['recordMarketData'].errors ?? [];
    expect(error.message).toContain(message);
    if (path) expect(error.path).toEqual(path);
    expect(data?.['recordMarketData'].recordings).toBeNull();
    expect((await market('recordings { kind }')).recordings).toEqual([]);
  });

  it('stopping without a kind is refused', async () => {
    const { data } = await app.graphql(stop, { input: { market: bitcoin, kinds: [] } }, admin);
    expect(data?.['stopRecordingMarketData'].errors[0].message).toContain('name at least one kind');
  });

  it('is for an administrator to switch', async () => {
    for (const [document, input] of [
      [record, { market: bitcoin, kinds }],
      [stop, { market: bitcoin, kinds }],
    ] as const) {
      const { errors } = await app.graphql(document, { input }, trader);
      expect(errors?.[0].extensions.code).toBe('FORBIDDEN');
      expect(errors?.[0].message).toContain('only an administrator may switch recording o');
    }
    expect((await market('recordings { kind }')).recordings).toEqual([]);
  });

  it('takes at most 100 at once', async () => {
    const all = ['BTC/USDT', 'ETH/USDT'].map((symbol) => ({ symbol: { exchange: 'sim', symbol } }));
    await app.app.database.transaction(async (em) => {
      for (let i = 0; i < 98; i++)
        await em.execute(
          `insert into market_recordings (exchange, symbol, kind, interval_seconds, depth, started_at, lease_owner, lease_expires_at) values ('binance', 'X${i}/Y', 'TICKERS', 1, 1, ${dialect === 'sqlite' ? '0' : 'now()'}, 'another process', 9000000000000)`,
        );
    });
    const { data } = await app.graphql(record, { input: { market: all[1], kinds } }, admin);
    expect(data?.['recordMarketData'].errors[0].message).toBe(
      'with these there would be 101 recordings, the maximum is 100: stop some first',
    );
    const left = await app.graphql('{ marketRecordings { symbol } }', {}, trader);
    expect(left.data?.['marketRecordings']).toHaveLength(98);
    await app.app.database.transaction((em) => em.execute('delete from market_recordings'));
  });

  it('is what the market did: trades, the candles that they build, tickers and books', async () => {
    const input = { market: bitcoin, kinds, intervalSeconds: 30, depth: 5 };
    const { data } = await app.graphql(record, { input }, admin);
    const at = { exchange: 'sim', symbol: 'BTC/USDT', problem: null };
    const recordings = [
      { ...at, kind: 'MARKET_TRADES', intervalSeconds: null, depth: null },
      { ...at, kind: 'ORDER_BOOKS', intervalSeconds: 30, depth: 5 },
      { ...at, kind: 'TICKERS', intervalSeconds: 30, depth: null },
    ];
    expect(data?.['recordMarketData']).toEqual({ recordings, errors: [] });
    const again = await app.graphql(record, { input }, admin);
    expect(again.data?.['recordMarketData'].recordings).toEqual(recordings);

    await wait(
      async () => (await market('tradeCandles(seconds: 60, first: 2) { nodes { openTime } }')).tradeCandles.nodes.length === 2,
    );
    const candle = '{ nodes { openTime open high low close volume isClosed } }';
    const { tradeCandles } = await market(`tradeCandles(seconds: 60, first: 2) ${candle}`);
    const from = tradeCandles.nodes[0].openTime;
    const { candles } = await market(`candles(timeframe: M1, from: "${from}", first: 2) ${candle}`);
    expect(tradeCandles).toEqual(candles);

    const { marketTrades, tradeCoverage } = await market(
      `tradeCoverage { from to } marketTrades(from: "${from}", first: 60) { nodes { timestamp price open high low close buyQuantity sellQuantity buyCount sellCount } count { value exact } pageInfo { hasNextPage } }`,
    );
    expect(tradeCoverage).toHaveLength(1);
    expect(marketTrades.nodes[0]).toMatchObject({ timestamp: from, open: candles.nodes[0].open });
    expect(marketTrades.nodes[59].close).toBe(candles.nodes[0].close);
    expect(marketTrades.pageInfo.hasNextPage).toBe(true);

    await wait(async () => (await market('tickerHistory(first: 2) { nodes { at } }')).tickerHistory.nodes.length === 2);
    await wait(async () => (await market('orderBookHistory(first: 2) { nodes { at } }')).orderBookHistory.nodes.length === 2);
    const { tickerHistory, orderBookHistory } = await market(
      'tickerHistory(first: 2) { nodes { at last high low volume } count { value } } orderBookHistory(depth: 3, first: 2) { nodes { at bids { price amount } asks { price amount } } count { value } }',
    );
    const [one, two] = tickerHistory.nodes.map((node: { at: string }) => Math.floor(Date.parse(node.at) / 30_000));
    expect(two).toBeGreaterThan(one);
    expect(Number(tickerHistory.nodes[0].low)).toBeLessThanOrEqual(Number(tickerHistory.nodes[0].last));
    for (const { bids, asks } of orderBookHistory.nodes) {
      expect([bids.length, asks.length]).toEqual([3, 3]);
      expect(Number(bids[0].price)).toBeLessThan(Number(asks[0].price));
      expect(Number(bids[1].price)).toBeLessThan(Number(bids[0].price));
    }
  }, 200_000);

  it.each([
    ['marketTrades(first: 1001)', 'the maximum is 1000'],
    ['tickerHistory(first: 1001)', 'the maximum is 1000'],
    ['orderBookHistory(first: 101)', 'the maximum is 100'],
    ['tradeCandles(seconds: 60, first: 1001)', 'the maximum is 1000'],
  ])('a page of %s is too large', async (field, message) => {
    const { errors } = await app.graphql(
      `{ market(ref: { symbol: { exchange: "sim", symbol: "BTC/USDT" } }) { ${field} { pageInfo { hasNextPage } } } }`,
      {},
      trader,
    );
    expect(errors?.[0].message).toContain(message);
  });

  it.each(['marketTrades', 'tickerHistory', 'orderBookHistory'])('%s wants a range that begins before it ends', async (field) => {
    const args = '(from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z")';
    const query = `{ market(ref: { symbol: { exchange: "sim", symbol: "BTC/USDT" } }) { ${field}${args} { pageInfo { hasNextPage } } } }`;
    const { errors } = await app.graphql(query, {}, trader);
    expect(errors?.[0].message).toContain('from 2026-01-02T00:00:00.000Z is after to 2026-01-01T00:00:00.000Z');
  });

  it('goes on after a restart, until it is stopped', async () => {
    await app.stop();
    app = await startApp(url, { simSpeed: 120 });
    const newest = async (): Promise<number> =>
      Date.parse((await market('marketTrades(last: 1) { nodes { timestamp } }')).marketTrades.nodes[0].timestamp);
    const before = await newest();
    await wait(async () => (await newest()) > before);
    const { data } = await app.graphql(stop, { input: { market: bitcoin, kinds: ['MARKET_TRADES', 'TICKERS'] } }, admin);
    expect(data?.['stopRecordingMarketData']).toEqual({ recordings: [{ kind: 'ORDER_BOOKS' }], errors: [] });
    await app.graphql(stop, { input: { market: bitcoin, kinds } }, admin);
    expect((await market('recordings { kind }')).recordings).toEqual([]);
    expect(await newest()).toBeGreaterThan(before);
  }, 200_000);
});
