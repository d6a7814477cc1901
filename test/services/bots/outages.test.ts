import { beforeAll, expect, it } from 'vitest';
import { ReconciliationRun } from '../../../src/entities/operations/ReconciliationRun.ts';
import { BotRequest } from '../../../src/entities/operations/BotRequest.ts';
import { BotState } from '../../../src/entities/trading/BotState.ts';
import { Order } from '../../../src/entities/trading/Order.ts';
import { KillSwitchService } from '../../../src/services/bots/kill-switch-service.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { DomainError, type ErrorCode } from '../../../src/services/errors.ts';
import { DatabasePaperStore } from '../../../src/services/exchanges/paper/database-store.ts';
import { PaperExchange } from '../../../src/services/exchanges/paper/paper-exchange.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { decimal } from '../../../src/trading/money.ts';
import { checkLedger } from '../../scenarios/support/invariants.ts';
import { minute, World, worldStart } from '../../scenarios/support/world.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { HandTimers } from './support/hand-timers.ts';

const noAnswer = (): DomainError =>
  new DomainError('EXCHANGE_UNAVAILABLE', 'sim did not answer', { details: { kind: 'UNKNOWN' } });

/** A process whose exchange fails when told to, and whose waits only the test ends. */
class Outage {
  /** What the exchange says to whoever connects; nothing: it answers. */
  trouble: (() => Error) | undefined;
  /** The same for whoever asks it for balances. */
  askedTrouble: (() => Error) | undefined;
  /** It answers nothing to whoever asks it for balances. */
  isSilent = false;
  /** How often it was asked for them. */
  asked = 0;
  /** After so many look-ups of orders none is answered. */
  mostLookUps = Infinity;
  /** How often waiting for it to settle fails from now on. */
  unsettled = 0;
  /** What chance adds to each wait, from 0 to 1. */
  chance = 1;
  /** When it was connected to, ms. */
  readonly attempts: number[] = [];
  /** What it does before it answers whoever connects. */
  before: () => Promise<void> = () => Promise.resolve();
  readonly timers = new HandTimers();
  readonly world: World;

  constructor(database: Database, now = worldStart) {
    this.world = new World(database, now, {
      timers: this.timers,
      mayMissNews: () => true,
      random: () => this.chance,
      openPaper: async (account, market, symbols, token) => {
        this.attempts.push(this.timers.elapsed());
        await this.before();
        if (this.trouble) throw this.trouble();
        const store = new DatabasePaperStore(database);
        const exchange = await PaperExchange.open({ account, market, store, symbols, token });
        const balances = exchange.balances.bind(exchange);
        const settled = exchange.settled.bind(exchange);
        const order = exchange.order.bind(exchange);
        return Object.assign(exchange, {
          settled: async () => {
            if (this.unsettled > 0 && this.unsettled-- > 0) throw noAnswer();
            await settled();
          },
          order: (...of: Parameters<typeof order>) => (this.mostLookUps-- > 0 ? order(...of) : Promise.reject(noAnswer())),
          balances: () => {
            this.asked += 1;
            if (this.isSilent) return new Promise(() => undefined);
            return this.askedTrouble ? Promise.reject(this.askedTrouble()) : balances();
          },
        });
      },
    });
  }

  /** Lets bots wait so long. */
  wait(ms: number): Promise<void> {
    return this.timers.pass(ms, () => this.world.settled());
  }
}

