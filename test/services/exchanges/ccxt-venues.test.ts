import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../src/services/errors.ts';
import { CcxtExchange } from '../../../src/services/exchanges/ccxt/ccxt-exchange.ts';
import type { Execution, OrderRequest } from '../../../src/services/exchanges/port/orders.ts';
import { canonical, decimal } from '../../../src/trading/money.ts';
import { binance } from '../../support/venue/binance/binance.ts';
import { bybit } from '../../support/venue/bybit/bybit.ts';
import type { Dialect } from '../../support/venue/dialect.ts';
import type { RestFault } from '../../support/venue/faults.ts';
import { kraken } from '../../support/venue/kraken/kraken.ts';
import { Pinned } from '../../support/venue/pin.ts';
import { until } from '../../support/venue/until.ts';
import { Venue, type VenueOptions } from '../../support/venue/venue.ts';

const symbol = 'BTC/USDT';
let venue: Venue;
let pinned: Pinned;
let exchange: CcxtExchange;
let told: Execution[];
let ids = 0;

async function open(dialect: Dialect, options: VenueOptions = {}, changes: { deadlineMs?: number } = {}): Promise<void> {
  venue = await Venue.start({ dialect, feeAsset: 'QUOTE', ...options });
  pinned = new Pinned(() => venue);
  const { apiKey, secret } = venue;
  const settings = { deadlineMs: 10_000, sweepEveryMs: 600_000, ...changes };
  exchange = await CcxtExchange.open({ exchange: dialect.id, apiKey, secret, prepare: pinned.prepare, ...settings });
  told = [];
}
async function listen(): Promise<void> {
  exchange.subscribeExecutions((execution) => told.push(execution));
  await until(() => venue.streams.hears('user'));
}
afterEach(async () => {
  await exchange.close();
  await venue.close();
  await pinned.close();
});

const order = (changes: Partial<OrderRequest> = {}): OrderRequest => ({
  clientOrderId: `cw-${++ids}`,
  symbol,
  side: 'BUY',
  type: 'MARKET',
  amount: decimal('0.1'),
  ...changes,
});
const limit = (price: string, changes: Partial<OrderRequest> = {}): OrderRequest =>
  order({ type: 'LIMIT', price: decimal(price), ...changes });
const failure = async (action: Promise<unknown>): Promise<DomainError> => {
  const outcome: unknown = await action.then(
    () => new Error('it was accepted'),
    (error: unknown) => error,
  );
  if (outcome instanceof DomainError) return outcome;
  throw outcome;
};

