import type { Clock } from '../clock.ts';
import type { Database, EntityManager } from '../database/index.ts';
import type { LeaseOwner } from '../database/lease-owner.ts';
import { AccountLostError } from '../exchanges/account-lost.ts';

/** The right to trade with a key: one process has it, for all of its bots that share the key. */
export interface CredentialLease {
  readonly keyId: string;
  /** Grows whenever the right goes to another process and whenever the key is given new secrets. */
  readonly token: number;
}

/**
 * Leases on credentials, as columns of their rows. They are taken, renewed and given back in single conditional statements that leave
 * the row's version alone. The token, checked inside each transaction that leads to an order, is what makes it safe; the times, and the
 * proof that a process is gone, only decide how soon another process may take over.
 */
export class CredentialLeases {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #owner: LeaseOwner;
  readonly #durationMs: number;
  /** Bots of this process that hold a key. */
  readonly #holders = new Map<string, number>();

  constructor(database: Database, clock: Clock, owner: LeaseOwner, durationMs: number) {
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
    const { name, names } = this.#owner;
    const [taken] = await this.#update(
      'lease_expires_at = ?, lease_token = case when lease_owner in (?, ?) then lease_token else lease_token + 1 end, lease_owner = ?',
      'id = ? and (lease_owner is null or lease_owner in (?, ?) or lease_expires_at is null or lease_expires_at < ?)',
      [this.#moment(this.#durationMs), ...names, name, keyId, ...names, this.#moment(0)],
    );
    if (!taken) throw new AccountLostError('another process trades with this key now; the bot begins when it lets go');
    this.#holders.set(keyId, (this.#holders.get(keyId) ?? 0) + 1);
    return { keyId, token: Number(taken.lease_token) };
  }

  /** Extends all that this process holds. */
  async renew(): Promise<void> {
    const ids = [...this.#holders.keys()];
    if (ids.length === 0) return;
    const { name, names } = this.#owner;
    const marks = ids.map(() => '?').join(', ');
    await this.#update('lease_expires_at = ?, lease_owner = ?', `lease_owner in (?, ?) and id in (${marks})`, [
      this.#moment(this.#durationMs),
      name,
      ...names,
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
    const free = 'lease_owner = null, lease_expires_at = null';
    await this.#update(free, 'id = ? and lease_owner in (?, ?)', [keyId, ...this.#owner.names]);
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
