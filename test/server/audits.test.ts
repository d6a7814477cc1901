import { auditServer } from 'graphql-http';
import { expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
import { newSqlite } from '../support/databases.ts';

it('passes the audits of GraphQL over HTTP that graphql-http brings, without an error', async () => {
  const database = await newSqlite();
  const app = await startApp(database.url);
  try {
    const results = await auditServer({ url: app.url, fetchFn: fetch });
    expect(results.length).toBeGreaterThan(50);
    expect(results.filter(({ status }) => status === 'error').map(({ id, name }) => `${id} ${name}`)).toEqual([]);
  } finally {
    await app.stop();
    await database.remove();
  }
});