describe.each([binance, kraken, bybit])('an account at $id', (dialect) => {
  const faults: readonly (readonly [name: string, fault: Omit<RestFault, 'route'>, kind: string, orders: number])[] = [
    ['cut off before it was read', { effect: 'RESET', processed: false }, 'UNKNOWN', 0],
    ['cut off after it was filled', { effect: 'RESET' }, 'UNKNOWN', 1],
    ['half of the JSON', { effect: 'TRUNCATE' }, 'UNKNOWN', 1],
    ['an empty body', { effect: 'EMPTY' }, 'UNKNOWN', 1],
    ['a web page', { effect: 'HTML' }, 'UNKNOWN', 1],
    ['503 after it was filled', { effect: 'STATUS', status: 503 }, 'UNKNOWN', 1],
    ['429', { effect: 'STATUS', status: 429, processed: false }, 'THROTTLED', 0],
    ['an answer after the deadline', { effect: 'DELAY', delayMs: 2_200 }, 'UNKNOWN', 1],
  ];
  // Binance's stand in a file of their own.
  it.each(dialect === binance ? [] : faults)(
    'leaves an order unknown, and finds it or its absence: %s',
    async (_, fault, kind, orders) => {
      await open(dialect, {}, fault.effect === 'DELAY' ? { deadlineMs: 1_500 } : {});
      venue.faults.add({ route: dialect.routes.place, ...fault });
      const request = order();
      const error = await failure(exchange.submit(request));
      expect([error.code, error.details.kind]).toEqual(['EXCHANGE_UNAVAILABLE', kind]);
      expect(error.message).not.toMatch(/signature=|venue-secret/);
      expect([venue.asked(dialect.routes.place), venue.ledger.orders.length]).toEqual([1, orders]);
      expect((await exchange.order(symbol, request.clientOrderId))?.status).toBe(orders === 1 ? 'FILLED' : undefined);
      if (orders === 1) expect((await failure(exchange.submit(request))).code).toBe('EXCHANGE_UNAVAILABLE');
      else await exchange.submit(request);
      expect(venue.ledger.orders).toHaveLength(1);
    },
  );

  it('does not take an answer that went wrong for "nothing"', async () => {
    await open(dialect);
    const request = limit('5000');
    await exchange.submit(request);
    const { routes } = dialect;
    const questions: readonly (readonly [route: string, ask: () => Promise<unknown>])[] = [
      [routes.find, () => exchange.order(symbol, request.clientOrderId)],
      [routes.openOrders, () => exchange.openOrders()],
      [routes.fills, () => exchange.fillsSince(symbol, 0)],
      [routes.balances, () => exchange.balances()],
    ];
    for (const effect of ['RESET', 'TRUNCATE', 'EMPTY', 'HTML'] as const)
      for (const [route, ask] of questions) {
        venue.faults.add({ route, effect, times: 2 });
        expect((await failure(ask())).code).toBe('EXCHANGE_UNAVAILABLE');
        venue.faults.clear();
      }
  });

  it.each([60_000, -60_000])('sends orders and listens although our clock is %i ms off', async (skewMs) => {
    await open(dialect, { skewMs });
    await listen();
    expect(Math.abs(exchange.now() - venue.now())).toBeLessThan(10_000);
    const request = order();
    await exchange.submit(request);
    await until(() => told.some(({ order: report }) => report.status === 'FILLED'));
    venue.skewMs = -skewMs;
    // Kraken's requests carry no time: only the deadline of an order tells that the clock is wrong, and the next one has it right.
    if (dialect === kraken && skewMs < 0) {
      expect((await failure(exchange.submit(order({ side: 'SELL' })))).details.kind).toBe('CLOCK');
      await until(() => Math.abs(exchange.now() - venue.now()) < 10_000);
    }
    await exchange.submit(order({ side: 'SELL' }));
    expect(venue.ledger.orders).toHaveLength(2);
  });

  it.each([
    ['RECEIVED', '0.0001 BTC'],
    ['QUOTE', '1 USDT'],
    ['BNB', '0.002 BNB'],
  ] as const)('tells a fee taken in %s exactly', async (feeAsset, fee) => {
    // Kraken is asked for fees in the quote asset, and does so.
    const isAsked = dialect === kraken;
    await open(dialect, { feeAsset: isAsked ? 'QUOTE' : feeAsset, balances: { USDT: '10000', BNB: '1' } });
    await exchange.submit(order());
    const [fill] = await exchange.fillsSince(symbol, 0);
    expect(fill && `${canonical(fill.fee)} ${fill.feeCurrency}`).toBe(isAsked ? '1 USDT' : fee);
    if (isAsked) expect(venue.requests.findLast(({ route }) => route === kraken.routes.place)?.params.oflags).toBe('fciq');
  });

  it('sends what it was given, on the tick and never worse, and checks the least value before', async () => {
    await open(dialect);
    await exchange.submit(limit('8999.999', { amount: decimal('0.12345') }));
    await exchange.submit(order({ type: 'STOP_LIMIT', stopPrice: decimal('11000.001'), price: decimal('11001.019') }));
    expect(venue.ledger.orders.map(({ quantity, price, stopPrice }) => [quantity, price, stopPrice].map(canonical))).toEqual([
      ['0.12345', '8999.99', '0'],
      ['0.1', '11001.01', '11000'],
    ]);
    const tooSmall = await failure(exchange.submit(limit('9000', { amount: decimal('0.0005') })));
    expect(tooSmall.message).toContain('4.5 is below the least, 5');
    expect(venue.ledger.orders).toHaveLength(2);
  });

  it('cancels a stop that waits', async () => {
    await open(dialect);
    const stop = order({ type: 'STOP', stopPrice: decimal(11_000) });
    await exchange.submit(stop);
    expect((await exchange.openOrders(symbol)).map(({ type, stopPrice }) => [type, stopPrice?.toString()])).toEqual([
      ['STOP', '11000'],
    ]);
    expect(await exchange.cancel(symbol, stop.clientOrderId)).toMatchObject({ status: 'CANCELED', type: 'STOP' });
    expect(venue.ledger.orders[0]?.status).toBe('CANCELED');
  });

  it('tells each fill once when news comes twice and in the wrong order, and finds those that a mute or cut stream left out', async () => {
    await open(dialect, { tradesPerOrder: 3, seed: 5 });
    await listen();
    venue.streams.double('user');
    venue.streams.hold('user');
    await exchange.submit(order());
    venue.streams.release('user', 'SHUFFLED');
    await until(() => told.some(({ order: report }) => report.status === 'FILLED'));
    venue.streams.mute('user');
    await exchange.submit(order({ side: 'SELL' }));
    await until(() => told.filter(({ order: report }) => report.status === 'FILLED').length === 2);
    await sleep(300);
    const fills = told.flatMap(({ fill }) => fill ?? []);
    expect(fills).toHaveLength(6);
    expect(new Set(fills.map(({ exchangeTradeId }) => exchangeTradeId)).size).toBe(6);
    expect(fills.reduce((sum, { amount }) => sum.add(amount), decimal(0)).toString()).toBe('0.2');
  });

  it('reads the fills of many orders of long ago, page by page, with their client order ids', async () => {
    await open(dialect, { tradesPerOrder: 2 }, { deadlineMs: 10_000 });
    for (let i = 0; i < 120; i++)
      venue.ledger.place({
        symbol: 'BTCUSDT',
        side: i % 2 === 0 ? 'BUY' : 'SELL',
        type: 'MARKET',
        quantity: '0.01',
        clientOrderId: `cw-old-${i}`,
      });
    const fills = await exchange.fillsSince(symbol, venue.now() - 60_000);
    expect(new Set(fills.map(({ exchangeTradeId }) => exchangeTradeId)).size).toBe(240);
    expect(new Set(fills.map(({ clientOrderId }) => clientOrderId)).size).toBe(120);
  });

  it('refuses orders for a market that is halted, before they are sent or when the exchange says so', async () => {
    await open(dialect);
    venue.ledger.change('BTCUSDT', { isHalted: true });
    const refused = await failure(exchange.submit(order()));
    expect(['EXCHANGE_REJECTED', 'EXCHANGE_UNAVAILABLE']).toContain(refused.code);
    expect(venue.ledger.orders).toEqual([]);
    await exchange.close();
    await pinned.close();
    await open2(dialect);
    expect((await failure(exchange.submit(order()))).message).toBe(`trading in ${symbol} is halted at ${dialect.id}`);
  });

  /** Another client of the same venue, which reads the markets as they are now. */
  async function open2({ id }: Dialect): Promise<void> {
    pinned = new Pinned(() => venue);
    exchange = await CcxtExchange.open({ exchange: id, apiKey: venue.apiKey, secret: venue.secret, prepare: pinned.prepare });
  }
});

