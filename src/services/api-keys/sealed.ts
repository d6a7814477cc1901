import type { ApiKey } from '../../entities/exchange/ApiKey.ts';
import type { RowKey } from '../database/index.ts';
import { DomainError } from '../errors.ts';
import type { ExchangeCredentials } from '../exchanges/key-probe.ts';
import { keepSecret } from '../redact.ts';
import { VaultError } from '../security/master-keys.ts';
import type { SecretPlace, Vault } from '../security/vault.ts';

/** The table of exchange keys, as their secrets are bound to it. */
const apiKeyTable = 'api_keys';

/** What the secrets of a key are opened with; read only where they are. */
export const secretColumns = [
  'id',
  'userId',
  'label',
  'keyVersion',
  'wrappedKey',
  'encryptedApiKey',
  'encryptedSecret',
  'encryptedPassphrase',
] as const satisfies readonly RowKey<ApiKey>[];

export interface SealedKey {
  readonly id: string;
  readonly userId: string;
  readonly label: string;
  readonly keyVersion: number;
  readonly wrappedKey: string;
  readonly encryptedApiKey: string;
  readonly encryptedSecret: string;
  readonly encryptedPassphrase: string | null;
}

const placeOf = (id: string, owner: string): SecretPlace => ({ table: apiKeyTable, id, owner });

/** Columns that keep the secrets of a key, under a new data key. */
export function sealedColumns(
  vault: Vault,
  row: { id: string; owner: string },
  { apiKey, secret, passphrase }: ExchangeCredentials,
) {
  const { keyVersion, wrappedKey, fields } = vault.seal<string>(placeOf(row.id, row.owner), {
    encryptedApiKey: apiKey,
    encryptedSecret: secret,
    ...(passphrase !== undefined && { encryptedPassphrase: passphrase }),
  });
  const { encryptedApiKey, encryptedSecret, encryptedPassphrase = null } = fields;
  return { keyVersion, wrappedKey, encryptedApiKey, encryptedSecret, encryptedPassphrase };
}

/** @throws DomainError INVALID when they do not open: the master key is missing or another, or the row was changed */
export function secretsOf(vault: Vault, row: SealedKey): ExchangeCredentials {
  const place = placeOf(row.id, row.userId);
  try {
    const { encryptedPassphrase } = row;
    return kept({
      apiKey: vault.open(place, row, 'encryptedApiKey', row.encryptedApiKey),
      secret: vault.open(place, row, 'encryptedSecret', row.encryptedSecret),
      ...(encryptedPassphrase !== null && { passphrase: vault.open(place, row, 'encryptedPassphrase', encryptedPassphrase) }),
    });
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    throw new DomainError(
      'INVALID',
      `the secrets of key "${row.label}" cannot be opened: whoever runs this server finds why with "keys status"; give the key new secrets with rotateApiKey`,
      { cause: error },
    );
  }
}

/** The same; no text of the log will tell them. */
export function kept(credentials: ExchangeCredentials): ExchangeCredentials {
  for (const secret of Object.values(credentials) as (string | undefined)[]) if (secret !== undefined) keepSecret(secret);
  return credentials;
}

/** The data key of a row, wrapped by another master key. @throws VaultError */
export function rewrapped(
  vault: Vault,
  row: Pick<SealedKey, 'id' | 'userId' | 'keyVersion' | 'wrappedKey'>,
  version: number,
): string {
  return vault.rewrap(placeOf(row.id, row.userId), row, version).wrappedKey;
}
