import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Setting } from '../../../src/entities/index.ts';
import type { Database, EntityManager } from '../../../src/services/database/index.ts';
import { openNative } from '../../../src/services/database/sqlite/native.ts';
import { databasesOf } from '../../support/databases.ts';

/* Transactions on SQLite that wait for one another are committed with one write to the disk. */

const open = databasesOf('sqlite');
let database: Database;
/** On a connection of its own: what is on the disk. */
const stored = async (): Promise<string[]> =>
  (await database.systemRows().list(Setting, { fields: ['key'], orderBy: [{ field: 'key' }], limit: 1000 })).map(
    ({ key }) => key,
  );
const write = (key: string, meanwhile: (em: EntityManager) => Promise<unknown> = async () => undefined): Promise<void> =>
  database.transaction(async (em) => {
    await em.persist(em.create(Setting, { key, value: 1 })).flush();
    await meanwhile(em);
  });
/** How it ended with each of them, in the order of their ends. */
const endings = async (named: Readonly<Record<string, Promise<unknown>>>): Promise<string[]> => {
  const ended: string[] = [];
  const told = Object.entries(named).map(([name, promise]) =>
    promise.then(
      () => ended.push(name),
      (error: Error) => ended.push(`${name}: ${error.message}`),
    ),
  );
  await Promise.all(told);
  return ended;
};

beforeEach(async () => {
  database = await open();
});

/** A group ends after a while; on a slow machine that would be in the middle of a test. */
const timeStandsStill = (): void => void vi.useFakeTimers({ toFake: ['performance'] });
afterEach(() => vi.useRealTimers());

describe('transactions that wait for one another', () => {
  it('are on the disk together, and nobody is told or sees anything before', async () => {
    timeStandsStill();
    let isTold = false;
    const seen: unknown[] = [];
    const first = write('first').then(() => (isTold = true));
    const second = write('second', async () => seen.push(await stored(), isTold));
    await Promise.all([first, second]);
    expect(seen).toEqual([[], false]);
    expect(await stored()).toEqual(['first', 'second']);
  });

  it('see what those before them wrote', async () => {
    const seen: number[] = [];
    await Promise.all(['a', 'b', 'c'].map((key) => write(key, async (em) => seen.push(await em.count(Setting)))));
    expect(seen).toEqual([1, 2, 3]);
  });

  it.each([0, 1, 2])('are not touched by one that fails, as number %i', async (place) => {
    const failing = (index: number) => async (): Promise<void> => {
      if (index === place) throw new Error('changed my mind');
    };
    const ends = await endings(Object.fromEntries(['a', 'b', 'c'].map((key, index) => [key, write(key, failing(index))])));
    const others = ['a', 'b', 'c'].filter((_, index) => index !== place);
    expect([...ends].sort()).toEqual([...others, `${'abc'[place]}: changed my mind`].sort());
    expect(await stored()).toEqual(others);
  });

  it('fail with one in which the database undid everything, and those after them do not', async () => {
    timeStandsStill();
    await write('taken');
    const undone = (em: EntityManager): Promise<unknown> =>
      em.execute("insert or rollback into settings select * from settings where key = 'taken'");
    const ends = await endings({ a: write('a'), b: write('b', undone), c: write('c') });
    expect([...ends].sort()).toEqual([
      expect.stringMatching(/^a: .*UNIQUE constraint/),
      expect.stringMatching(/^b: .*UNIQUE constraint/),
      'c',
    ]);
    expect(await stored()).toEqual(['c', 'taken']);
  });

  it('take turns in the order of asking, with statements outside of transactions between them', async () => {
    const [pragma] = await Promise.all([
      write('a').then(() => database.system().getConnection('write').execute('pragma synchronous')),
      write('b'),
      write('c'),
    ]);
    expect(pragma).toEqual([{ synchronous: 2 }]);
    expect(await stored()).toEqual(['a', 'b', 'c']);
  });

  it('go on after one that could not begin, because another process held the file for too long', async () => {
    const impatient = await open({ lockWaitMs: 20 });
    const other = openNative(impatient.url.slice('sqlite:'.length), 'write');
    other.exec('begin immediate');
    const insert = (key: string): Promise<unknown> => impatient.transaction(async (em) => em.create(Setting, { key, value: 1 }));
    const ends = await endings({ a: insert('a'), b: insert('b') });
    expect(ends).toEqual([expect.stringMatching(/^a: .*locked/), expect.stringMatching(/^b: .*locked/)]);
    other.exec('rollback');
    other.close();
    await insert('c');
    expect(await impatient.system().count(Setting)).toBe(1);
  });

  it('leave timers and sockets their time, however many there are', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    let left = 300;
    const forever = async (name: string): Promise<void> => {
      while (left > 0) await write(`${name} ${left--}`);
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(forever));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
    expect((await stored()).length).toBe(300);
  });
});
