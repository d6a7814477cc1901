import { LockMode } from '@mikro-orm/core';
import { ApiKey, ApiKeyPermission } from '../../entities/exchange/ApiKey.ts';
import { TradingMode } from '../../trading/bot.ts';
import type { EntityManager } from '../database/index.ts';
import { DomainError, notFound } from '../errors.ts';
import { liveExchanges } from '../exchanges/live-exchanges.ts';

export interface LiveTerms {
  readonly mode: TradingMode;
  readonly exchangeId: string;
  readonly exchange: string;
  readonly apiKeyId: string | null | undefined;
  /** Whether the bot brings money from another wallet, which the key must be allowed to. */
  readonly autoTransferFunds: boolean;
}

/**
 * Checks that a bot has the key that its mode needs: LIVE a valid one to trade with, and to transfer with if it does, of the same exchange and person; PAPER none.
 * @param em bound to the person; the key cannot be deleted before its transaction ends
 * @param path where the key stands in the caller's input
 * @throws DomainError FORBIDDEN_FOR_MODE, REQUIRED, NOT_FOUND, INVALID
 */
export async function assertLiveKey(
  em: EntityManager,
  { mode, exchangeId, exchange, apiKeyId, autoTransferFunds }: LiveTerms,
  path: readonly string[],
): Promise<void> {
  if (mode === TradingMode.PAPER) {
    if (apiKeyId === null || apiKeyId === undefined) return;
    throw new DomainError('FORBIDDEN_FOR_MODE', 'a PAPER bot takes no key: leave it out, or choose LIVE', { path });
  }
  if (!liveExchanges.includes(exchange))
    throw new DomainError(
      'FORBIDDEN_FOR_MODE',
      `bots cannot trade LIVE on ${exchange}, only on ${liveExchanges.join(', ')}: choose PAPER, or another market`,
      { path: ['input', 'mode'] },
    );
  if (apiKeyId === null || apiKeyId === undefined)
    throw new DomainError('REQUIRED', `a LIVE bot needs a key of ${exchange} to trade with: store one with createApiKey`, {
      path,
    });
  const key = await em.findOne(ApiKey, { id: apiKeyId }, { lockMode: LockMode.PESSIMISTIC_READ });
  if (!key) throw notFound('API key', apiKeyId, path);
  const problem = problemOf(key, exchangeId, exchange) ?? (autoTransferFunds ? transferProblemOf(key, exchange) : undefined);
  if (problem !== undefined) throw new DomainError('INVALID', problem, { path });
}

function problemOf(key: ApiKey, exchangeId: string, exchange: string): string | undefined {
  const name = `key "${key.label}"`;
  if (key.exchange.id !== exchangeId) return `${name} is of another exchange; the bot trades on ${exchange}`;
  if (key.permission !== ApiKeyPermission.TRADE) return `${name} is ${key.permission}; a LIVE bot needs one for TRADE`;
  if (!key.isValid) return `${name} is not valid (${key.validationMessage ?? 'never validated'}): mend it, then validateApiKey`;
  return undefined;
}

/** What the permission is called where a key is given it. */
const permissionNames: Readonly<Record<string, string>> = {
  binance: '"Permits Universal Transfer"',
  bybit: '"Wallet: Account Transfer"',
};

function transferProblemOf({ label, canTransfer }: ApiKey, exchange: string): string | undefined {
  if (canTransfer === true) return undefined;
  const need = `autoTransferFunds needs one that may move money between the wallets of its account, ${permissionNames[exchange] ?? 'a permission'} at ${exchange}`;
  return canTransfer === false
    ? `key "${label}" may not transfer: ${need}; give it that (never withdrawals), then validateApiKey`
    : `whether key "${label}" may transfer has not been asked yet: ${need}; validateApiKey asks`;
}
