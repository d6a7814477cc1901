import { beforeEach, describe, expect, it } from 'vitest';
import type { BotMemory } from '../../../src/services/bots/bot-memory.ts';
import type { BotTrading } from '../../../src/services/bots/bot-trading.ts';
import { ExchangeNews } from '../../../src/services/bots/exchange-news.ts';
import type { FundingPayment } from '../../../src/services/exchanges/port/exchange.ts';
import type { Execution } from '../../../src/services/exchanges/port/orders.ts';
import { decimal } from '../../../src/trading/money.ts';
import { partsWith } from './support/builders.ts';

const execution = (id: string): Execution => ({ order: { clientOrderId: id } }) as Execution;
const funding = (paid: number): FundingPayment => ({ symbol: 'BTC/USDT', at: 0, paid: decimal(paid) });

describe('what the exchange tells of an account', () => {
  let taken: string[];
  const memory = { isRecovering: false, transact: async () => void taken.push('funding') };
  const trading: { desk: object; trouble: Error | undefined } = {
    desk: { take: async ({ order }: Execution) => void taken.push(order.clientOrderId) },
    trouble: undefined,
  };
  let news: ExchangeNews;

  beforeEach(() => {
    taken = [];
    memory.isRecovering = false;
    trading.trouble = undefined;
    news = new ExchangeNews({
      parts: partsWith(),
      memory: memory as unknown as BotMemory,
      trading: trading as unknown as BotTrading,
    });
  });

  it('is taken in the order in which it was told, each once', async () => {
    for (const told of [execution('a'), funding(1), execution('b')]) news.push(told);
    expect(await news.takeAll()).toBe(true);
    expect(taken).toEqual(['a', 'funding', 'b']);
    expect(await news.takeAll()).toBe(false);
  });

  it('ends with what the bot may not go on after', async () => {
    for (const told of [execution('a'), execution('b')]) news.push(told);
    trading.trouble = new Error('more was sold than is held');
    await expect(news.takeAll()).rejects.toThrow('more was sold than is held');
    expect(taken).toEqual(['a']);
  });

  it('is handed out along with what is being written as far as the next funding', () => {
    for (const told of [execution('a'), funding(1), execution('b')]) news.push(told);
    expect(news.nextExecution()).toEqual(execution('a'));
    expect(news.nextExecution()).toBeUndefined();
  });

  it('is not handed out while the bot recovers, which has an order of its own for it', async () => {
    news.push(execution('a'));
    memory.isRecovering = true;
    expect(news.nextExecution()).toBeUndefined();
    await news.takeAll();
    expect(taken).toEqual(['a']);
  });
});
