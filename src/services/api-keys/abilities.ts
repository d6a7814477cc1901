import { ApiKeyPermission } from '../../entities/exchange/ApiKey.ts';
import { DomainError } from '../errors.ts';
import type { KeyAbilities } from '../exchanges/key-probe.ts';

/** Why a key is not to be used, and which field of the input that concerns. */
export interface Objection {
  readonly message: string;
  readonly field: 'apiKey' | 'permission';
}

/**
 * What speaks against a key. One that may withdraw is never taken: whoever steals it takes the money, and no bot needs it; nor is one of
 * which the exchange does not say so.
 */
export function objectionTo(
  exchange: string,
  permission: ApiKeyPermission,
  { canRead, canTrade, canWithdraw }: KeyAbilities,
): Objection | undefined {
  if (canWithdraw === true)
    return {
      field: 'apiKey',
      message: `this key of ${exchange} may WITHDRAW: whoever gets hold of it can take all the money, and no bot needs that. Make a key without withdrawals there, and delete this one`,
    };
  if (canWithdraw === null)
    return {
      field: 'apiKey',
      message: `${exchange} does not say whether this key may withdraw, and only keys that cannot are taken`,
    };
  if (!canRead)
    return { field: 'apiKey', message: `this key of ${exchange} may not read balances and orders: allow it to, then try again` };
  if (permission === ApiKeyPermission.TRADE && !canTrade)
    return {
      field: 'permission',
      message: `this key of ${exchange} may not trade on the spot market: allow it to there, or store it as READ_ONLY`,
    };
  return undefined;
}

/** @throws DomainError INVALID with what speaks against the key */
export function assertUsable(exchange: string, permission: ApiKeyPermission, abilities: KeyAbilities): void {
  const objection = objectionTo(exchange, permission, abilities);
  if (objection) throw new DomainError('INVALID', objection.message, { path: ['input', objection.field] });
}
