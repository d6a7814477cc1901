import { beforeAll, expect, it } from 'vitest';
import { BotRequest } from '../../src/entities/operations/BotRequest.ts';
import { RefusedOrder } from '../../src/entities/operations/RefusedOrder.ts';
import { Order } from '../../src/entities/trading/Order.ts';
import { Position } from '../../src/entities/trading/Position.ts';
import { BotRequests } from '../../src/services/bots/bot-requests.ts';
import type { PlaceOrder } from '../../src/services/bots/manual-order.ts';
import type { BotMarket } from '../../src/services/bots/runner-parts.ts';
import type { Database } from '../../src/services/database/index.ts';
import { newId } from '../../src/services/ids.ts';
import { RiskLimitService } from '../../src/services/risk/risk-limit-service.ts';
import type { Viewer } from '../../src/services/viewer.ts';
import { canonical, decimal } from '../../src/trading/money.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import { checkEvents, checkLedger } from './support/invariants.ts';
import { minute, World } from './support/world.ts';

describeOnEachDatabase('orders by hand', (open) => {
  let database: Database;
  let world: World;
  let ann: Viewer;
  let botId: string;

  beforeAll(async () => {
    database = await open();
    world = await new World(database).seed();
    ann = await world.newViewer();
    const strategy = await world.strategies.create(ann, { name: 'by hand', kind: 'BUILT_IN', builtIn: 'manual' });
    const risk = { initialCapital: decimal(10_000), stopLossPercent: decimal(10) };
    botId = await world.newBot(ann, { strategyId: strategy.id, risk });
    await world.supervisor.start();
    await world.bots.start(ann, botId);
    await world.settled();
    await world.pass(minute);
  });

  const order = (changes: Partial<PlaceOrder>): PlaceOrder => ({
    idempotencyKey: newId(),
    botId,
    side: 'BUY',
    type: 'MARKET',
    amount: decimal('0.01'),
    ...changes,
  });
  const place = (changes: Partial<PlaceOrder>): Promise<string> => world.closer.place(ann, order(changes));
  const rowOf = (id: string): Promise<Order> => database.system().findOneOrFail(Order, { id });
  const counts = async (): Promise<number[]> => [
    await database.system().count(Order, { bot: botId }),
    await database.system().count(RefusedOrder, { bot: botId }),
  ];

  it('open, add to, reduce and close a position, guarded by the stop of the bot', async () => {
    const first = await place({});
    await place({ amount: decimal('0.02') });
    await world.settled();
    expect(await rowOf(first)).toMatchObject({ status: 'FILLED', reduceOnly: false, exitReason: null });
    const guard = (): Promise<Order[]> => database.system().find(Order, { bot: botId, type: 'STOP', status: 'ACCEPTED' });
    expect((await guard()).map(({ amount }) => canonical(amount))).toEqual(['0.03']);
    const part = await place({ side: 'SELL', amount: decimal('0.01') });
    await world.settled();
    expect(await rowOf(part)).toMatchObject({ status: 'FILLED', reduceOnly: true, exitReason: 'MANUAL' });
    expect((await guard()).map(({ amount }) => canonical(amount))).toEqual(['0.02']);
    await checkLedger(database, botId);
    const [position] = (await world.lists.positions.page(ann, {}, { where: { isOpen: { eq: true } } })).rows;
    const resting = await place({ side: 'SELL', type: 'LIMIT', amount: decimal('0.02'), price: decimal('1000000') });
    await expect(place({ side: 'SELL', amount: decimal('0.01') })).rejects.toMatchObject({
      code: 'INVALID',
      message: 'amount 0.01 with 0.02 of open orders exceeds what is held, 0.02',
    });
    await world.closer.close(ann, { idempotencyKey: newId(), id: position.id });
    await world.pass(minute);
    expect((await rowOf(resting)).status).toMatch(/CANCELED|EXPIRED/);
    await checkLedger(database, botId);
    checkEvents(await world.events(ann));
  });

  it('rest at their price until they are taken back, once per key', async () => {
    const wish = order({ type: 'LIMIT', price: decimal('100'), amount: decimal('0.5') });
    const [one, two] = await Promise.all([world.closer.place(ann, wish), world.closer.place(ann, wish)]);
    expect(two).toBe(one);
    expect(await world.closer.place(ann, wish)).toBe(one);
    await world.settled();
    expect((await rowOf(one)).status).toBe('ACCEPTED');
    await expect(world.closer.place(ann, { ...wish, amount: decimal('0.6') })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    const back = { idempotencyKey: newId(), id: one };
    expect(await world.closer.cancel(ann, back)).toBe(one);
    expect(await world.closer.cancel(ann, back)).toBe(one);
    expect((await rowOf(one)).status).toBe('CANCELED');
    await expect(world.closer.cancel(ann, { ...back, idempotencyKey: newId() })).rejects.toMatchObject({
      code: 'INVALID_TRANSITION',
      message: 'the order in BTC/USDT is CANCELED already',
    });
    await checkLedger(database, botId);
  });

  it('are refused with the limit and the value, and nothing is changed', async () => {
    const [orders, refused] = await counts();
    const cases: [Partial<PlaceOrder>, string, RegExp][] = [
      [{ amount: decimal('0') }, 'INVALID', /amount 0 must be above 0/],
      [{ amount: decimal('0.0000000001') }, 'INVALID', /not a multiple of the market's step/],
      [{ amount: decimal('0.00001'), type: 'LIMIT', price: decimal('1') }, 'INVALID', /under the market's minimum/],
      [{ amount: decimal('1000') }, 'INSUFFICIENT_BALANCE', /exceeds the available capital/],
      [{ side: 'SELL' }, 'INVALID', /nothing can be sold short/],
      [{ type: 'LIMIT' }, 'REQUIRED', /a LIMIT order needs price/],
      [{ type: 'STOP' }, 'REQUIRED', /a STOP order needs stopPrice/],
      [{ price: decimal('5') }, 'INVALID', /a MARKET order takes no price/],
      [{ timeInForce: 'FOK' }, 'INVALID', /timeInForce FOK is for LIMIT/],
      [{ idempotencyKey: ' ' }, 'REQUIRED', /idempotencyKey is empty/],
      [{ idempotencyKey: 'x'.repeat(201) }, 'INVALID', /has 201 characters, the maximum is 200/],
      [{ botId: newId() }, 'NOT_FOUND', /no bot/],
    ];
    for (const [changes, code, message] of cases)
      await expect(place(changes)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect((await counts())[0]).toBe(orders);
    expect((await counts())[1]).toBe(refused + 4);
    const limits = new RiskLimitService({ database, clock: world.clock, runners: world.supervisor });
    const limit = await limits.create(ann, { type: 'MAX_POSITION_VALUE', value: decimal('10') });
    await expect(place({})).rejects.toMatchObject({ code: 'RISK_LIMIT_EXCEEDED', details: { limit: '10' } });
    await limits.delete(ann, limit.id);
    const deciding = await world.newBot(ann);
    await expect(place({ botId: deciding })).rejects.toMatchObject({
      code: 'INVALID_TRANSITION',
      message: expect.stringContaining('an order by hand would contradict it'),
    });
    await checkLedger(database, botId);
  });

  it('asked of another process are carried out where the bot runs, or expire with nothing done', async () => {
    // This one has no runners: the row alone takes the wish over.
    const parts = { database, clock: world.clock, runners: { serve: () => undefined } };
    const elsewhere = new BotRequests(parts);
    const id = await elsewhere.place(ann, order({}));
    await world.settled();
    expect((await rowOf(id)).status).toBe('FILLED');
    await world.supervisor.stop();
    const impatient = new BotRequests({ ...parts, patienceMs: 200 });
    const late = order({ side: 'SELL' });
    await expect(impatient.place(ann, late)).rejects.toMatchObject({ code: 'EXCHANGE_UNAVAILABLE' });
    const before = await database.system().count(Order, { bot: botId });
    await world.supervisor.start();
    await world.settled();
    await expect(world.closer.place(ann, late)).rejects.toMatchObject({ code: 'EXCHANGE_UNAVAILABLE' });
    expect(await database.system().count(Order, { bot: botId })).toBe(before);
    expect(await database.system().count(BotRequest, { bot: botId, status: 'PENDING' })).toBe(0);
    await world.bots.stop(ann, botId, true);
    await world.pass(minute);
    await expect(place({})).rejects.toMatchObject({ code: 'INVALID_TRANSITION', details: { from: 'STOPPED' } });
    await checkLedger(database, botId);
    await world.supervisor.stop();
  });

  it('are not named by a close that wrote off what no order can sell, also when it is asked for once more', async () => {
    await world.supervisor.start();
    await world.bots.start(ann, botId);
    await world.pass(minute);
    await place({});
    await world.settled();
    const [position] = (await world.lists.positions.page(ann, {}, { where: { isOpen: { eq: true } } })).rows;
    await world.supervisor.stop();
    // The market has a coarser step now, by which nothing that is held can be sold, and asks for more than it is worth.
    const coarse = (sim: World['sim']): BotMarket => ({
      name: sim.name,
      now: () => sim.now(),
      markets: async () =>
        (await sim.markets()).map((rules) => ({ ...rules, stepSize: decimal(1), minNotional: decimal(1_000_000) })),
      history: (...of) => sim.history(...of),
      subscribeCandles: (symbol, timeframe, listener) => sim.subscribeCandles(symbol, timeframe, listener),
    });
    const next: World = new World(database, world.now, { marketOf: () => coarse(next.sim) });
    await next.supervisor.start();
    await next.pass(minute);
    const before = await database.system().count(Order, { bot: botId });
    const wish = { idempotencyKey: newId(), id: position.id };
    expect(await next.closer.close(ann, wish)).toEqual({ positionId: position.id, orderId: null });
    expect(await next.closer.close(ann, wish)).toEqual({ positionId: position.id, orderId: null });
    expect(await database.system().count(Order, { bot: botId })).toBe(before);
    const written = await database.system().findOneOrFail(Position, { id: position.id });
    expect([written.isOpen, written.dust && canonical(written.dust)]).toEqual([false, '0.01']);
    await next.supervisor.stop();
  });
});
