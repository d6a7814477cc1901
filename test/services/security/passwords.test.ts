import { describe, expect, it } from 'vitest';
import { formatPhc, parsePhc } from '../../../src/services/security/phc.ts';
import { assertPassword } from '../../../src/services/security/password-rules.ts';
import { defaultCost, Passwords } from '../../../src/services/security/passwords.ts';

const cheap = { memoryKiB: 64, passes: 1, parallelism: 1 };

describe('a stored password', () => {
  it('is a PHC string of argon2id with at least the cost that was decided on', async () => {
    const stored = await new Passwords().hash('a fairly long password');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(defaultCost.memoryKiB).toBeGreaterThanOrEqual(19_456);
    expect(defaultCost.passes).toBeGreaterThanOrEqual(2);
  });

  it('is salted: the same password is stored differently each time', async () => {
    const passwords = new Passwords({ cost: cheap });
    expect(await passwords.hash('correct horse')).not.toBe(await passwords.hash('correct horse'));
  });

  it('matches its password and no other', async () => {
    const passwords = new Passwords({ cost: cheap });
    const stored = await passwords.hash('correct horse');
    expect(await passwords.check('correct horse', stored)).toEqual({ matches: true, outdated: false });
    for (const wrong of ['correct hors', 'correct horse ', 'Correct horse', ''])
      expect(await passwords.check(wrong, stored)).toEqual({ matches: false, outdated: false });
  });

  it('matches however the keyboard composes its letters', async () => {
    const passwords = new Passwords({ cost: cheap });
    const stored = await passwords.hash('caf\u00e9 au lait');
    expect((await passwords.check('cafe\u0301 au lait', stored)).matches).toBe(true);
  });

  it('is read as the reference implementation of argon2 writes it', async () => {
    // From the argon2 command of the reference implementation: echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1
    const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect((await new Passwords().check('password', reference)).matches).toBe(true);
    expect((await new Passwords().check('Password', reference)).matches).toBe(false);
  });

  it('is outdated once more work is asked for, and only if the password was right', async () => {
    const stored = await new Passwords({ cost: cheap }).hash('correct horse');
    for (const raised of [{ memoryKiB: 128 }, { passes: 2 }, { parallelism: 2, memoryKiB: 64 }]) {
      const stricter = new Passwords({ cost: { ...cheap, ...raised } });
      expect(await stricter.check('correct horse', stored)).toEqual({ matches: true, outdated: true });
      expect(await stricter.check('wrong', stored)).toEqual({ matches: false, outdated: false });
    }
  });

  it('never matches when there is none, whatever is tried', async () => {
    const passwords = new Passwords({ cost: cheap });
    for (const stored of [null, '', 'plain text', '$argon2id$v=19$m=64,t=1,p=1$short'])
      expect(await passwords.check('anything', stored)).toEqual({ matches: false, outdated: false });
  });

  it('takes as much work to refuse for an address that nobody has', async () => {
    const passwords = new Passwords();
    const stored = await passwords.hash('correct horse');
    const time = async (hash: string | null): Promise<number> => {
      const start = performance.now();
      await passwords.check('wrong horse', hash);
      return performance.now() - start;
    };
    const runs = { known: [] as number[], unknown: [] as number[] };
    for (let i = 0; i < 7; i++) {
      runs.known.push(await time(stored));
      runs.unknown.push(await time(null));
    }
    const fastest = { known: Math.min(...runs.known), unknown: Math.min(...runs.unknown) };
    // A missing hash would take microseconds instead of tens of milliseconds.
    expect(fastest.unknown).toBeGreaterThan(fastest.known / 3);
  });

  it('leaves the event loop free while it is hashed', async () => {
    const passwords = new Passwords();
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await Promise.all([passwords.hash('one password'), passwords.hash('two password'), passwords.hash('three password')]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });

  it('is refused as throttled beyond the queue, without being hashed', async () => {
    const passwords = new Passwords({ running: 1, waiting: 2 });
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, (_, i) => passwords.hash(`password ${i}`)));
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(outcomes[4]).toMatchObject({ reason: { code: 'THROTTLED', details: { retryAfterMs: 1000 } } });
  });
});

describe('a PHC string', () => {
  it('round-trips', () => {
    const record = { ...defaultCost, salt: Buffer.from('0123456789abcdef'), tag: Buffer.alloc(32, 7) };
    expect(parsePhc(formatPhc(record))).toEqual(record);
  });

  it.each([
    '',
    'argon2id',
    '$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    '$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    '$argon2id$v=19$m=-1,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    '$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$short',
  ])('is refused when it is not one of argon2id: %s', (text) => {
    expect(parsePhc(text)).toBeNull();
  });
});

describe('a new password', () => {
  const path = ['input', 'password'];
  const email = 'ada.lovelace@example.com';

  it.each([
    ['7 characters', 'short12', 'the password has 7 characters, the minimum is 8'],
    ['257 characters', 'ab'.repeat(128) + 'c', 'the password has 257 characters, the maximum is 256'],
    ['a common one', 'Password123', 'the password is one of the most common passwords'],
    ['a common one in full-width letters', 'ｐassword123', 'the password is one of the most common passwords'],
    ['one character repeated', 'zzzzzzzzzz', 'the password is one character repeated'],
    ['the address', 'Ada.Lovelace@Example.com', 'the password is the email address of the account'],
    ['the name in the address', 'ada.lovelace', 'the password is the email address of the account'],
  ])('is refused when it is %s', (_, password, message) => {
    expect(() => assertPassword(password, email, path)).toThrow(expect.objectContaining({ code: 'INVALID', message, path }));
  });

  it.each(['12 plain letters', 'xy'.repeat(128), 'пароль с пробелами', '🐎🔋📎✅🐎🔋📎✅', 'nodigitsorsymbols'])(
    'needs no mixture of characters: %s',
    (password) => {
      expect(() => assertPassword(password, email, path)).not.toThrow();
    },
  );
});
