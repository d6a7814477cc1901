import { beforeEach, describe, expect, it } from 'vitest';
import type { BotMemory } from '../../../src/services/bots/bot-memory.ts';
import type { BotTrading } from '../../../src/services/bots/bot-trading.ts';
import type { Reconciler } from '../../../src/services/bots/reconciler.ts';
import { RulesChangedError, type RulesWatch } from '../../../src/services/bots/rules-watch.ts';
import { RunnerChecks } from '../../../src/services/bots/runner-checks.ts';
import { SerialQueue } from '../../../src/services/bots/serial-queue.ts';
import { HandTimers } from './support/hand-timers.ts';
import { partsWith, transaction } from './support/builders.ts';

describe('what a running bot looks at from time to time', () => {
  let done: string[];
  let failure: unknown;
  let timers: HandTimers;
  let queue: SerialQueue;
  let bot: { isAtWork: boolean; isHalted: boolean; isGuarded: boolean; change: string | undefined };
  let checks: RunnerChecks;
  const tx = transaction();

  beforeEach(() => {
    done = [];
    failure = undefined;
    tx.events.length = 0;
    timers = new HandTimers();
    queue = new SerialQueue((error) => {
      failure = error;
    });
    bot = { isAtWork: true, isHalted: false, isGuarded: false, change: undefined };
    const did = (what: string) => async (): Promise<void> => void done.push(what);
    checks = new RunnerChecks({
      // Looked up every 2 s, swept every 30 s.
      parts: partsWith({ timers }),
      queue,
      memory: {
        get isAtWork() {
          return bot.isAtWork;
        },
        transact: (work: (to: typeof tx) => Promise<unknown>) => work(tx),
      } as unknown as BotMemory,
      trading: {
        desk: { resolveUnknown: did('look up'), sweep: did('sweep') },
        planner: { forgetTakingBack: () => undefined },
        halts: {
          get isHalted() {
            return bot.isHalted;
          },
        },
        get isGuarded() {
          return bot.isGuarded;
        },
        guard: did('guard'),
        obeyHalts: did('obey'),
      } as unknown as BotTrading,
      reconciler: { look: did('books') } as unknown as Reconciler,
      rulesWatch: { look: async () => bot.change } as unknown as RulesWatch,
      settle: async () => undefined,
    });
    checks.begin();
  });

  const pass = (seconds: number): Promise<void> => timers.pass(seconds * 1_000, () => queue.drained());

  it('are orders of unknown fate and its books each time, and all open orders at its own interval', async () => {
    await pass(28);
    expect(done).toEqual(Array.from({ length: 14 }, () => ['look up', 'books']).flat());
    done.length = 0;
    await pass(2);
    expect(done).toEqual(['look up', 'sweep', 'books']);
    done.length = 0;
    await pass(28);
    expect(done).not.toContain('sweep');
  });

  it('waits its turn once, however long that takes', async () => {
    const gate = Promise.withResolvers<void>();
    queue.push(() => gate.promise);
    await timers.pass(10_000, () => Promise.resolve());
    expect(queue.length).toBe(2);
    gate.resolve();
    await queue.drained();
    expect(done).toEqual(['look up', 'books']);
  });

  it.each<{ why: string; given: Partial<typeof bot>; seconds: number; expected: string[] }>([
    { why: 'what halts it is obeyed again', given: { isHalted: true }, seconds: 2, expected: ['look up', 'obey', 'books'] },
    { why: 'books are left alone while it winds up', given: { isAtWork: false }, seconds: 2, expected: ['look up'] },
  ])('$why', async ({ given, seconds, expected }) => {
    Object.assign(bot, given);
    await pass(seconds);
    expect(done).toEqual(expected);
  });

  it('are its guards along with its open orders', async () => {
    bot.isGuarded = true;
    await pass(30);
    expect(done.slice(-4)).toEqual(['look up', 'sweep', 'guard', 'books']);
    expect(done.filter((what) => what === 'guard')).toHaveLength(1);
  });

  it('ends, for it begins anew, when its market has other rules, and its owner hears of it', async () => {
    bot.change = 'the step was 1 and is 2';
    await pass(2);
    await Promise.resolve();
    await queue.drained();
    expect(failure).toBeInstanceOf(RulesChangedError);
    expect(JSON.stringify(tx.events)).toContain('the step was 1 and is 2; bot \\"scalper\\" goes by that from now on');
  });

  it('is nothing any more when it has ended', async () => {
    checks.end();
    await pass(60);
    expect(done).toEqual([]);
  });
});
