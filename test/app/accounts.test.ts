import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/services/clock.ts';
import type { Mail } from '../../src/services/notifications/mailer.ts';
import { type Answer, startApp, type TestApp } from '../support/app.ts';
import { dialects, newPostgres, newSqlite } from '../support/databases.ts';

/** A clock that tests move. */
class MovableClock implements Clock {
  #ahead = 0;
  now(): Date {
    return new Date(Date.now() + this.#ahead);
  }
  advance(ms: number): void {
    this.#ahead += ms;
  }
}

const minute = 60_000;
const password = 'a long enough secret';
const errors = 'errors { __typename code message path }';

describe.each(dialects)('accounts, on %s', (dialect) => {
  let app: TestApp;
  let remove: () => Promise<void>;
  const clock = new MovableClock();
  const mails: Mail[] = [];

  beforeAll(async () => {
    const database = await (dialect === 'sqlite' ? newSqlite() : newPostgres());
    remove = database.remove;
    app = await startApp(database.url, {}, { clock, mailer: { send: async (mail) => void mails.push(mail) } });
  });
  afterAll(async () => {
    await app.stop();
    await remove();
  });

  const signIn = (email: string, word = password): Promise<Answer> =>
    app.graphql(
      `mutation ($input: SignInInput!) { signIn(input: $input) { accessToken refreshToken user { id email } ${errors} } }`,
      { input: { email, password: word } },
    );
  const refresh = (refreshToken: string): Promise<Answer> =>
    app.graphql(`mutation ($t: String!) { refreshTokens(input: { refreshToken: $t }) { accessToken refreshToken ${errors} } }`, {
      t: refreshToken,
    });
  const viewer = async (token: string): Promise<unknown> =>
    (await app.graphql('{ accessTokens { count { value } } }', {}, token)).errors?.[0]?.extensions.code ?? 'SIGNED_IN';
  const auditTypes = async (token: string): Promise<string[]> =>
    (await app.graphql('{ auditEvents(first: 50) { nodes { eventType } } }', {}, token)).data?.['auditEvents'].nodes.map(
      (node: { eventType: string }) => node.eventType,
    );

  it('the first is the administrator, addresses are one spelling', async () => {
    const first = await app.signUp('First@Example.com ');
    const second = await app.signUp('second@example.com');
    expect((await app.graphql('{ viewer { email role } }', {}, first.token)).data?.['viewer']).toEqual({
      email: 'first@example.com',
      role: 'ADMIN',
    });
    expect((await app.graphql('{ viewer { email role } }', {}, second.token)).data?.['viewer']).toEqual({
      email: 'second@example.com',
      role: 'TRADER',
    });
    expect((await app.graphql('{ viewer { email } }')).data).toEqual({ viewer: null });
  });

  it.each([
    [{ email: 'nonsense', password }, 'INVALID', '"nonsense" is not an email address', ['input', 'email']],
    [
      { email: 'FIRST@example.com', password },
      'TAKEN',
      'there is an account with the address first@example.com already',
      ['input', 'email'],
    ],
    [
      { email: 'new@example.com', password: 'short' },
      'INVALID',
      'the password has 5 characters, the minimum is 8',
      ['input', 'password'],
    ],
    [
      { email: 'new@example.com', password: 'x'.repeat(257) },
      'INVALID',
      'the password has 257 characters, the maximum is 256',
      ['input', 'password'],
    ],
    [
      { email: 'new@example.com', password: 'password123' },
      'INVALID',
      'the password is one of the most common passwords',
      ['input', 'password'],
    ],
    [
      { email: `${'x'.repeat(250)}@example.com`, password },
      'INVALID',
      'the email address has 262 characters, the maximum is 254',
      ['input', 'email'],
    ],
  ])('signUp refuses %o', async (input, code, message, path) => {
    const answer = await app.graphql(`mutation ($input: SignUpInput!) { signUp(input: $input) { user { id } ${errors} } }`, {
      input,
    });
    expect(answer.data?.['signUp']).toEqual({ user: null, errors: [{ __typename: 'ValidationError', code, message, path }] });
    expect(JSON.stringify(answer)).not.toContain(
      input.password.length > 8 && input.password !== password ? input.password : '\u0000',
    );
  });

  it('a wrong password and an unknown address read the same', async () => {
    await app.signUp('known@example.com');
    const wrong = await signIn('known@example.com', 'not the password');
    const unknown = await signIn('unknown@example.com', 'not the password');
    expect(wrong.data).toEqual(unknown.data);
    expect(wrong.data?.['signIn'].errors).toEqual([
      {
        __typename: 'CredentialsError',
        code: 'INVALID_CREDENTIALS',
        message: 'the address and the password do not belong together',
        path: null,
      },
    ]);
  });

  it('guessing is slowed down, aliases of one request count each, and the right password is heard after the wait', async () => {
    await app.signUp('guessed@example.com');
    const alias = (index: number): string =>
      `a${index}: signIn(input: { email: "guessed@example.com", password: "guess number ${index}" }) { errors { code ... on CredentialsError { retryAfterMs } } }`;
    const answer = await app.graphql(`mutation { ${Array.from({ length: 12 }, (_, index) => alias(index)).join(' ')} }`);
    const codes = Object.values(answer.data ?? {}).map((result) => result.errors[0].code);
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS').length).toBeLessThanOrEqual(6);
    expect(codes.at(-1)).toBe('THROTTLED');
    const now = await signIn('guessed@example.com');
    expect(now.data?.['signIn'].errors[0].code).toBe('THROTTLED');
    clock.advance(16 * minute);
    expect((await signIn('guessed@example.com')).data?.['signIn'].errors).toEqual([]);
  });

  it('an access token works for 15 minutes, its sign-in goes on by refreshing', async () => {
    const user = await app.signUp('expiry@example.com');
    expect(await viewer(user.token)).toBe('SIGNED_IN');
    clock.advance(15 * minute + 1000);
    const answer = await app.graphql('{ accessTokens { count { value } } }', {}, user.token);
    expect(answer.errors?.[0]).toMatchObject({
      message: 'the token is expired, revoked or not one of this server: sign in again',
      extensions: { code: 'UNAUTHENTICATED' },
    });
    const next = (await refresh(user.refreshToken)).data?.['refreshTokens'];
    expect(await viewer(next.accessToken)).toBe('SIGNED_IN');
  });

  it('of twenty refreshes at once exactly one wins, and the reuse ends the sign-in', async () => {
    const user = await app.signUp('race@example.com');
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(user.refreshToken)));
    const won = answers.flatMap((answer) => (answer.data?.['refreshTokens'].accessToken ? [answer.data['refreshTokens']] : []));
    expect(won).toHaveLength(1);
    expect(await viewer(won[0].accessToken)).toBe('UNAUTHENTICATED');
    expect((await refresh(won[0].refreshToken)).data?.['refreshTokens'].errors[0].code).toBe('TOKEN_EXPIRED');
    const again = (await signIn('race@example.com')).data?.['signIn'];
    expect(await auditTypes(again.accessToken)).toEqual(['SIGNED_IN', 'REFRESH_TOKEN_REUSED', 'SIGNED_UP']);
  });

