import {
  CheckConstraintViolationException,
  ForeignKeyConstraintViolationException,
  OptimisticLockError,
  UniqueConstraintViolationException,
} from '@mikro-orm/core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ApiKey,
  BacktestTrade,
  Bot,
  BotState,
  Exchange,
  LogEntry,
  Order,
  Position,
  RefreshToken,
  RiskLimit,
  Setting,
  Strategy,
  Trade,
  User,
} from '../../../src/entities/index.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { decimal } from '../../../src/trading/money.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { aBacktest, aBot, anOrder, aPosition, aStrategy, aTrade, aUser, aWorld, type World, stored } from './builders.ts';

describeOnEachDatabase('constraints', (open) => {
  let database: Database;
  let world: World;
  beforeAll(async () => {
    database = await open();
    world = await stored(database, (em) => aWorld(em));
  });

  it('a bot and its state share their key', async () => {
    const state = await database.forUser(world.user.id).findOneOrFail(BotState, { bot: world.bot.id });
    expect(state.bot.id).toBe(world.bot.id);
    expect(state.status).toBe('STOPPED');
    const bot = await database.forUser(world.user.id).findOneOrFail(Bot, world.bot.id, { populate: ['state'] });
    expect(bot.state?.unwrap().inPosition).toBe(false);
    await expect(stored(database, (em) => em.create(BotState, { bot: world.bot.id, user: world.user.id }))).rejects.toThrow(
      UniqueConstraintViolationException,
    );
  });

  describe('unique', () => {
    it('an email address', async () => {
      await expect(stored(database, (em) => aUser(em, { email: world.user.email }))).rejects.toThrow(
        UniqueConstraintViolationException,
      );
    });

    it('the name of an exchange', async () => {
      await expect(
        stored(database, (em) => em.create(Exchange, { name: world.exchange.name, displayName: 'again' })),
      ).rejects.toThrow(UniqueConstraintViolationException);
    });

    it('the name of a strategy, per person', async () => {
      await expect(stored(database, (em) => aStrategy(em, world.user, { name: world.strategy.name }))).rejects.toThrow(
        UniqueConstraintViolationException,
      );
      await stored(database, (em) => aStrategy(em, aUser(em), { name: world.strategy.name }));
    });

    it("an order's own number, and the signal that made it, per bot", async () => {
      const order = await stored(database, (em) => anOrder(em, world, { signalKey: 'candle 1' }));
      await expect(stored(database, (em) => anOrder(em, world, { clientOrderId: order.clientOrderId }))).rejects.toThrow(
        UniqueConstraintViolationException,
      );
      await expect(stored(database, (em) => anOrder(em, world, { signalKey: 'candle 1' }))).rejects.toThrow(
        UniqueConstraintViolationException,
      );
      await stored(database, (em) => anOrder(em, aWorld(em), { signalKey: 'candle 1' }));
    });

    it("an exchange's number of an order, per account and symbol, as often as it is not known yet", async () => {
      await stored(database, (em) => [anOrder(em, world), anOrder(em, world), anOrder(em, world, { exchangeOrderId: '7' })]);
      await expect(stored(database, (em) => anOrder(em, world, { exchangeOrderId: '7' }))).rejects.toThrow(
        UniqueConstraintViolationException,
      );
      await stored(database, (em) => anOrder(em, world, { exchangeOrderId: '7', account: 'another' }));
    });

    it('a trade, however often it is reported', async () => {
      const order = await stored(database, (em) => anOrder(em, world));
      await stored(database, (em) => aTrade(em, world, order, { exchangeTradeId: '1' }));
      await expect(stored(database, (em) => aTrade(em, world, order, { exchangeTradeId: '1' }))).rejects.toThrow(
        UniqueConstraintViolationException,
      );
    });

    it('the open position of a bot and symbol; closed ones may be many', async () => {
      const closed = { isOpen: false, closedAt: new Date() };
      await stored(database, (em) => [aPosition(em, world), aPosition(em, world, closed), aPosition(em, world, closed)]);
      await expect(stored(database, (em) => aPosition(em, world))).rejects.toThrow(UniqueConstraintViolationException);
      await stored(database, (em) => aPosition(em, world, { symbol: 'ETH/USDT' }));
    });

    it('a setting of the installation', async () => {
      await stored(database, (em) => em.create(Setting, { key: 'theme', value: 1 }));
      await expect(stored(database, (em) => em.create(Setting, { key: 'theme', value: 2 }))).rejects.toThrow(
        UniqueConstraintViolationException,
      );
      await stored(database, (em) => em.create(Setting, { key: 'theme', value: 3, user: world.user }));
    });
  });

  describe('deleting', () => {
    const remove = (
      entity: typeof User | typeof Bot | typeof Strategy | typeof Exchange | typeof Position | typeof Order,
      id: string,
    ) => database.transaction(async (em) => em.nativeDelete(entity as typeof User, { id }));

    it('a person takes their sign-ins along', async () => {
      const user = await stored(database, (em) => aUser(em));
      await stored(database, (em) => em.create(RefreshToken, { user, tokenHash: 'h', familyId: user.id, expiresAt: new Date() }));
      await remove(User, user.id);
      expect(await database.system().count(RefreshToken, { tokenHash: 'h' })).toBe(0);
    });

    it('a person with a bot is refused', async () => {
      const { user } = await stored(database, (em) => aWorld(em));
      await expect(remove(User, user.id)).rejects.toThrow(ForeignKeyConstraintViolationException);
    });

    it('a strategy that a bot uses is refused', async () => {
      const { strategy } = await stored(database, (em) => aWorld(em));
      await expect(remove(Strategy, strategy.id)).rejects.toThrow(ForeignKeyConstraintViolationException);
    });

    it('a bot takes its state and limits along, and leaves orders, trades and closed positions', async () => {
      const old = await stored(database, (em) => aWorld(em));
      const { order, trade, position } = await stored(database, (em) => {
        const position = aPosition(em, old, { isOpen: false, closedAt: new Date() });
        const order = anOrder(em, old);
        em.create(RiskLimit, { user: old.user, bot: old.bot, type: 'MAX_OPEN_ORDERS', value: decimal('1') });
        em.create(LogEntry, { user: old.user, bot: old.bot, level: 'INFO', message: 'hello', timestamp: new Date() });
        return { position, order, trade: aTrade(em, old, order, { position: position as never }) };
      });
      await remove(Bot, old.bot.id);
      const em = database.forUser(old.user.id);
      expect(await em.count(BotState)).toBe(0);
      expect(await em.count(RiskLimit)).toBe(0);
      expect((await em.findOneOrFail(Order, order.id)).bot).toBeNull();
      expect((await em.findOneOrFail(Trade, trade.id)).bot).toBeNull();
      expect((await em.findOneOrFail(Position, position.id)).bot).toBeNull();
      await expect(remove(Strategy, old.strategy.id)).resolves.toBe(1);
      expect((await database.forUser(old.user.id).findOneOrFail(Order, order.id)).strategy).toBeNull();
    });

    it('a bot with an open position is refused', async () => {
      const held = await stored(database, (em) => aWorld(em));
      await stored(database, (em) => aPosition(em, held));
      await expect(remove(Bot, held.bot.id)).rejects.toThrow(CheckConstraintViolationException);
      expect(await database.system().count(BotState, { bot: held.bot.id })).toBe(1);
    });

    it('an order with trades is refused', async () => {
      const order = await stored(database, (em) => anOrder(em, world));
      await stored(database, (em) => aTrade(em, world, order));
      await expect(remove(Order, order.id)).rejects.toThrow(ForeignKeyConstraintViolationException);
    });

    it('an API key leaves its bot without one', async () => {
      const own = await stored(database, (em) => aWorld(em));
      const key = await stored(database, (em) =>
        em.create(ApiKey, {
          user: own.user,
          exchange: own.exchange,
          label: 'k',
          keyHint: 'x',
          wrappedKey: 'x',
          encryptedApiKey: 'x',
          encryptedSecret: 'x',
          keyVersion: 1,
          permission: 'TRADE',
        }),
      );
      await database.transaction(async (em) => em.nativeUpdate(Bot, { id: own.bot.id }, { apiKey: key.id }));
      await database.transaction(async (em) => em.nativeDelete(ApiKey, { id: key.id }));
      expect((await database.forUser(own.user.id).findOneOrFail(Bot, own.bot.id)).apiKey).toBeNull();
    });
  });

  describe('checks', () => {
    it.each<[string, string, string]>([
      ['users', 'role', 'KING'],
      ['strategies', 'kind', 'MAGIC'],
      ['bots', 'mode', 'DREAM'],
      ['bots', 'timeframe', 'M7'],
      ['bot_states', 'status', 'RUN'],
      ['orders', 'status', 'DONE'],
      ['orders', 'side', 'HOLD'],
      ['orders', 'cancel_outcome', 'MAYBE'],
    ])('%s.%s refuses a word that is not in the list', async (table, column, word) => {
      await stored(database, (em) => anOrder(em, world));
      await expect(database.transaction(async (em) => em.execute(`update ${table} set ${column} = ?`, [word]))).rejects.toThrow(
        CheckConstraintViolationException,
      );
    });

    it('a limit order needs a price, a stop order a stop price', async () => {
      await expect(stored(database, (em) => anOrder(em, world, { type: 'LIMIT' }))).rejects.toThrow(
        CheckConstraintViolationException,
      );
      await expect(stored(database, (em) => anOrder(em, world, { type: 'STOP' }))).rejects.toThrow(
        CheckConstraintViolationException,
      );
      await stored(database, (em) => anOrder(em, world, { type: 'STOP_LIMIT', price: decimal('1'), stopPrice: decimal('1') }));
    });

    it('a spot bot has no leverage', async () => {
      const own = await stored(database, (em) => aWorld(em));
      const change = (data: object) => database.transaction(async (em) => em.nativeUpdate(Bot, { id: own.bot.id }, data));
      await expect(change({ leverage: decimal('2') })).rejects.toThrow(CheckConstraintViolationException);
      await change({ leverage: decimal('2'), marketType: 'FUTURES' });
    });

    it('a closed position has the time when it closed, an open one has none', async () => {
      await expect(stored(database, (em) => aPosition(em, world, { isOpen: false }))).rejects.toThrow(
        CheckConstraintViolationException,
      );
      await expect(stored(database, (em) => aPosition(em, aWorld(em), { closedAt: new Date() }))).rejects.toThrow(
        CheckConstraintViolationException,
      );
    });

    it('a backtest starts before it ends', async () => {
      await expect(
        stored(database, (em) => aBacktest(em, world, { startDate: new Date(5), endDate: new Date(5) })),
      ).rejects.toThrow(CheckConstraintViolationException);
    });

    it('names have a length', async () => {
      await expect(stored(database, (em) => aBot(em, world, ''))).rejects.toThrow(CheckConstraintViolationException);
      await expect(stored(database, (em) => aBot(em, world, 'x'.repeat(121)))).rejects.toThrow(CheckConstraintViolationException);
      await stored(database, (em) => aBot(em, world, '漢'.repeat(120)));
    });
  });

  it('rows with keys of several columns are stored and found', async () => {
    const backtest = await stored(database, (em) => aBacktest(em, world));
    await stored(database, (em) =>
      [0, 1].map((ordinal) =>
        em.create(BacktestTrade, {
          backtest,
          user: world.user,
          ordinal,
          symbol: 'BTC/USDT',
          side: 'LONG',
          entryTime: new Date(1),
          exitTime: new Date(2),
          entryPrice: 1,
          exitPrice: 2,
          quantity: 1,
          fees: 0,
          pnl: 1,
          pnlPercent: 100,
          exitReason: 'SIGNAL',
        }),
      ),
    );
    const found = await database.forUser(world.user.id).findOneOrFail(BacktestTrade, { backtest: backtest.id, ordinal: 1 });
    expect(found.exitPrice).toBe(2);
  });

  describe('versions', () => {
    it('grow by one with each change', async () => {
      const bot = await stored(database, (em) => aBot(em, world));
      expect(bot.version).toBe(1);
      await database.transaction(async (em) => {
        (await em.findOneOrFail(Bot, bot.id)).symbol = 'ETH/USDT';
      });
      const row = await database.rows(world.user.id).find(Bot, bot.id, ['version', 'createdAt', 'updatedAt']);
      expect(row?.version).toBe(2);
      expect(row!.updatedAt.getTime()).toBeGreaterThanOrEqual(row!.createdAt.getTime());
    });

    it.each(['Bot', 'BotState', 'Order', 'Position'])('a stale write of %s is refused and changes nothing', async (name) => {
      const own = await stored(database, (em) => aWorld(em));
      const rows = await stored(database, (em) => ({ Order: anOrder(em, own), Position: aPosition(em, own) }));
      const read = (em: ReturnType<Database['forUser']>) =>
        ({
          Bot: () => em.findOneOrFail(Bot, own.bot.id),
          BotState: () => em.findOneOrFail(BotState, { bot: own.bot.id }),
          Order: () => em.findOneOrFail(Order, rows.Order.id),
          Position: () => em.findOneOrFail(Position, rows.Position.id),
        })[name]!();
      const slow = database.forUser(own.user.id);
      const stale = await read(slow);
      const quick = database.forUser(own.user.id);
      const fresh = await read(quick);
      fresh.updatedAt = new Date(1_000);
      await quick.flush();
      stale.updatedAt = new Date(2_000);
      await expect(slow.flush()).rejects.toThrow(OptimisticLockError);
      expect((await read(database.forUser(own.user.id))).version).toBe(2);
    });
  });
});
