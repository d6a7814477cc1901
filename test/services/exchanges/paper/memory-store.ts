import type { PaperStore } from '../../../../src/services/exchanges/paper/account.ts';

/** Accounts that last as long as the process. They are kept as text, so that a test notices what would not survive a database. */
export class MemoryPaperStore implements PaperStore {
  private readonly states = new Map<string, string>();

  load(accountId: string): Promise<unknown> {
    const text = this.states.get(accountId);
    return Promise.resolve(text === undefined ? undefined : (JSON.parse(text) as unknown));
  }

  save(accountId: string, state: unknown): Promise<void> {
    this.states.set(accountId, JSON.stringify(state));
    return Promise.resolve();
  }
}
