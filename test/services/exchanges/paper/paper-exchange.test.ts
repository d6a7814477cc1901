import { describe, expect, it } from 'vitest';
import type { PaperAccount } from '../../../../src/services/exchanges/paper/account.ts';
import { PaperExchange } from '../../../../src/services/exchanges/paper/paper-exchange.ts';
import type { FundingPayment } from '../../../../src/services/exchanges/port/exchange.ts';
import type { Execution, OrderRequest } from '../../../../src/services/exchanges/port/orders.ts';
import { decimal } from '../../../../src/trading/money.ts';
import { account, minute, ScriptedMarket, start, symbol } from './scripted-market.ts';
import { MemoryPaperStore } from './memory-store.ts';

let ids = 0;
function order(changes: Partial<OrderRequest>): OrderRequest {
  return { clientOrderId: `o${++ids}`, symbol, side: 'BUY', type: 'MARKET', amount: decimal(1), ...changes };
}
const at = (index: number): number => start + index * minute;

async function desk(changes: Partial<PaperAccount> = {}, store = new MemoryPaperStore(), market = new ScriptedMarket()) {
  const errors: unknown[] = [];
  const open = () =>
    PaperExchange.open({ account: account(changes), market, store, symbols: [symbol], onError: (error) => errors.push(error) });
  const exchange = await open();
  const told: Execution[] = [];
  exchange.subscribeExecutions((execution) => told.push(execution));
  const fills = () =>
    told.flatMap(({ fill }) =>
      fill ? [[fill.side, fill.amount, '@', fill.price, 'fee', fill.fee, fill.liquidity].join(' ')] : [],
    );
  const statuses = (id: string) => told.filter((news) => news.order.clientOrderId === id).map((news) => news.order.status);
  return { exchange, market, store, told, fills, statuses, open, errors };
}

/** Long 1 from 100 at the open of candle 0, stop 95, target 110. */
async function longWithLevels(changes: Partial<PaperAccount> = {}) {
  const world = await desk({ feePercent: 0, ...changes });
  world.market.open(0, 100);
  await world.exchange.submit(order({ decidedAt: at(0) }));
  world.market.close(0, 100, 101, 99, 100);
  await world.exchange.submit(order({ side: 'SELL', type: 'STOP', stopPrice: decimal(95), reduceOnly: true, decidedAt: at(1) }));
  await world.exchange.submit(order({ side: 'SELL', type: 'LIMIT', price: decimal(110), reduceOnly: true, decidedAt: at(1) }));
  return world;
}

describe('stop 95 and target 110 of a long position', () => {
  it.each([
    ['stop and target inside, closing up', [100, 112, 94, 111], 95, 95],
    ['stop and target inside, closing down', [100, 112, 94, 96], 95, 110],
    ['a gap down that stays under the stop', [90, 93, 88, 92], 90, 90],
    ['a gap down that comes back', [93, 97, 92, 96], 93, 93],
    ['a gap up over the target', [115, 118, 113, 116], 110, 110],
    ['only the stop', [100, 105, 94, 96], 95, 95],
    ['only the target', [100, 111, 96, 105], 110, 110],
    ['the stop to the cent', [100, 105, 95, 96], 95, 95],
    ['the target to the cent', [100, 110, 96, 105], 110, 110],
  ])('%s', async (_, [open, high, low, close], pessimistic, path) => {
    for (const [fillModel, price] of [
      ['PESSIMISTIC', pessimistic],
      ['OHLC_PATH', path],
    ] as const) {
      const { market, exchange, fills } = await longWithLevels({ fillModel });
      market.close(1, open, high, low, close);
      await exchange.settled();
      expect(fills().slice(1)).toEqual([expect.stringMatching(new RegExp(`^SELL 1 @ ${price} `))]);
      expect(await exchange.openOrders()).toEqual([]);
    }
  });

  it('fills the target at the better open when the account says so', async () => {
    const { market, exchange, fills } = await longWithLevels({ targetGap: 'OPEN' });
    market.close(1, 115, 118, 113, 116);
    await exchange.settled();
    expect(fills().at(-1)).toBe('SELL 1 @ 115 fee 0 MAKER');
  });

  it('slips a stop, but never beyond the candle', async () => {
    const { market, exchange, fills } = await longWithLevels({ slippagePercent: 1 });
    market.close(1, 100, 101, 94.5, 96);
    await exchange.settled();
    expect(fills()).toEqual(['BUY 1 @ 101 fee 0 TAKER', 'SELL 1 @ 94.5 fee 0 TAKER']);
  });

  it('waits for the close of the candle, also when a forming candle touches it', async () => {
    const { market, exchange, fills } = await longWithLevels();
    market.price(1, 100, 100, 94, 94);
    await exchange.settled();
    expect(fills()).toHaveLength(1);
    market.close(1, 100, 100, 94, 99);
    await exchange.settled();
    expect(fills()).toHaveLength(2);
  });

  it('comes before a market order that the same open would fill', async () => {
    const { market, exchange, fills, statuses } = await longWithLevels();
    market.open(1, 90);
    const exit = order({ side: 'SELL', reduceOnly: true, decidedAt: at(1) });
    await exchange.submit(exit);
    market.close(1, 90, 93, 88, 92);
    await exchange.settled();
    expect(fills().at(-1)).toBe('SELL 1 @ 90 fee 0 TAKER');
    expect(statuses(exit.clientOrderId)).toEqual(['ACCEPTED', 'EXPIRED']);
  });
});

