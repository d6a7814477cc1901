import { v7 } from 'uuid';
import {
  Backtest,
  Bot,
  BotState,
  type EventType,
  Event,
  Exchange,
  Order,
  Position,
  Strategy,
  Trade,
  User,
} from '../../../src/entities/index.ts';
import type { Database, EntityManager } from '../../../src/services/database/index.ts';
import { decimal } from '../../../src/trading/money.ts';

/** Rows with nothing special about them; a test names what it is about. */
export function aUser(em: EntityManager, fields: Partial<{ email: string }> = {}): User {
  return em.create(User, { email: `${v7()}@example.org`, passwordHash: 'not a hash', ...fields });
}

export function anExchange(em: EntityManager, name = `exchange-${v7()}`): Exchange {
  return em.create(Exchange, { name, displayName: name });
}

export function aStrategy(em: EntityManager, user: User, fields: Partial<{ name: string }> = {}): Strategy {
  return em.create(Strategy, { user, name: v7(), kind: 'BUILT_IN', definition: { name: 'ema-rsi' }, ...fields });
}

export interface World {
  readonly user: User;
  readonly exchange: Exchange;
  readonly strategy: Strategy;
  readonly bot: Bot;
}

/** Somebody with a strategy and a bot on it. */
export function aWorld(em: EntityManager, user: User = aUser(em)): World {
  const exchange = anExchange(em);
  const strategy = aStrategy(em, user);
  return { user, exchange, strategy, bot: aBot(em, { user, exchange, strategy }) };
}

export function aBot(
  em: EntityManager,
  { user, exchange, strategy }: Pick<World, 'user' | 'exchange' | 'strategy'>,
  name: string = v7(),
): Bot {
  const bot = em.create(Bot, {
    user,
    strategy,
    exchange,
    name,
    symbol: 'BTC/USDT',
    timeframe: 'H1',
    mode: 'PAPER',
    initialCapital: decimal('10000'),
  });
  em.create(BotState, { bot, user });
  return bot;
}

export function anOrder(em: EntityManager, { user, bot, exchange, strategy }: World, fields: Partial<Order> = {}): Order {
  return em.create(Order, {
    user,
    bot,
    strategy,
    exchange,
    account: `paper:${bot.id}`,
    symbol: 'BTC/USDT',
    side: 'BUY',
    type: 'MARKET',
    amount: decimal('1'),
    clientOrderId: v7(),
    isPaper: true,
    ...(fields as object),
  });
}

export function aTrade(em: EntityManager, { user, bot, exchange }: World, order: Order, fields: Partial<Trade> = {}): Trade {
  return em.create(Trade, {
    user,
    bot,
    order,
    exchange,
    account: order.account,
    exchangeTradeId: v7(),
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    price: decimal('100'),
    amount: decimal('1'),
    cost: decimal('100'),
    fee: decimal('0.1'),
    feeCurrency: 'USDT',
    liquidity: 'TAKER',
    isPaper: true,
    executedAt: new Date(),
    ...(fields as object),
  });
}

export function aPosition(em: EntityManager, { user, bot, exchange }: World, fields: Partial<Position> = {}): Position {
  return em.create(Position, {
    user,
    bot,
    exchange,
    symbol: 'BTC/USDT',
    side: 'LONG',
    quantity: decimal('1'),
    entryPrice: decimal('100'),
    currentPrice: decimal('100'),
    openedAt: new Date(),
    ...(fields as object),
  });
}

export function aBacktest(em: EntityManager, { user, strategy, exchange }: World, fields: Partial<Backtest> = {}): Backtest {
  return em.create(Backtest, {
    user,
    strategy,
    exchange,
    symbols: ['BTC/USDT'],
    timeframe: 'H1',
    startDate: new Date('2025-01-01'),
    endDate: new Date('2026-01-01'),
    initialCapital: decimal('10000'),
    strategySnapshot: {},
    ...(fields as object),
  });
}

export function anEvent(em: EntityManager, user: User, sequence: number, type: EventType = 'ORDER_FILLED'): Event {
  return em.create(Event, { user, sequence, type, payload: {}, occurredAt: new Date() });
}

/** Runs a system transaction and returns what it made. */
export function stored<T>(database: Database, make: (em: EntityManager) => T): Promise<T> {
  return database.transaction(async (em) => make(em));
}
