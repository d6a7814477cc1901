import { beforeAll, expect, it } from 'vitest';
import type { Database } from '../../../src/services/database/index.ts';
import { User } from '../../../src/entities/index.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

describeOnEachDatabase('smoke', (open) => {
  let database: Database;
  beforeAll(async () => {
    database = await open();
  });
  it('stores', async () => {
    const user = await database.transaction(async (em) => em.create(User, { email: 'a@b.c', passwordHash: 'x' }));
    const found = await database.forUser(user.id).findOneOrFail(User, user.id);
    expect(found.email).toBe('a@b.c');
    expect(found.createdAt).toBeInstanceOf(Date);
    const row = await database.rows(user.id).find(User, user.id, ['id', 'email', 'createdAt', 'isActive', 'lastEventSequence']);
    expect(row).toEqual({ id: user.id, email: 'a@b.c', createdAt: found.createdAt, isActive: true, lastEventSequence: 0 });
  });
});
