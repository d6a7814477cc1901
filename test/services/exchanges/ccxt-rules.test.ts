import ccxt from 'ccxt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineError, guardCalls, Quiet, withDeadline } from '../../../src/services/exchanges/ccxt/calls.ts';
import type { CcxtClient, CcxtMarket } from '../../../src/services/exchanges/ccxt/client.ts';
import { classify, domainErrorOf } from '../../../src/services/exchanges/ccxt/failures.ts';
import { fillOf, reportOf } from '../../../src/services/exchanges/ccxt/order-mapping.ts';
import { orderRequestOf } from '../../../src/services/exchanges/ccxt/order-request.ts';
import { rulesOf, type VenueRules } from '../../../src/services/exchanges/ccxt/rules.ts';
import { venueProfile, type VenueProfile } from '../../../src/services/exchanges/ccxt/venues.ts';
import type { OrderRequest } from '../../../src/services/exchanges/port/orders.ts';
import { canonical, decimal } from '../../../src/trading/money.ts';

const market = (changes: Partial<CcxtMarket> = {}): CcxtMarket => ({
  id: 'BTCUSDT',
  symbol: 'BTC/USDT',
  base: 'BTC',
  quote: 'USDT',
  spot: true,
  active: true,
  maker: 0.001,
  taker: '0.0015',
  precision: { amount: '0.00001', price: '0.01' },
  limits: { amount: { min: '0.0001', max: '50' }, price: { min: '1', max: '0' }, cost: { min: '5', max: '100000' } },
  ...changes,
});

describe('the rules of a market', () => {
  it.each<[string, CcxtMarket['precision'], number, string[] | undefined]>([
    ['tick sizes', { amount: '0.00001', price: '0.01' }, ccxt.TICK_SIZE, ['0.01', '0.00001']],
    ['tick sizes that are no powers of ten', { amount: '0.25', price: '0.5' }, ccxt.TICK_SIZE, ['0.5', '0.25']],
    ['exponents', { amount: '1e-8', price: '1e-2' }, ccxt.TICK_SIZE, ['0.01', '0.00000001']],
    ['decimal places', { amount: '8', price: '2' }, ccxt.DECIMAL_PLACES, ['0.01', '0.00000001']],
    ['negative decimal places', { amount: '-2', price: '0' }, ccxt.DECIMAL_PLACES, ['1', '100']],
    ['significant digits, which are no tick', { amount: '8', price: '5' }, ccxt.SIGNIFICANT_DIGITS, undefined],
    ['nothing', {}, ccxt.TICK_SIZE, undefined],
  ])('are read from %s', (_, precision, mode, expected) => {
    const rules = rulesOf(market({ precision }), mode);
    expect(rules && [canonical(rules.tickSize), canonical(rules.stepSize)]).toEqual(expected);
  });

  it('are not there for a market that is no spot market', () => {
    expect(rulesOf(market({ spot: false }), ccxt.TICK_SIZE)).toBeUndefined();
  });

  it('say that a market is halted', () => {
    expect(rulesOf(market({ active: false }), ccxt.TICK_SIZE)).toMatchObject({ isActive: false });
  });
});

