import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MasterKeys, parseMasterKeys, VaultError } from '../../../src/services/security/master-keys.ts';
import { type SealedRow, type SecretPlace, Vault } from '../../../src/services/security/vault.ts';

const secret = 'a secret of an installation, long enough';
const place: SecretPlace = { table: 'api_keys', id: 'row-1', owner: 'ann' };
const secrets = { apiKey: 'the-public-half', secret: 'the-secret-half' };
const vault = new Vault(MasterKeys.of(secret));
const twoKeys = new Vault(MasterKeys.of(secret, parseMasterKeys(`2:${'2b'.repeat(32)}`)));

const cut = (text: string, bytes: number): string =>
  `1.${Buffer.from(text.slice(2), 'base64url').subarray(0, -bytes).toString('base64url')}`;
const flipped = (text: string, at: number): string => {
  const bytes = Buffer.from(text.slice(2), 'base64url');
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return `1.${bytes.toString('base64url')}`;
};

describe('the vault', () => {
  it('gives back what it sealed, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const { fields, ...wrapped } = vault.seal(place, { text });
        expect(vault.open(place, wrapped, 'text', fields.text)).toBe(text);
      }),
      { numRuns: 100 },
    );
  });

  it('never makes the same text twice, nor shows what is in it', () => {
    const [a, b] = [vault.seal(place, secrets), vault.seal(place, secrets)];
    expect(new Set([a.wrappedKey, b.wrappedKey, ...Object.values(a.fields), ...Object.values(b.fields)]).size).toBe(6);
    const stored = JSON.stringify(a);
    for (const text of Object.values(secrets))
      for (const form of ['utf8', 'base64', 'base64url', 'hex'] as const)
        expect(stored).not.toContain(Buffer.from(text).toString(form).replace(/=+$/, ''));
  });

  type Sealed = SealedRow<'apiKey' | 'secret'>;
  const others = new Vault(MasterKeys.of(`${secret}!`));
  it.each<[string, (sealed: Sealed) => () => string]>([
    ['in another row', (s) => () => vault.open({ ...place, id: 'row-2' }, s, 'secret', s.fields.secret)],
    ['of another owner', (s) => () => vault.open({ ...place, owner: 'bob' }, s, 'secret', s.fields.secret)],
    ['in another table', (s) => () => vault.open({ ...place, table: 'notification_channels' }, s, 'secret', s.fields.secret)],
    ['in another column', (s) => () => vault.open(place, s, 'apiKey', s.fields.secret)],
    ['with the data key of another row', (s) => () => vault.open(place, vault.seal(place, secrets), 'secret', s.fields.secret)],
    ['with the data key in place of the secret', (s) => () => vault.open(place, s, 'secret', s.wrappedKey)],
    [
      'with a secret in place of the data key',
      (s) => () => vault.open(place, { ...s, wrappedKey: s.fields.secret }, 'secret', s.fields.secret),
    ],
    ['by another installation', (s) => () => others.open(place, s, 'secret', s.fields.secret)],
    ['under another version', (s) => () => twoKeys.open(place, { ...s, keyVersion: 2 }, 'secret', s.fields.secret)],
    ['under a version that is not there', (s) => () => vault.open(place, { ...s, keyVersion: 7 }, 'secret', s.fields.secret)],
    ['with a tag of 15 bytes', (s) => () => vault.open(place, s, 'secret', cut(s.fields.secret, 1))],
    ['with a tag of 12 bytes', (s) => () => vault.open(place, s, 'secret', cut(s.fields.secret, 4))],
    ['with a tag of 4 bytes', (s) => () => vault.open(place, s, 'secret', cut(s.fields.secret, 12))],
    ['with no tag', (s) => () => vault.open(place, s, 'secret', cut(s.fields.secret, 16))],
    [
      'with a wrapped key that is cut',
      (s) => () => vault.open(place, { ...s, wrappedKey: cut(s.wrappedKey, 4) }, 'secret', s.fields.secret),
    ],
    ['with another nonce', (s) => () => vault.open(place, s, 'secret', flipped(s.fields.secret, 0))],
    ['with another letter', (s) => () => vault.open(place, s, 'secret', flipped(s.fields.secret, 14))],
    ['with another tag', (s) => () => vault.open(place, s, 'secret', flipped(s.fields.secret, -1))],
    ['of another form', (s) => () => vault.open(place, s, 'secret', `2.${s.fields.secret.slice(2)}`)],
    ['of nothing', (s) => () => vault.open(place, s, 'secret', '')],
    ['of something else', (s) => () => vault.open(place, s, 'secret', '1.not base64!')],
    ['with something appended', (s) => () => vault.open(place, s, 'secret', `${s.fields.secret}\n`)],
  ])('refuses what is %s', (_name, attack) => {
    const sealed = vault.seal(place, secrets);
    expect(vault.open(place, sealed, 'secret', sealed.fields.secret)).toBe(secrets.secret);
    expect(attack(sealed)).toThrow(VaultError);
    try {
      attack(sealed)();
    } catch (error) {
      expect((error as Error).message).not.toContain(secrets.secret);
    }
  });

  it('wraps a data key anew without touching the secrets; both versions open meanwhile', () => {
    const old = vault.seal(place, secrets);
    expect([old.keyVersion, twoKeys.currentVersion]).toEqual([1, 2]);
    expect(twoKeys.open(place, old, 'secret', old.fields.secret)).toBe(secrets.secret);
    const wrapped = twoKeys.rewrap(place, old, 2);
    expect(wrapped.keyVersion).toBe(2);
    expect(twoKeys.open(place, wrapped, 'secret', old.fields.secret)).toBe(secrets.secret);
    // Afterwards the first key is needed for nothing.
    const successor = new Vault(MasterKeys.of('another secret altogether, long enough', parseMasterKeys(`2:${'2b'.repeat(32)}`)));
    expect(successor.open(place, wrapped, 'secret', old.fields.secret)).toBe(secrets.secret);
    expect(() => successor.open(place, old, 'secret', old.fields.secret)).toThrow(VaultError);
  });

  it('fits the columns, at the longest that may be given', () => {
    const long = vault.seal(place, { apiKey: 'k'.repeat(1_024), secret: 's'.repeat(8_192), passphrase: '漢'.repeat(512) });
    expect(long.fields.apiKey.length).toBeLessThanOrEqual(8_192);
    expect(long.fields.secret.length).toBeLessThanOrEqual(32_768);
    expect(long.fields.passphrase.length).toBeLessThanOrEqual(8_192);
    expect(long.wrappedKey.length).toBeLessThanOrEqual(120);
  });
});

