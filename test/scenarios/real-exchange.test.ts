import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DomainError } from '../../src/services/errors.ts';
import { CcxtMarketData } from '../../src/services/exchanges/ccxt/ccxt-market-data.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { seededCandle } from '../support/venue/candles.ts';
import { Pinned } from '../support/venue/pin.ts';
import { until } from '../support/venue/until.ts';
import { Venue } from '../support/venue/venue.ts';

/*
 * The whole program with a Binance that runs on this machine and is not there at first.
 */

const minute = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'candlewick-'));
let venue: Venue;
let pinned: Pinned;
let app: TestApp;
let token: string;
let isThere = false;

beforeAll(async () => {
  venue = await Venue.start();
  pinned = new Pinned(() => venue);
  const openMarketData = (exchange: string): Promise<CcxtMarketData> =>
    isThere
      ? CcxtMarketData.open({ exchange, prepare: pinned.prepare })
      : Promise.reject(new DomainError('EXCHANGE_UNAVAILABLE', 'no network'));
  app = await startApp(`sqlite:${join(folder, 'test.db')}`, {}, { openMarketData });
  token = (await app.signUp('trader@example.com')).token;
});
afterAll(async () => {
  await app.stop();
  await venue.close();
  await pinned.close();
  rmSync(folder, { recursive: true });
});

it('a real exchange that cannot be reached is said to be so, and is there without a restart as soon as it answers', async () => {
  const marketsOfBinance = '{ markets(filter: { exchange: { eq: "binance" } }) { nodes { symbol tickSize isActive } } }';
  const oneMarket = '{ market(ref: { symbol: { exchange: "binance", symbol: "BTC/USDT" } }) { symbol } }';
  const isConnected = async (): Promise<boolean> => {
    const { data } = await app.graphql('{ exchanges { name isConnected } }', {}, token);
    return data?.exchanges.find(({ name }: { name: string }) => name === 'binance').isConnected;
  };
  for (const question of [marketsOfBinance, oneMarket]) {
    const { errors } = await app.graphql(question, {}, token);
    expect(errors?.[0]).toMatchObject({
      message: 'Binance cannot be reached: no network. It is tried again; what is stored here can be used meanwhile',
      extensions: { code: 'EXCHANGE_UNAVAILABLE', exchange: 'binance' },
    });
  }
  expect([await isConnected(), venue.requests.length]).toEqual([false, 0]);

  isThere = true;
  venue.ledger.change('ETHUSDT', { isHalted: true });
  let answer = await app.graphql(marketsOfBinance, {}, token);
  await expect.poll(async () => (answer = await app.graphql(marketsOfBinance, {}, token)).errors).toBeUndefined();
  expect(answer.data?.markets.nodes).toEqual([
    { symbol: 'BTC/USDT', tickSize: '0.01', isActive: true },
    { symbol: 'ETH/USDT', tickSize: '0.01', isActive: false },
  ]);
  expect(await isConnected()).toBe(true);
  expect(await app.graphql(oneMarket, {}, token)).toMatchObject({ data: { market: { symbol: 'BTC/USDT' } } });

  const stream = app.subscribe(
    'subscription { candleUpdated(market: { symbol: { exchange: "binance", symbol: "BTC/USDT" } }, timeframe: M1) { candle { close isClosed } } }',
    {},
    token,
  );
  const first = stream.next();
  await until(() => venue.streams.hears(venue.dialect.topics.candles('BTCUSDT', '1m')));
  const candle = { ...seededCandle(1, Math.floor(venue.now() / minute) * minute), close: 10_050.25, high: 10_200 };
  venue.kline('BTCUSDT', '1m', candle, false);
  expect((await first).value.data).toEqual({ candleUpdated: { candle: { close: '10050.25', isClosed: false } } });
  await stream.return?.();
});
