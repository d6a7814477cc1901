import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { Bot, User } from '../../../src/entities/index.ts';
import { afterCommit, type Database, openDatabase } from '../../../src/services/database/index.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { aUser, aWorld, stored } from './builders.ts';

describeOnEachDatabase('transactions', (open, dialect) => {
  let database: Database;
  beforeAll(async () => {
    database = await open();
  });

  const sequence = async (id: string): Promise<number> =>
    (await database.systemRows().find(User, id, ['lastEventSequence']))!.lastEventSequence;

  it('commit everything', async () => {
    const user = await stored(database, (em) => aUser(em));
    expect(await database.system().count(User, { id: user.id })).toBe(1);
  });

  it('leave nothing behind when they fail', async () => {
    let id = '';
    const failing = database.transaction(async (em) => {
      const user = aUser(em);
      id = user.id;
      await em.flush();
      throw new Error('on purpose');
    });
    await expect(failing).rejects.toThrow('on purpose');
    expect(await database.system().count(User, { id })).toBe(0);
    await stored(database, (em) => aUser(em));
  });

  it('a hundred at once that read, wait and write never fail and lose nothing', async () => {
    const user = await stored(database, (em) => aUser(em));
    const one = () =>
      database.transaction(async (em) => {
        const [row] = await em.execute<{ last: number | string }[]>(
          'update users set last_event_sequence = last_event_sequence + 1 where id = ? returning last_event_sequence as last',
          [user.id],
        );
        await sleep(1);
        return Number(row!.last);
      });
    const results = await Promise.all(Array.from({ length: 100 }, one));
    expect(results.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(await sequence(user.id)).toBe(100);
  });

  it('two connections of one database write at once without failing', async () => {
    const other = await openDatabase({ url: urlOf(database) });
    try {
      const user = await stored(database, (em) => aUser(em));
      const raise = (through: Database) =>
        through.transaction(async (em) => {
          await em.execute('select 1');
          await sleep(2);
          await em.execute('update users set last_event_sequence = last_event_sequence + 1 where id = ?', [user.id]);
        });
      await Promise.all(Array.from({ length: 40 }, (_, index) => raise(index % 2 === 0 ? database : other)));
      expect(await sequence(user.id)).toBe(40);
    } finally {
      await other.close();
    }
  });

  it('readers neither wait for a writer nor see what it has not committed', async () => {
    const user = await stored(database, (em) => aUser(em));
    await database.transaction(async (em) => {
      await em.nativeUpdate(User, { id: user.id }, { lastEventSequence: 9 });
      expect(await sequence(user.id)).toBe(0);
      expect((await database.forUser(user.id).findOneOrFail(User, user.id)).lastEventSequence).toBe(0);
      expect((await database.systemRows(em).find(User, user.id, ['lastEventSequence']))?.lastEventSequence).toBe(9);
    });
    expect(await sequence(user.id)).toBe(9);
  });

  it('do not nest', async () => {
    await expect(database.transaction(() => database.transaction(async () => 1))).rejects.toThrow(
      /a transaction is open already/,
    );
    await expect(database.transaction(async () => 1)).resolves.toBe(1);
  });

  it('an inner one of the same entity manager is a savepoint', async () => {
    const kept = await database.transaction(async (em) => {
      const user = aUser(em);
      await em.flush();
      await em
        .transactional(async (inner) => {
          aUser(inner as typeof em, { email: 'undone@example.org' });
          await inner.flush();
          throw new Error('undo');
        })
        .catch(() => undefined);
      return user;
    });
    expect(await database.system().count(User, { id: kept.id })).toBe(1);
    expect(await database.system().count(User, { email: 'undone@example.org' })).toBe(0);
  });

  describe('what waits for the commit', () => {
    it('runs after it', async () => {
      const seen: number[] = [];
      const user = await stored(database, (em) => aUser(em));
      await database.transaction(async (em) => {
        afterCommit(() => seen.push(1));
        await em.nativeUpdate(User, { id: user.id }, { lastEventSequence: 3 });
        expect(seen).toEqual([]);
      });
      expect(seen).toEqual([1]);
    });

    it('does not run after a failure', async () => {
      const seen: number[] = [];
      await database
        .transaction(async () => {
          afterCommit(() => seen.push(1));
          throw new Error('on purpose');
        })
        .catch(() => undefined);
      expect(seen).toEqual([]);
    });

    it('runs at once outside a transaction', () => {
      const seen: number[] = [];
      afterCommit(() => seen.push(1));
      expect(seen).toEqual([1]);
    });
  });

  it('entities found in a transaction are written when it ends', async () => {
    const { user, bot } = await stored(database, (em) => aWorld(em));
    await database.transaction(
      async (em) => {
        (await em.findOneOrFail(Bot, bot.id)).symbol = 'ETH/USDT';
      },
      { userId: user.id },
    );
    expect((await database.rows(user.id).find(Bot, bot.id, ['symbol']))?.symbol).toBe('ETH/USDT');
  });

  function urlOf({ url }: Database): string {
    return dialect === 'sqlite' ? url : url;
  }
});
