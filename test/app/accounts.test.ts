import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { dialects, newPostgres, newSqlite } from '../support/databases.ts';

describe.each(dialects)('accounts over the API, on %s', (dialect) => {
  let app: TestApp;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    const database = await (dialect === 'sqlite' ? newSqlite() : newPostgres());
    remove = database.remove;
    app = await startApp(database.url);
  });
  afterAll(async () => {
    await app.stop();
    await remove();
  });

  it('are made, signed in to, and refreshed; the first is the administrator', async () => {
    const first = await app.signUp('First@Example.com');
    const second = await app.signUp('second@example.com');
    expect((await app.graphql('{ viewer { email role } }', {}, first.token)).data?.['viewer']).toEqual({
      email: 'first@example.com',
      role: 'ADMIN',
    });
    expect((await app.graphql('{ viewer { email role } }', {}, second.token)).data?.['viewer']).toEqual({
      email: 'second@example.com',
      role: 'TRADER',
    });

    const refreshed = await app.graphql(
      'mutation ($t: String!) { refreshTokens(input: { refreshToken: $t }) { accessToken refreshToken errors { code } } }',
      {
        t: first.refreshToken,
      },
    );
    expect(refreshed.data?.['refreshTokens']).toMatchObject({ accessToken: expect.any(String), errors: [] });
    expect(
      (await app.graphql('{ viewer { email } }', {}, refreshed.data?.['refreshTokens'].accessToken)).data?.['viewer'],
    ).toEqual({ email: 'first@example.com' });
  });

  it('a spent refresh token that is used again ends the sign-in', async () => {
    const user = await app.signUp('reuse@example.com');
    const mutation =
      'mutation ($t: String!) { refreshTokens(input: { refreshToken: $t }) { accessToken errors { __typename code message } } }';
    const next = await app.graphql(mutation, { t: user.refreshToken });
    const again = await app.graphql(mutation, { t: user.refreshToken });
    expect(again.data?.['refreshTokens'].errors).toEqual([
      {
        __typename: 'CredentialsError',
        code: 'TOKEN_EXPIRED',
        message: 'the refresh token is unknown, expired or used already: sign in again',
      },
    ]);
    const stolen = await app.graphql('{ accessTokens { nodes { id } } }', {}, next.data?.['refreshTokens'].accessToken);
    expect(stolen.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });
});
