import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { CcxtExchange } from '../../../src/services/exchanges/ccxt/ccxt-exchange.ts';
import type { Execution, OrderRequest } from '../../../src/services/exchanges/port/orders.ts';
import { canonical, decimal } from '../../../src/trading/money.ts';
import { Pinned } from '../../support/venue/pin.ts';
import { until } from '../../support/venue/until.ts';
import { Venue, type VenueOptions } from '../../support/venue/venue.ts';

const symbol = 'BTC/USDT';

let venue: Venue;
let pinned: Pinned;
let exchange: CcxtExchange;
let told: Execution[];
let ids = 0;

/** @param sweepEveryMs so long that no sweep comes by itself, unless told */
async function open(options: VenueOptions = {}, sweepEveryMs = 600_000): Promise<void> {
  venue = await Venue.start(options);
  pinned = new Pinned(() => venue);
  const { apiKey, secret } = venue;
  exchange = await CcxtExchange.open({ exchange: 'binance', apiKey, secret, prepare: pinned.prepare, sweepEveryMs });
  told = [];
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
const limit = (changes: Partial<OrderRequest> = {}): OrderRequest => order({ type: 'LIMIT', price: decimal(9_000), ...changes });
const isTold = (status: string) => () => told.some((execution) => execution.order.status === status);
/** "PARTIALLY_FILLED 0.04 +0.04": state, filled so far, this fill. */
const story = (): string[] =>
  told.map(({ order: report, fill }) =>
    [report.status, canonical(report.filledAmount), ...(fill ? [`+${canonical(fill.amount)}`] : [])].join(' '),
  );
/** What was told is what the venue has booked, each trade once. */
const expectTruth = (): void => {
  const fills = told.flatMap(({ fill }) => (fill ? [fill] : []));
  expect(fills.map((fill) => fill.exchangeTradeId).sort()).toEqual(venue.ledger.trades.map((trade) => String(trade.id)).sort());
};

describe('news of an account', () => {
  it('tells a limit order that is filled in parts, and what is left of it canceled', async () => {
    await open();
    const request = limit();
    await exchange.submit(request);
    venue.setPrice('BTCUSDT', '8990', '0.04');
    await until(isTold('PARTIALLY_FILLED'));
    expect(await exchange.cancel(symbol, request.clientOrderId)).toMatchObject({ status: 'CANCELED' });
    await venue.streams.flushed();
    expect(story()).toEqual(['ACCEPTED 0', 'PARTIALLY_FILLED 0.04 +0.04', 'CANCELED 0.04']);
    expect(told[1]?.fill).toMatchObject({ liquidity: 'MAKER', clientOrderId: request.clientOrderId });
    expectTruth();
  });

  it.each<[VenueOptions['feeAsset'], string, string]>([
    ['RECEIVED', '0.0001', 'BTC'],
    ['QUOTE', '1', 'USDT'],
    ['BNB', '0.002', 'BNB'],
  ])('tells fees exactly when they are taken in %s', async (feeAsset, fee, currency) => {
    await open({ feeAsset: feeAsset ?? 'QUOTE', balances: { USDT: '10000', BNB: '1' } });
    await exchange.submit(order());
    await until(isTold('FILLED'));
    const fill = told.at(-1)?.fill;
    expect([fill && canonical(fill.fee), fill?.feeCurrency]).toEqual([fee, currency]);
    expect(await exchange.fillsSince(symbol, 0)).toEqual([fill]);
  });

  it('sends amounts and prices as exact text, on the tick and never worse than asked for', async () => {
    await open();
    await exchange.submit(limit({ amount: decimal('0.12345'), price: decimal('8999.999') }));
    await exchange.submit(order({ type: 'STOP_LIMIT', stopPrice: decimal('11000.001'), price: decimal('11001.019') }));
    const sent = venue.requests.filter(({ route }) => route === 'POST /api/v3/order').map(({ params }) => params);
    expect(sent.map(({ type, quantity, price, stopPrice }) => [type, quantity, price, stopPrice])).toEqual([
      ['LIMIT', '0.12345', '8999.99', undefined],
      ['STOP_LOSS_LIMIT', '0.1', '11001.01', '11000'],
    ]);
  });

  it('tells balances of more digits than a double has, exactly', async () => {
    await open({ balances: { USDT: '123456789012.12345678', BTC: '0.00000001', ETH: '0' } });
    const balances = await exchange.balances();
    expect(balances.map(({ asset, free }) => `${asset} ${canonical(free)}`)).toEqual([
      'BTC 0.00000001',
      'USDT 123456789012.12345678',
    ]);
    await exchange.submit(limit({ price: decimal('9000.01'), amount: decimal('0.00333') }));
    const [, usdt] = await exchange.balances();
    expect(usdt && [canonical(usdt.free), canonical(usdt.total)]).toEqual(['123456788982.15342348', '123456789012.12345678']);
  });

  it.each(['IN_ORDER', 'REVERSED', 'SHUFFLED'] as const)(
    'tells each fill once when events come twice and %s',
    async (sequence) => {
      await open({ tradesPerOrder: 4, seed: 3 });
      venue.streams.double('user');
      venue.streams.hold('user');
      await exchange.submit(order());
      venue.streams.release('user', sequence);
      await until(isTold('FILLED'));
      await sleep(600);
      expect(story().map((line) => line.split(' ')[1])).toEqual(['0.025', '0.05', '0.075', '0.1']);
      expect(told.at(-1)?.order.status).toBe('FILLED');
      expectTruth();
    },
  );

  it('finds the fills that the stream never told', async () => {
    await open({ tradesPerOrder: 2 });
    // The sweep after the first sign-in has been: there is no other one.
    await sleep(2_200);
    venue.streams.mute('user');
    await exchange.submit(order());
    await until(isTold('FILLED'));
    expect(story()).toEqual(['PARTIALLY_FILLED 0.05 +0.05', 'FILLED 0.1 +0.05']);
    expectTruth();
  });

  it('tells no fills of orders that were done before it listened', async () => {
    await open();
    venue.streams.mute('user');
    venue.ledger.place({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.1', clientOrderId: 'cw-old' });
    await exchange.submit(order());
    await until(isTold('FILLED'));
    await sleep(2_200);
    expect(story()).toEqual(['FILLED 0.1 +0.1']);
  });

  it('finds by sweeping what a mute stream never told of a resting order', async () => {
    await open({}, 200);
    await exchange.submit(limit());
    venue.streams.mute('user');
    venue.setPrice('BTCUSDT', '8990');
    await until(isTold('FILLED'));
    expect(story()).toEqual(['ACCEPTED 0', 'FILLED 0.1 +0.1']);
    expectTruth();
  });

  it('tells what happened while the connection was cut, once, and goes on after it', async () => {
    await open();
    await exchange.submit(limit());
    // The sweep after the first sign-in has been.
    await sleep(2_200);
    venue.streams.isRefusing = true;
    venue.streams.kill('user');
    venue.setPrice('BTCUSDT', '8990');
    await sleep(300);
    venue.streams.isRefusing = false;
    await until(isTold('FILLED'));
    await until(() => venue.streams.hears('user'));
    await exchange.submit(order());
    await until(() => told.filter(({ fill }) => fill).length === 2);
    expectTruth();
  });

  it('tells of an order that somebody else placed in the account', async () => {
    await open();
    venue.ledger.place({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.1', clientOrderId: 'web_1' });
    await until(isTold('FILLED'));
    expect(told.at(-1)?.order.clientOrderId).toBe('web_1');
    expectTruth();
  });

  it('answers a cancel that a fill has overtaken with the filled order', async () => {
    await open();
    const request = limit();
    await exchange.submit(request);
    venue.streams.hold('user');
    venue.setPrice('BTCUSDT', '8990');
    expect(await exchange.cancel(symbol, request.clientOrderId)).toMatchObject({ status: 'FILLED' });
    venue.streams.release('user', 'REVERSED');
    await until(isTold('FILLED'));
    expect(story()).toEqual(['ACCEPTED 0', 'FILLED 0.1 +0.1']);
    expectTruth();
  });

  it('ends soon although nobody answers its farewell', async () => {
    await open();
    venue.streams.freeze('user');
    const asked = Date.now();
    await exchange.close();
    // The socket by itself would wait for 30 seconds.
    expect(Date.now() - asked).toBeLessThan(20_000);
  });

  it('lets a listener that throws cost the others nothing', async () => {
    await open();
    exchange.subscribeExecutions(() => {
      throw new Error('a mistake');
    });
    const later: Execution[] = [];
    exchange.subscribeExecutions((execution) => later.push(execution));
    await exchange.submit(limit());
    expect(later).toEqual(told);
  });
});
