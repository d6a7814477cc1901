import { expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../support/databases.ts';

describeOnEachDatabase('a database that is closed', (open) => {
  it('answers what was asked just before, on connections that are still being made, and then closes', async () => {
    const database = await open();
    const asked = Promise.all(Array.from({ length: 4 }, () => database.system().execute('select 1 as one')));
    // SQLite has answered by the next turn; PostgreSQL is making connections then.
    await new Promise((resolve) => setImmediate(resolve));
    const closed = database.close();
    expect(await asked).toEqual(Array.from({ length: 4 }, () => [{ one: 1 }]));
    await closed;
  });
});
