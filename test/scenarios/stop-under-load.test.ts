import { beforeAll, expect, it } from 'vitest';
import { BotState } from '../../src/entities/trading/BotState.ts';
import type { Database } from '../../src/services/database/index.ts';
import { DatabasePaperStore } from '../../src/services/exchanges/paper/database-store.ts';
import { PaperExchange } from '../../src/services/exchanges/paper/paper-exchange.ts';
import { DomainError } from '../../src/services/errors.ts';
import { decimal } from '../../src/trading/money.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import { HandTimers } from '../services/bots/support/hand-timers.ts';
import { minute, World } from './support/world.ts';

/** Candles that wait in the bot's queue when its owner stops it. */
const backlog = 200;

describeOnEachDatabase('a bot that cannot keep up with its market', (open) => {
  let database: Database;
  beforeAll(async () => {
    database = await open();
    await new World(database).seed();
  });

  it.each([
    ['that holds nothing', 'manual', false],
    ['that closes its position', 'buy-and-hold', true],
  ])('is stopped at once, %s: a wish overtakes the candles that wait', async (_, builtIn, closePosition) => {
    let release = (): void => undefined;
    let gate: Promise<void> | undefined;
    const store = new DatabasePaperStore(database);
    const world = new World(database, undefined, {
      // No look that comes by itself lends a hand, however slow the machine is.
      timers: new HandTimers(),
      openPaper: async (account, market, symbols, token) => {
        const exchange = await PaperExchange.open({ account, market, store, symbols, token });
        const settled = exchange.settled.bind(exchange);
        exchange.settled = async () => {
          await gate;
          await settled();
        };
        return exchange;
      },
    });
    const viewer = await world.newViewer();
    const strategy = await world.strategies.create(viewer, { name: 'it', kind: 'BUILT_IN', builtIn });
    const id = await world.newBot(viewer, {
      strategyId: strategy.id,
      risk: { initialCapital: decimal(10_000), positionSizeFixed: decimal(5_000) },
    });
    const stateOf = (): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });
    await world.bots.start(viewer, id);
    await world.settled();
    await world.pass(3 * minute);
    expect((await stateOf()).inPosition).toBe(closePosition);

    gate = new Promise((resolve) => (release = resolve));
    const behind = world.now;
    world.now += backlog * minute;
    world.sim.advance();
    await world.bots.stop(viewer, id, closePosition);
    await world.supervisor.settled();
    gate = undefined;
    release();
    await world.settled();
    const { status, inPosition, lastCandleAt, lastErrorMessage } = await stateOf();
    expect([status, inPosition, lastErrorMessage]).toEqual(['STOPPED', false, null]);
    expect((lastCandleAt?.getTime() ?? 0) - behind).toBeLessThan(5 * minute);
    await world.supervisor.stop();
  });

  it('tells its owner when the exchange refuses its exit again and again, asking at intervals', async () => {
    let asked = 0;
    const store = new DatabasePaperStore(database);
    const timers = new HandTimers();
    const world = new World(database, undefined, {
      timers,
      openPaper: async (account, market, symbols, token) => {
        const exchange = await PaperExchange.open({ account, market, store, symbols, token });
        const submit = exchange.submit.bind(exchange);
        exchange.submit = (request) => {
          if (request.type !== 'MARKET' || !request.reduceOnly) return submit(request);
          asked += 1;
          return Promise.reject(new DomainError('EXCHANGE_REJECTED', 'the order is too small'));
        };
        return exchange;
      },
    });
    const viewer = await world.newViewer();
    const strategy = await world.strategies.create(viewer, { name: 'it', kind: 'BUILT_IN', builtIn: 'buy-and-hold' });
    const id = await world.newBot(viewer, { strategyId: strategy.id });
    await world.bots.start(viewer, id);
    await world.settled();
    await world.pass(3 * minute);
    await world.bots.stop(viewer, id, true);
    const stateOf = (): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });
    for (let seconds = 0; seconds < 120 && (await stateOf()).status !== 'ERROR'; seconds++)
      await timers.pass(1_000, () => world.settled());
    expect((await stateOf()).status).toBe('ERROR');
    expect((await stateOf()).lastErrorMessage).toMatch(
      /was to close its position and stop, but its exit was refused 30 times, the last time because the order is too small/,
    );
    expect(asked).toBe(30);
    await world.supervisor.stop();
  });
});