describe('an order in the words of ccxt', () => {
  const rules = rulesOf(market(), ccxt.TICK_SIZE) as VenueRules;
  const profile = venueProfile('binance') as VenueProfile;
  const request = (changes: Partial<OrderRequest>): OrderRequest => ({
    clientOrderId: 'cw-1',
    symbol: 'BTC/USDT',
    side: 'BUY',
    type: 'LIMIT',
    amount: decimal('0.1'),
    ...changes,
  });
  const limit = (price: string, changes: Partial<OrderRequest> = {}): OrderRequest =>
    request({ price: decimal(price), ...changes });

  it.each<[OrderRequest, string]>([
    [limit('100.019'), '100.01'],
    [limit('100.011', { side: 'SELL' }), '100.02'],
    [limit('100.01', { side: 'SELL' }), '100.01'],
  ])('rounds a price so that it is no worse: %#', (order, price) => {
    expect(orderRequestOf(order, rules, profile, 0).price).toBe(price);
  });

  it.each<[Partial<OrderRequest>, object]>([
    [{ type: 'MARKET' }, { type: 'market', params: { clientOrderId: 'cw-1' } }],
    [{ price: decimal(100), timeInForce: 'IOC' }, { params: { clientOrderId: 'cw-1', timeInForce: 'IOC' } }],
    [{ price: decimal(100), timeInForce: 'POST_ONLY' }, { params: { clientOrderId: 'cw-1', postOnly: true } }],
    [
      { type: 'STOP', side: 'SELL', stopPrice: decimal('99.991') },
      { type: 'market', side: 'sell', params: { clientOrderId: 'cw-1', triggerPrice: '100' } },
    ],
  ])('says everything that the request says: %#', (changes, expected) => {
    expect(orderRequestOf(request(changes), rules, profile, 0)).toMatchObject(expected);
  });

  it.each<[OrderRequest, string]>([
    [limit('100', { clientOrderId: 'has a space' }), 'client order id "has a space"'],
    [limit('100', { amount: decimal('0.00009') }), 'below the least, 0.0001'],
    [limit('100', { amount: decimal('50.00001') }), 'above the most, 50'],
    [limit('0.5'), 'price of BTC/USDT: 0.5 is below the least, 1'],
    [limit('0.001'), 'is below the tick 0.01'],
    [limit('10', { amount: decimal('0.1') }), 'value of the order in BTC/USDT: 1 is below the least, 5'],
    [limit('10000', { amount: decimal(11) }), 'above the most, 100000'],
    [request({ type: 'MARKET', timeInForce: 'IOC' }), 'IOC is for LIMIT orders'],
    [request({ type: 'MARKET', price: decimal(1) }), 'a MARKET order takes no price'],
    [request({ type: 'MARKET', reduceOnly: true }), 'no short position'],
  ])('is refused with the rule and the value: %#', (order, message) => {
    expect(() => orderRequestOf(order, rules, profile, 0)).toThrow(message);
  });

  it('never buys dearer nor sells cheaper than asked, and stays within one tick', () => {
    const price = fc.integer({ min: 100_000, max: 10 ** 9 }).map((n) => decimal(n).div(10_000));
    fc.assert(
      fc.property(price, fc.constantFrom('BUY', 'SELL'), (asked, side) => {
        const sent = decimal(
          orderRequestOf(limit(canonical(asked), { side, amount: decimal('0.5') }), rules, profile, 0).price ?? '0',
        );
        expect(sent.mod('0.01').isZero()).toBe(true);
        expect((side === 'BUY' ? asked.sub(sent) : sent.sub(asked)).gte(0)).toBe(true);
        expect(sent.sub(asked).abs().lt('0.01')).toBe(true);
      }),
    );
  });
});

describe('an order of ccxt', () => {
  const base = { id: '7', symbol: 'BTC/USDT', side: 'buy', type: 'limit', amount: '1.0', price: '100.00' };

  it.each<[object, string]>([
    [{ status: 'open', filled: '0.0' }, 'ACCEPTED'],
    [{ status: 'open', filled: '0.5' }, 'PARTIALLY_FILLED'],
    [{ status: 'closed', filled: '1' }, 'FILLED'],
    [{ status: 'canceled', filled: '0.5' }, 'CANCELED'],
    [{ status: 'expired' }, 'EXPIRED'],
    [{ status: 'rejected' }, 'REJECTED'],
    [{}, 'ACCEPTED'],
  ])('with %o is %s', (changes, status) => {
    expect(reportOf({ ...base, ...changes }, 1)).toMatchObject({ status, amount: decimal(1), price: decimal(100) });
  });

  it('that tells hardly more than its id is what was asked for', () => {
    const request: OrderRequest = {
      clientOrderId: 'cw-1',
      symbol: 'BTC/USDT',
      side: 'SELL',
      type: 'STOP',
      amount: decimal(2),
      stopPrice: decimal(90),
    };
    expect(reportOf({ id: '7' }, 1, request)).toMatchObject({
      clientOrderId: 'cw-1',
      side: 'SELL',
      type: 'STOP',
      status: 'ACCEPTED',
    });
  });

  it.each([{ id: undefined }, { amount: undefined }, { symbol: undefined }, { side: 'up' }])('with %o is none', (changes) => {
    expect(() => reportOf({ ...base, ...changes } as object, 1)).toThrow(TypeError);
    expect(() => fillOf({ ...base, order: '1', ...changes } as object, '', 1)).toThrow(TypeError);
  });
});