  it.each([['nonsense'], ['cwr_0000000000000000000000000000000000000000000000000'], ['']])(
    'refreshTokens refuses %s',
    async (token) => {
      expect((await refresh(token)).data?.['refreshTokens']).toEqual({
        accessToken: null,
        refreshToken: null,
        errors: [
          {
            __typename: 'CredentialsError',
            code: 'TOKEN_EXPIRED',
            message: 'the refresh token is unknown, expired or used already: sign in again',
            path: ['input', 'refreshToken'],
          },
        ],
      });
    },
  );

  it('signing out ends this sign-in and its sockets, and no other', async () => {
    const user = await app.signUp('leaving@example.com');
    const other = (await signIn('leaving@example.com')).data?.['signIn'];
    const client = app.client(user.token);
    const closed = new Promise<number>((resolve) => client.on('closed', (event) => resolve((event as { code: number }).code)));
    const stream = client.iterate({
      query:
        'subscription { candleUpdated(market: { symbol: { exchange: "sim", symbol: "BTC/USDT" } }, timeframe: M1) { candle { close } } }',
    });
    await stream.next();
    expect((await app.graphql(`mutation { signOut { ${errors} } }`, {}, user.token)).data?.['signOut'].errors).toEqual([]);
    expect(await closed).toBe(4403);
    expect(await viewer(user.token)).toBe('UNAUTHENTICATED');
    expect(await viewer(other.accessToken)).toBe('SIGNED_IN');
  });

