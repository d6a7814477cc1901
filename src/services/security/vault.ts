import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type MasterKeys, VaultError } from './master-keys.ts';

/** Which row secrets belong to. They open in this very place only. */
export interface SecretPlace {
  readonly table: string;
  /** The row's id. */
  readonly id: string;
  /** Id of the person whom the row belongs to. */
  readonly owner: string;
}

/** A row's data key as it is stored: wrapped by a master key. */
export interface WrappedKey {
  /** Version of the master key. */
  readonly keyVersion: number;
  readonly wrappedKey: string;
}

/** The secrets of one row, ready to be stored. */
export interface SealedRow<Field extends string> extends WrappedKey {
  readonly fields: Readonly<Record<Field, string>>;
}

const algorithm = 'aes-256-gcm';
const nonceLength = 12;
const tagLength = 16;
/** Of the text: what stands before the dot. Part of the associated data, so that one form is never read as another. */
const formVersion = 1;
const dataKeyField = '(data key)';

/**
 * Envelope encryption (AES-256-GCM). Each row has a random data key that encrypts its fields; a master key wraps the data key, so
 * that changing the master key touches no secret. The associated data bind every text to its table, row, owner, field and version: a
 * text that was moved, swapped, cut or made with another key does not open.
 */
export class Vault {
  readonly #keys: MasterKeys;

  constructor(keys: MasterKeys) {
    this.#keys = keys;
  }

  /** Version of the master key that new rows are wrapped by. */
  get currentVersion(): number {
    return this.#keys.current;
  }

  /** @throws VaultError when this version of the master key is not configured */
  assertKnown(version: number): void {
    this.#keys.key(version);
  }

  /** Encrypts the secrets of a row under a new data key. */
  seal<Field extends string>(place: SecretPlace, secrets: Readonly<Record<Field, string>>): SealedRow<Field> {
    const dataKey = randomBytes(32);
    const fields = Object.fromEntries(
      Object.entries<string>(secrets).map(([field, secret]) => [
        field,
        encrypt(dataKey, Buffer.from(secret, 'utf8'), associated(place, field, formVersion)),
      ]),
    ) as Record<Field, string>;
    return { ...this.#wrap(place, dataKey, this.#keys.current), fields };
  }

  /**
   * Decrypts one secret of a row.
   * @throws VaultError when it was not made for this place, was changed, or its master key is another or missing
   */
  open(place: SecretPlace, wrapped: WrappedKey, field: string, sealed: string): string {
    const dataKey = this.#unwrap(place, wrapped);
    return decrypt(dataKey, sealed, associated(place, field, formVersion), `${field} of ${place.table} ${place.id}`).toString(
      'utf8',
    );
  }

  /**
   * The same data key, wrapped by another version of the master key.
   * @throws VaultError as `open` does
   */
  rewrap(place: SecretPlace, wrapped: WrappedKey, version: number): WrappedKey {
    return this.#wrap(place, this.#unwrap(place, wrapped), version);
  }

  #wrap(place: SecretPlace, dataKey: Uint8Array, keyVersion: number): WrappedKey {
    const data = associated(place, dataKeyField, keyVersion);
    return { keyVersion, wrappedKey: encrypt(this.#keys.key(keyVersion), dataKey, data) };
  }

  #unwrap(place: SecretPlace, { keyVersion, wrappedKey }: WrappedKey): Uint8Array {
    const data = associated(place, dataKeyField, keyVersion);
    return decrypt(this.#keys.key(keyVersion), wrappedKey, data, `the data key of ${place.table} ${place.id}`);
  }
}

/** Unambiguous whatever the parts hold. */
function associated({ table, id, owner }: SecretPlace, field: string, version: number): Buffer {
  return Buffer.from(JSON.stringify(['candlewick', table, id, owner, field, version]), 'utf8');
}

function encrypt(key: Uint8Array, plain: Uint8Array, data: Uint8Array): string {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagLength });
  cipher.setAAD(data);
  const body = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return `${formVersion}.${body.toString('base64url')}`;
}

function decrypt(key: Uint8Array, text: string, data: Uint8Array, what: string): Buffer {
  const body = /^1\.([A-Za-z0-9_-]+)$/.exec(text)?.[1];
  const bytes = Buffer.from(body ?? '', 'base64url');
  // Base64 has more than one spelling of the same bytes; only the one that was written counts.
  if (bytes.length < nonceLength + tagLength || bytes.toString('base64url') !== body)
    throw new VaultError(`${what} cannot be opened: it is damaged`);
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceLength), { authTagLength: tagLength });
  decipher.setAAD(data);
  decipher.setAuthTag(bytes.subarray(-tagLength));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceLength, -tagLength)), decipher.final()]);
  } catch {
    throw new VaultError(`${what} cannot be opened: it was changed or moved, or the master key is another`);
  }
}
