import { beforeAll, expect, it } from 'vitest';
import { BotState } from '../../src/entities/trading/BotState.ts';
import { ClosedTrade } from '../../src/entities/trading/ClosedTrade.ts';
import { Order } from '../../src/entities/trading/Order.ts';
import { Trade } from '../../src/entities/trading/Trade.ts';
import type { Database } from '../../src/services/database/index.ts';
import type { StreamItem } from '../../src/services/events/stream.ts';
import type { Viewer } from '../../src/services/viewer.ts';
import { runBacktest } from '../../src/trading/backtest.ts';
import { decimal } from '../../src/trading/money.ts';
import { readTradingOptions } from '../../src/trading/options.ts';
import { builtInStrategy } from '../../src/trading/strategies/index.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import { checkEvents, checkLedger } from './support/invariants.ts';
import { minute, World } from './support/world.ts';

describeOnEachDatabase('a paper bot on the simulated market', (open) => {
  let database: Database;
  let world: World;
  let ann: Viewer;

  const stateOf = (id: string): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });
  const tradesOf = (id: string): Promise<Trade[]> => database.system().find(Trade, { bot: id });
  /** Lets time pass until a condition holds. */
  const until = async (condition: () => Promise<boolean>, most = 600): Promise<void> => {
    for (let i = 0; !(await condition()); i++) {
      expect(i).toBeLessThan(most);
      await world.pass(minute);
    }
  };
  const untilInPosition = (id: string): Promise<void> => until(async () => (await stateOf(id)).inPosition);
  const running = async (changes?: Parameters<World['newBot']>[1]): Promise<string> => {
    const id = await world.newBot(ann, changes);
    await world.bots.start(ann, id);
    await world.settled();
    expect((await stateOf(id)).status).toBe('RUNNING');
    return id;
  };

  beforeAll(async () => {
    database = await open();
    world = await new World(database).seed();
    ann = await world.newViewer();
  });

  it('tells its start, its orders, fills and states in order, and the ledger adds up', async () => {
    const viewer = await world.newViewer();
    const id = await world.newBot(viewer);
    const stream = await world.hub.stream({
      userId: viewer.userId,
      start: 'LIVE',
      wants: (event) => event.type === 'BOT_STATE_CHANGED' || event.type === 'ORDER_FILLED',
      snapshot: () => Promise.resolve([]),
    });
    const heard: StreamItem<never>[] = [];
    const listening = (async () => {
      for await (const item of stream) heard.push(item);
    })();
    await world.bots.start(viewer, id);
    await world.settled();
    await world.pass(90 * minute);
    await world.bots.stop(viewer, id, true);
    await world.settled();
    await world.pass(minute);

    const events = await world.events(viewer);
    checkEvents(events);
    await checkLedger(database, id);
    const trades = await tradesOf(id);
    expect(trades.length).toBeGreaterThan(10);
    const moves = events
      .filter(({ type }) => type === 'BOT_STATE_CHANGED')
      .map(({ payload }) => payload as { previousStatus: string; bot: { state: { status: string } } })
      .map(({ previousStatus, bot }) => [previousStatus, bot.state.status])
      .filter(([from, to]) => from !== to);
    expect(moves).toEqual([
      ['STOPPED', 'STARTING'],
      ['STARTING', 'RUNNING'],
      ['RUNNING', 'STOPPING'],
      ['STOPPING', 'STOPPED'],
    ]);
    expect(await stateOf(id)).toMatchObject({ status: 'STOPPED', inPosition: false, leaseOwner: null, lastErrorMessage: null });

    await stream.return?.();
    await listening;
    const pushed = heard.flatMap((item) => (item.kind === 'EVENT' ? [item.event.sequence] : []));
    const wanted = events
      .filter(({ type }) => type === 'BOT_STATE_CHANGED' || type === 'ORDER_FILLED')
      .map(({ sequence }) => sequence);
    expect(pushed).toEqual(wanted);
    expect(heard.filter((item) => item.kind === 'EVENT' && item.event.type === 'ORDER_FILLED').length).toBe(trades.length);
  });

  it('makes the trades that a backtest makes on the same candles', async () => {
    const from = world.now;
    const size = { positionSizeFixed: decimal(5_000) };
    const id = await running({
      risk: {
        initialCapital: decimal(10_000),
        stopLossPercent: decimal('0.1'),
        takeProfitPercent: decimal('0.2'),
        trailingStopPercent: decimal('0.15'),
        ...size,
      },
    });
    await world.pass(150 * minute);
    await world.bots.stop(ann, id);
    await world.pass(minute);
    await checkLedger(database, id);
    const closed = await database.system().find(ClosedTrade, { bot: id }, { orderBy: { closedAt: 'asc' } });

    const candles = await world.sim.history('BTC/USDT', 'M1', from - 500 * minute, world.now);
    const options = readTradingOptions({
      positionSizeFixed: 5_000,
      stopLossPercent: 0.1,
      takeProfitPercent: 0.2,
      trailingStopPercent: 0.15,
      quantityStep: 0.00001,
      minNotional: 5,
    });
    const parameters = { emaFast: 2, emaSlow: 4, rsiPeriod: 5, rsiOverbought: 95, rsiExit: 98 };
    const { trades } = runBacktest(candles, { ...options, strategy: builtInStrategy('ema-rsi'), parameters, timeframe: 'M1' });
    // The backtest may hold something when the bot starts; from the bot's first entry on both do the same.
    const first = closed[0].openedAt.getTime();
    const expected = trades.filter(({ entryTime }) => entryTime >= first).slice(0, closed.length);
    const essence = (
      side: string,
      quantity: number,
      entry: number,
      exit: number,
      fees: number,
      pnl: number,
      reason: string,
      openedAt: number,
      closedAt: number,
    ) => ({
      side,
      quantity,
      entry,
      exit,
      fees: Number(fees.toFixed(10)),
      pnl: Number(pnl.toFixed(10)),
      reason,
      openedAt,
      closedAt,
    });
    expect(
      closed.map((t) =>
        essence(
          t.side,
          Number(t.quantity),
          Number(t.entryPrice),
          Number(t.exitPrice),
          Number(t.fees),
          Number(t.pnl),
          t.exitReason,
          t.openedAt.getTime(),
          t.closedAt.getTime(),
        ),
      ),
    ).toEqual(
      expected.map((t) =>
        essence(t.side, t.quantity, t.entryPrice, t.exitPrice, t.fees, t.pnl, t.exitReason, t.entryTime, t.exitTime),
      ),
    );
    expect(closed.length).toBeGreaterThan(10);
    expect(new Set(closed.map(({ exitReason }) => exitReason)).size).toBeGreaterThanOrEqual(3);
  });

  it('opens nothing while paused but still guards what it holds, and goes on when resumed', async () => {
    const id = await running();
    await untilInPosition(id);
    await world.bots.pause(ann, id);
    const before = (await tradesOf(id)).length;
    await world.pass(90 * minute);
    const trades = await tradesOf(id);
    // The position was left by its stop, its target or its signal, and no other was entered.
    expect(trades.length).toBe(before + 1);
    expect(await stateOf(id)).toMatchObject({ status: 'PAUSED', inPosition: false });
    await world.bots.resume(ann, id);
    await untilInPosition(id);
    await checkLedger(database, id);
    await world.bots.stop(ann, id, true);
    await world.pass(minute);
  });

  it('leaves the position open when it is stopped, and goes on with it when started again', async () => {
    const id = await running({ risk: { initialCapital: decimal(10_000), stopLossPercent: decimal(20) } });
    await untilInPosition(id);
    const held = (await stateOf(id)).positionSize;
    await world.bots.stop(ann, id);
    await world.pass(2 * minute);
    expect(await stateOf(id)).toMatchObject({ status: 'STOPPED', inPosition: true, positionSize: held });
    const stops = await database.system().find(Order, { bot: id, type: 'STOP', status: 'ACCEPTED' });
    expect(stops).toHaveLength(1);
    await world.bots.start(ann, id);
    await world.settled();
    expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', inPosition: true, positionSize: held });
    await until(async () => !(await stateOf(id)).inPosition);
    await checkLedger(database, id);
    await world.bots.stop(ann, id, true);
    await world.pass(minute);
  });

  it('enters no more often a day than it may', async () => {
    const id = await running({ risk: { initialCapital: decimal(10_000), stopLossPercent: decimal('0.1'), maxDailyTrades: 2 } });
    await world.pass(120 * minute);
    const entries = await database.system().find(Order, { bot: id, side: 'BUY', status: 'FILLED' });
    const days = new Set(entries.map(({ executedAt }) => executedAt?.toISOString().slice(0, 10)));
    expect(entries.length).toBeGreaterThanOrEqual(2);
    for (const day of days)
      expect(entries.filter(({ executedAt }) => executedAt?.toISOString().startsWith(day ?? '')).length).toBeLessThanOrEqual(2);
    await world.bots.stop(ann, id, true);
    await world.pass(minute);
  });

  it('closes its position at a person’s wish, once per idempotency key', async () => {
    const id = await running({ risk: { initialCapital: decimal(10_000), stopLossPercent: decimal(20) } });
    await untilInPosition(id);
    const [position] = (await world.lists.positions.page(ann, {}, { where: { botId: { eq: id }, isOpen: { eq: true } } })).rows;
    const wish = { idempotencyKey: `key ${id}`, id: position.id };
    const before = (await tradesOf(id)).length;
    const results = await Promise.all([world.closer.close(ann, wish), world.closer.close(ann, wish)]);
    await world.pass(minute);
    results.push(await world.closer.close(ann, wish));
    expect(new Set(results.map(({ orderId }) => orderId)).size).toBe(1);
    expect((await tradesOf(id)).length).toBe(before + 1);
    const closed = await database.system().findOneOrFail(ClosedTrade, { position: position.id });
    expect(closed.exitReason).toBe('MANUAL');

    await expect(world.closer.close(ann, { ...wish, idempotencyKey: 'another' })).rejects.toMatchObject({
      code: 'INVALID_TRANSITION',
      path: ['input', 'id'],
    });
    await untilInPosition(id);
    const [next] = (await world.lists.positions.page(ann, {}, { where: { botId: { eq: id }, isOpen: { eq: true } } })).rows;
    await expect(world.closer.close(ann, { ...wish, id: next.id })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    const bob = await world.newViewer();
    await expect(world.closer.close(bob, { ...wish, idempotencyKey: 'x', id: next.id })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await checkLedger(database, id);
    await world.bots.stop(ann, id, true);
    await world.pass(minute);
  });

  it('stays within what one user may see', async () => {
    const bob = await world.newViewer();
    expect((await world.lists.orders.page(bob, { first: 10 })).rows).toEqual([]);
    expect((await world.lists.trades.page(bob, { first: 10 })).rows).toEqual([]);
    expect(await world.events(bob)).toEqual([]);
  });
});