describe('a market order', () => {
  it('fills at the open of the candle it was decided for, before or after that open is seen', async () => {
    for (const early of [true, false]) {
      const { exchange, market, told } = await desk({ slippagePercent: 1 });
      market.close(0, 98, 99, 97, 98);
      if (early) await exchange.submit(order({ decidedAt: at(1) }));
      market.open(1, 100);
      market.price(1, 100, 104, 100, 104);
      if (!early) await exchange.submit(order({ decidedAt: at(1) }));
      await exchange.settled();
      expect(told.at(-1)).toMatchObject({ order: { status: 'FILLED' }, fill: { at: at(1) } });
      expect(told.at(-1)?.fill?.price.toString()).toBe('101');
      expect(told.at(-1)?.fill?.fee.toString()).toBe('0.101');
    }
  });

  it('fills at the last price when it was decided on no candle, or on one that has passed', async () => {
    for (const decidedAt of [undefined, at(0)]) {
      const { exchange, market, fills } = await desk({ feePercent: null });
      market.open(0, 90);
      market.close(0, 90, 99, 90, 98);
      market.price(1, 98, 104, 98, 100);
      await exchange.submit(order(decidedAt === undefined ? {} : { decidedAt }));
      expect(fills()).toEqual(['BUY 1 @ 100 fee 0.2 TAKER']);
    }
  });

  it('waits for a price when there is none yet, and is canceled when it then costs too much', async () => {
    const { exchange, market, statuses, told } = await desk();
    const [modest, greedy] = [order({}), order({ amount: decimal(200) })];
    await exchange.submit(modest);
    await exchange.submit(greedy);
    market.price(0, 100, 101, 100, 101);
    await exchange.settled();
    expect(statuses(modest.clientOrderId)).toEqual(['ACCEPTED', 'FILLED']);
    expect(statuses(greedy.clientOrderId)).toEqual(['ACCEPTED', 'CANCELED']);
    expect(told.at(-1)?.order.reason).toBe('BUY 200 BTC/USDT needs 20220.2 USDT, free are 9898.899');
  });
});

