import type { Clock } from '../clock.ts';
import type { Database, EntityManager } from '../database/index.ts';
import { AccountLostError } from '../exchanges/account-lost.ts';

/** The right to trade with a key: one process has it, for all of its bots that share the key. */
export interface CredentialLease {
  readonly keyId: string;
  /** Grows whenever the right goes to another process and whenever the key is given new secrets. */
  readonly token: number;
}

/**
 * Leases on credentials, as columns of their rows. They are taken, renewed and given back in single conditional statements that leave
 * the row's version alone. The token, checked inside each transaction that leads to an order, is what makes it safe; the times only
 * decide how soon another process may take over.
 */
export class CredentialLeases {
  readonly #database: Database;
  readonly #clock: Clock;
  /** Names this process, and no other that ever was. */
  readonly #owner: string;
  readonly #durationMs: number;
  /** Bots of this process that hold a key. */
  readonly #holders = new Map<string, number>();

  constructor(database: Database, clock: Clock, owner: string, durationMs: number) {
    this.#database = database;
    this.#clock = clock;
    this.#owner = owner;
    this.#durationMs = durationMs;
  }

  get durationMs(): number {
    return this.#durationMs;
  }

  /** @throws AccountLostError while another process has it */
  async take(keyId: string): Promise<CredentialLease> {
    const [taken] = await this.#update(
      'lease_expires_at = ?, lease_token = case when lease_owner = ? then lease_token else lease_token + 1 end, lease_owner = ?',
      'id = ? and (lease_owner is null or lease_owner = ? or lease_expires_at is null or lease_expires_at < ?)',
      [this.#moment(this.#durationMs), this.#owner, this.#owner, keyId, this.#owner, this.#moment(0)],
    );
    if (!taken) throw new AccountLostError('another process trades with this key now; the bot begins when it lets go');
    this.#holders.set(keyId, (this.#holders.get(keyId) ?? 0) + 1);
    return { keyId, token: Number(taken.lease_token) };
  }

  /** Extends all that this process holds. */
  async renew(): Promise<void> {
    const ids = [...this.#holders.keys()];
    if (ids.length === 0) return;
    await this.#update('lease_expires_at = ?', `lease_owner = ? and id in (${ids.map(() => '?').join(', ')})`, [
      this.#moment(this.#durationMs),
      this.#owner,
      ...ids,
    ]);
  }

  /** One bot less; with the last one the key is free for other processes. */
  async release({ keyId }: CredentialLease): Promise<void> {
    const left = (this.#holders.get(keyId) ?? 1) - 1;
    if (left > 0) {
      this.#holders.set(keyId, left);
      return;
    }
    this.#holders.delete(keyId);
    await this.#update('lease_owner = null, lease_expires_at = null', 'id = ? and lease_owner = ?', [keyId, this.#owner]);
  }

  /**
   * Checks inside a transaction that the lease still holds; nobody can take it over before that transaction ends.
   * @throws AccountLostError when it does not
   */
  async assertHeld(em: EntityManager, { keyId, token }: CredentialLease): Promise<void> {
    const lock = this.#database.dialect === 'postgresql' ? ' for share' : '';
    const [row] = await em.execute<{ lease_token: number | string }[]>(`select lease_token from api_keys where id = ?${lock}`, [
      keyId,
    ]);
    if (row && Number(row.lease_token) === token) return;
    throw new AccountLostError(
      row ? 'the key was given new secrets, or another process trades with it now' : 'the key was deleted',
    );
  }

  #update(set: string, where: string, values: unknown[]): Promise<{ lease_token: number | string }[]> {
    const sql = `update api_keys set ${set} where ${where} returning lease_token`;
    return this.#database.transaction((em) => em.execute(sql, values));
  }

  /** A moment from now, as the database's columns hold it. */
  #moment(ms: number): number | string {
    const at = new Date(this.#clock.now().getTime() + ms);
    return this.#database.dialect === 'sqlite' ? at.getTime() : at.toISOString();
  }
}
