import { existsSync, rmSync } from 'node:fs';
import { isBusy } from '../problem.ts';
import { Native, type NativeDatabase } from './native.ts';

/** Nothing is ever written, so there is no journal to leave beside it. */
const lock = 'pragma journal_mode = memory; begin exclusive';
const idPattern = /^[0-9a-f-]{36}$/;

/**
 * Shows other processes on the same SQLite file that this one lives: it holds a lock on a small file beside the database from `enter` to its end. The
 * operating system lets go of the lock when the process ends, however it ends, and not while it merely stands still: a lock that can be had proves that
 * whoever held it is gone. The locks are SQLite's own, so they are as good as those that the database itself relies on.
 */
export class Presence {
  readonly #databaseFile: string;
  readonly id: string;
  #held: NativeDatabase | undefined;

  /** @param id a UUID that no other process ever had */
  constructor(databaseFile: string, id: string) {
    this.#databaseFile = databaseFile;
    this.id = id;
  }

  /** From now on this process is known to live. To be called before it leaves anything that others may take from it once it is gone. */
  enter(): void {
    if (this.#held) return;
    const file = new Native(this.#fileOf(this.id), { timeout: 0 });
    file.exec(lock);
    this.#held = file;
  }

  /** Ends it in peace: nothing is left that others could take. */
  leave(): void {
    if (!this.#held) return;
    rmSync(this.#fileOf(this.id), { force: true });
    this.#held.close();
    this.#held = undefined;
  }

  /** Whether the process of this id has certainly ended; false where that cannot be known. */
  isGone(id: string): boolean {
    if (!idPattern.test(id) || id === this.id || !existsSync(this.#fileOf(id))) return false;
    let file: NativeDatabase | undefined;
    try {
      file = new Native(this.#fileOf(id), { timeout: 0, fileMustExist: true });
      file.exec(lock);
      return true;
    } catch (error) {
      if (isBusy(error) || !existsSync(this.#fileOf(id))) return false;
      throw error;
    } finally {
      file?.close();
    }
  }

  /** Removes what a process that is gone has left. */
  forget(id: string): void {
    if (this.isGone(id)) rmSync(this.#fileOf(id), { force: true });
  }

  #fileOf(id: string): string {
    return `${this.#databaseFile}-process-${id}`;
  }
}
