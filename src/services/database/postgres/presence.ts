import type { EntityManager } from '../database.ts';
import type { Presence } from '../presence.ts';
import type { SessionClient } from './session-client.ts';

export interface SessionPresenceParts {
  /** A UUID that no other process ever had. */
  readonly id: string;
  /** A new connection of its own, not open yet. */
  readonly newClient: () => Promise<SessionClient>;
  /** Told in a sentence why others cannot know at present that this process lives. */
  readonly onHidden: (text: string) => void;
}

/** How long until the lock is tried for again where it could not be had, ms. */
const retryMs = 500;
const key = `hashtextextended('candlewick process ' || ?, 0)`;
const idPattern = /^[0-9a-f-]{36}$/;
const limits = `('idle_session_timeout', 'lock_timeout', 'statement_timeout')`;
const poolerText =
  'connections to PostgreSQL run through a pooler, where no lock shows others that this process lives: after a crash its bots rest until their leases have run out';

/**
 * The lock is an advisory one of PostgreSQL, held by a connection that does nothing else: the server lets go of it when the connection ends. That can happen
 * while the process lives; then it takes the lock again at once, and whoever was quicker has only begun to run what runs here still, which fencing tokens decide.
 */
export class SessionPresence implements Presence {
  readonly #parts: SessionPresenceParts;
  /** Holds the lock, or is to. */
  #client: SessionClient | undefined;
  #isShown = false;
  #isLeft = false;
  #entered: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(parts: SessionPresenceParts) {
    this.#parts = parts;
  }

  get id(): string {
    return this.#parts.id;
  }

  get isShown(): boolean {
    return this.#isShown;
  }

  enter(): Promise<void> {
    this.#isLeft = false;
    this.#entered ??= this.#take();
    return this.#entered;
  }

  async leave(): Promise<void> {
    this.#isLeft = true;
    this.#isShown = false;
    clearTimeout(this.#retry);
    await this.#client?.end().catch(() => undefined);
    await this.#entered;
    this.#entered = undefined;
  }

  async isGone(em: EntityManager, id: string): Promise<boolean> {
    if (!idPattern.test(id) || id === this.id) return false;
    const [row] = await em.execute<{ free: boolean }[]>(`select pg_try_advisory_xact_lock(${key}) as free`, [id]);
    return row.free;
  }

  /** Nothing is left of a connection. */
  forget(): void {}

  /** Never fails: without the lock leases have to run out, as they always do in the end. */
  async #take(): Promise<void> {
    try {
      const client = await this.#parts.newClient();
      this.#client = client;
      const ended = new Promise<void>((resolve) => client.once('end', resolve));
      client.on('error', () => undefined);
      await client.connect();
      if (await isBehindPooler(client)) {
        this.#parts.onHidden(poolerText);
        return await client.end();
      }
      // A limit that the server sets to idle sessions is not for this one; older servers have none.
      await client.query(`select set_config(name, '0', false) from pg_settings where name in ${limits}`);
      // Waits for a look of another process, and for what the server still holds of a connection of ours that broke.
      await client.query(`select pg_advisory_lock(${key.replace('?', '$1')})`, [this.id]);
      if (this.#isLeft) return await client.end();
      this.#isShown = true;
      void ended.then(() => this.#lost());
    } catch (error) {
      await this.#client?.end().catch(() => undefined);
      if (this.#isLeft) return;
      this.#parts.onHidden(`others cannot know that this process lives: ${(error as Error).message}; it is tried again`);
      this.#retry = setTimeout(() => void this.#take(), retryMs).unref();
    }
  }

  #lost(): void {
    this.#isShown = false;
    if (this.#isLeft) return;
    this.#parts.onHidden('the connection to PostgreSQL that shows others that this process lives was cut; another one is made');
    void this.#take();
  }
}

/** A pooler that lends a server's process to whoever has a statement does not tell the process's number when a client connects. */
async function isBehindPooler(client: SessionClient): Promise<boolean> {
  const { rows } = await client.query('select pg_backend_pid() as pid');
  return rows[0]['pid'] !== client.processID;
}
