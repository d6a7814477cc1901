import { describe, expect, it } from 'vitest';
import { BotTurns } from '../../../src/services/bots/bot-turns.ts';
import { silent } from './support/builders.ts';

describe('turns at a bot', () => {
  it('come one after the other, in the order asked for, and bots do not wait for each other', async () => {
    const turns = new BotTurns(silent);
    const done: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = turns.take('a', async () => {
      await gate.promise;
      done.push('a1');
    });
    const second = turns.take('a', async () => void done.push('a2'));
    await turns.take('b', async () => void done.push('b1'));
    expect(done).toEqual(['b1']);
    expect([turns.isBusy('a'), turns.isBusy('b')]).toEqual([true, false]);
    gate.resolve();
    await Promise.all([first, second]);
    expect(done).toEqual(['b1', 'a1', 'a2']);
    expect(turns.isBusy('a')).toBe(false);
  });

  it('go on after one that has failed, which nobody has to catch', async () => {
    const turns = new BotTurns(silent);
    const done: string[] = [];
    await turns.take('a', () => Promise.reject(new Error('the database is away')));
    await turns.take('a', async () => void done.push('a2'));
    expect(done).toEqual(['a2']);
  });

  it('are settled when what was asked for meanwhile is done, too', async () => {
    const turns = new BotTurns(silent);
    const done: string[] = [];
    void turns.take('a', async () => {
      void turns.take('b', async () => {
        await Promise.resolve();
        done.push('b1');
      });
    });
    await turns.settled();
    expect(done).toEqual(['b1']);
  });
});