describe('a resting order placed inside a candle', () => {
  it('does not see what the candle did before', async () => {
    const { exchange, market, fills } = await desk();
    market.price(0, 100, 100, 90, 99);
    await exchange.submit(order({ type: 'LIMIT', price: decimal(95) }));
    market.close(0, 100, 100, 90, 99);
    await exchange.settled();
    expect(fills()).toEqual([]);
    market.close(1, 99, 99, 95, 97);
    await exchange.settled();
    expect(fills()).toEqual(['BUY 1 @ 95 fee 0.095 MAKER']);
  });

  it('fills by the prices that are seen for the rest of it', async () => {
    const { exchange, market, fills } = await desk();
    market.price(0, 100, 100, 99, 99);
    await exchange.submit(order({ type: 'LIMIT', price: decimal(95) }));
    await exchange.submit(order({ type: 'STOP', stopPrice: decimal(105), amount: decimal(2) }));
    market.price(0, 100, 100, 94, 94);
    market.price(0, 100, 106, 94, 106);
    await exchange.settled();
    expect(fills()).toEqual(['BUY 1 @ 95 fee 0.095 MAKER', 'BUY 2 @ 106 fee 0.212 TAKER']);
  });

  it.each([
    ['GTC inside the market takes it', { price: 101 }, 'FILLED', 1],
    ['IOC inside the market takes it', { price: 101, timeInForce: 'IOC' }, 'FILLED', 1],
    ['IOC outside is gone', { price: 90, timeInForce: 'IOC' }, 'EXPIRED', 0],
    ['FOK outside is gone', { price: 90, timeInForce: 'FOK' }, 'EXPIRED', 0],
    ['POST_ONLY outside rests', { price: 90, timeInForce: 'POST_ONLY' }, 'ACCEPTED', 0],
  ] as const)('%s', async (_, { price, ...rest }, status, count) => {
    const { exchange, market, fills } = await desk();
    market.open(0, 100);
    const report = await exchange.submit(order({ type: 'LIMIT', price: decimal(price), ...rest }));
    expect(report.status).toBe(status);
    expect(fills()).toEqual(count === 1 ? ['BUY 1 @ 100 fee 0.1 TAKER'] : []);
  });

  it('is refused as POST_ONLY inside the market', async () => {
    const { exchange, market } = await desk();
    market.open(0, 100);
    await expect(exchange.submit(order({ type: 'LIMIT', price: decimal(101), timeInForce: 'POST_ONLY' }))).rejects.toThrow(
      'a POST_ONLY order at 101 would fill at once: the last price is 100',
    );
  });
});

describe('a stop-limit order', () => {
  it('fills when the stop is reached inside the limit, and rests when the open jumped over both', async () => {
    const { exchange, market, fills } = await desk();
    market.close(0, 100, 100, 100, 100);
    await exchange.submit(order({ type: 'STOP_LIMIT', stopPrice: decimal(105), price: decimal(106) }));
    await exchange.submit(order({ type: 'STOP_LIMIT', stopPrice: decimal(101), price: decimal(102) }));
    market.close(1, 104, 107, 103, 106);
    await exchange.settled();
    expect(fills()).toEqual(['BUY 1 @ 105 fee 0.105 TAKER']);
    market.close(2, 106, 106, 101, 103);
    await exchange.settled();
    expect(fills().at(-1)).toEqual(expect.stringMatching(/^BUY 1 @ 102 .* MAKER$/));
  });
});

describe('futures', () => {
  const futures = { marketType: 'FUTURES', leverage: 10, feePercent: 0 } as const;

  it('hold margin, and pay or take the difference', async () => {
    const { exchange, market } = await desk(futures);
    market.open(0, 100);
    await exchange.submit(order({ side: 'SELL', amount: decimal(500) }));
    expect((await exchange.balances())[0]).toMatchObject({ total: decimal(10_000), free: decimal(5_000) });
    market.close(0, 100, 100, 97, 97);
    await exchange.submit(order({ side: 'BUY', amount: decimal(500), reduceOnly: true }));
    expect((await exchange.balances())[0]).toMatchObject({ total: decimal(11_500), free: decimal(11_500) });
  });

  it('are liquidated when the price goes there, at no better price than a gap leaves', async () => {
    const { exchange, market, told, fills } = await desk(futures);
    market.open(0, 100);
    await exchange.submit(order({ amount: decimal(500) }));
    const stop = order({ side: 'SELL', type: 'STOP', stopPrice: decimal(80), amount: decimal(500), reduceOnly: true });
    await exchange.submit(stop);
    market.close(0, 100, 100, 90, 95);
    await exchange.settled();
    expect(fills()).toHaveLength(2);
    expect(fills()[1]).toMatch(/^SELL 500 @ 90\.45/);
    expect(told.find(({ order: report }) => report.clientOrderId.startsWith('liquidation-'))).toBeDefined();
    expect(await exchange.order(symbol, stop.clientOrderId)).toMatchObject({ status: 'EXPIRED' });
    const [{ total }] = await exchange.balances();
    expect(total.toFixed(8)).toBe('5000.00000000');
  });
});

