import type { NativeDatabase } from './native.ts';

/** How long a group takes in transactions before it is committed, ms, and how many at most. */
const longestMs = 20;
const mostMembers = 64;

/** Transactions that are committed as one. */
interface Group {
  readonly committed: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly startedAt: number;
  members: number;
}

/**
 * Commits transactions that come close after one another with one write to the disk. They run one at a time, each inside a savepoint of its own, in one
 * transaction of SQLite; whoever committed hears so when all of it is on the disk, and nobody else sees any of it before. Nobody waits for
 * company: a group ends as soon as no other transaction is waiting.
 */
export class GroupCommit {
  readonly #native: NativeDatabase;
  /** Runs a statement; `begin immediate` waits for other processes. */
  readonly #run: (sql: string) => Promise<void>;
  #group: Group | undefined;

  constructor(native: NativeDatabase, run: (sql: string) => Promise<void>) {
    this.#native = native;
    this.#run = run;
  }

  get isOpen(): boolean {
    return this.#group !== undefined;
  }

  async begin(): Promise<void> {
    if (this.#group) {
      this.#native.exec('savepoint member');
      return;
    }
    await this.#run('begin immediate');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Those that wait hear of a failure; a group that nobody has committed to yet has nobody.
    promise.catch(() => undefined);
    this.#group = { committed: promise, resolve, reject, startedAt: performance.now(), members: 0 };
  }

  /**
   * Ends the transaction that runs.
   * @param mayStay whether another one is waiting that may join the group
   * @returns resolves when it is on the disk; wait for it only after having let the next one in
   */
  commit(mayStay: boolean): Promise<void> {
    const group = this.#group;
    if (!group) return Promise.reject(new Error('there is no transaction to commit'));
    if (group.members > 0) this.#native.exec('release member');
    group.members += 1;
    if (!mayStay || group.members >= mostMembers || performance.now() - group.startedAt > longestMs) this.end();
    return group.committed;
  }

  /** Undoes the transaction that runs, and nothing of those before it. @param mayStay as for `commit` */
  rollback(mayStay: boolean): void {
    const group = this.#group;
    if (!group) return;
    if (group.members === 0) {
      this.#group = undefined;
      this.#native.exec('rollback');
      return;
    }
    this.#native.exec('rollback to member; release member');
    if (!mayStay) this.end();
  }

  /** Commits what has come together. */
  end(): void {
    const group = this.#group;
    if (!group) return;
    this.#group = undefined;
    try {
      this.#native.exec('commit');
      group.resolve();
    } catch (error) {
      if (this.#native.inTransaction) this.#native.exec('rollback');
      group.reject(error);
    }
  }

  /** A statement has failed. SQLite undoes everything by itself on some errors, such as a full disk. */
  failed(error: unknown): void {
    if (!this.#group || this.#native.inTransaction) return;
    this.#group.reject(error);
    this.#group = undefined;
  }
}
