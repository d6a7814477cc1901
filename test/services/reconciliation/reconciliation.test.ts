import { beforeAll, describe, expect, it } from 'vitest';
import { AppState } from '../../../src/entities/operations/AppState.ts';
import { LogEntry } from '../../../src/entities/operations/LogEntry.ts';
import { ReconciliationRun } from '../../../src/entities/operations/ReconciliationRun.ts';
import { BotState } from '../../../src/entities/trading/BotState.ts';
import { ClosedTrade } from '../../../src/entities/trading/ClosedTrade.ts';
import { Order } from '../../../src/entities/trading/Order.ts';
import { Position } from '../../../src/entities/trading/Position.ts';
import { Trade } from '../../../src/entities/trading/Trade.ts';
import type { Database, EntityManager } from '../../../src/services/database/index.ts';
import { systemTimers, type Timers } from '../../../src/services/timers.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { decimal } from '../../../src/trading/money.ts';
import { minute, World } from '../../scenarios/support/world.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

/** Timers whose time is the world's: what happens every few minutes can be waited for. */
function worldTimers(now: () => number): { timers: Timers; tick: () => void } {
  const periodic = new Set<{ callback: () => void; ms: number; due: number }>();
  const timers: Timers = {
    ...systemTimers,
    elapsed: now,
    every: (ms, callback) => {
      const entry = { callback, ms, due: now() + ms };
      periodic.add(entry);
      return () => periodic.delete(entry);
    },
  };
  const tick = (): void => {
    for (const entry of periodic)
      if (entry.due <= now()) {
        entry.due = now() + entry.ms;
        entry.callback();
      }
  };
  return { timers, tick };
}