describe('an error of ccxt', () => {
  it.each<[Error, string, string]>([
    [new ccxt.InsufficientFunds('x'), 'INSUFFICIENT_FUNDS', 'INSUFFICIENT_BALANCE'],
    [new ccxt.InvalidOrder('x'), 'REJECTED', 'EXCHANGE_REJECTED'],
    [new ccxt.OrderImmediatelyFillable('x'), 'REJECTED', 'EXCHANGE_REJECTED'],
    [new ccxt.BadRequest('x'), 'REJECTED', 'EXCHANGE_REJECTED'],
    [new ccxt.MarketClosed('x'), 'REJECTED', 'EXCHANGE_REJECTED'],
    [new ccxt.BadSymbol('x'), 'BAD_SYMBOL', 'NOT_FOUND'],
    [new ccxt.OrderNotFound('x'), 'NOT_FOUND', 'NOT_FOUND'],
    [new ccxt.DuplicateOrderId('x'), 'DUPLICATE', 'EXCHANGE_UNAVAILABLE'],
    [new ccxt.InvalidOrder('Duplicate order sent.'), 'DUPLICATE', 'EXCHANGE_UNAVAILABLE'],
    [new ccxt.PermissionDenied('x'), 'AUTHENTICATION', 'EXCHANGE_REJECTED'],
    [new ccxt.RateLimitExceeded('x'), 'THROTTLED', 'EXCHANGE_UNAVAILABLE'],
    [new ccxt.DDoSProtection('x'), 'THROTTLED', 'EXCHANGE_UNAVAILABLE'],
    [new ccxt.OnMaintenance('x'), 'MAINTENANCE', 'EXCHANGE_UNAVAILABLE'],
    [new ccxt.InvalidNonce('x'), 'CLOCK', 'EXCHANGE_UNAVAILABLE'],
    [new ccxt.ExchangeError('x'), 'UNKNOWN', 'EXCHANGE_UNAVAILABLE'],
    [new ccxt.ExchangeClosedByUser('x'), 'UNKNOWN', 'EXCHANGE_UNAVAILABLE'],
    [new ccxt.BadResponse('x'), 'UNKNOWN', 'EXCHANGE_UNAVAILABLE'],
    [new ccxt.RequestTimeout('x'), 'UNKNOWN', 'EXCHANGE_UNAVAILABLE'],
    [new ccxt.ExchangeNotAvailable('x'), 'UNKNOWN', 'EXCHANGE_UNAVAILABLE'],
    [new TypeError('duplicate'), 'UNKNOWN', 'EXCHANGE_UNAVAILABLE'],
    [new DeadlineError('x', 1), 'UNKNOWN', 'EXCHANGE_UNAVAILABLE'],
  ])('is sorted: %s', (error, kind, code) => {
    expect(classify(error).kind).toBe(kind);
    expect(domainErrorOf(error, 'it').code).toBe(code);
  });

  it('leaves no signature in what is said', () => {
    const error = new ccxt.NetworkError('GET https://api.binance.com/api/v3/order?timestamp=1&signature=abc fetch failed');
    const said = domainErrorOf(error, 'order 1');
    expect(said.message).toBe('order 1: GET https://api.binance.com/api/v3/order fetch failed');
    expect(said.cause).toBeUndefined();
  });
});

describe('a call that waits for the rate limit longer than its deadline', () => {
  it('is not sent', async () => {
    const sent: string[] = [];
    let release = (): void => undefined;
    const queue = new Promise<void>((resolve) => (release = resolve));
    const client = {
      fetch: (url: string) => Promise.resolve(sent.push(url)),
      handleErrors: () => undefined,
    } as unknown as CcxtClient;
    guardCalls(client, new Quiet());
    const late = withDeadline('the order', 20, () => queue.then(() => client.fetch('late')));
    await expect(late).rejects.toThrow('the order was not answered within 20 ms');
    release();
    await withDeadline('another', 20, () => client.fetch('in time'));
    expect(sent).toEqual(['in time']);
  });
});
