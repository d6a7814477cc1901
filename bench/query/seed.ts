import { Exchange } from '../../src/entities/exchange/Exchange.ts';
import { User } from '../../src/entities/identity/User.ts';
import { Bot } from '../../src/entities/trading/Bot.ts';
import { BotState } from '../../src/entities/trading/BotState.ts';
import { Order } from '../../src/entities/trading/Order.ts';
import { Strategy } from '../../src/entities/trading/Strategy.ts';
import { Trade } from '../../src/entities/trading/Trade.ts';
import type { Database } from '../../src/services/database/index.ts';
import { Decimal } from '../../src/trading/money.ts';

export const botCount = 20;
export const tradesPerBot = 20;

/** Bots with trades for one person, more trades than a page shows; returns a bot's id. */
export async function seed(database: Database, userId: string): Promise<string> {
  return database.transaction(async (em) => {
    const user = em.getReference(User, userId, { wrapped: true });
    const exchange = em.create(Exchange, { name: 'bench', displayName: 'Bench' });
    const strategy = em.create(Strategy, {
      user,
      name: 'bench',
      kind: 'BUILT_IN',
      definition: { builtIn: 'ema-rsi' },
      parameters: {},
    });
    await em.persist([exchange, strategy]).flush();
    let botId = '';
    for (let b = 0; b < botCount; b++) {
      const bot = em.create(Bot, {
        user,
        strategy,
        exchange,
        name: `bot ${b}`,
        symbol: 'BTC/USDT',
        timeframe: 'H1',
        mode: 'PAPER',
        initialCapital: new Decimal(10_000),
      });
      const state = em.create(BotState, {
        bot,
        user,
        inPosition: b % 2 === 0,
        entryPrice: new Decimal('61234.56'),
        positionSize: new Decimal('0.12345678'),
        stopLossPrice: new Decimal('60010.01'),
        takeProfitPrice: new Decimal('63683.94'),
        dailyPnl: new Decimal('-12.345678'),
        dailyTradesCount: b,
      });
      await em.persist([bot, state]).flush();
      botId = bot.id;
      for (let t = 0; t < tradesPerBot + 5; t++) {
        const price = new Decimal(60_000 + 13.37 * t);
        const amount = new Decimal('0.0123');
        const common = {
          user,
          bot,
          strategy,
          exchange,
          account: bot.id,
          symbol: 'BTC/USDT',
          side: t % 2 ? ('SELL' as const) : ('BUY' as const),
          type: 'MARKET' as const,
          amount,
          isPaper: true,
        };
        const order = em.create(Order, { ...common, clientOrderId: `bench-${b}-${t}`, status: 'FILLED', filledAmount: amount });
        const trade = em.create(Trade, {
          ...common,
          order,
          exchangeTradeId: `bench-${b}-${t}`,
          price,
          cost: price.mul(amount),
          fee: new Decimal('0.73801'),
          feeCurrency: 'USDT',
          liquidity: 'TAKER',
          executedAt: new Date(Date.UTC(2026, 0, 1) + (b * 1000 + t) * 60_000),
        });
        em.persist([order, trade]);
      }
      await em.flush();
    }
    return botId;
  });
}
