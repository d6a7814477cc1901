import type { Database } from '../../database/index.ts';
import { AccountLostError } from '../account-lost.ts';
import type { PaperStore } from './account.ts';

/** What the row of an account holds: its books, once there are any, and the token of whoever opened it last. */
interface StoredAccount {
  readonly token: number;
  readonly books?: unknown;
}

/** Paper accounts in the database, one row each. Each call is one statement, which does nothing where somebody with a higher token was there. */
export class DatabasePaperStore implements PaperStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async load(accountId: string, token: number): Promise<unknown> {
    const kept =
      this.database.dialect === 'sqlite'
        ? `json_set(app_states.value, '$.token', excluded.value ->> 'token')`
        : 'app_states.value || excluded.value';
    const { value } = await this.write(accountId, { token }, kept, 'value');
    return ((typeof value === 'string' ? JSON.parse(value) : value) as StoredAccount).books;
  }

  async save(accountId: string, state: unknown, token: number): Promise<void> {
    await this.write(accountId, { token, books: state }, 'excluded.value', 'key');
  }

  /** @throws AccountLostError */
  private async write(accountId: string, account: StoredAccount, value: string, returned: string): Promise<{ value?: unknown }> {
    const now = new Date();
    const [row] = await this.database.change(
      `insert into app_states (key, value, updated_at) values (?, ?, ?)
       on conflict (key) do update set value = ${value}, updated_at = excluded.updated_at
       where cast(app_states.value ->> 'token' as bigint) <= ?
       returning ${returned}`,
      [
        `paper account ${accountId}`,
        JSON.stringify(account),
        this.database.dialect === 'sqlite' ? now.getTime() : now.toISOString(),
        account.token,
      ],
    );
    if (!row) throw new AccountLostError(`paper account ${accountId} is traded with by another process now`);
    return row;
  }
}
