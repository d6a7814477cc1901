import { deriveKey } from './keys.ts';

/** What the secrets of a row cannot be opened with, or why not. The message never holds a key or a secret. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
}

const lineForm = /^(\d{1,9})\s*:\s*([0-9a-fA-F]{64})$/;
const form = 'one "version:key" a line, the key 64 hexadecimal digits as `openssl rand -hex 32` prints';

/**
 * Master keys as the operator writes them down: `2:9f86…` one a line, or separated by commas; empty lines and those that begin with
 * `#` are skipped.
 * @throws VaultError naming the line and what is allowed; it does not repeat the key
 */
export function parseMasterKeys(text: string): ReadonlyMap<number, Uint8Array> {
  const keys = new Map<number, Uint8Array>();
  for (const [index, line] of text.split(/[\n,]/).entries()) {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) continue;
    const match = lineForm.exec(entry);
    const version = Number(match?.[1]);
    if (!match || version < 1) throw new VaultError(`line ${index + 1} of the master keys is not one: write ${form}`);
    if (keys.has(version)) throw new VaultError(`the master keys hold version ${version} twice`);
    keys.set(version, Buffer.from(match[2], 'hex'));
  }
  if (keys.size === 0) throw new VaultError(`there is no key among the master keys: write ${form}`);
  return keys;
}

/** The keys that wrap the data keys of rows, by version. The highest version wraps what is new; the others open what they wrapped. */
export class MasterKeys {
  readonly current: number;
  readonly #keys: ReadonlyMap<number, Uint8Array>;

  /** @throws VaultError when there is none, or one has not 256 bits */
  constructor(keys: ReadonlyMap<number, Uint8Array>) {
    const odd = [...keys].find(([version, key]) => key.length !== 32 || !Number.isInteger(version) || version < 1);
    if (odd) throw new VaultError(`master key ${odd[0]} has ${odd[1].length} bytes, 32 are needed`);
    if (keys.size === 0) throw new VaultError('there is no master key');
    this.#keys = keys;
    this.current = Math.max(...keys.keys());
  }

  /**
   * The keys of an installation: version 1 follows from its secret, unless the operator's own keys hold a version 1.
   * @throws RangeError for a secret that is too short
   */
  static of(secret: string, own: ReadonlyMap<number, Uint8Array> = new Map()): MasterKeys {
    return new MasterKeys(new Map([[1, deriveKey(secret, 'master key v1')], ...own]));
  }

  get versions(): readonly number[] {
    return [...this.#keys.keys()].sort((a, b) => a - b);
  }

  /** @throws VaultError when this version is not configured */
  key(version: number): Uint8Array {
    const key = this.#keys.get(version);
    if (key) return key;
    throw new VaultError(`master key ${version} is not configured; there are ${this.versions.join(', ')}`);
  }
}
