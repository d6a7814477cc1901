import { expect, it } from 'vitest';
import { User } from '../../../src/entities/identity/User.ts';
import { CursorCodec } from '../../../src/services/events/cursor.ts';
import { EventHub } from '../../../src/services/events/hub.ts';
import { EventLog } from '../../../src/services/events/log.ts';
import { EventRetention } from '../../../src/services/events/retention.ts';
import { newId } from '../../../src/services/ids.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

const day = 86_400_000;
const logger = createLogger({ level: 'silent', pretty: false });

describeOnEachDatabase('events that are kept for 90 days', (open) => {
  it('go when they are older, in steps; a cursor before that is reset, one after it goes on', async () => {
    const database = await open();
    const now = new Date('2026-11-28T00:00:00Z');
    const clock = { now: () => now };
    const userId = await database.transaction(async (em) => {
      const user = em.create(User, { email: `old-${newId()}@example.com`, passwordHash: 'x' });
      await em.persist(user).flush();
      return user.id;
    });
    const log = new EventLog(database, clock);
    const append = (count: number, ageDays: number): Promise<number> =>
      database.transaction((em) => {
        const at = new Date(now.getTime() - ageDays * day);
        const draft = { userId, type: 'BOT_DELETED' as const, payload: { deletedId: userId }, at };
        const [first, ...more] = Array.from({ length: count }, () => draft);
        return log.append(em, first, ...more);
      });
    await append(1100, 91);
    await append(3, 89);
    expect(await log.first(userId)).toBe(1);

    const retention = new EventRetention(database, clock, logger, 90);
    expect(await retention.prune()).toBe(1100);
    expect(await retention.prune()).toBe(0);
    expect(await log.first(userId)).toBe(1101);

    const cursors = new CursorCodec(new Uint8Array(32), 'database');
    const hub = new EventHub(log, cursors, clock, logger);
    const first = async (after: number): Promise<string | undefined> => {
      const stream = await hub.stream({
        userId,
        after: cursors.encode(userId, after),
        wants: () => true,
        snapshot: () => Promise.resolve([]),
      });
      const { value } = await stream.next();
      await stream.return?.();
      return value?.kind;
    };
    expect([await first(500), await first(1099), await first(1100), await first(1102)]).toEqual([
      'RESET',
      'RESET',
      'EVENT',
      'EVENT',
    ]);
    const page = (after: number | undefined, limit = 100) =>
      hub.page({ userId, after: after === undefined ? null : cursors.encode(userId, after), wants: () => true }, limit);
    expect(await page(500)).toMatchObject({ items: [], reset: 'the cursor is older than the events that are kept' });
    hub.close();
  });
});