  it('changing the password needs the old one and ends all other sign-ins', async () => {
    const user = await app.signUp('change@example.com');
    const other = (await signIn('change@example.com')).data?.['signIn'];
    const change = (currentPassword: string, newPassword: string): Promise<Answer> =>
      app.graphql(
        `mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { ${errors} } }`,
        { input: { currentPassword, newPassword } },
        user.token,
      );
    expect((await change('wrong', 'another long secret')).data?.['changePassword'].errors).toMatchObject([
      { code: 'INVALID_CREDENTIALS', path: ['input', 'currentPassword'] },
    ]);
    expect((await change(password, 'short')).data?.['changePassword'].errors).toMatchObject([
      { code: 'INVALID', path: ['input', 'newPassword'] },
    ]);
    expect(await viewer(other.accessToken)).toBe('SIGNED_IN');
    expect((await change(password, 'another long secret')).data?.['changePassword'].errors).toEqual([]);
    expect(await viewer(user.token)).toBe('SIGNED_IN');
    expect(await viewer(other.accessToken)).toBe('UNAUTHENTICATED');
    expect((await signIn('change@example.com')).data?.['signIn'].errors[0].code).toBe('INVALID_CREDENTIALS');
    expect((await signIn('change@example.com', 'another long secret')).data?.['signIn'].errors).toEqual([]);
  });

  it('a forgotten password is set by a mailed token, once, within 30 minutes', async () => {
    const user = await app.signUp('forgot@example.com');
    const request = (email: string): Promise<Answer> =>
      app.graphql(`mutation ($e: String!) { requestPasswordReset(input: { email: $e }) { ${errors} } }`, { e: email });
    const reset = (token: string, newPassword = 'remembered from now on'): Promise<Answer> =>
      app.graphql(`mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { ${errors} } }`, {
        input: { token, newPassword },
      });
    mails.length = 0;
    expect(await request('nobody@example.com')).toEqual({
      ...(await request('forgot@example.com')),
      extensions: expect.anything(),
    });
    await expect.poll(() => mails.length).toBe(1);
    const token = /cwp_\w+/.exec(mails[0].text)?.[0] ?? '';
    expect(mails[0].to).toBe('forgot@example.com');

    expect((await reset(token, 'short')).data?.['resetPassword'].errors).toMatchObject([{ code: 'INVALID' }]);
    expect(await viewer(user.token)).toBe('SIGNED_IN');
    expect((await reset(token)).data?.['resetPassword'].errors).toEqual([]);
    expect(await viewer(user.token)).toBe('UNAUTHENTICATED');
    expect((await reset(token)).data?.['resetPassword'].errors).toMatchObject([
      { code: 'TOKEN_EXPIRED', path: ['input', 'token'] },
    ]);
    expect((await signIn('forgot@example.com', 'remembered from now on')).data?.['signIn'].errors).toEqual([]);

    mails.length = 0;
    clock.advance(20 * minute);
    await request('forgot@example.com');
    await expect.poll(() => mails.length).toBe(1);
    clock.advance(30 * minute);
    expect((await reset(/cwp_\w+/.exec(mails[0].text)?.[0] ?? '')).data?.['resetPassword'].errors).toMatchObject([
      { code: 'TOKEN_EXPIRED' },
    ]);
  });

