import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../src/services/errors.ts';
import type { CcxtClient } from '../../../src/services/exchanges/ccxt/client.ts';
import { CcxtExchange } from '../../../src/services/exchanges/ccxt/ccxt-exchange.ts';
import type { OrderRequest } from '../../../src/services/exchanges/port/orders.ts';
import { decimal } from '../../../src/trading/money.ts';
import type { RestFault } from '../../support/venue/faults.ts';
import { Pinned } from '../../support/venue/pin.ts';
import { Venue, type VenueOptions } from '../../support/venue/venue.ts';

const symbol = 'BTC/USDT';
const post = 'POST /api/v3/order';
const get = 'GET /api/v3/order';

/** Of questions that are not answered in time; it has to do for those that are. */
const short = { deadlineMs: 1_500 };

interface Changes {
  /** Told of each client of the account before its first request. */
  readonly onClient?: (client: CcxtClient) => void;
  readonly deadlineMs?: number;
  readonly secret?: string;
  readonly apiKey?: string;
  readonly isLimited?: boolean;
}

let venue: Venue;
let pinned: Pinned;
let exchange: CcxtExchange;
let ids = 0;

async function open(
  options: VenueOptions = {},
  { isLimited = false, onClient = () => undefined, ...changes }: Changes = {},
): Promise<void> {
  venue = await Venue.start(options);
  pinned = new Pinned(() => venue, { isLimited });
  const { apiKey, secret } = venue;
  exchange = await CcxtExchange.open({
    exchange: 'binance',
    apiKey,
    secret,
    prepare: async (client) => {
      await pinned.prepare(client);
      onClient(client);
    },
    deadlineMs: 10_000,
    ...changes,
  });
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
const failure = async (action: Promise<unknown>): Promise<DomainError> => {
  const outcome: unknown = await action.then(
    () => new Error('it was accepted'),
    (error: unknown) => error,
  );
  if (outcome instanceof DomainError) return outcome;
  throw outcome;
};

describe('an order whose answer goes wrong', () => {
  const cases: readonly (readonly [name: string, fault: Omit<RestFault, 'route'>, kind: string, orders: number])[] = [
    ['cut off before it was read', { effect: 'RESET', processed: false }, 'UNKNOWN', 0],
    ['cut off after it was filled', { effect: 'RESET' }, 'UNKNOWN', 1],
    ['a body that stalls', { effect: 'STALL' }, 'UNKNOWN', 1],
    ['half of the JSON', { effect: 'TRUNCATE' }, 'UNKNOWN', 1],
    ['an empty body', { effect: 'EMPTY' }, 'UNKNOWN', 1],
    ['a web page', { effect: 'HTML' }, 'UNKNOWN', 1],
    ['503 before it was read', { effect: 'STATUS', status: 503, processed: false }, 'UNKNOWN', 0],
    ['503 after it was filled', { effect: 'STATUS', status: 503 }, 'UNKNOWN', 1],
    ['500 after it was filled', { effect: 'STATUS', status: 500 }, 'UNKNOWN', 1],
    ['429', { effect: 'STATUS', status: 429, processed: false }, 'THROTTLED', 0],
    ['418', { effect: 'STATUS', status: 418, processed: false }, 'THROTTLED', 0],
    ['an answer after the deadline', { effect: 'DELAY', delayMs: 2_200 }, 'UNKNOWN', 1],
  ];

  it.each(cases)('is unknown: %s', async (_, fault, kind, orders) => {
    await open({}, ['STALL', 'DELAY'].includes(fault.effect) ? short : {});
    venue.faults.add({ route: post, ...fault });
    const request = order();
    const error = await failure(exchange.submit(request));
    expect([error.code, error.details.kind]).toEqual(['EXCHANGE_UNAVAILABLE', kind]);
    expect(error.message).not.toMatch(/signature|venue-secret/);
    expect(venue.asked(post)).toBe(1);
    expect(venue.ledger.orders).toHaveLength(orders);
    expect((await exchange.order(symbol, request.clientOrderId))?.status).toBe(orders === 1 ? 'FILLED' : undefined);
    // Whoever sends it again all the same has still one order.
    if (orders === 1) expect((await failure(exchange.submit(request))).code).toBe('EXCHANGE_UNAVAILABLE');
    else await exchange.submit(request);
    expect(venue.ledger.orders).toHaveLength(1);
  });

  it('is not found, and then found, when the request was stuck on its way', async () => {
    await open({}, short);
    venue.faults.add({ route: post, effect: 'DELAY', processed: false, delayMs: 4_000 });
    const request = order();
    expect((await failure(exchange.submit(request))).code).toBe('EXCHANGE_UNAVAILABLE');
    expect(await exchange.order(symbol, request.clientOrderId)).toBeUndefined();
    await expect.poll(() => exchange.order(symbol, request.clientOrderId)).toMatchObject({ status: 'FILLED' });
  });

  it('is not sent after its deadline', async () => {
    await open({}, short);
    venue.faults.add({ route: get, effect: 'DELAY', delayMs: 2_000 });
    expect((await failure(exchange.submit(order()))).details.kind).toBe('UNKNOWN');
    await sleep(1_000);
    expect(venue.asked(post)).toBe(0);
  });

  it('is not sent while the exchange wants to be left alone', async () => {
    await open();
    venue.faults.add({ route: get, effect: 'STATUS', status: 429, retryAfterSeconds: 1 });
    const first = await failure(exchange.submit(order()));
    expect([first.details.kind, first.details.retryAfterMs]).toEqual(['THROTTLED', 1_000]);
    const asked = venue.requests.length;
    const second = await failure(exchange.balances());
    expect(second.details.kind).toBe('THROTTLED');
    expect(second.details.retryAfterMs).toBeLessThanOrEqual(1_000);
    expect(venue.requests).toHaveLength(asked);
    await sleep(1_000);
    expect(await exchange.submit(order())).toMatchObject({ status: 'FILLED' });
  });
});

describe('a cancel whose answer goes wrong', () => {
  it.each<[string, Omit<RestFault, 'route'>, string]>([
    ['cut off before it was read', { effect: 'RESET', processed: false }, 'ACCEPTED'],
    ['cut off after it was done', { effect: 'RESET' }, 'CANCELED'],
    ['half of the JSON', { effect: 'TRUNCATE' }, 'CANCELED'],
    ['503 after it was done', { effect: 'STATUS', status: 503 }, 'CANCELED'],
  ])('is unknown: %s', async (_, fault, status) => {
    await open();
    const request = order({ type: 'LIMIT', price: decimal(5_000) });
    await exchange.submit(request);
    venue.faults.add({ route: 'DELETE /api/v3/order', ...fault });
    expect((await failure(exchange.cancel(symbol, request.clientOrderId))).code).toBe('EXCHANGE_UNAVAILABLE');
    expect(await exchange.order(symbol, request.clientOrderId)).toMatchObject({ status });
  });
});

describe('a question whose answer goes wrong', () => {
  it.each<[string, Omit<RestFault, 'route'>]>([
    ['cut off', { effect: 'RESET' }],
    ['stalled', { effect: 'STALL' }],
    ['half of the JSON', { effect: 'TRUNCATE' }],
    ['empty', { effect: 'EMPTY' }],
    ['a web page', { effect: 'HTML' }],
    ['503', { effect: 'STATUS', status: 503 }],
  ])('is not "nothing": %s', async (_, fault) => {
    await open({}, fault.effect === 'STALL' ? short : {});
    const request = order({ type: 'LIMIT', price: decimal(5_000) });
    await exchange.submit(request);
    const questions: readonly (readonly [route: string, ask: () => Promise<unknown>])[] = [
      [get, () => exchange.order(symbol, request.clientOrderId)],
      ['GET /api/v3/openOrders', () => exchange.openOrders()],
      ['GET /api/v3/myTrades', () => exchange.fillsSince(symbol, 0)],
      ['GET /api/v3/account', () => exchange.balances()],
    ];
    for (const [route, ask] of questions) {
      venue.faults.add({ route, ...fault });
      expect((await failure(ask())).code).toBe('EXCHANGE_UNAVAILABLE');
    }
  });
});

describe('a clock that is wrong', () => {
  it.each([60_000, -60_000])('is set by the exchange when it is %i ms off', async (skewMs) => {
    await open({ skewMs });
    expect(await exchange.submit(order())).toMatchObject({ status: 'FILLED' });
    expect(Math.abs(exchange.now() - venue.now())).toBeLessThan(10_000);
    venue.skewMs = -skewMs;
    expect(await exchange.submit(order())).toMatchObject({ status: 'FILLED' });
    expect(Math.abs(exchange.now() - venue.now())).toBeLessThan(10_000);
  });
});

describe('the rate limit of ccxt', () => {
  it('makes no order wait behind other questions', async () => {
    await open({}, { deadlineMs: 10_000, isLimited: true });
    let answered = 0;
    const polls = Array.from({ length: 10 }, () => exchange.balances().finally(() => (answered += 1)));
    const request = order({ type: 'LIMIT', price: decimal(5_000) });
    await exchange.submit(request);
    const before = answered;
    await Promise.all(polls);
    expect([answered, before < 5]).toEqual([10, true]);
  });

  it('keeps nothing waiting that a halt asks, although no other request gets through', async () => {
    let isFull = false;
    const stuck: (() => void)[] = [];
    const throttled = (client: CcxtClient): void => {
      const limiter = client as CcxtClient & { enableRateLimit: boolean; throttle(cost: number): Promise<void> };
      const throttle = limiter.throttle.bind(client);
      limiter.throttle = (cost) => (isFull ? new Promise<void>((go) => stuck.push(go)) : throttle(cost));
    };
    await open({ feeAsset: 'QUOTE' }, { isLimited: true, onClient: throttled });
    await exchange.submit(order());
    const stop = order({ side: 'SELL', reduceOnly: true, type: 'STOP', stopPrice: decimal(9_000) });
    await exchange.submit(stop);
    isFull = true;
    const asked = venue.requests.length;
    const others = [exchange.submit(order()), exchange.cancel(symbol, stop.clientOrderId), exchange.balances()];
    await expect.poll(() => stuck.length).toBe(3);
    expect(await exchange.cancel(symbol, stop.clientOrderId, true)).toMatchObject({ status: 'CANCELED' });
    const out = { side: 'SELL', reduceOnly: true, isUrgent: true } as const;
    expect(await exchange.submit(order(out))).toMatchObject({ status: 'FILLED' });
    expect(venue.requests.slice(asked).map(({ route }) => route)).toEqual(['DELETE /api/v3/order', get, get, post]);
    isFull = false;
    for (const go of stuck) go();
    await Promise.allSettled(others);
  });
});

describe('the fills of many orders from before a restart', () => {
  it('are told with their client order ids, asked for by the page', async () => {
    await open({ feeAsset: 'QUOTE', tradesPerOrder: 2 }, { deadlineMs: 10_000 });
    for (let i = 0; i < 30; i++) {
      const [side, clientOrderId] = [i % 2 === 0 ? 'BUY' : 'SELL', `cw-old-${i}`] as const;
      venue.ledger.place({ symbol: 'BTCUSDT', side, type: 'MARKET', quantity: '0.1', clientOrderId });
    }
    const fills = await exchange.fillsSince(symbol, 0);
    expect(fills.map(({ clientOrderId }) => clientOrderId)).toEqual(
      Array.from({ length: 60 }, (_, i) => `cw-old-${Math.floor(i / 2)}`),
    );
    expect([venue.asked('GET /api/v3/allOrders'), venue.asked(get)]).toEqual([1, 0]);
    expect(await exchange.fillsSince(symbol, fills.at(-1)?.at ?? 0)).toContainEqual(fills.at(-1));
  });

  it('come page by page, each once, although thousands happened in one millisecond', async () => {
    await open({ feeAsset: 'QUOTE', tradesPerOrder: 2_500, balances: { USDT: '100000' } }, { deadlineMs: 10_000 });
    const at = venue.now();
    venue.now = () => at;
    venue.ledger.place({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '2.5', clientOrderId: 'cw-large' });
    const fills = await exchange.fillsSince(symbol, 0);
    expect(fills).toHaveLength(2_500);
    expect(new Set(fills.map(({ exchangeTradeId }) => exchangeTradeId)).size).toBe(2_500);
  });
});

describe('what the exchange refuses', () => {
  const limit = (price: string, changes: Partial<OrderRequest> = {}): OrderRequest =>
    order({ type: 'LIMIT', price: decimal(price), ...changes });

  it.each<[string, () => OrderRequest, string]>([
    ['a post-only order that would take', () => limit('10001', { timeInForce: 'POST_ONLY' }), 'EXCHANGE_REJECTED'],
    ['a stop that would go off at once', () => order({ type: 'STOP', stopPrice: decimal(9_999) }), 'EXCHANGE_REJECTED'],
    ['a market order of too little value', () => order({ amount: decimal('0.0001') }), 'EXCHANGE_REJECTED'],
    ['more than there is', () => order({ amount: decimal(2) }), 'INSUFFICIENT_BALANCE'],
  ])('is a refusal: %s', async (_, request, code) => {
    await open();
    expect((await failure(exchange.submit(request()))).code).toBe(code);
    expect(venue.asked(post)).toBe(1);
    expect(venue.ledger.orders).toEqual([]);
  });

  it.each([
    ['a wrong secret', { secret: 'wrong' }],
    ['a wrong key', { apiKey: 'wrong' }],
  ])('is a refusal: %s', async (_, changes) => {
    await open({}, changes);
    const error = await failure(exchange.submit(order()));
    expect([error.code, error.details.kind]).toEqual(['EXCHANGE_REJECTED', 'AUTHENTICATION']);
    expect(venue.ledger.orders).toEqual([]);
  });

  it('holds the asset for one guard: a target beside a stop finds nothing to reduce', async () => {
    await open({ feeAsset: 'QUOTE' });
    await exchange.submit(order());
    const guard = { side: 'SELL', reduceOnly: true } as const;
    await exchange.submit(order({ ...guard, type: 'STOP', stopPrice: decimal(9_000) }));
    const target = await failure(exchange.submit(limit('11000', guard)));
    expect([target.code, target.details.kind]).toEqual(['EXCHANGE_REJECTED', 'INSUFFICIENT_FUNDS']);
    expect((await exchange.openOrders()).map(({ type }) => type)).toEqual(['STOP']);
  });

  it('was there when the exchange has archived it, and its id is not used again', async () => {
    await open();
    const request = limit('5000');
    await exchange.submit(request);
    await exchange.cancel(symbol, request.clientOrderId);
    const [known] = venue.ledger.orders;
    if (known) known.updateTime -= 91 * 86_400_000;
    for (const asked of [exchange.order(symbol, request.clientOrderId), exchange.submit(request)]) {
      const error = await failure(asked);
      expect([error.code, error.details.kind]).toEqual(['EXCHANGE_UNAVAILABLE', 'ARCHIVED']);
      expect(error.message).toContain('canceled or expired with no executed qty over 90 days ago');
    }
    expect(venue.ledger.orders).toHaveLength(1);
  });

  it('is unknown when the exchange says that the id is in use although it was not found', async () => {
    await open();
    const request = limit('5000');
    await exchange.submit(request);
    const { ledger } = venue;
    ledger.find = () => undefined;
    const error = await failure(exchange.submit(request));
    expect([error.code, error.details.kind]).toEqual(['EXCHANGE_UNAVAILABLE', 'DUPLICATE']);
    expect(ledger.orders).toHaveLength(1);
  });
});
