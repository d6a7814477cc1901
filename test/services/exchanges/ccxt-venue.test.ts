import type { binance } from 'ccxt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Quiet } from '../../../src/services/exchanges/ccxt/calls.ts';
import { loadClient } from '../../../src/services/exchanges/ccxt/load-client.ts';
import { closeStreams } from '../../../src/services/exchanges/ccxt/sockets.ts';
import { Pinned } from '../../support/venue/pin.ts';
import { until } from '../../support/venue/until.ts';
import { Venue } from '../../support/venue/venue.ts';

/** ccxt's own Binance client, as ccxt types it. */
type Binance = InstanceType<typeof binance>;
interface Watching {
  watchTrades(symbol: string): Promise<readonly { price: unknown }[]>;
  watchTicker(symbol: string): Promise<{ last: unknown }>;
  watchBidsAsks(symbols: string[]): Promise<Record<string, { bid: unknown; ask: unknown }>>;
  watchOrderBook(symbol: string): Promise<{ bids: readonly unknown[][]; asks: readonly unknown[][] }>;
  watchBalance(): Promise<Record<string, { free?: unknown; used?: unknown }>>;
}

const symbol = 'BTC/USDT';
let venue: Venue;
let pinned: Pinned;
let client: Binance & Watching;

beforeEach(async () => {
  venue = await Venue.start();
  pinned = new Pinned(() => venue);
  const { apiKey, secret } = venue;
  const loaded = await loadClient({
    id: 'binance',
    apiKey,
    secret,
    quiet: new Quiet(),
    prepare: pinned.prepare,
  });
  client = loaded as unknown as Binance & Watching;
  await client.loadMarkets();
});
afterEach(async () => {
  await closeStreams(client as unknown as Parameters<typeof closeStreams>[0]);
  await venue.close();
  await pinned.close();
});

describe('a host that the venue does not stand for', () => {
  it('is never connected to, and fails the test that asked for it', async () => {
    const strict = new Pinned(() => venue);
    const stranger = await loadClient({ id: 'binance', quiet: new Quiet(), prepare: strict.prepare });
    const futures = stranger as unknown as Binance;
    await expect(futures.fapiPublicGetTime()).rejects.toThrow('nothing leaves this machine: fapi.binance.com');
    await expect(strict.close()).rejects.toThrow('fapi.binance.com');
  });
});

describe('the local venue, to the real Binance client', () => {
  it('answers what is public', async () => {
    venue.setPrice('BTCUSDT', '12345.67');
    expect(await client.fetchTicker(symbol)).toMatchObject({ last: '12345.67000000', bid: '12345.66000000' });
    expect((await client.fetchOrderBook(symbol)).asks[0]).toEqual([12_345.68, 1]);
    expect((await client.fetchBidsAsks())[symbol]).toMatchObject({ bid: '12345.66000000', ask: '12345.68000000' });
    expect(await client.fetchTrades(symbol)).toMatchObject([{ price: '12345.67000000', amount: '0.50000000' }]);
  });

  it('tells trades, tickers, best prices and books', async () => {
    const heard = [
      client.watchTrades(symbol),
      client.watchTicker(symbol),
      client.watchBidsAsks([symbol]),
      client.watchOrderBook(symbol),
    ] as const;
    for (const stream of ['aggTrade', 'miniTicker', 'bookTicker', 'depth@100ms'])
      await until(() => venue.streams.hears(`btcusdt@${stream}`));
    venue.setPrice('BTCUSDT', '10001');
    await until(() => venue.asked('GET /api/v3/depth') === 1);
    await venue.streams.flushed();
    venue.setPrice('BTCUSDT', '10002');
    const [trades, ticker, best, book] = await Promise.all(heard);
    expect([trades[0]?.price, ticker.last, best[symbol]?.ask].map(Number)).toEqual([10_001, 10_001, 10_001.01]);
    expect([10_001.01, 10_002.01]).toContain(Number(book.asks[0]?.[0]));
  });

  it('tells balances', async () => {
    const balance = client.watchBalance();
    await until(() => venue.streams.hears('user'));
    await client.createOrder(symbol, 'limit', 'buy', 0.1, 9_000);
    expect((await balance).USDT).toMatchObject({ free: '9100.00000000', used: '900.00000000' });
  });

  const place =
    (type: string, side: string, amount: number, price?: number, params = {}): (() => Promise<unknown>) =>
    async () =>
      client.createOrder(symbol, type, side as 'buy', amount, price, params);
  // Where ccxt knows the venue's sentence, it leaves out the code.
  it.each<[string, () => () => Promise<unknown>, string]>([
    ['lot size', () => place('limit', 'buy', 0.000_005, 9_000), 'InvalidOrder'],
    ['price is invalid', () => place('limit', 'buy', 0.1, 9_000.001), 'InvalidOrder'],
    ['-1013', () => place('limit', 'buy', 0.0001, 9_000), 'BadRequest'],
    ['Invalid symbol', () => () => client.publicGetKlines({ symbol: 'NOPE', interval: '1m' }), 'BadSymbol'],
    ['insufficient balance', () => place('market', 'buy', 2), 'InsufficientFunds'],
    ['would immediately match', () => place('limit', 'buy', 0.1, 10_001, { postOnly: true }), 'OrderImmediatelyFillable'],
    ['-2011', () => async () => client.cancelOrder('1', symbol), 'OrderNotFound'],
    ['-2013', () => async () => client.fetchOrder('1', symbol), 'OrderNotFound'],
    ['-1022', () => () => ((client.secret = 'wrong'), client.fetchBalance()), 'AuthenticationError'],
    ['-2015', () => () => ((client.apiKey = 'wrong'), client.fetchBalance()), 'AuthenticationError'],
    ['-1021', () => () => ((venue.skewMs = 60_000), client.fetchBalance()), 'InvalidNonce'],
    ['-1021', () => () => ((venue.skewMs = -60_000), client.fetchBalance()), 'InvalidNonce'],
    ['-1003', () => () => (venue.faults.add({ effect: 'STATUS', status: 429 }), client.fetchBalance()), 'DDoSProtection'],
    ['-1003', () => () => (venue.faults.add({ effect: 'STATUS', status: 418 }), client.fetchBalance()), 'DDoSProtection'],
  ])('refuses with "%s": %#', async (text, action, name) => {
    const error = await action()().then(
      () => new Error('it was accepted'),
      (thrown: Error) => thrown,
    );
    expect([error.constructor.name, error.message]).toEqual([name, expect.stringContaining(text)]);
    expect(venue.ledger.orders).toEqual([]);
  });
});
