import { BotState } from '../../src/entities/trading/BotState.ts';
import { User } from '../../src/entities/identity/User.ts';
import type { Database, EntityManager } from '../../src/services/database/index.ts';

/** What a bot writes while it runs, in the order in which one row needs another. */
const tables = [
  'positions',
  'orders',
  'trades',
  'closed_trades',
  'daily_balances',
  'reconciliation_runs',
  'refused_orders',
  'bot_requests',
  'log_entries',
  'events',
] as const;

type Rows = readonly Record<string, unknown>[];

/** A copy of all that was stored of one bot and its owner, and the way back to it: as if an older backup of the database was restored. */
export class Backup {
  private readonly owner: { readonly userId: string; readonly botId: string };
  private readonly rows: ReadonlyMap<string, Rows>;
  private readonly state: Record<string, unknown>;
  /** Of the newest event in it. */
  readonly sequence: number;

  private constructor(owner: Backup['owner'], rows: ReadonlyMap<string, Rows>, state: Record<string, unknown>, sequence: number) {
    this.owner = owner;
    this.rows = rows;
    this.state = state;
    this.sequence = sequence;
  }

  static of(database: Database, owner: Backup['owner']): Promise<Backup> {
    return database.transaction(async (em) => {
      const rows = new Map<string, Rows>();
      for (const table of tables) rows.set(table, await em.execute(`select * from ${table} where user_id = ?`, [owner.userId]));
      const [state] = await em.execute<Record<string, unknown>[]>('select * from bot_states where bot_id = ?', [owner.botId]);
      const { lastEventSequence } = await em.findOneOrFail(User, owner.userId);
      return new Backup(owner, rows, state, lastEventSequence);
    });
  }

  restore(database: Database): Promise<void> {
    return database.transaction(async (em) => {
      for (const table of [...tables].reverse()) await em.execute(`delete from ${table} where user_id = ?`, [this.owner.userId]);
      await em.nativeDelete(BotState, { bot: this.owner.botId });
      await insert(em, 'bot_states', [this.state]);
      for (const [table, rows] of this.rows) await insert(em, table, rows);
      await em.nativeUpdate(User, { id: this.owner.userId }, { lastEventSequence: this.sequence });
    });
  }
}

async function insert(em: EntityManager, table: string, rows: Rows): Promise<void> {
  for (const row of rows) {
    const columns = Object.keys(row);
    const values = Object.values(row).map((value) =>
      value !== null && typeof value === 'object' && !(value instanceof Date) ? JSON.stringify(value) : value,
    );
    await em.execute(
      `insert into ${table} (${columns.map((name) => `"${name}"`).join(', ')}) values (${columns.map(() => '?').join(', ')})`,
      values,
    );
  }
}
