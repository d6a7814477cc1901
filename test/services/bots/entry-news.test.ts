import { describe, expect, it } from 'vitest';
import { EntryNews } from '../../../src/services/bots/entry-news.ts';
import type { TradingOptions } from '../../../src/trading/options.ts';
import type { IdleReason, SessionEffect } from '../../../src/trading/session.ts';
import { partsWith, transaction } from './support/builders.ts';

const day = 86_400_000;
const none = (reason: IdleReason): readonly SessionEffect[] => [{ type: 'NONE', reason }];

describe('why a bot enters nothing', () => {
  const told = (tellings: readonly (readonly [reason: IdleReason, at: number] | 'entered')[]): number => {
    const news = new EntryNews(partsWith(), { maxDailyTrades: 3, cooldownCandles: 5 } as TradingOptions);
    const tx = transaction();
    for (const telling of tellings) {
      if (telling === 'entered') {
        news.entered();
        continue;
      }
      const [reason, at] = telling;
      const before = tx.events.length;
      const isNews = news.isNews(none(reason), at);
      news.tell(tx, none(reason), at);
      expect(tx.events.length - before).toBe(isNews ? 1 : 0);
    }
    return tx.events.length;
  };

  it.each([
    {
      why: 'once a reason',
      tellings: [
        ['COOLDOWN', 0],
        ['COOLDOWN', day - 1],
      ] as const,
      expected: 1,
    },
    {
      why: 'again on another day',
      tellings: [
        ['COOLDOWN', 0],
        ['COOLDOWN', day],
      ] as const,
      expected: 2,
    },
    {
      why: 'again for another reason',
      tellings: [
        ['COOLDOWN', 0],
        ['DAILY_TRADES_LIMIT', 0],
      ] as const,
      expected: 2,
    },
    { why: 'again after an entry', tellings: [['COOLDOWN', 0], 'entered', ['COOLDOWN', 1]] as const, expected: 2 },
    { why: 'not when its strategy does not want to', tellings: [['HOLD', 0]] as const, expected: 0 },
  ])('is told $why', ({ tellings, expected }) => {
    expect(told(tellings)).toBe(expected);
  });

  it('is told in words with the limit', () => {
    const tx = transaction();
    new EntryNews(partsWith(), { maxDailyTrades: 3 } as TradingOptions).tell(tx, none('DAILY_TRADES_LIMIT'), 0);
    expect(JSON.stringify(tx.events)).toContain('it has made its 3 entries of the UTC day');
  });
});
