import { ApiKey, ApiKeyPermission } from '../../entities/exchange/ApiKey.ts';
import { Exchange as ExchangeRow } from '../../entities/exchange/Exchange.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/index.ts';
import type { EntityManager } from '../database/index.ts';
import { DomainError } from '../errors.ts';
import type { ExchangeCredentials } from '../exchanges/key-probe.ts';
import { liveExchanges } from '../exchanges/live-exchanges.ts';
import type { Exchange } from '../exchanges/port/exchange.ts';
import { audit } from '../security/audit.ts';
import type { Vault } from '../security/vault.ts';
import { type Cancel, systemTimers, type Timers } from '../timers.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { CredentialLease, CredentialLeases } from './credential-leases.ts';
import { secretColumns, secretsOf } from './sealed.ts';

/** Connects to an account at a real exchange. @throws DomainError EXCHANGE_UNAVAILABLE, EXCHANGE_REJECTED */
export type OpenExchange = (exchange: string, credentials: ExchangeCredentials) => Promise<Exchange>;

export interface LiveAccountsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly vault: Vault;
  readonly leases: CredentialLeases;
  readonly openExchange: OpenExchange;
  readonly onTrouble: (error: unknown) => void;
  readonly timers?: Timers;
}

/** Who trades with which key. */
export interface LiveUser {
  readonly id: string;
  readonly name: string;
  readonly user: { readonly id: string };
  readonly apiKey: { readonly id: string } | null;
}

/** The accounts at real exchanges that this process trades with: opened with decrypted keys, held by leases that are renewed. */
export class LiveAccounts {
  readonly #options: LiveAccountsOptions;
  #stopRenewing: Cancel | undefined;

  constructor(options: LiveAccountsOptions) {
    this.#options = options;
  }

  /** Renews what is held, from now on. */
  start(): void {
    const { leases, onTrouble, timers = systemTimers } = this.#options;
    this.#stopRenewing ??= timers.every(Math.max(50, leases.durationMs / 3), () => void leases.renew().catch(onTrouble));
  }

  stop(): void {
    this.#stopRenewing?.();
    this.#stopRenewing = undefined;
  }

  /**
   * Opens the account of a bot. Closing its exchange lets go of the key.
   * @param cut when it is aborted, no answer is waited for any more, and nothing stays open
   * @throws DomainError FORBIDDEN_FOR_MODE, INVALID when there is no key to trade with, EXCHANGE_UNAVAILABLE, EXCHANGE_REJECTED;
   * AccountLostError while another process trades with the key
   */
  async open(
    bot: LiveUser,
    exchange: string,
    cut: AbortSignal,
  ): Promise<{ exchange: Exchange; account: string; fence: (em: EntityManager) => Promise<void> }> {
    const { leases, vault, openExchange } = this.#options;
    if (!liveExchanges.includes(exchange))
      throw new DomainError(
        'FORBIDDEN_FOR_MODE',
        `bot "${bot.name}" cannot trade LIVE on ${exchange}, only on ${liveExchanges.join(', ')}`,
      );
    // First the lease: secrets that are read after it are those that its token stands for.
    const keyId = bot.apiKey?.id;
    if (keyId === undefined)
      throw new DomainError('INVALID', `bot "${bot.name}" has no key of ${exchange} to trade with: give it one`);
    await this.#assertOwn(bot, keyId, exchange);
    const lease = await leases.take(keyId);
    try {
      const row = await this.#options.database.systemRows().find(ApiKey, keyId, secretColumns);
      if (!row) throw new DomainError('INVALID', `the key of bot "${bot.name}" was deleted: give it another one`);
      const opened = await unlessAborted(openExchange(exchange, secretsOf(vault, row)), cut, (late) => void late.close());
      try {
        // Signed, so that a key that is not taken any more stops the bot now and not at its first order.
        await unlessAborted(opened.balances(), cut);
        await this.#noteUse(bot, row, exchange);
      } catch (error) {
        await opened.close();
        throw error;
      }
      return { exchange: this.#held(opened, lease), account: `live:${keyId}`, fence: (em) => leases.assertHeld(em, lease) };
    } catch (error) {
      await leases.release(lease);
      throw error;
    }
  }

  /** The key must still be what the bot was started with. */
  async #assertOwn({ name, user }: LiveUser, keyId: string, exchange: string): Promise<void> {
    const rows = this.#options.database.rows(user.id);
    const key = await rows.find(ApiKey, keyId, ['label', 'exchangeId', 'permission', 'isValid', 'validationMessage']);
    const place = key && (await rows.find(ExchangeRow, key.exchangeId, ['name']));
    if (!key || place?.name !== exchange)
      throw new DomainError('INVALID', `bot "${name}" has no key of ${exchange} to trade with: give it one`);
    if (key.permission !== ApiKeyPermission.TRADE)
      throw new DomainError('INVALID', `key "${key.label}" of bot "${name}" is ${key.permission}, it must be for TRADE`);
    if (!key.isValid)
      throw new DomainError(
        'INVALID',
        `key "${key.label}" of bot "${name}" is not valid: ${key.validationMessage ?? 'never validated'}`,
      );
  }

  async #noteUse(bot: LiveUser, key: { id: string; label: string }, exchange: string): Promise<void> {
    const { database, clock } = this.#options;
    const details = { keyId: key.id, label: key.label, exchange, botId: bot.id, bot: bot.name };
    await database.transaction(async (em) => audit(em, { userId: bot.user.id, type: 'API_KEY_USED', at: clock.now(), details }));
  }

  #held(exchange: Exchange, lease: CredentialLease): Exchange {
    const close = exchange.close.bind(exchange);
    let isOpen = true;
    return Object.assign(exchange, {
      close: async (): Promise<void> => {
        if (!isOpen) return;
        isOpen = false;
        try {
          await close();
        } finally {
          await this.#options.leases.release(lease);
        }
      },
    });
  }
}
