import { beforeAll, expect, it } from 'vitest';
import { RefusedOrder } from '../../../src/entities/operations/RefusedOrder.ts';
import { RiskLimit } from '../../../src/entities/operations/RiskLimit.ts';
import { BotState } from '../../../src/entities/trading/BotState.ts';
import { Order } from '../../../src/entities/trading/Order.ts';
import { Position } from '../../../src/entities/trading/Position.ts';
import type { BotSupervisor } from '../../../src/services/bots/supervisor.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { RiskGate } from '../../../src/services/risk/risk-gate.ts';
import { RiskLimitService } from '../../../src/services/risk/risk-limit-service.ts';
import type { RiskPlace } from '../../../src/services/risk/scope.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { decimal } from '../../../src/trading/money.ts';
import { breachOf } from '../../../src/trading/risk-limits.ts';
import { checkLedger } from '../../scenarios/support/invariants.ts';
import { minute, World } from '../../scenarios/support/world.ts';
import { aBot, anOrder, aPosition, aStrategy, anExchange, aUser, type World as Rows } from '../../contract/storage/builders.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

describeOnEachDatabase('risk limits', (open) => {
  let database: Database;
  const clock = { now: () => new Date() };

  beforeAll(async () => {
    database = await open();
  });

  const serviceOf = (runners: Pick<BotSupervisor, 'wakeAll'> = { wakeAll: () => undefined }): RiskLimitService =>
    new RiskLimitService({ database, clock, runners });

  it('let two bots that reserve at once never pass one limit together', async () => {
    const { bots, viewer } = await someBots(database, 12);
    await serviceOf().create(viewer, { type: 'MAX_EXPOSURE', value: decimal('500') });
    const gate = new RiskGate({ database, clock, onHalted: () => undefined });
    // Each takes 100 of 500, all at the same time, as twelve processes would.
    const results = await Promise.all(
      bots.map((bot) =>
        database.transaction(
          async (em) => {
            await em.find(BotState, { bot: bot.bot.id });
            const { limits } = await gate.oversee({ em, events: [] }, placeOf(bot), Date.now());
            const entry = { value: decimal('100'), leverage: decimal('1') };
            if (limits.some((limit) => breachOf(limit, entry) !== null)) return false;
            await new Promise((resolve) => setTimeout(resolve, 5));
            em.create(Order, { ...plainOrder(bot), amount: decimal('2'), referencePrice: decimal('50') });
            await em.flush();
            return true;
          },
          { userId: viewer.userId },
        ),
      ),
    );
    expect(results.filter(Boolean)).toHaveLength(5);
  });

  it('measure positions and entries under way, of bots that they cover and money of the same kind', async () => {
    const { bots, viewer } = await someBots(database, 3);
    const [one, two, three] = bots;
    await database.transaction(async (em) => {
      aPosition(em, one, { quantity: decimal('2'), currentPrice: decimal('100') });
      anOrder(em, two, {
        amount: decimal('3'),
        filledAmount: decimal('1'),
        referencePrice: decimal('10'),
        status: 'PARTIALLY_FILLED',
      });
      anOrder(em, two, { amount: decimal('3'), referencePrice: decimal('10'), status: 'CANCELED' });
      anOrder(em, two, { amount: decimal('3'), referencePrice: decimal('10'), status: 'ACCEPTED', reduceOnly: true });
      aPosition(em, three, { quantity: decimal('9'), currentPrice: decimal('100'), isOpen: false, closedAt: new Date() });
      await em.flush();
    });
    const gate = new RiskGate({ database, clock, onHalted: () => undefined });
    const service = serviceOf();
    await service.create(viewer, { type: 'MAX_EXPOSURE', value: decimal('1') });
    await service.create(viewer, { type: 'MAX_EXPOSURE', value: decimal('1'), botId: one.bot.id });
    await service.create(viewer, { type: 'MAX_POSITION_VALUE', value: decimal('1') });
    await service.create(viewer, { type: 'MAX_OPEN_ORDERS', value: decimal('1') });
    await service.create(viewer, { type: 'MAX_EXPOSURE', value: decimal('1'), symbol: 'ETH/USDT' });
    const measuredAt = (place: RiskPlace): Promise<(string | undefined)[]> =>
      database.transaction(async (em) => {
        const { limits } = await gate.oversee({ em, events: [] }, place, Date.now());
        return limits.map(({ measured }) => measured?.toFixed());
      });
    expect(await measuredAt(placeOf(one))).toEqual(['220', '200', '200', '2']);
    expect(await measuredAt(placeOf(two))).toEqual(['220', '20', '2']);
    // Live money is another book.
    expect(await measuredAt({ ...placeOf(one), isPaper: false })).toEqual(['0', '0', '0', '0']);
  });

  it('refuse an entry, keep its reasons, and let the bot go on', async () => {
    const world = await new World(database).seed();
    const viewer = await world.newViewer();
    const id = await world.newBot(viewer);
    const service = serviceOf(world.supervisor);
    const limit = await service.create(viewer, { type: 'MAX_POSITION_VALUE', value: decimal('100') });
    await world.bots.start(viewer, id);
    await world.settled();
    for (let i = 0; i < 120 && (await database.system().count(RefusedOrder, { bot: id })) === 0; i++) await world.pass(minute);
    const [refused] = (await service.refusedPage(viewer, { first: 1 })).rows;
    expect(refused).toMatchObject({
      botId: id,
      symbol: 'BTC/USDT',
      side: 'BUY',
      refusals: [
        { rule: 'MAX_POSITION_VALUE', limit: '100', limitId: limit.id, message: expect.stringContaining('all bots is 100') },
      ],
    });
    expect(await database.system().count(Order, { bot: id })).toBe(0);
    await service.delete(viewer, limit.id);
    for (let i = 0; i < 120 && (await database.system().count(Order, { bot: id })) === 0; i++) await world.pass(minute);
    expect(await database.system().count(Order, { bot: id })).toBeGreaterThan(0);
    await checkLedger(database, id);
    await world.supervisor.stop();
  });

  it('halt after several stops in a row, pause the bot, and stand until they are released', async () => {
    const world = await new World(database).seed();
    const viewer = await world.newViewer();
    // A stop so near that nothing else ends a round trip.
    const id = await world.newBot(viewer, { risk: { initialCapital: decimal('10000'), stopLossPercent: decimal('0.01') } });
    const service = serviceOf(world.supervisor);
    const limit = await service.create(viewer, { type: 'STOP_LOSS_GUARD', value: decimal('2') });
    await world.bots.start(viewer, id);
    await world.settled();
    const latched = async (): Promise<boolean> => (await database.system().findOneOrFail(RiskLimit, limit.id)).latchedAt !== null;
    for (let i = 0; i < 200 && !(await latched()); i++) await world.pass(minute);
    expect((await database.system().findOneOrFail(RiskLimit, limit.id)).latchReason).toMatch(
      /last 2 round trips .* at their stops/,
    );
    expect((await database.system().findOneOrFail(BotState, { bot: id })).status).toBe('PAUSED');
    expect((await world.events(viewer)).filter(({ type }) => type === 'RISK_LIMIT_REACHED')).toHaveLength(1);
    const orders = await database.system().count(Order, { bot: id });
    // It halts still, after a restart and after the bot was resumed.
    await world.supervisor.stop();
    const again = new World(database, world.now);
    await again.supervisor.start();
    await again.settled();
    await again.bots.resume(viewer, id);
    for (let i = 0; i < 60; i++) await again.pass(minute);
    expect(await database.system().count(Order, { bot: id })).toBe(orders);
    await serviceOf(again.supervisor).release(viewer, limit.id, 'the market has calmed down');
    for (let i = 0; i < 120 && (await database.system().count(Order, { bot: id })) === orders; i++) await again.pass(minute);
    expect(await database.system().count(Order, { bot: id })).toBeGreaterThan(orders);
    await again.supervisor.stop();
  });

  it('flatten every bot that they cover when the day has lost too much, wherever the loss was made', async () => {
    const world = await new World(database).seed();
    const viewer = await world.newViewer();
    const risk = { initialCapital: decimal('10000'), stopLossPercent: decimal('20') };
    const ids = [await world.newBot(viewer, { risk }), await world.newBot(viewer, { risk })];
    for (const id of ids) await world.bots.start(viewer, id);
    await world.settled();
    const openPositions = (): Promise<number> => database.system().count(Position, { bot: { $in: ids }, isOpen: true });
    for (let i = 0; i < 300 && (await openPositions()) < 2; i++) await world.pass(minute);
    expect(await openPositions()).toBe(2);
    await serviceOf(world.supervisor).create(viewer, { type: 'MAX_DAILY_LOSS', value: decimal('0.000001'), action: 'FLATTEN' });
    for (let i = 0; i < 60 && (await openPositions()) > 0; i++) await world.pass(minute);
    expect(await openPositions()).toBe(0);
    const closing = await database.system().find(Order, { bot: { $in: ids }, exitReason: 'RISK_LIMIT' });
    expect(closing.map(({ status }) => status)).toEqual(['FILLED', 'FILLED']);
    for (const id of ids) await checkLedger(database, id);
    await world.supervisor.stop();
  });
});