describe('what is special', () => {
  it.each([
    ['binance', binance, 'x'.repeat(36), 'x'.repeat(37)],
    ['bybit', bybit, 'x'.repeat(36), 'x'.repeat(37)],
    ['kraken', kraken, 'x'.repeat(18), 'x'.repeat(19)],
    ['kraken', kraken, '6d1b345e-2821-40e2-ad83-4ecb18a06876', 'has a space'],
    ['bybit', bybit, 'a_B-9', 'a.b'],
  ] as const)('%s takes client order ids of its own shape', async (_, dialect, good, bad) => {
    await open(dialect);
    await exchange.submit(limit('5000', { clientOrderId: good }));
    expect(await exchange.order(symbol, good)).toMatchObject({ clientOrderId: good, status: 'ACCEPTED' });
    expect((await failure(exchange.submit(limit('5000', { clientOrderId: bad })))).message).toContain('client order id');
    expect(venue.ledger.orders).toHaveLength(1);
  });

  it('Kraken finds an order by its client order id among open and closed ones, where it has no look-up by it', async () => {
    await open(kraken);
    const [resting, filled] = [limit('5000'), order()];
    await exchange.submit(resting);
    await exchange.submit(filled);
    expect(await exchange.order(symbol, resting.clientOrderId)).toMatchObject({ status: 'ACCEPTED' });
    expect(await exchange.order(symbol, filled.clientOrderId)).toMatchObject({ status: 'FILLED' });
    expect(await exchange.order(symbol, 'cw-nobody')).toBeUndefined();
    expect(venue.asked('POST /0/private/QueryOrders')).toBe(0);
  });

  it('Bybit finds an order among open ones, stops and records, where it has no look-up by client order id', async () => {
    await open(bybit);
    const [resting, stop, filled] = [limit('5000'), order({ type: 'STOP', stopPrice: decimal(11_000) }), order()];
    for (const request of [resting, stop, filled]) await exchange.submit(request);
    const found = await Promise.all([resting, stop, filled].map(({ clientOrderId }) => exchange.order(symbol, clientOrderId)));
    expect(found.map((report) => [report?.type, report?.status])).toEqual([
      ['LIMIT', 'ACCEPTED'],
      ['STOP', 'ACCEPTED'],
      ['MARKET', 'FILLED'],
    ]);
  });

  it.each([
    ['Kraken', kraken],
    ['Bybit', bybit],
  ] as const)('%s answers a new order with no state: it is accepted, and its state is looked up at once', async (_, dialect) => {
    await open(dialect);
    await listen();
    venue.streams.mute('user');
    const report = await exchange.submit(order());
    expect(report).toMatchObject({ status: 'ACCEPTED', filledAmount: decimal(0) });
    expect(Math.abs(report.updatedAt - venue.now())).toBeLessThan(10_000);
    await until(() => told.some(({ order: { status } }) => status === 'FILLED'));
    // The account's trades are read from then on, not those of all years.
    expect(venue.asked(dialect.routes.fills)).toBeLessThan(10);
  });

  it('Kraken has no FOK orders: they are refused before they are sent', async () => {
    await open(kraken);
    expect((await failure(exchange.submit(limit('9000', { timeInForce: 'FOK' })))).message).toBe('kraken has no FOK orders');
    expect(venue.asked(kraken.routes.place)).toBe(0);
  });

  it('Kraken gets growing numbers of requests from all clients of a key, however many questions go at once', async () => {
    await open(kraken);
    const requests = Array.from({ length: 12 }, (_, i) =>
      i % 3 === 0 ? exchange.submit(limit('5000', { amount: decimal('0.01') })) : exchange.balances(),
    );
    await Promise.all(requests);
    const nonces = venue.requests.flatMap(({ params }) => Number(params.nonce ?? []) || []);
    expect(nonces).toEqual([...nonces].sort((a, b) => a - b));
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it('Kraken takes what a halt sends while questions wait for their turn, and answers them after it', async () => {
    await open(kraken);
    await exchange.submit(order());
    const questions = Array.from({ length: 8 }, () => exchange.balances());
    await until(() => venue.asked(kraken.routes.balances) > 0);
    const out = order({ side: 'SELL', reduceOnly: true, isUrgent: true, amount: decimal('0.05') });
    expect((await exchange.submit(out)).reduceOnly).toBe(true);
    await Promise.all(questions);
    expect(venue.ledger.orders).toHaveLength(2);
  });

  it('new filters are read after a refusal, and hold for the next order', async () => {
    await open(binance);
    await sleep(2_100);
    venue.ledger.change('BTCUSDT', { stepSize: '0.001', minQty: '0.001' });
    const fine = (): OrderRequest => limit('5000', { amount: decimal('0.01234') });
    expect((await failure(exchange.submit(fine()))).code).toBe('EXCHANGE_REJECTED');
    expect(venue.asked(binance.routes.place)).toBe(1);
    await until(() => venue.asked(binance.routes.markets) === 2);
    await sleep(50);
    expect((await failure(exchange.submit(fine()))).message).toContain('is not a multiple of the step 0.001');
    expect(venue.asked(binance.routes.place)).toBe(1);
  });
});
