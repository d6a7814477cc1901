import { describe, expect, it } from 'vitest';
import { CandleInbox } from '../../../src/services/bots/candle-inbox.ts';
import { SerialQueue } from '../../../src/services/bots/serial-queue.ts';
import type { Candle } from '../../../src/trading/candle.ts';

const candle = (openTime: number): Candle => ({ openTime, open: 1, high: 1, low: 1, close: 1, volume: 1 });
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('closed candles that wait for a bot', () => {
  const followed: number[] = [];
  const inbox = (): { inbox: CandleInbox; queue: SerialQueue } => {
    followed.length = 0;
    const queue = new SerialQueue((error) => {
      throw error;
    });
    return { queue, inbox: new CandleInbox(queue, async ({ openTime }) => void followed.push(openTime)) };
  };

  it('are followed in their order, each once', async () => {
    const { queue, inbox: candles } = inbox();
    for (const time of upTo(240)) candles.push(candle(time));
    await queue.drained();
    expect(followed).toEqual(upTo(240));
  });

  it('are not more than 240, with the newest, however many have closed', async () => {
    const { queue, inbox: candles } = inbox();
    for (const time of upTo(5_000)) candles.push(candle(time));
    expect(queue.length).toBe(240);
    await queue.drained();
    expect(followed).toEqual([...upTo(240), 4_999]);
    candles.push(candle(5_000));
    await queue.drained();
    expect(followed.at(-1)).toBe(5_000);
  });

  it('are not told an older one after a newer one', async () => {
    const { queue, inbox: candles } = inbox();
    for (const time of upTo(241)) candles.push(candle(time));
    queue.push(() => candles.push(candle(241)));
    await queue.drained();
    expect(followed).toEqual([...upTo(241), 241]);
  });
});
