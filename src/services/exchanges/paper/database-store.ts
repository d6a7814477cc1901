import { LockMode } from '@mikro-orm/core';
import { AppState } from '../../../entities/operations/AppState.ts';
import type { Database, EntityManager } from '../../database/index.ts';
import { AccountLostError } from '../account-lost.ts';
import type { PaperStore } from './account.ts';

/** What the row of an account holds: its books, once there are any, and the token of whoever opened it last. */
interface StoredAccount {
  readonly token: number;
  readonly books?: unknown;
}

/** Paper accounts in the database, one row each. */
export class DatabasePaperStore implements PaperStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  load(accountId: string, token: number): Promise<unknown> {
    return this.database.transaction(async (em) => {
      const { books } = await lockedBy(em, accountId, token);
      await write(em, accountId, { token, ...(books !== undefined && { books }) });
      return books;
    });
  }

  async save(accountId: string, state: unknown, token: number): Promise<void> {
    await this.database.transaction(async (em) => {
      await lockedBy(em, accountId, token);
      await write(em, accountId, { token, books: state });
    });
  }
}

/** @throws AccountLostError */
async function lockedBy(em: EntityManager, accountId: string, token: number): Promise<StoredAccount> {
  const row = await em.findOne(AppState, { key: keyOf(accountId) }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const stored = (row?.value as StoredAccount | undefined) ?? { token };
  if (stored.token > token) throw new AccountLostError(`paper account ${accountId} is traded with by another process now`);
  return stored;
}

async function write(em: EntityManager, accountId: string, value: StoredAccount): Promise<void> {
  await em.upsert(AppState, { key: keyOf(accountId), value, updatedAt: new Date() });
}

function keyOf(accountId: string): string {
  return `paper account ${accountId}`;
}
