import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../src/services/errors.ts';
import type { Exchange } from '../../../src/services/exchanges/port/exchange.ts';
import type { Execution, OrderRequest } from '../../../src/services/exchanges/port/orders.ts';
import { type Decimal, decimal } from '../../../src/trading/money.ts';

/** One account at one exchange, with a market that a test can let run. */
export interface World {
  readonly exchange: Exchange;
  readonly symbol: string;
  /** The last price. */
  price(): number;
  /** Lets the market go on, at least to the next candle; everything that follows has been told when it resolves. */
  step(): Promise<void>;
  /** Closes the connection and opens the same account again, as after a restart. */
  reopen(): Promise<Exchange>;
  close(): Promise<void>;
}

/** What every exchange must do, whatever is behind it. The account begins with 10,000 of the quote asset. */
export function describeExchange(name: string, make: () => Promise<World>): void {
  describe(`${name} as an exchange`, () => {
    let world: World;
    let told: Execution[];
    let ids = 0;

    beforeEach(async () => {
      world = await make();
      told = [];
      world.exchange.subscribeExecutions((execution) => told.push(execution));
      await world.step();
    });
    afterEach(() => world.close());

    const order = (changes: Partial<OrderRequest>): OrderRequest => ({
      clientOrderId: `cw-${++ids}`,
      symbol: world.symbol,
      side: 'BUY',
      type: 'MARKET',
      amount: decimal('0.1'),
      ...changes,
    });
    /** A price so many percent from the last one, on the tick. */
    const away = async (percent: number): Promise<Decimal> => {
      const rules = (await world.exchange.markets()).find((market) => market.symbol === world.symbol);
      const tick = rules?.tickSize ?? decimal(1);
      return decimal(world.price())
        .mul(1 + percent / 100)
        .div(tick)
        .round()
        .mul(tick);
    };
    const balance = async (asset: string): Promise<{ free: string; total: string }> => {
      const found = (await world.exchange.balances()).find((entry) => entry.asset === asset);
      return { free: found?.free.toString() ?? '0', total: found?.total.toString() ?? '0' };
    };
    const until = async (done: () => boolean): Promise<void> => {
      // Steps are quick, and a client of a venue may have to connect again between them.
      const giveUpAt = Date.now() + 20_000;
      for (let i = 0; !done() && (i < 500 || Date.now() < giveUpAt); i++) await world.step();
      expect(done()).toBe(true);
    };
    const refusal = async (action: Promise<unknown>): Promise<DomainError> => {
      const outcome: unknown = await action.then(
        () => new Error('it was accepted'),
        (error: unknown) => error,
      );
      if (outcome instanceof DomainError) return outcome;
      throw outcome;
    };

    it('tells its markets with exact rules', async () => {
      const rules = (await world.exchange.markets()).find((market) => market.symbol === world.symbol);
      expect(rules?.symbol).toBe(`${rules?.base}/${rules?.quote}`);
      expect(rules?.stepSize.gt(0)).toBe(true);
      expect(rules?.tickSize.gt(0)).toBe(true);
      expect(rules?.takerFeeRate.gte(0)).toBe(true);
    });

    it('fills a market order, and its fills make up the order and the balances', async () => {
      const request = order({});
      await world.exchange.submit(request);
      await until(() => told.some(({ order: report }) => report.status === 'FILLED'));
      const report = await world.exchange.order(world.symbol, request.clientOrderId);
      expect(report).toMatchObject({ status: 'FILLED', clientOrderId: request.clientOrderId, side: 'BUY', type: 'MARKET' });
      const fills = (await world.exchange.fillsSince(world.symbol, 0)).filter(
        (fill) => fill.clientOrderId === request.clientOrderId,
      );
      const sum = fills.reduce((total, fill) => total.add(fill.amount), decimal(0));
      expect(sum.toString()).toBe('0.1');
      expect(report?.filledAmount.toString()).toBe('0.1');
      const spent = fills.reduce((total, fill) => total.add(fill.price.mul(fill.amount)).add(fill.fee), decimal(0));
      expect(await balance('BTC')).toEqual({ free: '0.1', total: '0.1' });
      expect((await balance('USDT')).total).toBe(decimal(10_000).sub(spent).toString());
      expect(new Set(fills.map((fill) => fill.exchangeTradeId)).size).toBe(fills.length);
      expect(told.filter(({ fill }) => fill?.clientOrderId === request.clientOrderId).map(({ fill }) => fill)).toEqual(fills);
    });

    it('lets a limit order far from the market rest, holding what it would cost, until it is canceled', async () => {
      const price = await away(-50);
      const request = order({ type: 'LIMIT', price });
      expect(await world.exchange.submit(request)).toMatchObject({ status: 'ACCEPTED' });
      await world.step();
      expect((await world.exchange.openOrders()).map((open) => open.clientOrderId)).toEqual([request.clientOrderId]);
      const held = await balance('USDT');
      expect(held.total).toBe('10000');
      expect(held.free).toBe(decimal(10_000).sub(price.mul('0.1')).toString());
      expect(await world.exchange.cancel(world.symbol, request.clientOrderId)).toMatchObject({ status: 'CANCELED' });
      expect(await world.exchange.openOrders(world.symbol)).toEqual([]);
      expect((await balance('USDT')).free).toBe('10000');
      expect(told.map(({ order: report }) => report.status)).toEqual(['ACCEPTED', 'CANCELED']);
    });

    it('fills a limit order at its price or better', async () => {
      const price = await away(-0.01);
      const request = order({ type: 'LIMIT', price });
      await world.exchange.submit(request);
      await until(() => told.some(({ fill }) => fill !== undefined));
      const [fill] = await world.exchange.fillsSince(world.symbol, 0);
      expect(fill.price.lte(price)).toBe(true);
    });

    it('sells with a reduce-only stop when the price falls to it; a target beside it expires, or finds nothing to reduce', async () => {
      await world.exchange.submit(order({}));
      await until(() => told.some(({ order: report }) => report.status === 'FILLED'));
      const stopPrice = await away(-0.01);
      const stop = order({ side: 'SELL', type: 'STOP', stopPrice, reduceOnly: true });
      const target = order({ side: 'SELL', type: 'LIMIT', price: await away(200), reduceOnly: true });
      await world.exchange.submit(stop);
      if (world.exchange.sharesReduceOnly === false) {
        // The stop ties up what it sells: a target beside it has nothing to reduce.
        expect((await refusal(world.exchange.submit(target))).code).toBe('EXCHANGE_REJECTED');
        expect(await world.exchange.order(world.symbol, target.clientOrderId)).toBeUndefined();
      } else await world.exchange.submit(target);
      await until(() =>
        told.some(({ order: report }) => report.clientOrderId === stop.clientOrderId && report.status === 'FILLED'),
      );
      expect((await balance('BTC')).total).toBe('0');
      if (world.exchange.sharesReduceOnly !== false)
        expect(await world.exchange.order(world.symbol, target.clientOrderId)).toMatchObject({ status: 'EXPIRED' });
    });

    it('knows nothing of an order that never came', async () => {
      expect(await world.exchange.order(world.symbol, 'cw-nobody')).toBeUndefined();
      expect((await refusal(world.exchange.cancel(world.symbol, 'cw-nobody'))).code).toBe('NOT_FOUND');
    });

    it('never places one client order id twice', async () => {
      const request = order({ type: 'LIMIT', price: await away(-50) });
      await world.exchange.submit(request);
      expect((await refusal(world.exchange.submit(request))).code).toBe('EXCHANGE_UNAVAILABLE');
      expect(await world.exchange.openOrders()).toHaveLength(1);
    });

    it('answers a cancel that comes too late with the order as it is', async () => {
      const request = order({});
      await world.exchange.submit(request);
      await until(() => told.some(({ order: report }) => report.status === 'FILLED'));
      expect(await world.exchange.cancel(world.symbol, request.clientOrderId)).toMatchObject({ status: 'FILLED' });
    });

    it.each<[string, (price: Decimal) => Partial<OrderRequest>, string]>([
      ['an amount of nothing', () => ({ amount: decimal(0) }), 'EXCHANGE_REJECTED'],
      ['a negative amount', () => ({ amount: decimal('-0.1') }), 'EXCHANGE_REJECTED'],
      ['an amount off the step', () => ({ amount: decimal('0.0100000001') }), 'EXCHANGE_REJECTED'],
      ['too little value', (price) => ({ type: 'LIMIT', price, amount: decimal('0.00001') }), 'EXCHANGE_REJECTED'],
      ['a limit order without a price', () => ({ type: 'LIMIT' }), 'EXCHANGE_REJECTED'],
      ['a stop order without a stop price', () => ({ type: 'STOP' }), 'EXCHANGE_REJECTED'],
      ['more than there is to spend', () => ({ amount: decimal(10_000) }), 'INSUFFICIENT_BALANCE'],
      ['more than there is to sell', () => ({ side: 'SELL' }), 'INSUFFICIENT_BALANCE'],
      ['nothing to reduce', () => ({ side: 'SELL', reduceOnly: true }), 'EXCHANGE_REJECTED'],
      ['an unknown market', () => ({ symbol: 'NOPE/USDT' }), 'NOT_FOUND'],
    ])('refuses %s and changes nothing', async (_, changes, code) => {
      const request = order(changes(await away(-50)));
      expect((await refusal(world.exchange.submit(request))).code).toBe(code);
      expect(await world.exchange.order(request.symbol, request.clientOrderId)).toBeUndefined();
      expect(await balance('USDT')).toEqual({ free: '10000', total: '10000' });
      expect(told).toEqual([]);
    });

    it('stops telling whoever has left', async () => {
      const late: Execution[] = [];
      const leave = world.exchange.subscribeExecutions((execution) => late.push(execution));
      leave();
      leave();
      await world.exchange.submit(order({ type: 'LIMIT', price: await away(-50) }));
      expect(late).toEqual([]);
      expect(told).toHaveLength(1);
    });

    it('remembers orders, fills and balances over a restart', async () => {
      const filled = order({});
      const resting = order({ type: 'LIMIT', price: await away(-94) });
      await world.exchange.submit(filled);
      await until(() => told.some(({ order: report }) => report.status === 'FILLED'));
      await world.exchange.submit(resting);
      const before = [
        await world.exchange.balances(),
        await world.exchange.fillsSince(world.symbol, 0),
        await world.exchange.openOrders(),
      ];
      const again = await world.reopen();
      expect([await again.balances(), await again.fillsSince(world.symbol, 0), await again.openOrders()]).toEqual(before);
      expect(await again.order(world.symbol, filled.clientOrderId)).toMatchObject({ status: 'FILLED' });
      expect(await refusal(again.submit(filled))).toMatchObject({ code: 'EXCHANGE_UNAVAILABLE', details: { kind: 'DUPLICATE' } });
    });
  });
}
