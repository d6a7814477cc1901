import { beforeEach, describe, expect, it } from 'vitest';
import { BotMemory } from '../../../src/services/bots/bot-memory.ts';
import { BotStatus } from '../../../src/trading/bot.ts';
import type { Candle } from '../../../src/trading/candle.ts';
import { decimal } from '../../../src/trading/money.ts';
import type { TradingSession } from '../../../src/trading/session.ts';
import { minute, partsWith } from './support/builders.ts';

const candle = (openTime: number): Candle => ({ openTime, open: 10, high: 12, low: 9, close: 11, volume: 1 });

describe('what a runner has in memory', () => {
  let memory: BotMemory;
  let session: { lastOpenTime: number | undefined; paused: boolean; position: object };

  beforeEach(() => {
    memory = new BotMemory(partsWith(), undefined as never);
    session = { lastOpenTime: 4 * minute, paused: false, position: { entryPrice: 7 } };
    memory.restore(session as unknown as TradingSession, decimal(1));
  });

  it.each([
    { seen: undefined, openPrice: undefined, lastPrice: 7, why: 'nothing was seen: the price is that of the entry' },
    { seen: 4, openPrice: undefined, lastPrice: 11, why: 'the candle that was followed last says nothing of the next' },
    { seen: 5, openPrice: 10, lastPrice: 11, why: 'the next candle has opened' },
    { seen: 6, openPrice: undefined, lastPrice: 11, why: 'the one after it is not the next' },
  ])('knows prices: $why', ({ seen, openPrice, lastPrice }) => {
    if (seen !== undefined) memory.see(candle(seen * minute));
    expect([memory.openPrice, memory.lastPrice]).toEqual([openPrice, lastPrice]);
  });

  it.each([
    { status: BotStatus.STARTING, isAtWork: false, paused: false },
    { status: BotStatus.RUNNING, isAtWork: true, paused: false },
    { status: BotStatus.PAUSED, isAtWork: true, paused: true },
    { status: BotStatus.STOPPING, isAtWork: false, paused: true },
  ])('a bot that is $status is at work: $isAtWork; its session is paused: $paused', ({ status, isAtWork, paused }) => {
    session.paused = !paused;
    memory.obey(status);
    expect([memory.isAtWork, session.paused]).toEqual([isAtWork, paused]);
  });
});