describe('funding of a perpetual', () => {
  const futures = { marketType: 'FUTURES', leverage: 10, feePercent: 0 } as const;
  const hour = 60;
  const paying = (percent: string): ScriptedMarket =>
    new ScriptedMarket({ kind: 'FUTURES', funding: { rate: decimal(percent).div(100), hours: 8 } });
  const balance = async ({ exchange }: Awaited<ReturnType<typeof desk>>): Promise<string> =>
    (await exchange.balances())[0].total.toString();

  it.each([
    ['a long pays', 'BUY', '0.01', '9999.5'],
    ['a short receives', 'SELL', '0.01', '10000.5'],
    ['a long receives where the rate is negative', 'BUY', '-0.01', '10000.5'],
    ['a short pays where the rate is negative', 'SELL', '-0.01', '9999.5'],
  ] as const)('%s it, once, at the open of the candle at which it is due', async (_, side, percent, expected) => {
    const world = await desk(futures, undefined, paying(percent));
    const { exchange, market } = world;
    const told: FundingPayment[] = [];
    exchange.subscribeExecutions(
      () => undefined,
      (payment) => told.push(payment),
    );
    market.open(8 * hour - 1, 100);
    await exchange.submit(order({ side, amount: decimal(50) }));
    market.close(8 * hour - 1, 100, 100, 100, 100);
    await exchange.settled();
    expect([await balance(world), told]).toEqual(['10000', []]);
    market.open(8 * hour, 100);
    market.price(8 * hour, 100, 104, 100, 104);
    market.close(8 * hour, 100, 104, 100, 100);
    market.close(8 * hour + 1, 100, 100, 100, 100);
    await exchange.settled();
    expect([await balance(world), told.map(({ at: moment }) => moment)]).toEqual([expected, [at(8 * hour)]]);
    expect(await exchange.fundingSince(symbol, at(8 * hour))).toEqual(told);
  });

  it('is none of whoever holds nothing, or has bought at the very open', async () => {
    const world = await desk(futures, undefined, paying('0.01'));
    const { exchange, market } = world;
    market.close(8 * hour - 1, 100, 100, 100, 100);
    await exchange.settled();
    market.open(8 * hour, 100);
    await exchange.submit(order({ amount: decimal(50), decidedAt: at(8 * hour) }));
    market.close(8 * hour, 100, 100, 100, 100);
    await exchange.settled();
    expect([await balance(world), await exchange.fundingSince(symbol, 0)]).toEqual(['10000', []]);
  });

  it('is paid once for each time that passed while nobody watched, and not again after another restart', async () => {
    const world = await desk(futures, undefined, paying('0.01'));
    const { exchange, market, open } = world;
    market.open(hour, 100);
    await exchange.submit(order({ amount: decimal(50) }));
    market.close(hour, 100, 100, 100, 100);
    await exchange.settled();
    await exchange.close();
    for (const index of [8, 12, 16, 20]) market.close(index * hour, 100, 100, 100, 100);
    const again = await open();
    const payments = await again.fundingSince(symbol, 0);
    expect(payments.map(({ at: moment, paid }) => [moment, paid.toString()])).toEqual([
      [at(8 * hour), '0.5'],
      [at(16 * hour), '0.5'],
    ]);
    await again.close();
    const third = await open();
    market.close(20 * hour + 1, 100, 100, 100, 100);
    await third.settled();
    expect((await third.balances())[0].total.toString()).toBe('9999');
    expect(await third.fundingSince(symbol, 0)).toEqual(payments);
  });

  it('comes out of the margin where nothing is free, brings the liquidation nearer, also after a restart, and takes no more', async () => {
    const world = await desk({ ...futures, liquidationFeePercent: 0 }, undefined, paying('1'));
    const { exchange, market, open } = world;
    market.open(hour, 100);
    // The margin is all there is: 10 of each unit.
    await exchange.submit(order({ amount: decimal(1_000) }));
    market.close(hour, 100, 100, 100, 100);
    for (const index of [8, 16, 24, 32, 40]) market.close(index * hour, 100, 100, 100, 100);
    await exchange.settled();
    await exchange.close();
    const again = await open();
    // 5 of the 10 are gone: it is liquidated at 95/0.995 instead of 90/0.995.
    market.close(40 * hour + 1, 100, 100, 95.5, 96);
    await again.settled();
    expect((await again.balances())[0].total.toString()).toBe('5000');
    market.close(40 * hour + 2, 96, 96, 95.4, 96);
    await again.settled();
    expect(Number((await again.balances())[0].total)).toBeCloseTo(5_000 - 1_000 * (100 - 95 / 0.995), 6);
  });

  it('ends in a liquidation that leaves nothing, and no debt', async () => {
    const world = await desk({ ...futures, liquidationFeePercent: 0 }, undefined, paying('4'));
    const { exchange, market } = world;
    market.open(hour, 100);
    await exchange.submit(order({ amount: decimal(1_000) }));
    market.close(hour, 100, 100, 100, 100);
    for (const index of [8, 16, 24, 32]) market.close(index * hour, 100, 100, 100, 100);
    await exchange.settled();
    expect(world.fills()[1]).toMatch(/^SELL 1000 @ 100 /);
    expect(await balance(world)).toBe('0');
  });
});

