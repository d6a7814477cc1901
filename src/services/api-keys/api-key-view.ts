import type { ApiKey, ApiKeyPermission } from '../../entities/exchange/ApiKey.ts';
import type { RowKey } from '../database/index.ts';

/** A key as its owner sees it: everything but the secrets. */
export interface ApiKeyView {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly exchangeId: string;
  readonly label: string;
  /** The last characters of the key itself. */
  readonly keyHint: string;
  readonly permission: ApiKeyPermission;
  /** Between the wallets of its account; null where nobody has asked yet. */
  readonly canTransfer: boolean | null;
  readonly isValid: boolean;
  readonly lastValidatedAt: Date | null;
  readonly validationMessage: string | null;
}

export const apiKeyFields = [
  'id',
  'version',
  'createdAt',
  'updatedAt',
  'exchangeId',
  'label',
  'keyHint',
  'permission',
  'canTransfer',
  'isValid',
  'lastValidatedAt',
  'validationMessage',
] as const satisfies readonly RowKey<ApiKey>[];

/** Made after flushing, so that version and times are those that were stored. */
export function apiKeyView(key: ApiKey): ApiKeyView {
  const { id, version, createdAt, updatedAt, exchange, label, keyHint, permission, isValid, lastValidatedAt } = key;
  const { canTransfer, validationMessage } = key;
  return {
    id,
    version,
    createdAt,
    updatedAt,
    exchangeId: exchange.id,
    label,
    keyHint,
    permission,
    canTransfer,
    isValid,
    lastValidatedAt,
    validationMessage,
  };
}
