import { Bot } from '../../entities/trading/Bot.ts';
import { BotState } from '../../entities/trading/BotState.ts';
import { BotStatus, canMoveBot } from '../../trading/bot.ts';
import { clipped } from '../clip.ts';
import type { Database } from '../database/database.ts';
import { DomainError } from '../errors.ts';
import type { EventLog } from '../events/log.ts';
import { AccountLostError } from '../exchanges/account-lost.ts';
import type { Logger } from '../logger.ts';
import { ReconciliationError } from '../reconciliation/reconciliation-error.ts';
import type { Timers } from '../timers.ts';
import { botStateChanged } from './bot-events.ts';
import { type Lease, LeaseLostError, type Leases } from './lease.ts';
import { isOutage } from './outage.ts';
import type { OutageWaits } from './outage-waits.ts';
import { RulesChangedError } from './rules-watch.ts';
import { CutShortError } from './start-attempt.ts';

export interface BotFailuresParts {
  readonly database: Database;
  readonly log: EventLog;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly leases: Leases;
  readonly waits: OutageWaits;
  /** The market's rules have changed, or the bot is to stop: it begins anew by what is now. */
  readonly onAnew: (botId: string) => void;
}

/** A bot that fails again within this time, in milliseconds, needs a person. */
const patienceMs = 60_000;

/** Decides what becomes of a bot that cannot go on, and does it. Nothing of a lost lease is touched. */
export class BotFailures {
  readonly #parts: BotFailuresParts;
  readonly #failedAt = new Map<string, number>();

  constructor(parts: BotFailuresParts) {
    this.#parts = parts;
  }

  /** A person has stopped the bot: how it fared before counts no more. */
  forget(botId: string): void {
    this.#failedAt.delete(botId);
  }

  /**
   * After a failure: once more through recovery, then ERROR; when the exchange did not answer, as often as it takes.
   * @param isStopping this process ends: the bot is for the next one, whatever it was
   */
  async take(lease: Lease, error: unknown, isStopping: boolean): Promise<void> {
    const { logger, leases, waits } = this.#parts;
    const { botId } = lease;
    if (error instanceof LeaseLostError) {
      logger.warn({ bot: botId }, error.message);
      return;
    }
    const isAnew = error instanceof RulesChangedError || error instanceof CutShortError;
    if (isAnew || error instanceof AccountLostError) logger.info({ bot: botId }, error.message);
    if (isStopping || isAnew || error instanceof AccountLostError) {
      if (!isStopping && error instanceof CutShortError && (await waits.stopIfIdle(lease))) return;
      await leases.release(lease);
      if (isAnew) this.#parts.onAnew(botId);
      return;
    }
    if (isOutage(error)) {
      logger.warn({ err: error, bot: botId }, 'the exchange of a bot does not answer; it is tried again');
      await this.#writeDown(botId, () => waits.begin(lease, error));
      return;
    }
    logger.error({ err: error, bot: botId }, 'a bot failed');
    const isFinal = this.#isAgain(botId) || error instanceof DomainError || error instanceof ReconciliationError;
    await this.#writeDown(botId, () => (isFinal ? this.#markError(lease, error) : leases.release(lease)));
  }

  /** Whether the bot failed a short while ago, too. */
  #isAgain(botId: string): boolean {
    const now = this.#parts.timers.elapsed();
    const before = this.#failedAt.get(botId);
    this.#failedAt.set(botId, now);
    return before !== undefined && now - before <= patienceMs;
  }

  /** While the database is away, nothing is done: the lease expires, and whoever looks then finds the bot as it was. */
  async #writeDown(botId: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      this.#parts.logger.error({ err: cause, bot: botId }, 'the failure of a bot could not be written down');
    }
  }

  async #markError(lease: Lease, error: unknown): Promise<void> {
    const { database, log, waits } = this.#parts;
    const reason = error instanceof Error ? error.message : String(error);
    await database.transaction(async (em) => {
      const state = await em.findOneOrFail(BotState, { bot: lease.botId });
      if (state.leaseToken !== lease.token || !canMoveBot(state.status, BotStatus.ERROR)) return;
      const before = state.status;
      state.status = BotStatus.ERROR;
      state.lastErrorMessage = `${clipped(reason, 1900)} — mend the cause, then start the bot again.`;
      state.leaseOwner = null;
      state.leaseExpiresAt = null;
      await em.flush();
      const bot = await em.findOneOrFail(Bot, { id: lease.botId });
      await log.append(em, botStateChanged(bot, state, before));
    });
    waits.forget(lease.botId);
  }
}
