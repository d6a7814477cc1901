import type { Bot } from '../../entities/trading/Bot.ts';
import type { EntityManager } from '../database/database.ts';
import type { Exchange } from '../exchanges/port/exchange.ts';

/** An account at a real exchange that one process trades with. */
export interface LiveAccount {
  readonly exchange: Exchange;
  /** Names the account in the ledger: exchanges number orders and trades per account. */
  readonly account: string;
  /**
   * Checks inside a transaction that the account is still this process's to trade with.
   * @throws AccountLostError when another process has taken it over, or its key has new secrets
   */
  readonly fence: (em: EntityManager) => Promise<void>;
}

/**
 * Opens the account that a LIVE bot trades with, by the bot's key.
 * @throws DomainError when the key is missing, not valid, of another exchange or not for trading; AccountLostError while another process
 * trades with it; what `cut` was aborted with, and then nothing is held
 */
export type OpenLive = (bot: Bot, exchange: string, cut: AbortSignal) => Promise<LiveAccount>;
