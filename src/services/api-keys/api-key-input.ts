import type { ApiKeyPermission } from '../../entities/exchange/ApiKey.ts';
import { DomainError } from '../errors.ts';
import type { ExchangeCredentials } from '../exchanges/key-probe.ts';

/** Secrets of an exchange as a person pastes them. */
export interface GivenSecrets {
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase?: string | null | undefined;
}

export interface CreateApiKey extends GivenSecrets {
  /** Name in the catalogue. */
  readonly exchange: string;
  readonly label: string;
  readonly permission: ApiKeyPermission;
}

export interface UpdateApiKey {
  readonly id: string;
  readonly expectedVersion?: number | null | undefined;
  readonly label: string;
}

export interface RotateApiKey extends GivenSecrets {
  readonly id: string;
  readonly expectedVersion?: number | null | undefined;
}

/** Lengths in characters. What is longest, encrypted, fits its column. */
const lengths = { apiKey: [8, 1_024], secret: [8, 8_192], passphrase: [1, 512] } as const;
/** Exchanges make keys of visible ASCII; a secret may be a PEM file with its lines. */
const forms = { apiKey: /^[\x21-\x7e]+$/, secret: /^[\x20-\x7e\r\n]+$/, passphrase: /^\P{Cc}+$/u } as const;
const words = { apiKey: 'the key', secret: 'the secret', passphrase: 'the passphrase' } as const;

/**
 * Secrets without the blanks that pasting leaves around them. Messages name lengths, never what was given.
 * @throws DomainError REQUIRED or INVALID naming the field and the limit
 */
export function checkedSecrets({ apiKey, secret, passphrase }: GivenSecrets): ExchangeCredentials {
  return {
    apiKey: checked('apiKey', apiKey),
    secret: checked('secret', secret),
    ...(passphrase !== undefined && passphrase !== null && { passphrase: checked('passphrase', passphrase) }),
  };
}

function checked(field: keyof typeof lengths, given: string): string {
  const text = given.trim();
  const { length } = [...text];
  const [min, max] = lengths[field];
  const path = ['input', field];
  if (length === 0) throw new DomainError('REQUIRED', `${words[field]} is empty, it has ${min} to ${max} characters`, { path });
  if (length < min || length > max)
    throw new DomainError('INVALID', `${words[field]} has ${length} characters, ${min} to ${max} are allowed`, {
      path,
      details: { limit: String(length < min ? min : max) },
    });
  if (!forms[field].test(text))
    throw new DomainError('INVALID', `${words[field]} holds characters that exchanges do not use: copy it once more`, { path });
  return text;
}
