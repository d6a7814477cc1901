import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CcxtExchange } from '../../../src/services/exchanges/ccxt/ccxt-exchange.ts';
import type { Execution, OrderPair } from '../../../src/services/exchanges/port/orders.ts';
import { canonical, decimal } from '../../../src/trading/money.ts';
import type { RestFault } from '../../support/venue/faults.ts';
import { Pinned } from '../../support/venue/pin.ts';
import { until } from '../../support/venue/until.ts';
import { Venue } from '../../support/venue/venue.ts';

const symbol = 'BTC/USDT';
const post = 'POST /api/v3/orderList/oco';
let venue: Venue;
let pinned: Pinned;
let exchange: CcxtExchange;
let ids = 0;

beforeEach(async () => {
  venue = await Venue.start({ balances: { USDT: '10000', BTC: '0.5' }, feeAsset: 'QUOTE' });
  pinned = new Pinned(() => venue);
  const { apiKey, secret } = venue;
  exchange = await CcxtExchange.open({ exchange: 'binance', apiKey, secret, prepare: pinned.prepare, deadlineMs: 3_000 });
});
afterEach(async () => {
  await exchange.close();
  await venue.close();
  await pinned.close();
});

/** The price is 10,000. */
const pair = (stopPrice = 9_900, price = 10_100): OrderPair => {
  const order = { symbol, side: 'SELL', amount: decimal('0.5'), reduceOnly: true } as const;
  return {
    stop: { ...order, clientOrderId: `cwstop${++ids}`, type: 'STOP', stopPrice: decimal(stopPrice) },
    target: { ...order, clientOrderId: `cwtarget${ids}`, type: 'LIMIT', price: decimal(price) },
  };
};
const place = (wanted: OrderPair) => exchange.submitPair!(wanted);
const stateOf = async ({ clientOrderId }: { clientOrderId: string }): Promise<string> => {
  const report = await exchange.order(symbol, clientOrderId);
  return report ? `${report.status} ${canonical(report.filledAmount)}` : 'not there';
};

describe('a stop and a target as one, at the real Binance client', () => {
  it('stand there under an id each, and tie up what they sell once', async () => {
    const wanted = pair();
    const [stop, target] = await place(wanted);
    expect(stop).toMatchObject({ clientOrderId: wanted.stop.clientOrderId, type: 'STOP', status: 'ACCEPTED' });
    expect(target).toMatchObject({ clientOrderId: wanted.target.clientOrderId, type: 'LIMIT', status: 'ACCEPTED' });
    const open = await exchange.openOrders(symbol);
    expect(open.map(({ type, stopPrice, price }) => [type, stopPrice ?? price].join(' ')).sort()).toEqual([
      'LIMIT 10100',
      'STOP 9900',
    ]);
    const btc = (await exchange.balances()).find(({ asset }) => asset === 'BTC');
    expect([btc?.free, btc?.total].map(String)).toEqual(['0', '0.5']);
  });

  it.each<[string, () => unknown, string, string]>([
    ['the stop goes off', () => venue.setPrice('BTCUSDT', 9_850), 'FILLED 0.5', 'EXPIRED 0'],
    ['the target is reached', () => venue.setPrice('BTCUSDT', 10_150), 'EXPIRED 0', 'FILLED 0.5'],
    ['a part of the target is filled', () => venue.setPrice('BTCUSDT', 10_150, '0.2'), 'EXPIRED 0', 'PARTIALLY_FILLED 0.2'],
  ])('end as one when %s, and both ends are told', async (_, happen, stop, target) => {
    const told: Execution[] = [];
    exchange.subscribeExecutions((execution) => told.push(execution));
    await until(() => venue.streams.hears('user'));
    const wanted = pair();
    await place(wanted);
    happen();
    const last = (id: string): string | undefined => told.findLast(({ order }) => order.clientOrderId === id)?.order.status;
    await until(() => last(wanted.stop.clientOrderId) === stop.split(' ')[0]);
    await until(() => last(wanted.target.clientOrderId) === target.split(' ')[0]);
    expect([await stateOf(wanted.stop), await stateOf(wanted.target)]).toEqual([stop, target]);
  });

  it('are canceled as one, and asking for the other changes nothing', async () => {
    const wanted = pair();
    await place(wanted);
    expect(await exchange.cancel(symbol, wanted.stop.clientOrderId)).toMatchObject({ status: 'CANCELED' });
    expect(await exchange.cancel(symbol, wanted.target.clientOrderId)).toMatchObject({ status: 'CANCELED' });
    const btc = (await exchange.balances()).find(({ asset }) => asset === 'BTC');
    expect(String(btc?.free)).toBe('0.5');
  });

  it.each([
    ['the stop is above the price', () => pair(10_010, 10_100)],
    ['the target is below the price', () => pair(9_900, 9_990)],
    [
      'there is nothing to sell',
      () => ({ stop: { ...pair().stop, amount: decimal(2) }, target: { ...pair().target, amount: decimal(2) } }),
    ],
  ])('are refused as one when %s', async (_, wanted) => {
    await expect(place(wanted())).rejects.toMatchObject({ code: 'EXCHANGE_REJECTED' });
    expect(venue.ledger.orders).toHaveLength(0);
  });

  it.each<[string, Omit<RestFault, 'route'>, string]>([
    ['is cut off before it was read', { effect: 'RESET', processed: false }, 'not there'],
    ['is cut off after it was done', { effect: 'RESET' }, 'ACCEPTED 0'],
    ['has half of the JSON', { effect: 'TRUNCATE' }, 'ACCEPTED 0'],
    ['is empty', { effect: 'EMPTY' }, 'ACCEPTED 0'],
  ])('are of unknown fate when the answer %s: each is found, and never placed twice', async (_, fault, found) => {
    venue.faults.add({ route: post, ...fault });
    const wanted = pair();
    await expect(place(wanted)).rejects.toMatchObject({ code: 'EXCHANGE_UNAVAILABLE' });
    expect([await stateOf(wanted.stop), await stateOf(wanted.target)]).toEqual([found, found]);
    if (found === 'not there') await place(wanted);
    else await expect(place(wanted)).rejects.toMatchObject({ code: 'EXCHANGE_UNAVAILABLE', details: { kind: 'DUPLICATE' } });
    expect(venue.ledger.orders).toHaveLength(2);
  });
});
