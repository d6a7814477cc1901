import { existsSync, rmSync } from 'node:fs';
import type { Presence } from '../presence.ts';
import { isBusy } from '../problem.ts';
import { Native, type NativeDatabase } from './native.ts';

/** Nothing is ever written, so there is no journal to leave beside it. */
const lock = 'pragma journal_mode = memory; begin exclusive';
const idPattern = /^[0-9a-f-]{36}$/;

/**
 * The lock is one on a small file beside the database: the operating system lets go of it when the process ends, however it ends. The locks are SQLite's
 * own, so they are as good as those that the database itself relies on.
 */
export class FilePresence implements Presence {
  readonly #databaseFile: string;
  readonly id: string;
  #held: NativeDatabase | undefined;

  /** @param id a UUID that no other process ever had */
  constructor(databaseFile: string, id: string) {
    this.#databaseFile = databaseFile;
    this.id = id;
  }

  get isShown(): boolean {
    return this.#held !== undefined;
  }

  async enter(): Promise<void> {
    if (this.#held) return;
    const file = new Native(this.#fileOf(this.id), { timeout: 0 });
    file.exec(lock);
    this.#held = file;
  }

  async leave(): Promise<void> {
    if (!this.#held) return;
    rmSync(this.#fileOf(this.id), { force: true });
    this.#held.close();
    this.#held = undefined;
  }

  async isGone(_em: unknown, id: string): Promise<boolean> {
    return this.#isGone(id);
  }

  #isGone(id: string): boolean {
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

  forget(id: string): void {
    if (this.#isGone(id)) rmSync(this.#fileOf(id), { force: true });
  }

  #fileOf(id: string): string {
    return `${this.#databaseFile}-process-${id}`;
  }
}