describeOnEachDatabase('a bot whose exchange does not answer', (open) => {
  let database: Database;
  let ann: Viewer;

  const stateOf = (id: string): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });
  const started = async (outage: Outage): Promise<string> => {
    const id = await outage.world.newBot(ann, { risk: { initialCapital: decimal(10_000), stopLossPercent: decimal(20) } });
    await outage.world.bots.start(ann, id);
    await outage.world.settled();
    return id;
  };
  /** A bot that holds something and whose process has stopped. */
  const holding = async (): Promise<{ id: string; now: number }> => {
    const { world } = new Outage(database);
    const id = await started({ world } as Outage);
    for (let i = 0; i < 300 && !(await stateOf(id)).inPosition; i++) await world.pass(minute);
    expect((await stateOf(id)).inPosition).toBe(true);
    await world.supervisor.stop();
    return { id, now: world.now };
  };

  beforeAll(async () => {
    database = await open();
    ann = await (await new World(database).seed()).newViewer();
  });

  it('stays STARTING and says why, is tried again with growing pauses, and runs once the exchange answers', async () => {
    const outage = new Outage(database);
    const { world } = outage;
    outage.trouble = noAnswer;
    const id = await started(outage);
    await outage.wait(125_000);
    expect(outage.attempts).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000, 121_000]);
    const since = new Date(worldStart).toISOString();
    const message = `waits for its exchange since ${since}: sim did not answer — it is tried again by itself.`;
    expect(await stateOf(id)).toMatchObject({
      status: 'STARTING',
      lastErrorMessage: message,
      leaseOwner: expect.any(String),
    });
    const lines = (await world.events(ann)).filter(({ type }) => type === 'LOG_APPENDED');
    expect(lines.map(({ payload }) => payload)).toEqual([
      expect.objectContaining({ botId: id, level: 'WARN', message: expect.stringContaining(message) }),
    ]);
    outage.trouble = undefined;
    await outage.wait(30_000);
    expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', lastErrorMessage: null });
    await world.bots.stop(ann, id, true);
    await world.pass(minute);
    expect((await stateOf(id)).status).toBe('STOPPED');
    await world.supervisor.stop();
  });

  it.each([
    { chance: 0, attempts: [0, 500, 1_500, 3_500, 7_500, 15_500, 30_500, 45_500] },
    { chance: 0.5, attempts: [0, 750, 2_250, 5_250, 11_250, 23_250, 45_750] },
  ])('leaves half of each pause to chance, so that many do not come back at once ($chance)', async ({ chance, attempts }) => {
    const outage = new Outage(database);
    outage.trouble = noAnswer;
    outage.chance = chance;
    const id = await started(outage);
    await outage.wait(50_000);
    expect(outage.attempts).toEqual(attempts);
    await outage.world.bots.stop(ann, id);
    await outage.world.supervisor.stop();
  });

  it('waits as long as the exchange asks for', async () => {
    const outage = new Outage(database);
    outage.trouble = () =>
      new DomainError('EXCHANGE_UNAVAILABLE', 'too many requests', { details: { kind: 'THROTTLED', retryAfterMs: 45_000 } });
    const id = await started(outage);
    await outage.wait(100_000);
    expect(outage.attempts).toEqual([0, 45_500, 91_500]);
    await outage.world.bots.stop(ann, id);
    await outage.world.supervisor.stop();
  });

  it.each(['INVALID', 'NOT_FOUND', 'FORBIDDEN_FOR_MODE', 'EXCHANGE_REJECTED', 'INSUFFICIENT_BALANCE'] satisfies ErrorCode[])(
    'goes to ERROR at once for what a person has to mend (%s)',
    async (code) => {
      const outage = new Outage(database);
      outage.trouble = () => new DomainError(code, 'nobody else can mend this');
      const id = await started(outage);
      expect(await stateOf(id)).toMatchObject({ status: 'ERROR', leaseOwner: null });
      await outage.wait(120_000);
      expect(outage.attempts).toEqual([0]);
      await outage.world.supervisor.stop();
    },
  );

  it('is not in ERROR after any number of outages while it recovers, and keeps one reconciliation of them', async () => {
    const { id, now } = await holding();
    const outage = new Outage(database, now);
    outage.askedTrouble = noAnswer;
    await outage.world.supervisor.start();
    await outage.wait(200_000);
    expect(outage.attempts.length).toBeGreaterThan(8);
    expect(await stateOf(id)).toMatchObject({ status: 'STARTING', inPosition: true });
    const runs = await database.system().find(ReconciliationRun, { bot: id }, { orderBy: { id: 'desc' } });
    expect(runs.filter(({ outcome }) => outcome === 'INCOMPLETE')).toHaveLength(1);
    outage.askedTrouble = undefined;
    await outage.wait(30_000);
    expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', inPosition: true, lastErrorMessage: null });
    await checkLedger(database, id);
    await outage.world.bots.stop(ann, id, true);
    await outage.world.pass(minute);
    await outage.world.supervisor.stop();
  });

  it('is not in ERROR for an order whose fate the exchange never tells because it tells nothing', async () => {
    const { id, now } = await holding();
    await database.transaction((em) => em.nativeUpdate(Order, { bot: id, status: 'ACCEPTED' }, { status: 'UNKNOWN' }));
    const outage = new Outage(database, now);
    // That which recovery begins with.
    outage.mostLookUps = 1;
    const start = outage.world.supervisor.start();
    const patient = async (): Promise<void> => void (await new Promise((resolve) => setTimeout(resolve, 5)));
    for (let i = 0; i < 400 && (await stateOf(id)).lastErrorMessage === null; i++) await outage.timers.pass(500, patient);
    expect(await stateOf(id)).toMatchObject({
      status: 'STARTING',
      lastErrorMessage: expect.stringContaining('sim did not answer'),
    });
    await start;
    outage.mostLookUps = Infinity;
    await outage.wait(30_000);
    expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', inPosition: true, lastErrorMessage: null });
    await checkLedger(database, id);
    await outage.world.bots.stop(ann, id, true);
    await outage.world.pass(minute);
    await outage.world.supervisor.stop();
  });

  it('is STARTING again when that happens while it runs, and waits longer each time that it happens soon', async () => {
    const outage = new Outage(database);
    const { world, timers } = outage;
    const id = await started(outage);
    const pauses: number[] = [];
    for (let times = 0; times < 4; times++) {
      outage.unsettled = 1;
      world.now += minute;
      world.sim.advance();
      await expect.poll(async () => (await stateOf(id)).status).toBe('STARTING');
      await world.supervisor.settled();
      const before = timers.elapsed();
      for (const ms of [1_000, 1_000, 2_000, 4_000]) if ((await stateOf(id)).status === 'STARTING') await outage.wait(ms);
      expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', lastErrorMessage: null });
      pauses.push(timers.elapsed() - before);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000]);
    await world.bots.stop(ann, id, true);
    await world.pass(minute);
    await world.supervisor.stop();
  });

  it('stops at once where nothing is left for the exchange to do', async () => {
    const outage = new Outage(database);
    outage.trouble = noAnswer;
    const id = await started(outage);
    await outage.wait(20_000);
    const before = outage.attempts.length;
    await outage.world.bots.stop(ann, id, true);
    await outage.world.settled();
    expect(await stateOf(id)).toMatchObject({ status: 'STOPPED', leaseOwner: null, lastErrorMessage: null });
    await outage.wait(120_000);
    expect(outage.attempts).toHaveLength(before);
    await outage.world.supervisor.stop();
  });

  it('stops at once while an attempt to start it is under way and not answered', async () => {
    const outage = new Outage(database);
    const { world } = outage;
    outage.before = () => new Promise(() => undefined);
    const id = await world.newBot(ann);
    await world.bots.start(ann, id);
    await expect.poll(() => outage.attempts.length).toBe(1);
    await world.bots.stop(ann, id);
    await expect.poll(async () => (await stateOf(id)).status).toBe('STOPPED');
    await world.supervisor.settled();
    expect(await stateOf(id)).toMatchObject({ leaseOwner: null, lastErrorMessage: null });
    expect(outage.attempts).toHaveLength(1);
    await world.supervisor.stop();
  });

  it('begins anew to close and stop while its recovery is not answered, and is not cut short in that', async () => {
    const { id, now } = await holding();
    const outage = new Outage(database, now);
    const { world } = outage;
    outage.isSilent = true;
    void world.supervisor.start();
    await expect.poll(() => outage.asked).toBe(1);
    await world.bots.stop(ann, id, true);
    // Begun anew, to close: that is not cut short.
    await expect.poll(() => outage.asked).toBe(2);
    expect(await stateOf(id)).toMatchObject({ status: 'STOPPING', inPosition: true });
    world.supervisor.wake(id);
    outage.isSilent = false;
    const patient = async (): Promise<void> => void (await new Promise((resolve) => setTimeout(resolve, 5)));
    for (let i = 0; i < 100 && outage.asked < 3; i++) await outage.timers.pass(500, patient);
    await world.supervisor.settled();
    expect(outage.asked).toBe(3);
    await world.pass(minute);
    expect(await stateOf(id)).toMatchObject({ status: 'STOPPED', inPosition: false });
    await checkLedger(database, id);
    await world.supervisor.stop();
  });

  it.each(['opened', 'recovered'])('gives its lease back at once when its process stops before it is %s', async (what) => {
    const { id, now } = await holding();
    const outage = new Outage(database, now);
    if (what === 'opened') outage.before = () => new Promise(() => undefined);
    outage.isSilent = true;
    void outage.world.supervisor.start();
    await expect.poll(() => (what === 'opened' ? outage.attempts.length : outage.asked)).toBe(1);
    await outage.world.supervisor.stop();
    expect(await stateOf(id)).toMatchObject({ status: 'STARTING', inPosition: true, leaseOwner: null, lastErrorMessage: null });
    const next = new Outage(database, now);
    await next.world.supervisor.start();
    expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', inPosition: true });
    await checkLedger(database, id);
    await next.world.bots.stop(ann, id, true);
    await next.world.pass(minute);
    await next.world.supervisor.stop();
  });

  it('closes its position before it stops, as soon as the exchange can be asked', async () => {
    const { id, now } = await holding();
    const outage = new Outage(database, now);
    outage.trouble = noAnswer;
    await outage.world.supervisor.start();
    await outage.wait(100_000);
    const before = outage.attempts.length;
    await outage.world.bots.stop(ann, id, true);
    await outage.world.settled();
    expect(outage.attempts).toHaveLength(before + 1);
    expect(await stateOf(id)).toMatchObject({ status: 'STOPPING', inPosition: true });
    outage.trouble = undefined;
    await outage.wait(30_000);
    await outage.world.pass(minute);
    expect(await stateOf(id)).toMatchObject({ status: 'STOPPED', inPosition: false });
    await checkLedger(database, id);
    await outage.world.supervisor.stop();
  });

  it('keeps its position and its guards when it stops without closing, and takes both up again', async () => {
    const { id, now } = await holding();
    const outage = new Outage(database, now);
    outage.trouble = noAnswer;
    await outage.world.supervisor.start();
    await outage.wait(10_000);
    await outage.world.bots.stop(ann, id);
    await outage.world.settled();
    expect(await stateOf(id)).toMatchObject({ status: 'STOPPED', inPosition: true });
    outage.trouble = undefined;
    await outage.world.bots.start(ann, id);
    await outage.world.settled();
    expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', inPosition: true });
    expect(await database.system().count(Order, { bot: id, status: 'ACCEPTED' })).toBeGreaterThan(0);
    await checkLedger(database, id);
    await outage.world.bots.stop(ann, id, true);
    await outage.world.pass(minute);
    await outage.world.supervisor.stop();
  });

  it('does not sleep over a kill switch', async () => {
    const { id, now } = await holding();
    const outage = new Outage(database, now);
    const { world } = outage;
    outage.trouble = noAnswer;
    await world.supervisor.start();
    await outage.wait(100_000);
    outage.trouble = undefined;
    const switches = new KillSwitchService({ database, log: world.log, clock: world.clock, runners: world.supervisor });
    await switches.activate(ann, { mode: 'FLATTEN', reason: 'the news', botId: id });
    await world.settled();
    await world.pass(minute);
    expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', inPosition: false });
    await checkLedger(database, id);
    await switches.release(ann, 'calm again', id);
    await world.bots.stop(ann, id);
    await world.settled();
    await world.supervisor.stop();
  });

  it('says so at once to who asks something of it, and takes the same wish when it runs', async () => {
    const outage = new Outage(database);
    const { world } = outage;
    outage.trouble = noAnswer;
    const strategy = await world.strategies.create(ann, { name: 'by hand', kind: 'BUILT_IN', builtIn: 'manual' });
    const id = await world.newBot(ann, { strategyId: strategy.id, name: 'hand' });
    // The first attempt is under way when this is asked.
    const failed = Promise.withResolvers<void>();
    outage.before = () => failed.promise;
    await world.bots.start(ann, id);
    const order = { botId: id, side: 'BUY', type: 'LIMIT', amount: decimal('0.01'), price: decimal(1_000) } as const;
    const early = world.closer.place(ann, { ...order, idempotencyKey: 'early' }).catch((error: unknown) => error);
    const since = new Date(worldStart).toISOString();
    const message = `bot "hand" waits for its exchange since ${since}: sim did not answer — it is tried again by itself. Nothing was done: ask again when it runs.`;
    await expect.poll(() => database.system().count(BotRequest, { bot: id, status: 'PENDING' })).toBe(1);
    failed.resolve();
    expect(await early).toMatchObject({ code: 'EXCHANGE_UNAVAILABLE', message });
    await expect(world.closer.place(ann, { ...order, idempotencyKey: 'late' })).rejects.toMatchObject({
      code: 'EXCHANGE_UNAVAILABLE',
      message,
      path: ['input', 'botId'],
    });
    outage.trouble = undefined;
    await outage.wait(1_000);
    expect(await stateOf(id)).toMatchObject({ status: 'RUNNING' });
    const orderId = await world.closer.place(ann, { ...order, idempotencyKey: 'late' });
    expect(await database.system().count(Order, { bot: id })).toBe(1);
    await world.closer.cancel(ann, { id: orderId, idempotencyKey: 'cancel' });
    await world.bots.stop(ann, id);
    await world.settled();
    await world.supervisor.stop();
  });

  it('is held by one process while it waits, hears of what others have changed, and goes to the next when that one stops', async () => {
    const [first, second] = [new Outage(database), new Outage(database)];
    first.trouble = noAnswer;
    const id = await started(first);
    await first.wait(20_000);
    await second.world.supervisor.look();
    await second.world.settled();
    expect(second.attempts).toEqual([]);
    await first.world.supervisor.stop();
    expect(await stateOf(id)).toMatchObject({ status: 'STARTING', leaseOwner: null });
    second.trouble = noAnswer;
    await second.world.supervisor.look();
    await second.world.settled();
    expect(second.attempts).toHaveLength(1);
    await database.transaction((em) => em.nativeUpdate(BotState, { bot: id }, { status: 'STOPPING' }));
    await second.world.supervisor.look();
    await second.world.settled();
    expect(await stateOf(id)).toMatchObject({ status: 'STOPPED', leaseOwner: null });
    await second.world.supervisor.stop();
  });

  it('is let go of where another process has taken it over', async () => {
    const outage = new Outage(database);
    outage.trouble = noAnswer;
    const id = await started(outage);
    const before = outage.attempts.length;
    await database.transaction((em) =>
      em.nativeUpdate(
        BotState,
        { bot: id },
        { leaseOwner: 'another', leaseToken: 77, leaseExpiresAt: new Date(worldStart + 3_600_000) },
      ),
    );
    await outage.world.supervisor.look();
    await outage.wait(120_000);
    expect(outage.attempts).toHaveLength(before);
    expect(await stateOf(id)).toMatchObject({ status: 'STARTING', leaseOwner: 'another', leaseToken: 77 });
    await outage.world.supervisor.stop();
    await database.transaction((em) => em.nativeUpdate(BotState, { bot: id }, { status: 'STOPPED', leaseOwner: null }));
  });
});
