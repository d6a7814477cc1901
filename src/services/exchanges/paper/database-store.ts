import { AppState } from '../../../entities/operations/AppState.ts';
import type { Database } from '../../database/index.ts';
import type { PaperStore } from './account.ts';

/** Paper accounts in the database, one row each. */
export class DatabasePaperStore implements PaperStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async load(accountId: string): Promise<unknown> {
    const row = await this.database.system().findOne(AppState, { key: keyOf(accountId) });
    return row?.value;
  }

  async save(accountId: string, state: unknown): Promise<void> {
    await this.database.transaction(async (em) => {
      await em.upsert(AppState, { key: keyOf(accountId), value: state, updatedAt: new Date() });
    });
  }
}

function keyOf(accountId: string): string {
  return `paper account ${accountId}`;
}
