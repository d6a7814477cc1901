import { beforeAll, expect, it } from 'vitest';
import { BotState } from '../../src/entities/trading/BotState.ts';
import { ClosedTrade } from '../../src/entities/trading/ClosedTrade.ts';
import { Order } from '../../src/entities/trading/Order.ts';
import { Trade } from '../../src/entities/trading/Trade.ts';
import type { SupervisorOptions } from '../../src/services/bots/supervisor.ts';
import type { Database } from '../../src/services/database/index.ts';
import { DomainError } from '../../src/services/errors.ts';
import { DatabasePaperStore } from '../../src/services/exchanges/paper/database-store.ts';
import { PaperExchange } from '../../src/services/exchanges/paper/paper-exchange.ts';
import type { Execution } from '../../src/services/exchanges/port/orders.ts';
import { canonical, decimal } from '../../src/trading/money.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import { checkLedger } from './support/invariants.ts';
import { minute, World } from './support/world.ts';

describeOnEachDatabase('on a spot exchange where what rests to sell holds the asset, a bot', (open) => {
  let database: Database;
  /** Orders to sell that came while another one rested. */
  let refused = 0;

  const openPaper: SupervisorOptions['openPaper'] = async (account, market, symbols) => {
    const exchange = await PaperExchange.open({ account, market, store: new DatabasePaperStore(database), symbols });
    const submit = exchange.submit.bind(exchange);
    return Object.assign(exchange, {
      sharesReduceOnly: false,
      submit: async (request: Parameters<typeof submit>[0]) => {
        const resting = (await exchange.openOrders(request.symbol)).filter(({ side }) => side === 'SELL');
        if (request.side === 'BUY' || resting.length === 0) return submit(request);
        refused += 1;
        throw new DomainError('INSUFFICIENT_BALANCE', 'the asset is held by another order');
      },
    });
  };

  beforeAll(async () => {
    database = await open();
  });

  it('keeps its stop there, watches its target, and sells nothing twice', async () => {
    const world = await new World(database, undefined, { openPaper }).seed();
    const viewer = await world.newViewer();
    const risk = { initialCapital: decimal(10_000), stopLossPercent: decimal('0.06'), takeProfitPercent: decimal('0.1') };
    const id = await world.newBot(viewer, { risk });
    await world.bots.start(viewer, id);
    await world.settled();
    const reasons = async (): Promise<Set<string>> =>
      new Set((await database.system().find(ClosedTrade, { bot: id })).map(({ exitReason }) => exitReason));
    let seen = await reasons();
    for (let i = 0; i < 200 && !(seen.has('TAKE_PROFIT') && seen.has('STOP_LOSS')); i++) {
      await world.pass(minute);
      seen = await reasons();
    }
    expect([...seen]).toEqual(expect.arrayContaining(['TAKE_PROFIT', 'STOP_LOSS']));
    expect(refused).toBe(0);
    expect(await database.system().count(Order, { bot: id, status: 'REJECTED' })).toBe(0);
    expect(await database.system().count(Order, { bot: id, type: 'LIMIT' })).toBe(0);
    await checkLedger(database, id);
    await world.bots.stop(viewer, id, true);
    await world.pass(minute);
    expect(await database.system().count(Order, { bot: id, status: 'ACCEPTED' })).toBe(0);
    await checkLedger(database, id);
  });

  it('has a lost stop back after a restart', async () => {
    const world = await new World(database, undefined, { openPaper }).seed();
    const viewer = await world.newViewer();
    const id = await world.newBot(viewer, { risk: { initialCapital: decimal(10_000), stopLossPercent: decimal(20) } });
    await world.bots.start(viewer, id);
    await world.settled();
    const stops = (): Promise<Order[]> => database.system().find(Order, { bot: id, type: 'STOP', status: 'ACCEPTED' });
    for (let i = 0; i < 300 && (await stops()).length === 0; i++) await world.pass(minute);
    const [lost] = await stops();
    // Somebody cancels it at the exchange while the program is down.
    await world.supervisor.stop();
    const account = await PaperExchange.open({
      account: { ...plainAccount, id },
      market: world.sim,
      store: new DatabasePaperStore(database),
    });
    await account.cancel('BTC/USDT', lost.clientOrderId);
    await account.close();
    const again = new World(database, world.now, { openPaper });
    await again.supervisor.start();
    await again.settled();
    for (let i = 0; i < 3 && (await stops()).length === 0; i++) await again.pass(minute);
    const [back] = await stops();
    expect([back?.id === lost.id, canonical(back.amount), canonical(back.stopPrice ?? decimal(0))]).toEqual([
      false,
      canonical(lost.amount),
      canonical(lost.stopPrice ?? decimal(0)),
    ]);
    await again.bots.stop(viewer, id, true);
    await again.pass(minute);
    await again.supervisor.stop();
  });

  it('books what was filled beyond an order, and goes no further', async () => {
    let extra: ((execution: Execution) => void) | undefined;
    const world = await new World(database, undefined, {
      openPaper: async (...args) => {
        const exchange = await openPaper(...args);
        const subscribe = exchange.subscribeExecutions.bind(exchange);
        return Object.assign(exchange, {
          subscribeExecutions: (listener: (execution: Execution) => void) => {
            const stop = subscribe((execution) => {
              listener(execution);
              if (!execution.fill || !extra) return;
              extra = undefined;
              listener({ ...execution, fill: { ...execution.fill, exchangeTradeId: 'one too many' } });
            });
            return stop;
          },
        });
      },
    }).seed();
    extra = () => undefined;
    const viewer = await world.newViewer();
    const id = await world.newBot(viewer);
    await world.bots.start(viewer, id);
    await world.settled();
    const state = (): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });
    for (let i = 0; i < 300 && (await state()).status === 'RUNNING'; i++) await world.pass(minute);
    expect(await state()).toMatchObject({
      status: 'ERROR',
      lastErrorMessage: expect.stringMatching(/filled .* of order cw.*, which asked for .*: everything is booked/),
    });
    expect(await database.system().count(Trade, { bot: id, exchangeTradeId: 'one too many' })).toBe(1);
    const [order] = await database.system().find(Order, { bot: id, reduceOnly: false });
    expect(order.filledAmount.eq(order.amount.mul(2))).toBe(true);
    await world.supervisor.stop();
  });
});

const plainAccount = {
  marketType: 'SPOT' as const,
  leverage: 1,
  timeframe: 'M1' as const,
  initialBalances: {},
  feePercent: null,
  makerFeePercent: null,
  slippagePercent: 0,
  fillModel: 'PESSIMISTIC' as const,
  targetGap: 'LEVEL' as const,
  maintenanceMarginPercent: 0.5,
  liquidationFeePercent: 0.5,
};