describeOnEachDatabase('reconciliation', (open) => {
  let database: Database;
  let ann: Viewer;
  const loose = { risk: { initialCapital: decimal(10_000), stopLossPercent: decimal(20) } };

  const stateOf = (id: string): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });
  const runsOf = (id: string): Promise<ReconciliationRun[]> =>
    database.system().find(ReconciliationRun, { bot: id }, { orderBy: { createdAt: 'asc', id: 'asc' } });

  class LookingWorld extends World {
    readonly #tick: () => void;

    constructor(now?: number) {
      const { timers, tick } = worldTimers((): number => this.now);
      super(database, now, { timers });
      this.#tick = tick;
    }

    /** The market stands still, the timers do not. */
    async lookOnly(): Promise<void> {
      this.now += minute;
      this.#tick();
      await this.settled();
    }

    override async pass(ms: number, step = 20_000): Promise<void> {
      for (let passed = 0; passed < ms; passed += step) {
        await super.pass(Math.min(step, ms - passed), step);
        this.#tick();
        await this.settled();
      }
    }
  }

  /** A bot that holds something, in a world whose timers go with its clock. */
  async function holding(): Promise<{ world: World; id: string }> {
    const world = new LookingWorld();
    const id = await world.newBot(ann, loose);
    await world.bots.start(ann, id);
    await world.settled();
    for (let i = 0; i < 300 && !(await stateOf(id)).inPosition; i++) await world.pass(minute);
    expect((await stateOf(id)).inPosition).toBe(true);
    return { world, id };
  }

  beforeAll(async () => {
    database = await open();
    ann = await (await new World(database).seed()).newViewer();
  });

  it('writes down each beginning: who wanted it, what was expected and found', async () => {
    const { world, id } = await holding();
    const held = (await stateOf(id)).positionSize?.toFixed();
    await world.supervisor.stop();
    const next = new World(database, world.now);
    await next.supervisor.start();
    await next.settled();
    const [first, second] = (await runsOf(id)).filter(({ trigger }) => trigger !== 'PERIODIC');
    expect(first).toMatchObject({
      trigger: 'START',
      outcome: 'MATCHED',
      expected: { openOrders: 0, position: '0', balance: null },
      found: { openOrders: 0, position: '0', balance: '0' },
      differences: [],
      message: null,
    });
    expect(second).toMatchObject({
      trigger: 'RESUME',
      outcome: 'MATCHED',
      expected: { openOrders: 1, position: held },
      found: { openOrders: 1, position: held, balance: held },
    });
    expect(second.fencingToken).toBeGreaterThan(first.fencingToken);
    await next.bots.stop(ann, id, true);
    await next.pass(minute);
    await next.supervisor.stop();
  });

  it('tells what was filled while nobody listened as what was done', async () => {
    const { world, id } = await holding();
    await world.supervisor.stop();
    const [position] = await database.system().find(Position, { bot: id, isOpen: true });
    // As a crash between the fill and its booking leaves it: the entry is at the exchange, and nothing of it in the ledger.
    await database.transaction(async (em) => {
      const [entry] = await em.find(Trade, { position: position.id });
      const order = await em.findOneOrFail(Order, { id: entry.order.id });
      const guards = await em.find(Order, { bot: id, status: 'ACCEPTED' });
      await em.nativeDelete(Trade, { position: position.id });
      await em.nativeDelete(Position, { id: position.id });
      await em.nativeDelete(Order, { id: { $in: guards.map((guard) => guard.id) } });
      Object.assign(order, { status: 'SENT', filledAmount: decimal(0), cost: decimal(0), fee: decimal(0), averagePrice: null });
      const state = await em.findOneOrFail(BotState, { bot: id });
      const { state: session, ...rest } = state.session as { state: object };
      expect(session).toBeDefined();
      state.session = rest;
    });
    const next = new World(database, world.now);
    await next.supervisor.start();
    await next.settled();
    const run = (await runsOf(id)).at(-1);
    expect(run).toMatchObject({ trigger: 'RESUME', expected: { openOrders: 1, position: '0' } });
    expect(run?.differences.map(({ kind, action }) => `${kind} ${action}`)).toEqual(
      expect.arrayContaining(['ORDER ADOPTED', 'FILL BOOKED']),
    );
    expect(await database.system().count(Trade, { bot: id })).toBeGreaterThan(0);
    await next.supervisor.stop();
  });

  it('keeps of the regular looks that found nothing only the last', async () => {
    const { world, id } = await holding();
    await world.pass(6 * minute);
    const [first] = (await runsOf(id)).filter(({ trigger }) => trigger === 'PERIODIC');
    expect(first).toMatchObject({ outcome: 'MATCHED', differences: [] });
    await world.pass(12 * minute);
    const later = (await runsOf(id)).filter(({ trigger }) => trigger === 'PERIODIC');
    expect(later).toHaveLength(1);
    expect(later[0].startedAt.getTime()).toBeGreaterThanOrEqual(first.startedAt.getTime() + 5 * minute);
    expect((await stateOf(id)).status).toBe('RUNNING');
    await world.supervisor.stop();
  });

  it('tells why a bot may not begin whose account holds something else', async () => {
    const { world, id } = await holding();
    await world.supervisor.stop();
    const key = `paper account ${id}`;
    const row = await database.system().findOneOrFail(AppState, { key });
    const { token, books } = row.value as { token: number; books: { balances: Record<string, string> } };
    const changed = { ...books, balances: { ...books.balances, BTC: '7' } };
    await database.transaction((em) => em.nativeUpdate(AppState, { key }, { value: { token, books: changed } }));
    const next = new LookingWorld(world.now);
    await next.supervisor.start();
    await next.settled();
    const last = (await runsOf(id)).at(-1);
    expect(last).toMatchObject({
      trigger: 'RESUME',
      outcome: 'FAILED',
      found: null,
      differences: [{ kind: 'BALANCE', found: '7', action: 'HALTED' }],
      message: expect.stringContaining('restore a backup'),
    });
    expect((await stateOf(id)).lastErrorMessage).toContain('has 7');
    await next.supervisor.stop();
  });

  describe('planted while a bot runs', () => {
    const plants: readonly (readonly [name: string, subject: RegExp, plant: (em: EntityManager, id: string) => Promise<unknown>])[] = [
      ['an order that filled more than its trades', /^order cw.*: filled$/, (em, id) =>
        em.nativeUpdate(Order, { bot: id, status: 'FILLED' }, { filledAmount: decimal('0.9') })],
      ['an order whose fee is another', /^order cw.*: fee$/, (em, id) =>
        em.nativeUpdate(Order, { bot: id, status: 'FILLED' }, { fee: decimal('0.001') })],
      ['a trade of another amount', /: filled$/, (em, id) => em.nativeUpdate(Trade, { bot: id }, { amount: decimal('0.3') })],
      ['a position that its trades do not make', /: quantity$/, (em, id) =>
        em.nativeUpdate(Position, { bot: id, isOpen: true }, { quantity: decimal('0.5') })],
      ['a profit that nobody made', /: realised profit$/, (em, id) =>
        em.nativeUpdate(Position, { bot: id, isOpen: true }, { realizedPnl: decimal('1000') })],
      ['an open profit that no price makes', /: change of equity$/, (em, id) =>
        em.nativeUpdate(Position, { bot: id, isOpen: true }, { unrealizedPnl: decimal('12345') })],
      ['a round trip that is gone', /: its round trip$/, async (em, id) => {
        const closed = await em.findOneOrFail(Position, { bot: id, isOpen: false });
        return em.nativeDelete(ClosedTrade, { position: closed.id });
      }],
    ]; // prettier-ignore

    it('each violation of the books is found, told, written down, and halts the bot', async () => {
      for (const [name, subject, plant] of plants) {
        const world = new LookingWorld();
        const id = await world.newBot(ann);
        await world.bots.start(ann, id);
        await world.settled();
        const ready = async (): Promise<boolean> =>
          (await stateOf(id)).inPosition && (await database.system().count(Position, { bot: id, isOpen: false })) > 0;
        for (let i = 0; i < 300 && !(await ready()); i++) await world.pass(minute);
        expect(await ready(), name).toBe(true);
        await database.transaction((em) => plant(em, id));
        // No candle may write the position anew before the look: only the timers go on.
        for (let i = 0; i < 40 && (await stateOf(id)).status === 'RUNNING'; i++) await world.lookOnly();
        expect(await stateOf(id), name).toMatchObject({
          status: 'ERROR',
          lastErrorMessage: expect.stringMatching(/the books of bot .* do not add up.*start the bot again/),
        });
        const last = (await runsOf(id)).at(-1);
        expect(last, name).toMatchObject({ trigger: 'PERIODIC', outcome: 'FAILED', message: expect.stringContaining('backup') });
        expect(
          last?.differences.some((found) => found.kind === 'ACCOUNTING' && subject.test(found.subject)),
          name,
        ).toBe(true);
        expect(await database.system().count(LogEntry, { bot: id, level: 'ERROR' })).toBe(1);
        expect((await world.events(ann)).at(-1)).toMatchObject({
          type: 'BOT_STATE_CHANGED',
          payload: { previousStatus: 'RUNNING', bot: { id, state: { status: 'ERROR' } } },
        });
        await world.supervisor.stop();
      }
    });
  });
});
