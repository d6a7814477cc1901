import { beforeAll, expect, it } from 'vitest';
import { AppState } from '../../../src/entities/operations/AppState.ts';
import { Bot } from '../../../src/entities/trading/Bot.ts';
import { BotState } from '../../../src/entities/trading/BotState.ts';
import { Order } from '../../../src/entities/trading/Order.ts';
import { Position } from '../../../src/entities/trading/Position.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { DomainError } from '../../../src/services/errors.ts';
import { DatabasePaperStore } from '../../../src/services/exchanges/paper/database-store.ts';
import { PaperExchange } from '../../../src/services/exchanges/paper/paper-exchange.ts';
import { systemTimers, type Timers } from '../../../src/services/timers.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { decimal } from '../../../src/trading/money.ts';
import { checkLedger } from '../../scenarios/support/invariants.ts';
import { minute, World } from '../../scenarios/support/world.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

describeOnEachDatabase('the supervisor', (open) => {
  let database: Database;
  let ann: Viewer;

  const stateOf = (id: string): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });
  const untilInPosition = async (world: World, id: string): Promise<void> => {
    for (let i = 0; i < 300 && !(await stateOf(id)).inPosition; i++) await world.pass(minute);
    expect((await stateOf(id)).inPosition).toBe(true);
  };
  /** Lets the exchange's account misbehave: `trouble` runs whenever the bot waits for it to settle. */
  const troubled = (trouble: () => void): World => {
    const world: World = new World(database, undefined, {
      openPaper: async (account, market, symbols, token) => {
        const exchange = await PaperExchange.open({ account, market, store: new DatabasePaperStore(database), symbols, token });
        const settled = exchange.settled.bind(exchange);
        return Object.assign(exchange, {
          settled: async () => {
            trouble();
            await settled();
          },
        });
      },
    });
    return world;
  };

  beforeAll(async () => {
    database = await open();
    ann = await (await new World(database).seed()).newViewer();
  });

  it('puts a bot that cannot be opened into ERROR, with a message for a person, and starts it once that is mended', async () => {
    let isBroken = true;
    const world: World = new World(database, undefined, {
      openPaper: (account, market, symbols, token) => {
        if (isBroken) throw new DomainError('EXCHANGE_REJECTED', 'the key was revoked at the exchange');
        return PaperExchange.open({ account, market, store: new DatabasePaperStore(database), symbols, token });
      },
    });
    const id = await world.newBot(ann);
    await world.bots.start(ann, id);
    await world.settled();
    expect(await stateOf(id)).toMatchObject({
      status: 'ERROR',
      leaseOwner: null,
      lastErrorMessage: expect.stringMatching(/revoked at the exchange.*start the bot again/),
    });
    const last = (await world.events(ann)).at(-1);
    expect(last).toMatchObject({
      type: 'BOT_STATE_CHANGED',
      payload: { previousStatus: 'STARTING', bot: { id, state: { status: 'ERROR' } } },
    });
    isBroken = false;
    await world.bots.start(ann, id);
    await world.settled();
    expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', lastErrorMessage: null });
    await world.bots.stop(ann, id, true);
    await world.pass(minute);
  });

  it('starts a bot once more after a failure, and gives it up at the second one in a row', async () => {
    let failures = 0;
    const world = troubled(() => {
      if (failures > 0 && failures-- > 0) throw new Error('the wire was cut');
    });
    const id = await world.newBot(ann);
    await world.bots.start(ann, id);
    await world.settled();
    await world.pass(5 * minute);
    failures = 1;
    world.now += minute;
    world.sim.advance();
    await expect.poll(() => failures).toBe(0);
    await world.supervisor.settled();
    await world.supervisor.look();
    await world.settled();
    expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', lastErrorMessage: null });
    await world.pass(5 * minute);
    await checkLedger(database, id);

    failures = 1;
    world.now += minute;
    world.sim.advance();
    await expect.poll(async () => (await stateOf(id)).status).not.toBe('RUNNING');
    await world.supervisor.settled();
    expect(await stateOf(id)).toMatchObject({ status: 'ERROR', lastErrorMessage: expect.stringContaining('the wire was cut') });
    expect(world.supervisor.find(id)).toBeUndefined();
    expect((await world.bots.stop(ann, id)).state.status).toBe('STOPPED');
  });

  it('never lets a bot trade whose ledger does not agree with its state', async () => {
    const world = new World(database);
    const id = await world.newBot(ann, { risk: { initialCapital: decimal(10_000), stopLossPercent: decimal(20) } });
    await world.bots.start(ann, id);
    await world.settled();
    await untilInPosition(world, id);
    await world.bots.stop(ann, id);
    await world.pass(minute);
    await database.transaction((em) => em.nativeUpdate(Position, { bot: id }, { quantity: decimal('0.5') }));
    const orders = await database.system().count(Order, { bot: id });
    await world.bots.start(ann, id);
    await world.settled();
    await world.pass(10 * minute);
    expect(await stateOf(id)).toMatchObject({
      status: 'ERROR',
      lastErrorMessage: expect.stringMatching(/do not add up.*quantity is 0\.5 .*backup/),
    });
    expect(await database.system().count(Order, { bot: id })).toBe(orders);
  });

  it('never lets a bot trade whose account does not hold what its ledger says', async () => {
    const world = new World(database);
    const id = await world.newBot(ann, { risk: { initialCapital: decimal(10_000), stopLossPercent: decimal(20) } });
    await world.bots.start(ann, id);
    await world.settled();
    await untilInPosition(world, id);
    await world.supervisor.stop();
    const key = `paper account ${id}`;
    const { value } = await database.system().findOneOrFail(AppState, { key });
    const { token, books } = value as { token: number; books: { balances: Record<string, string> } };
    const changed = { ...books, balances: { ...books.balances, BTC: '7' } };
    await database.transaction((em) => em.nativeUpdate(AppState, { key }, { value: { token, books: changed } }));
    const next = new World(database, world.now);
    await next.supervisor.start();
    await next.settled();
    expect(await stateOf(id)).toMatchObject({ status: 'ERROR', lastErrorMessage: expect.stringMatching(/account at sim has 7/) });
    await next.supervisor.stop();
  });

  it('books a stop that is hit while the bot recovers, before it compares the account with the ledger', async () => {
    const first = new World(database);
    const id = await first.newBot(ann, { risk: { initialCapital: decimal(10_000), stopLossPercent: decimal('0.1') } });
    await first.bots.start(ann, id);
    await first.settled();
    await untilInPosition(first, id);
    await first.supervisor.stop();
    let isHit = false;
    const next: World = new World(database, first.now, {
      openPaper: async (account, market, symbols, token) => {
        const exchange = await PaperExchange.open({ account, market, store: new DatabasePaperStore(database), symbols, token });
        const balances = exchange.balances.bind(exchange);
        return Object.assign(exchange, {
          // The last question of recovery: until it is answered, minutes pass in which the stop is hit.
          balances: async () => {
            for (let i = 0; i < 600 && !isHit; i++) {
              next.now += minute;
              next.sim.advance();
              isHit = (await exchange.openOrders('BTC/USDT')).length === 0;
            }
            return balances();
          },
        });
      },
    });
    await next.supervisor.start();
    await next.settled();
    expect(isHit).toBe(true);
    expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', inPosition: false, lastErrorMessage: null });
    await checkLedger(database, id);
    await next.supervisor.stop();
  });

  it('does not wait for ever for an account that never answers', async () => {
    // Only the wait for the balances is short: whatever else is asked may take its time.
    let isAsked = false;
    const quick: Timers = {
      ...systemTimers,
      after: (ms, callback) => {
        const wait = isAsked ? 20 : ms;
        isAsked = false;
        return systemTimers.after(wait, callback);
      },
    };
    const world: World = new World(database, undefined, {
      timers: quick,
      openPaper: async (account, market, symbols, token) => {
        const exchange = await PaperExchange.open({ account, market, store: new DatabasePaperStore(database), symbols, token });
        const balances = (): Promise<never> => {
          isAsked = true;
          return new Promise(() => undefined);
        };
        return Object.assign(exchange, { balances });
      },
    });
    const id = await world.newBot(ann);
    await world.bots.start(ann, id);
    await world.settled();
    expect(await stateOf(id)).toMatchObject({
      status: 'STARTING',
      lastErrorMessage: expect.stringMatching(
        /^waits for its exchange since .*: the balances at sim had no answer within 10000 ms/,
      ),
    });
    await world.supervisor.stop();
  });

  it('leaves a bot alone whose settings no longer fit its strategy', async () => {
    const world = new World(database);
    const id = await world.newBot(ann);
    await database.transaction((em) => em.nativeUpdate(Bot, { id }, { parameters: { emaFast: -3 } }));
    await world.bots.start(ann, id);
    await world.settled();
    expect(await stateOf(id)).toMatchObject({ status: 'ERROR', lastErrorMessage: expect.stringContaining('emaFast') });
  });

  it('resumes at its start every bot that was running or paused, and no other', async () => {
    const first = new World(database);
    const ids: Record<string, string> = {};
    for (const name of ['running', 'paused', 'stopped']) ids[name] = await first.newBot(ann);
    await first.bots.start(ann, ids['running']);
    await first.bots.start(ann, ids['paused']);
    await first.settled();
    await first.bots.pause(ann, ids['paused']);
    await first.pass(minute);
    await first.supervisor.stop();
    const second = new World(database, first.now + 10 * minute);
    await second.supervisor.start();
    await second.settled();
    const all = Object.values(ids);
    expect(all.map((id) => second.supervisor.find(id) !== undefined)).toEqual([true, true, false]);
    expect((await Promise.all(all.map(stateOf))).map(({ status }) => status)).toEqual(['RUNNING', 'PAUSED', 'STOPPED']);
    await second.pass(30 * minute);
    expect(await database.system().count(Order, { bot: ids['paused'] })).toBe(0);
    expect(await database.system().count(Order, { bot: ids['running'] })).toBeGreaterThan(0);
    await second.supervisor.stop();
  });
});