function placeOf({ user, bot, strategy, exchange }: Rows): RiskPlace {
  return {
    userId: user.id,
    botId: bot.id,
    botName: bot.name,
    strategyId: strategy.id,
    exchangeId: exchange.id,
    symbol: 'BTC/USDT',
    isPaper: true,
  };
}

let made = 0;
const plainOrder = ({ user, bot, exchange, strategy }: Rows) => ({
  user: user.id,
  bot: bot.id,
  strategy: strategy.id,
  exchange: exchange.id,
  account: `paper:${bot.id}`,
  symbol: 'BTC/USDT',
  side: 'BUY' as const,
  type: 'MARKET' as const,
  isPaper: true,
  clientOrderId: `made-${++made}-${bot.id}`,
});

async function someBots(database: Database, count: number): Promise<{ bots: Rows[]; viewer: Viewer }> {
  const bots = await database.transaction(async (em) => {
    const user = aUser(em);
    const exchange = anExchange(em);
    const strategy = aStrategy(em, user);
    const rows = Array.from({ length: count }, () => ({ user, exchange, strategy, bot: aBot(em, { user, exchange, strategy }) }));
    await em.flush();
    return rows;
  });
  return { bots, viewer: { userId: bots[0].user.id, role: 'TRADER', scopes: ['READ', 'TRADE'] } };
}
