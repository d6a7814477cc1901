import type { EntityManager } from './database.ts';

/**
 * Shows other processes on the same database that this one lives, by a lock that ends with the process and not while it merely stands still: a lock
 * that can be had proves that whoever held it has let go. Only the time that others wait may rest on it, never what they may do.
 */
export interface Presence {
  /** Names this process, and no other that ever was. */
  readonly id: string;
  /** Whether the lock is held now: others may conclude something from its not being held later only if this was told them. */
  readonly isShown: boolean;
  /** From now on this process is known to live, where that can be shown. To be called before it leaves anything that others may take from it once it is gone. */
  enter(): Promise<void>;
  /** Ends it in peace: nothing is left that others could take. */
  leave(): Promise<void>;
  /**
   * Whether a process that was shown has let go of its lock; false where that cannot be known.
   * @param em of the transaction in which its things are taken
   */
  isGone(em: EntityManager, id: string): Promise<boolean>;
  /** Removes what a process that is gone has left. */
  forget(id: string): void;
}
