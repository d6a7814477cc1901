import { hostname } from 'node:os';
import { newId } from '../ids.ts';
import type { Database } from './database.ts';
import type { Presence } from './presence.ts';

/** Stands behind the name of an owner whose presence was shown when it took or renewed a lease: if it is gone, that is known. */
const shown = ':shown';
/** What is leased to processes that can be shown: columns `lease_owner` and `lease_expires_at`. */
const tables = ['bot_states', 'api_keys'] as const;

/** A process as the holder of leases on bots and on keys. */
export class LeaseOwner {
  /** Where it can be known which processes live. */
  readonly #presence: Presence | undefined;
  readonly #plain: string;

  constructor(presence: Presence | undefined) {
    this.#presence = presence;
    this.#plain = `${hostname().slice(0, 60)}:${process.pid}:${presence?.id ?? newId()}`;
  }

  /** As rows have it now: what others may conclude from the lock is renewed along with the lease. No other process ever had the name. */
  get name(): string {
    return this.#presence?.isShown ? this.#plain + shown : this.#plain;
  }

  /** All that rows may call it: it was shown, or it was not, when a lease was taken. */
  get names(): readonly [string, string] {
    return [this.#plain, this.#plain + shown];
  }

  /**
   * Sets free what processes held that have let go of the lock that showed them: nobody need wait until the leases expire. The next token is a higher one
   * all the same, and decides if one of them should live on.
   */
  async freeOfGone(database: Database): Promise<void> {
    const presence = this.#presence;
    if (!presence) return;
    for (const owner of await this.#others(database)) {
      const id = owner.slice(0, -shown.length).split(':').at(-1) ?? '';
      const isGone = await database.transaction(async (em) => {
        if (!(await presence.isGone(em, id))) return false;
        for (const table of tables)
          await em.execute(`update ${table} set lease_owner = null, lease_expires_at = null where lease_owner = ?`, [owner]);
        return true;
      });
      // Only now: what it has left is the proof, and all of its leases are free.
      if (isGone) presence.forget(id);
    }
  }

  /** Others that were shown when they took what they hold. */
  async #others(database: Database): Promise<readonly string[]> {
    const held = tables.map((table) => `select lease_owner from ${table} where lease_owner like '%${shown}'`).join(' union ');
    const rows = await database.system().execute<{ lease_owner: string }[]>(held);
    return rows.map(({ lease_owner: owner }) => owner).filter((owner) => !this.names.includes(owner));
  }
}