  it('personal access tokens do what their scopes say, until they are revoked or expire', async () => {
    const user = await app.signUp('scripts@example.com');
    const create = async (input: object, as = user.token): Promise<Answer> =>
      app.graphql(
        `mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { secret accessToken { id name scopes } ${errors} } }`,
        { input },
        as,
      );
    const reader = (await create({ name: 'reader', scopes: ['READ'] })).data?.['createAccessToken'];
    expect(reader).toMatchObject({
      secret: expect.stringMatching(/^cwk_/),
      accessToken: { name: 'reader', scopes: ['READ'] },
      errors: [],
    });
    expect(await viewer(reader.secret)).toBe('SIGNED_IN');
    expect((await create({ name: 'more', scopes: ['TRADE'] }, reader.secret)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');

    expect((await create({ name: '', scopes: ['READ'] })).data?.['createAccessToken'].errors).toMatchObject([
      { code: 'INVALID', path: ['input', 'name'] },
    ]);
    expect((await create({ name: 'x', scopes: [] })).data?.['createAccessToken'].errors).toMatchObject([
      { code: 'REQUIRED', path: ['input', 'scopes'] },
    ]);
    expect((await create({ name: 'x', scopes: ['ADMIN'] })).data?.['createAccessToken'].errors).toMatchObject([
      { code: 'INVALID', message: 'the scope ADMIN is more than you have: READ, TRADE' },
    ]);
    expect(
      (await create({ name: 'x', scopes: ['READ'], expiresAt: '2020-01-01T00:00:00Z' })).data?.['createAccessToken'].errors,
    ).toMatchObject([{ code: 'INVALID', path: ['input', 'expiresAt'] }]);

    const brief = (
      await create({ name: 'brief', scopes: ['READ'], expiresAt: new Date(clock.now().getTime() + minute).toISOString() })
    ).data?.['createAccessToken'];
    expect(await viewer(brief.secret)).toBe('SIGNED_IN');
    clock.advance(2 * minute);
    expect(await viewer(brief.secret)).toBe('UNAUTHENTICATED');

    const revoke = (id: string): Promise<Answer> =>
      app.graphql(
        `mutation ($id: ID!) { revokeAccessToken(input: { id: $id }) { accessToken { revokedAt } ${errors} } }`,
        { id },
        user.token,
      );
    expect((await revoke('bot_01h455vb4pex5vsknk084sn02q')).data?.['revokeAccessToken'].errors).toMatchObject([
      { code: 'INVALID', message: 'expected a atok_ id, got bot_' },
    ]);
    expect((await revoke('atok_01h455vb4pex5vsknk084sn02q')).data?.['revokeAccessToken'].errors).toMatchObject([
      { __typename: 'NotFoundError' },
    ]);
    expect((await revoke(reader.accessToken.id)).data?.['revokeAccessToken']).toMatchObject({
      accessToken: { revokedAt: expect.any(String) },
      errors: [],
    });
    expect(await viewer(reader.secret)).toBe('UNAUTHENTICATED');
  });
});

describe('who may sign up', () => {
  const attempts = async (config: object): Promise<(string | undefined)[]> => {
    const database = await newSqlite();
    const app = await startApp(database.url, config);
    try {
      const codes: (string | undefined)[] = [];
      for (const email of ['one@example.com', 'two@example.com']) {
        const answer = await app.graphql('mutation ($input: SignUpInput!) { signUp(input: $input) { errors { code } } }', {
          input: { email, password },
        });
        codes.push(answer.data?.['signUp'].errors[0]?.code);
      }
      return codes;
    } finally {
      await app.stop();
      await database.remove();
    }
  };

  it.each([
    [{ signup: 'open', production: true }, [undefined, undefined]],
    [{ signup: 'closed' }, ['SIGNUP_CLOSED', 'SIGNUP_CLOSED']],
    [{ signup: 'auto' }, [undefined, undefined]],
    [{ signup: 'auto', production: true }, [undefined, 'SIGNUP_CLOSED']],
  ])('%o', async (config, expected) => {
    expect(await attempts(config)).toEqual(expected);
  });
});
