import { beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '../../../src/services/ids.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { SessionPresence } from '../../../src/services/database/postgres/presence.ts';
import { type SessionClient, sessionClient } from '../../../src/services/database/postgres/session-client.ts';
import { databasesOf } from '../../support/databases.ts';

/* What a process shows others over a connection to PostgreSQL; what they make of it is told by test/services/bots/presence.test.ts. */

const open = databasesOf('postgresql');
let database: Database;
beforeAll(async () => {
  database = await open();
});
const isGone = (id: string): Promise<boolean> =>
  database.transaction((em) => presence(() => sessionClient(database.orm)).shown.isGone(em, id));
const presence = (newClient: () => Promise<SessionClient>): { shown: SessionPresence; told: string[] } => {
  const told: string[] = [];
  return { shown: new SessionPresence({ id: newId(), newClient, onHidden: (text) => told.push(text) }), told };
};

describe('the presence of a process on PostgreSQL', () => {
  it('is shown from its entering to its leaving, and can be entered again', async () => {
    const { shown, told } = presence(() => sessionClient(database.orm));
    expect(shown.isShown).toBe(false);
    for (let time = 0; time < 2; time++) {
      await shown.enter();
      expect(shown.isShown).toBe(true);
      expect(await isGone(shown.id)).toBe(false);
      await shown.leave();
      expect(shown.isShown).toBe(false);
      await vi.waitFor(async () => expect(await isGone(shown.id)).toBe(true), 5_000);
    }
    expect(told).toEqual([]);
  });

  it('is not shown through a pooler, which tells a number of its own for the process on the server', async () => {
    const { shown, told } = presence(async () => behindPooler(await sessionClient(database.orm)));
    await shown.enter();
    expect(shown.isShown).toBe(false);
    expect(told).toEqual([expect.stringMatching(/run through a pooler/)]);
    await shown.leave();
  });

  it('is shown as soon as it can be, where no connection was to be had at first', async () => {
    let tries = 0;
    const { shown, told } = presence(async () => {
      tries += 1;
      if (tries === 1) throw new Error('sorry, too many clients already');
      return sessionClient(database.orm);
    });
    await shown.enter();
    expect(shown.isShown).toBe(false);
    expect(told).toEqual(['others cannot know that this process lives: sorry, too many clients already; it is tried again']);
    await vi.waitFor(() => expect(shown.isShown).toBe(true), 5_000);
    await shown.leave();
  });
});

/** As a pooler answers: with a number that it made itself. */
function behindPooler(client: SessionClient): SessionClient {
  return new Proxy(client, {
    get: (target, key) => {
      if (key === 'processID') return 1;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
