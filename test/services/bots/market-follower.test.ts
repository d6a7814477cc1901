import { beforeEach, describe, expect, it } from 'vitest';
import type { BotMemory } from '../../../src/services/bots/bot-memory.ts';
import type { BotTrading } from '../../../src/services/bots/bot-trading.ts';
import type { EntryNews } from '../../../src/services/bots/entry-news.ts';
import { MarketFollower } from '../../../src/services/bots/market-follower.ts';
import { SerialQueue } from '../../../src/services/bots/serial-queue.ts';
import { BotStatus } from '../../../src/trading/bot.ts';
import type { Candle, Candles } from '../../../src/trading/candle.ts';
import type { SessionEffect, SessionEvent } from '../../../src/trading/session.ts';
import { inTransaction, minute, partsWith } from './support/builders.ts';

const day = 86_400_000;
const candle = (openTime: number, close = 10): Candle => ({ openTime, open: 9, high: close, low: 9, close, volume: 1 });
const columns = (times: readonly number[]): Candles => {
  const column = (value: number): Float64Array => new Float64Array(times.length).fill(value);
  return {
    openTime: Float64Array.from(times),
    open: column(9),
    high: column(10),
    low: column(9),
    close: column(10),
    volume: column(1),
  };
};

describe('a bot that follows its market', () => {
  let done: string[];
  let queue: SerialQueue;
  let session: {
    lastOpenTime: number | undefined;
    position: { side: number; protection: () => null };
    pending: object | null;
    paused: boolean;
  };
  let memory: { status: BotStatus; unsavedMs: number };
  let market: { isWaiting: boolean; isReached: boolean; isNews: boolean; effects: readonly SessionEffect[] };
  let follower: MarketFollower;

  const at = (openTime: number): string => `${openTime / minute}`;

  beforeEach(() => {
    done = [];
    queue = new SerialQueue((error) => {
      throw error;
    });
    session = { lastOpenTime: 4 * minute, position: { side: 0, protection: () => null }, pending: null, paused: false };
    memory = { status: BotStatus.RUNNING, unsavedMs: 0 };
    market = { isWaiting: false, isReached: false, isNews: false, effects: [{ type: 'NONE', reason: 'HOLD' }] };
    const handle = (event: SessionEvent): readonly SessionEffect[] => {
      if (event.type === 'CANDLE_CLOSED') {
        done.push(`${event.stale ? 'follow' : 'decide'} ${at(event.candle.openTime)}`);
        session.lastOpenTime = event.candle.openTime;
      } else if (event.type === 'TICK') done.push(`reached ${event.price}`);
      return market.effects;
    };
    follower = new MarketFollower({
      parts: partsWith({
        market: {
          history: async (_: string, __: string, from: number, to: number) =>
            columns(Array.from({ length: (to - from) / minute }, (_value, index) => from + index * minute)),
        },
      }),
      queue,
      memory: {
        session: Object.assign(session, { handle }),
        see: () => undefined,
        get closedAt() {
          return (session.lastOpenTime ?? 0) + minute;
        },
        get status() {
          return memory.status;
        },
        get unsavedMs() {
          return memory.unsavedMs;
        },
        transact: inTransaction,
      } as unknown as BotMemory,
      trading: {
        apply: async () => undefined,
        planner: {
          get isWaiting() {
            return market.isWaiting;
          },
          isTargetReached: () => market.isReached,
          opened: async () => {
            done.push('placed at the open');
            market.isWaiting = false;
          },
          protect: async () => undefined,
          dropWaiting: async () => void done.push('drop what waits'),
        },
        halts: { look: async () => void done.push('stored') },
      } as unknown as BotTrading,
      entryNews: { isNews: () => market.isNews, tell: () => undefined } as unknown as EntryNews,
      settle: async () => undefined,
    });
  });

  const tell = async (...updates: readonly [openTime: number, isClosed: boolean][]): Promise<void> => {
    for (const [openTime, isClosed] of updates) follower.told({ candle: candle(openTime), isClosed });
    await queue.drained();
  };

  it('decides on each candle that closes once, and not on older ones', async () => {
    for (const minutes of [5, 5, 3, 6]) await tell([minutes * minute, true]);
    expect(done).toEqual(['decide 5', 'decide 6']);
  });

  it('follows what it has missed before it decides on the newest, and does not place what waited', async () => {
    await tell([8 * minute, true]);
    expect(done).toEqual(['drop what waits', 'follow 5', 'follow 6', 'follow 7', 'decide 8']);
  });

  it('decides on its first candle, whenever that is', async () => {
    session.lastOpenTime = undefined;
    await tell([8 * minute, true]);
    expect(done).toEqual(['decide 8']);
  });

  it('decides nothing on its way to STOPPED', async () => {
    memory.status = BotStatus.STOPPING;
    await tell([5 * minute, true]);
    expect(done).toEqual([]);
  });

  it('places what it has decided at the first price of the next candle, once', async () => {
    market.isWaiting = true;
    await tell([5 * minute, false], [5 * minute, false]);
    expect(done).toEqual(['placed at the open']);
  });

  it('lets one first price wait at a time, however far it is behind', async () => {
    market.isWaiting = true;
    const gate = Promise.withResolvers<void>();
    queue.push(() => gate.promise);
    for (let told = 0; told < 100; told++) follower.told({ candle: candle(5 * minute), isClosed: false });
    expect(queue.length).toBe(2);
    gate.resolve();
    await queue.drained();
    expect(done).toEqual(['placed at the open']);
  });

  it('does not place what it has decided at a price of the candle before', async () => {
    market.isWaiting = true;
    await tell([4 * minute, false]);
    expect(done).toEqual([]);
  });

  it('places what waits when it first hears of a candle at its close, before it decides on it', async () => {
    market.isWaiting = true;
    await tell([5 * minute, true]);
    expect(done).toEqual(['placed at the open', 'decide 5']);
  });

  it('sells at a target that does not rest at the exchange, if it is still reached when its turn comes', async () => {
    market.isReached = true;
    queue.push(() => void done.push('before'));
    follower.told({ candle: candle(5 * minute, 12), isClosed: false });
    await queue.drained();
    expect(done).toEqual(['before', 'reached 12']);
    queue.push(() => {
      market.isReached = false;
    });
    follower.told({ candle: candle(5 * minute, 13), isClosed: false });
    await queue.drained();
    expect(done).toEqual(['before', 'reached 12']);
  });

  it.each<{ why: string; given: () => void; openTime?: number; isStored: boolean }>([
    { why: 'nothing has changed', given: () => undefined, isStored: false },
    { why: 'it was not stored for a while', given: () => (memory.unsavedMs = 5_000), isStored: true },
    { why: 'something is held', given: () => (session.position.side = 1), isStored: true },
    { why: 'an order is under way', given: () => (session.pending = {}), isStored: true },
    { why: 'its owner is to hear something', given: () => (market.isNews = true), isStored: true },
    { why: 'the session wants something', given: () => (market.effects = [{ type: 'CANCEL', leg: 'ENTRY' }]), isStored: true },
    {
      why: 'a day ends',
      given: () => (session.lastOpenTime = day - 2 * minute),
      openTime: day - minute,
      isStored: true,
    },
  ])('stores a candle ($isStored) when $why', async ({ given, openTime = 5 * minute, isStored }) => {
    given();
    await tell([openTime, true]);
    expect(done).toEqual([`decide ${at(openTime)}`, ...(isStored ? ['stored'] : [])]);
  });
});
