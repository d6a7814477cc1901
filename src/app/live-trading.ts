import { Bot } from '../entities/trading/Bot.ts';
import { CredentialLeases } from '../services/api-keys/credential-leases.ts';
import { LiveAccounts, type OpenExchange } from '../services/api-keys/live-accounts.ts';
import type { Clock } from '../services/clock.ts';
import type { Database } from '../services/database/index.ts';
import { LeaseOwner } from '../services/database/lease-owner.ts';
import type { Presence } from '../services/database/presence.ts';
import { CcxtExchange } from '../services/exchanges/ccxt/ccxt-exchange.ts';
import type { Logger } from '../services/logger.ts';
import type { Vault } from '../services/security/vault.ts';

/** After a crash that cannot be proved, other processes wait so long for a key, in milliseconds. */
const leaseMs = 10_000;

interface LiveTradingParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly vault: Vault;
  /** That of the bots: their keys are free when they are. */
  readonly presence: Presence | undefined;
  /** How accounts at real exchanges are reached: through ccxt unless told. */
  readonly openExchange: OpenExchange | undefined;
}

/** The accounts that LIVE bots of this process trade with. */
export function liveAccountsOf({ database, clock, logger, vault, presence, openExchange }: LiveTradingParts): LiveAccounts {
  const onTrouble = (error: unknown): void => logger.warn({ err: error }, 'trouble with an account at an exchange');
  return new LiveAccounts({
    database,
    clock,
    vault,
    leases: new CredentialLeases(database, clock, new LeaseOwner(presence), leaseMs),
    openExchange: openExchange ?? ((exchange, credentials) => CcxtExchange.open({ exchange, ...credentials, onTrouble })),
    onTrouble,
  });
}

/** Lets the bots that trade with a key look at it again: it was given new secrets. */
export async function wakeBotsOf(database: Database, keyId: string, wake: (botId: string) => void): Promise<void> {
  const bots = await database.systemRows().list(Bot, { fields: ['id'], where: { apiKeyId: { eq: keyId } }, limit: 1_000 });
  for (const { id } of bots) wake(id);
}
