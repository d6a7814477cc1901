import type { Clock } from '../clock.ts';
import type { Database, EntityManager } from '../database/database.ts';
import type { LeaseOwner } from '../database/lease-owner.ts';
import { AccountLostError } from '../exchanges/account-lost.ts';

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

/** Whether the bot, or its account, belongs to another process now. */
export function isTaken(error: unknown): boolean {
  return error instanceof LeaseLostError || error instanceof AccountLostError;
}

/**
 * Leases on bots, as columns of their state rows. They are taken, renewed and given back in single conditional statements, written by
 * hand because they must leave the row's version alone: nothing that a person sees has changed. Times are this process's; the
 * fencing token, not the clock, is what makes it safe.
 */
export class Leases {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #owner: LeaseOwner;
  readonly #durationMs: number;

  constructor(database: Database, clock: Clock, owner: LeaseOwner, durationMs: number) {
    this.#database = database;
    this.#clock = clock;
    this.#owner = owner;
    this.#durationMs = durationMs;
  }

  get durationMs(): number {
    return this.#durationMs;
  }

  /**
   * Takes the leases of these bots, inside a transaction.
   * @returns those that were free or expired; the others are held by somebody else
   */
  async take(em: EntityManager, botIds: readonly string[]): Promise<readonly Lease[]> {
    const free = `bot_id in (${marks(botIds)}) and (lease_owner is null or lease_expires_at is null or lease_expires_at < ?)`;
    // Two processes that take the same bots at once lock them in the same order.
    const isLocked = this.#database.dialect === 'postgresql';
    const taken = await update(
      em,
      'lease_owner = ?, lease_expires_at = ?, lease_token = lease_token + 1',
      isLocked ? `bot_id in (select bot_id from bot_states where ${free} order by bot_id for update)` : free,
      [this.#owner.name, this.#moment(this.#durationMs), ...botIds, this.#moment(0)],
    );
    return taken.map(leaseOf);
  }

  /** Sets free what processes held that are known to be gone, keys included. */
  freeOfGone(): Promise<void> {
    return this.#owner.freeOfGone(this.#database);
  }

  /** Extends leases that are still ours. @returns the bots whose lease was lost */
  async renew(leases: readonly Lease[]): Promise<readonly string[]> {
    if (leases.length === 0) return [];
    const ids = leases.map(({ botId }) => botId);
    const { name, names } = this.#owner;
    const held = await this.#database.change(
      `update bot_states set lease_expires_at = ?, lease_owner = ? where lease_owner in (?, ?) and bot_id in (${marks(ids)})
       returning bot_id, lease_token`,
      [this.#moment(this.#durationMs), name, ...names, ...ids],
    );
    const tokens = new Map((held as unknown as Updated[]).map(leaseOf).map(({ botId, token }) => [botId, token]));
    return leases.filter(({ botId, token }) => tokens.get(botId) !== token).map(({ botId }) => botId);
  }

  /** Gives a lease back, so that the next process need not wait for it to expire. */
  async release({ botId, token }: Lease): Promise<void> {
    await this.#database.change(`update bot_states set ${given}`, [botId, token]);
  }

  /** As `release`, inside a transaction. */
  async giveBack(em: EntityManager, { botId, token }: Lease): Promise<void> {
    await em.execute(`update bot_states set ${given}`, [botId, token]);
  }

  /** A moment from now, as the database's columns hold it. */
  #moment(ms: number): number | string {
    const at = new Date(this.#clock.now().getTime() + ms);
    return this.#database.dialect === 'sqlite' ? at.getTime() : at.toISOString();
  }
}

const given = 'lease_owner = null, lease_expires_at = null where bot_id = ? and lease_token = ?';

interface Updated {
  readonly bot_id: string;
  readonly lease_token: number | string;
}

function leaseOf({ bot_id, lease_token }: Updated): Lease {
  return { botId: bot_id, token: Number(lease_token) };
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}

function update(em: EntityManager, set: string, where: string, values: unknown[]): Promise<Updated[]> {
  return em.execute(`update bot_states set ${set} where ${where} returning bot_id, lease_token`, values);
}
