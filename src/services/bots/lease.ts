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
 * Leases on bots, as columns of their state rows. They are taken, renewed and given back in single conditional statements. Times
 * are this process's; the fencing token, not the clock, is what makes it safe.
 */
export class Leases {
  readonly #database: Database;
  /** Names this process, and no other that ever was. */
  readonly #owner: string;
  readonly #durationMs: number;

  constructor(database: Database, owner: string, durationMs: number) {
    this.#database = database;
    this.#owner = owner;
    this.#durationMs = durationMs;
  }

  get durationMs(): number {
    return this.#durationMs;
  }

  /** Takes the lease if it is free or expired; undefined when somebody else holds it. */
  async take(botId: string): Promise<Lease | undefined> {
    const now = new Date();
    const expires = new Date(now.getTime() + this.#durationMs);
    const rows = await this.#update(
      'lease_owner = ?, lease_expires_at = ?, lease_token = lease_token + 1',
      [this.#owner, expires],
      'bot_id = ? and (lease_owner is null or lease_expires_at is null or lease_expires_at < ?)',
      [botId, now],
    );
    return rows[0] && { botId, token: Number(rows[0].lease_token) };
  }

  /** Extends leases that are still ours. @returns the bots whose lease was lost */
  async renew(leases: readonly Lease[]): Promise<readonly string[]> {
    const lost: string[] = [];
    for (const { botId, token } of leases) {
      const expires = new Date(Date.now() + this.#durationMs);
      const rows = await this.#update('lease_expires_at = ?', [expires], 'bot_id = ? and lease_token = ? and lease_owner = ?', [
        botId,
        token,
        this.#owner,
      ]);
      if (rows.length === 0) lost.push(botId);
    }
    return lost;
  }

  /** Gives a lease back, so that the next process need not wait for it to expire. */
  async release({ botId, token }: Lease): Promise<void> {
    await this.#update('lease_owner = null, lease_expires_at = null', [], 'bot_id = ? and lease_token = ?', [botId, token]);
  }

  #update(set: string, values: unknown[], where: string, conditions: unknown[]): Promise<{ lease_token: number | string }[]> {
    return this.#database.transaction((em) =>
      em.execute(`update bot_states set ${set} where ${where} returning lease_token`, [...values, ...conditions]),
    );
  }
}