describe('the books', () => {
  it('are caught up with the candles that passed while nobody watched', async () => {
    const { exchange, market, open } = await longWithLevels();
    await exchange.close();
    market.close(1, 100, 101, 96, 100);
    market.close(2, 100, 101, 94, 95);
    market.close(3, 95, 120, 94, 119);
    const again = await open();
    const fills = await again.fillsSince(symbol, at(1));
    expect(fills.map((fill) => [fill.at, fill.price.toString()])).toEqual([[at(2), '95']]);
    expect(await again.openOrders()).toEqual([]);
  });

  it('tell of a fill only when it is saved', async () => {
    const store = new MemoryPaperStore();
    const save = store.save.bind(store);
    const { exchange, market, told, fills, errors } = await desk({}, store);
    market.close(0, 100, 100, 100, 100);
    await exchange.submit(order({ type: 'LIMIT', price: decimal(95) }));
    store.save = () => Promise.reject(new Error('disk full'));
    market.close(1, 100, 100, 95, 97);
    await exchange.settled().catch(() => undefined);
    expect(told).toHaveLength(1);
    expect(errors).toHaveLength(1);
    await expect(exchange.submit(order({ type: 'LIMIT', price: decimal(90) }))).rejects.toThrow(
      'the paper exchange could not save account bot-1',
    );
    store.save = save;
    market.close(2, 97, 97, 96, 97);
    await exchange.settled();
    expect(fills()).toEqual(['BUY 1 @ 95 fee 0.095 MAKER']);
    expect(await exchange.openOrders()).toHaveLength(1);
  });

  it('forget the oldest orders and fills, and stay small', async () => {
    const { exchange, market, store } = await desk({ initialBalances: { USDT: decimal(1e9) } });
    market.open(0, 100);
    for (let i = 0; i < 600; i++) await exchange.submit(order({ clientOrderId: `many-${i}` }));
    expect(JSON.stringify(await store.load('bot-1')).length).toBeLessThan(500_000);
    expect(await exchange.order(symbol, 'many-0')).toBeUndefined();
    expect(await exchange.order(symbol, 'many-599')).toMatchObject({ status: 'FILLED' });
    expect((await exchange.balances()).find(({ asset }) => asset === 'BTC')?.total.toString()).toBe('600');
  });

  it('ignore candles that come again or too late', async () => {
    const { market, exchange, fills } = await longWithLevels();
    market.close(1, 100, 101, 99, 100);
    market.close(0, 100, 200, 1, 100);
    market.close(1, 100, 200, 1, 100);
    await exchange.settled();
    expect(fills()).toHaveLength(1);
  });

  it('answer nothing once they are closed', async () => {
    const { exchange } = await desk();
    await exchange.close();
    await expect(exchange.balances()).rejects.toThrow('paper account bot-1 is closed');
  });
});

it('answers an order after the candles that came before it, however many, with one save for all of them', async () => {
  const store = new MemoryPaperStore();
  const { market, exchange, fills } = await desk({ feePercent: 0 }, store);
  market.open(0, 100);
  await exchange.submit(order({ type: 'LIMIT', price: decimal(50) }));
  let saves = 0;
  const save = store.save.bind(store);
  store.save = (...args) => {
    saves += 1;
    return save(...args);
  };
  for (let i = 0; i < 500; i++) market.close(i, 100, 101, 99, 100 + i);
  const answer = exchange.submit(order({}));
  // What came after it is not seen before it.
  market.open(500, 900);
  await answer;
  expect(saves).toBe(2);
  expect(fills()).toEqual(['BUY 1 @ 599 fee 0 TAKER']);
});
