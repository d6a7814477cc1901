import { raw } from '@mikro-orm/core';
import { BotState } from '../../entities/trading/BotState.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';

/** The right to run a bot: whoever holds it is the only one. */
export interface Lease {
  readonly botId: string;
  /** Grows each time the lease is taken. Every write of a runner checks it, so one that was paused and overtaken cannot do harm. */
  readonly token: number;
}

/** The lease was taken by another process: this one has to let go at once and write nothing. */
export class LeaseLostError extends Error {
  constructor(botId: string) {
    super(`bot ${botId} is run by another process now`);
    this.name = 'LeaseLostError';
  }
}

/**
 * Leases on bots, as columns of their state rows. They are taken, renewed and given back in single conditional statements, which leave
 * the row's version alone. Times are this process's; the fencing token, not the clock, is what makes it safe.
 */
export class Leases {
  readonly #database: Database;
  readonly #clock: Clock;
  /** Names this process, and no other that ever was. */
  readonly #owner: string;
  readonly #durationMs: number;

  constructor(database: Database, clock: Clock, owner: string, durationMs: number) {
    this.#database = database;
    this.#clock = clock;
    this.#owner = owner;
    this.#durationMs = durationMs;
  }

  get durationMs(): number {
    return this.#durationMs;
  }

  /** Takes the lease if it is free or expired; undefined when somebody else holds it. */
  async take(botId: string): Promise<Lease | undefined> {
    const now = this.#clock.now();
    return this.#database.transaction(async (em) => {
      const taken = await em.nativeUpdate(
        BotState,
        { bot: botId, $or: [{ leaseOwner: null }, { leaseExpiresAt: null }, { leaseExpiresAt: { $lt: now } }] },
        { leaseOwner: this.#owner, leaseExpiresAt: this.#expiry(), leaseToken: raw('lease_token + 1') },
      );
      if (taken === 0) return undefined;
      const { leaseToken } = await em.findOneOrFail(BotState, { bot: botId });
      return { botId, token: leaseToken };
    });
  }

  /** Extends leases that are still ours. @returns the bots whose lease was lost */
  async renew(leases: readonly Lease[]): Promise<readonly string[]> {
    if (leases.length === 0) return [];
    const ours = { leaseOwner: this.#owner, bot: { $in: leases.map(({ botId }) => botId) } };
    const tokens = await this.#database.transaction(async (em) => {
      await em.nativeUpdate(BotState, ours, { leaseExpiresAt: this.#expiry() });
      const held = await em.find(BotState, ours, { fields: ['leaseToken'] });
      return new Map(held.map(({ bot, leaseToken }) => [bot.id, leaseToken]));
    });
    return leases.filter(({ botId, token }) => tokens.get(botId) !== token).map(({ botId }) => botId);
  }

  /** Gives a lease back, so that the next process need not wait for it to expire. */
  async release({ botId, token }: Lease): Promise<void> {
    await this.#database.transaction((em) =>
      em.nativeUpdate(BotState, { bot: botId, leaseToken: token }, { leaseOwner: null, leaseExpiresAt: null }),
    );
  }

  #expiry(): Date {
    return new Date(this.#clock.now().getTime() + this.#durationMs);
  }
}