describe('master keys', () => {
  const hex = 'ab'.repeat(32);
  it('are read one a line, with their versions', () => {
    const keys = parseMasterKeys(`# of 2026\n2:${hex}\n\n 3 : ${hex.toUpperCase()} \n`);
    expect([...keys].map(([version, bytes]) => [version, Buffer.from(bytes).toString('hex')])).toEqual([
      [2, hex],
      [3, hex],
    ]);
    expect(MasterKeys.of(secret, keys).versions).toEqual([1, 2, 3]);
    expect(MasterKeys.of(secret, keys).current).toBe(3);
    expect([...parseMasterKeys(`2:${hex},3:${hex}`).keys()]).toEqual([2, 3]);
  });

  it.each([
    ['', 'there is no key'],
    ['# nothing', 'there is no key'],
    [hex, 'line 1'],
    [`2:${hex.slice(2)}`, 'line 1'],
    [`1:${hex}\n2:${'zz'.repeat(32)}`, 'line 2'],
    [`0:${hex}`, 'line 1'],
    [`-1:${hex}`, 'line 1'],
    [`2:${hex}\n2:${hex}`, 'version 2 twice'],
  ])('written as %j are refused without being repeated', (text, part) => {
    expect(() => parseMasterKeys(text)).toThrow(part);
    try {
      parseMasterKeys(text);
    } catch (error) {
      expect(error).toBeInstanceOf(VaultError);
      expect((error as Error).message).not.toMatch(/abab|zzzz/);
    }
  });

  it('have 256 bits each, and there is one at least', () => {
    expect(() => new MasterKeys(new Map([[1, new Uint8Array(16)]]))).toThrow('16 bytes');
    expect(() => new MasterKeys(new Map())).toThrow('no master key');
    expect(() => MasterKeys.of('short')).toThrow(RangeError);
  });
});
