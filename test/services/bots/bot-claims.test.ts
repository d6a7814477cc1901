import { beforeEach, describe, expect, it } from 'vitest';
import { BotClaims } from '../../../src/services/bots/bot-claims.ts';
import type { BegunBot } from '../../../src/services/bots/bot-starts.ts';
import { BotTurns } from '../../../src/services/bots/bot-turns.ts';
import type { Leases } from '../../../src/services/bots/lease.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { silent } from './support/builders.ts';

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `b${index}`);

describe('bots that nobody runs', () => {
  let unheld: string[];
  let looks: number;
  let begun: string[][];
  let ran: string[];
  let running: number;
  let mostRunning: number;
  let isStopped: boolean;
  let turns: BotTurns;
  /** What a start waits for. */
  let gate: Promise<void>;
  let claims: BotClaims;

  beforeEach(() => {
    looks = 0;
    begun = [];
    ran = [];
    running = 0;
    mostRunning = 0;
    isStopped = false;
    gate = Promise.resolve();
    turns = new BotTurns(silent);
    claims = new BotClaims({
      database: {
        systemRows: () => ({ list: async () => unheld.map((botId) => ({ botId })) }),
      } as unknown as Database,
      clock: { now: () => new Date(0) },
      logger: silent,
      leases: { freeOfGone: async () => void looks++ } as unknown as Leases,
      turns,
      isStopped: () => isStopped,
      begin: async (botIds) => {
        begun.push([...botIds]);
        return new Map(botIds.filter((id) => id !== 'taken').map((id) => [id, { bot: { id } } as BegunBot]));
      },
      run: async (bot) => {
        if (!bot) return;
        mostRunning = Math.max(mostRunning, ++running);
        await gate;
        running -= 1;
        ran.push(bot.bot.id);
      },
    });
  });

  it('are all started, those whose lease somebody else was quicker to take are left alone', async () => {
    unheld = ['b0', 'taken', 'b1'];
    await claims.look();
    expect(ran).toEqual(['b0', 'b1']);
  });

  it('are claimed 50 at a time, and no more than 256 are started at once', async () => {
    unheld = ids(400);
    const opened = Promise.withResolvers<void>();
    gate = opened.promise;
    const looking = claims.look();
    for (let tick = 0; tick < 5_000; tick++) await Promise.resolve();
    expect(running).toBe(250);
    opened.resolve();
    await looking;
    expect(begun.map(({ length }) => length)).toEqual(Array.from({ length: 8 }, () => 50));
    expect([ran.length, mostRunning <= 256]).toEqual([400, true]);
  });

  it('are started in their turn where something is still being done to them', async () => {
    unheld = ['b0', 'b1'];
    const closed = Promise.withResolvers<void>();
    void turns.take('b0', () => closed.promise);
    const looking = claims.look();
    for (let tick = 0; tick < 50; tick++) await Promise.resolve();
    expect([begun, ran]).toEqual([[['b1']], ['b1']]);
    closed.resolve();
    await looking;
    expect([begun, ran]).toEqual([
      [['b1'], ['b0']],
      ['b1', 'b0'],
    ]);
  });

  it('are looked for once at a time, and no more when the process stops', async () => {
    unheld = ['b0'];
    await Promise.all([claims.look(), claims.look()]);
    isStopped = true;
    await claims.look();
    expect([looks, ran]).toEqual([1, ['b0']]);
  });
});
