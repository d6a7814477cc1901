import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Bot, BotState, Candle, entities, Order, Trade, User } from '../../../src/entities/index.ts';
import { ownerOf } from '../../../src/entities/columns/owned.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { decimal } from '../../../src/trading/money.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { anOrder, aTrade, aUser, aWorld, type World, stored } from './builders.ts';

describeOnEachDatabase('owners', (open) => {
  let database: Database;
  let mine: World;
  let theirs: World;
  let theirOrder: Order;
  beforeAll(async () => {
    database = await open();
  });
  beforeEach(async () => {
    [mine, theirs] = await stored(database, (em) => [aWorld(em), aWorld(em)]);
    theirOrder = await stored(database, (em) => {
      const order = anOrder(em, theirs);
      aTrade(em, theirs, order);
      return order;
    });
  });

  it('everything with a user is filtered, and the catalogue is not', () => {
    const free = entities.filter((entity) => ownerOf(entity) === undefined).map(({ name }) => name);
    expect(free.sort()).toEqual([
      'AppState',
      'Candle',
      'CandleRevision',
      'Exchange',
      'Market',
      'MarketRecording',
      'MarketTrade',
      'OrderBookSnapshot',
      'Ticker',
      'TradeStretch',
    ]);
  });

  describe('reading entities', () => {
    it('find, findOne and count see own rows only', async () => {
      const em = database.forUser(mine.user.id);
      expect((await em.find(Bot, {})).map(({ id }) => id)).toEqual([mine.bot.id]);
      expect(await em.findOne(Bot, theirs.bot.id)).toBeNull();
      expect(await em.findOne(Bot, { user: theirs.user.id })).toBeNull();
      expect(await em.findOne(BotState, { bot: theirs.bot.id })).toBeNull();
      expect(await em.findOne(User, theirs.user.id)).toBeNull();
      expect(await em.count(Bot)).toBe(1);
      expect(await em.count(Order)).toBe(0);
      expect((await em.findAndCount(Trade, {}))[1]).toBe(0);
    });

    it('a reference to a foreign row does not load', async () => {
      const em = database.forUser(mine.user.id);
      expect(await em.getReference(Bot, theirs.bot.id, { wrapped: true }).load()).toBeNull();
    });

    it('populate does not reach foreign rows', async () => {
      const order = await stored(database, (em) => anOrder(em, { ...mine, bot: theirs.bot }));
      const found = await database.forUser(mine.user.id).findOneOrFail(Order, order.id, { populate: ['bot', 'bot.state'] });
      expect(found.bot?.isInitialized() ?? false).toBe(false);
    });

    it('a condition over a reference does not reach foreign rows', async () => {
      const em = database.forUser(mine.user.id);
      expect(await em.find(Trade, { order: { bot: { name: theirs.bot.name } } })).toEqual([]);
    });

    it('an entity manager that is bound to nobody reads nothing', async () => {
      await expect(database.orm.em.fork().find(Bot, {})).rejects.toThrow(/No arguments provided for filter 'owner'|owner/);
    });

    it('the system sees everybody', async () => {
      expect(await database.system().count(Bot, { id: { $in: [mine.bot.id, theirs.bot.id] } })).toBe(2);
    });
  });

  describe('writing entities', () => {
    it('updates and deletes in SQL reach own rows only', async () => {
      const em = database.forUser(mine.user.id);
      expect(await em.nativeUpdate(Bot, { id: theirs.bot.id }, { symbol: 'X' })).toBe(0);
      expect(await em.nativeDelete(BotState, { bot: theirs.bot.id })).toBe(0);
      expect((await database.system().findOneOrFail(Bot, theirs.bot.id)).symbol).toBe('BTC/USDT');
    });

    it('a row of somebody else is refused, and nothing is stored', async () => {
      const em = database.forUser(mine.user.id);
      anOrder(em, { ...mine, user: em.getReference(User, theirs.user.id) });
      await expect(em.flush()).rejects.toThrow(/wrote a row of another to orders/);
      expect(await database.system().count(Order, { user: theirs.user.id })).toBe(1);
    });

    it('a row cannot be given away', async () => {
      const em = database.forUser(mine.user.id);
      const bot = await em.findOneOrFail(Bot, mine.bot.id);
      bot.user = em.getReference(User, theirs.user.id, { wrapped: true });
      await expect(em.flush()).rejects.toThrow(/wrote a row of another to bots/);
    });

    it('a transaction of one person is bound to that person', async () => {
      await expect(
        database.transaction(async (em) => em.findOneOrFail(Order, theirOrder.id), { userId: mine.user.id }),
      ).rejects.toThrow(/not found/);
    });
  });

  describe('reading rows', () => {
    it('every read of an owned table carries the owner', async () => {
      const rows = database.rows(mine.user.id);
      expect(await rows.find(Bot, theirs.bot.id, ['id'])).toBeNull();
      expect((await rows.byIds(Bot, [mine.bot.id, theirs.bot.id], ['id'])).size).toBe(1);
      expect((await rows.byIds(BotState, [mine.bot.id, theirs.bot.id], ['status'], 'botId')).size).toBe(1);
      expect(await rows.list(Order, { fields: ['id'], limit: 10 })).toEqual([]);
      expect(await rows.first(Trade, { fields: ['id'] })).toBeNull();
      expect((await rows.page(Order, { fields: ['id'] }, {})).rows).toEqual([]);
      expect((await rows.pageOfEach(Trade, 'orderId', [theirOrder.id], { fields: ['id'] }, {})).get(theirOrder.id)?.rows).toEqual(
        [],
      );
      expect(await rows.countUpTo(Order)).toEqual({ value: 0, exact: true });
      expect((await rows.countUpToOfEach(Trade, 'orderId', [theirOrder.id])).get(theirOrder.id)).toEqual({
        value: 0,
        exact: true,
      });
      expect(await rows.find(User, theirs.user.id, ['email'])).toBeNull();
    });

    it('a filter cannot widen what is seen', async () => {
      const rows = database.rows(mine.user.id);
      expect(await rows.countUpTo(Bot, { or: [{ userId: { eq: theirs.user.id } }, { not: { name: { eq: 'x' } } }] })).toEqual({
        value: 1,
        exact: true,
      });
      expect(await rows.countUpTo(Bot, { userId: { eq: theirs.user.id } })).toEqual({ value: 0, exact: true });
    });

    it('a filter over a reference meets own rows only', async () => {
      const order = await stored(database, (em) => anOrder(em, { ...mine, bot: theirs.bot }));
      const rows = database.rows(mine.user.id);
      expect(
        (await rows.list(Order, { fields: ['id'], where: { bot: { symbol: { eq: 'BTC/USDT' } } }, limit: 10 })).map(
          ({ id }) => id,
        ),
      ).not.toContain(order.id);
      expect(await database.systemRows().countUpTo(Order, { bot: { name: { eq: theirs.bot.name } } })).toEqual({
        value: 2,
        exact: true,
      });
    });

    it('candles belong to nobody', async () => {
      await stored(database, (em) =>
        em.create(Candle, {
          exchange: 'sim',
          symbol: mine.bot.id,
          timeframe: 'M1',
          openTime: 1,
          open: 1,
          high: 1,
          low: 1,
          close: 1,
          volume: 1,
        }),
      );
      expect(await database.rows(mine.user.id).countUpTo(Candle, { symbol: { eq: mine.bot.id } })).toEqual({
        value: 1,
        exact: true,
      });
    });
  });

  it('the owner filter is on for what is loaded later in the same entity manager', async () => {
    const em = database.forUser(mine.user.id);
    await em.findOneOrFail(Bot, mine.bot.id);
    expect(await em.refresh(em.getReference(Bot, theirs.bot.id))).toBeNull();
  });

  it('loading rows makes none of them dirty', async () => {
    const user = await stored(database, (em) => aUser(em));
    const own = await stored(database, (em) => aWorld(em, em.getReference(User, user.id)));
    await stored(database, (em) => {
      const order = anOrder(em, own, { price: decimal('1.50'), submittedAt: new Date(), rejectReason: 'x' });
      aTrade(em, own, order, { metadata: { b: 1, a: [1.5] } as never });
    });
    const em = database.forUser(own.user.id);
    for (const entity of entities) await em.find(entity as typeof Bot, {});
    const statements: string[] = [];
    em.getEventManager().registerSubscriber({
      onFlush: ({ uow }) =>
        void statements.push(...uow.getChangeSets().map((change) => `${change.type} ${change.meta.tableName}`)),
    });
    await em.flush();
    expect(statements).toEqual([]);
  });
});
