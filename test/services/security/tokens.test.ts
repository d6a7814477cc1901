import { SignJWT, decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { AccessTokens, accessTokenLifeMs } from '../../../src/services/security/access-tokens.ts';
import { deriveKey, keyIdOf } from '../../../src/services/security/keys.ts';
import { hashToken, isWellFormed, mintToken, TokenKind } from '../../../src/services/security/opaque-tokens.ts';
import { Revocations, type RevokedTarget } from '../../../src/services/security/revocations.ts';
import { FakeClock } from './fake-clock.ts';

const secret = 'a secret of this installation only, long enough';

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('an access token', () => {
  it('tells whose it is and which sign-in it belongs to, for at most 15 minutes', async () => {
    const clock = new FakeClock();
    const tokens = new AccessTokens(secret, clock);
    const { token, expiresAt } = await tokens.sign('user-1', 'session-1');
    expect(expiresAt.getTime() - clock.now().getTime()).toBeLessThanOrEqual(15 * 60_000);
    expect(await tokens.read(token)).toEqual({ userId: 'user-1', sessionId: 'session-1', expiresAt });
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'HS256', typ: 'at+jwt', kid: expect.any(String) });
    expect(Object.keys(decodeJwt(token)).toSorted()).toEqual(['aud', 'exp', 'iat', 'iss', 'sid', 'sub']);
  });

  it('is refused from the second it expires', async () => {
    const clock = new FakeClock();
    const tokens = new AccessTokens(secret, clock);
    const { token } = await tokens.sign('user-1', 'session-1');
    clock.advance(accessTokenLifeMs - 1000);
    expect(await tokens.read(token)).not.toBeNull();
    clock.advance(1000);
    expect(await tokens.read(token)).toBeNull();
  });

  it('is refused by an installation with another secret', async () => {
    const clock = new FakeClock();
    const { token } = await new AccessTokens(secret, clock).sign('user-1', 'session-1');
    expect(await new AccessTokens(`${secret}!`, clock).read(token)).toBeNull();
  });

  it.each(['', 'nonsense', 'a.b.c', 'null', '😀', 'x'.repeat(100_000)])('is refused when it is not one: %.20s', async (text) => {
    expect(await new AccessTokens(secret, new FakeClock()).read(text)).toBeNull();
  });

  it('is refused when any character of it was changed', async () => {
    const tokens = new AccessTokens(secret, new FakeClock());
    const { token } = await tokens.sign('user-1', 'session-1');
    // Not the last one: its low bits are padding, so that another character may mean the same bytes.
    for (let at = 0; at < token.length - 1; at += 7) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(await tokens.read(changed)).toBeNull();
    }
  });

  describe('signed with the right key', () => {
    const key = deriveKey(secret, 'access token signature v1');
    const clock = new FakeClock();
    const now = Math.floor(clock.now().getTime() / 1000);
    const right = {
      header: { alg: 'HS256', typ: 'at+jwt', kid: keyIdOf(key) },
      claims: { iss: 'candlewick', aud: 'candlewick-api', sub: 'user-1', sid: 'session-1', iat: now, exp: now + 60 },
    };
    const read = async (header: object, claims: object): Promise<unknown> => {
      const token = await new SignJWT({ ...right.claims, ...claims })
        .setProtectedHeader({ ...right.header, ...header })
        .sign(key);
      return new AccessTokens(secret, clock).read(token);
    };

    it('is accepted when everything else is right, which makes the next cases mean something', async () => {
      expect(await read({}, {})).not.toBeNull();
    });

    it.each([
      ['another audience', {}, { aud: 'another-api' }],
      ['another issuer', {}, { iss: 'another' }],
      ['another type of token', { typ: 'JWT' }, {}],
      ['another key id', { kid: 'another' }, {}],
      ['another algorithm', { alg: 'HS512' }, {}],
      ['no sign-in', {}, { sid: undefined }],
      ['no user', {}, { sub: undefined }],
      ['no expiry', {}, { exp: undefined }],
    ])('is refused with %s', async (_, header, claims) => {
      expect(await read(header, claims)).toBeNull();
    });
  });

  it('is refused unsigned', async () => {
    const exp = Math.floor(Date.parse('2030-01-01') / 1000);
    const claims = part({ iss: 'candlewick', aud: 'candlewick-api', sub: 'user-1', sid: 'session-1', iat: 1, exp });
    const unsigned = `${part({ alg: 'none', typ: 'at+jwt' })}.${claims}.`;
    expect(await new AccessTokens(secret, new FakeClock()).read(unsigned)).toBeNull();
  });
});

describe('the installation secret', () => {
  it('gives each purpose its own key, always the same', () => {
    expect(deriveKey(secret, 'one')).toEqual(deriveKey(secret, 'one'));
    expect(deriveKey(secret, 'one')).not.toEqual(deriveKey(secret, 'two'));
    expect(deriveKey(secret, 'one')).toHaveLength(32);
  });

  it('is refused when short, without being repeated', () => {
    expect(() => deriveKey('short secret', 'one')).toThrow('CANDLEWICK_SECRET has 12 characters, the minimum is 32');
  });
});

describe('an opaque token', () => {
  const kinds = Object.values(TokenKind);

  it.each(kinds)('shows its kind by its prefix: %s', (kind) => {
    const token = mintToken(kind);
    expect(token).toMatch(new RegExp(`^${kind}_[0-9A-Za-z]{49}$`));
    expect(kinds.filter((other) => isWellFormed(other, token))).toEqual([kind]);
  });

  it('never repeats', () => {
    expect(new Set(Array.from({ length: 1000 }, () => mintToken('cwr'))).size).toBe(1000);
  });

  it('is refused by its checksum when a character was mistyped', () => {
    const token = mintToken('cwk');
    for (let at = 4; at < token.length; at++) {
      const mistyped = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(isWellFormed('cwk', mistyped)).toBe(false);
    }
    for (const text of ['', 'cwk_', token.slice(0, -1), `${token}A`, token.toUpperCase()])
      expect(isWellFormed('cwk', text)).toBe(false);
  });

  it('is stored as its SHA-256', () => {
    expect(hashToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('a revocation', () => {
  it('reaches every listener until it stops listening, even past one that fails', () => {
    const revocations = new Revocations();
    const heard: RevokedTarget[] = [];
    revocations.onRevoked(() => {
      throw new Error('this listener is broken');
    });
    const stop = revocations.onRevoked((target) => heard.push(target));
    expect(() => revocations.announce({ sessionId: 'one' })).toThrow('1 listeners failed on a revocation');
    stop();
    expect(() => revocations.announce({ sessionId: 'two' })).toThrow(AggregateError);
    expect(heard).toEqual([{ sessionId: 'one' }]);
  });
});
