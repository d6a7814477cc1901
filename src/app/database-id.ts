import { AppState } from '../entities/operations/AppState.ts';
import type { Database } from '../services/database/index.ts';
import { newId } from '../services/ids.ts';

/** Where a database keeps its name; a restored copy must not carry it on. */
export const databaseIdKey = 'database id';

/** Names this database for as long as it lives: cursors made for another one are told apart by it. Made at the first start. */
export async function databaseId(database: Database): Promise<string> {
  const row = await database.transaction(async (em) => {
    await em.upsert(
      AppState,
      { key: databaseIdKey, value: { id: newId() }, updatedAt: new Date() },
      { onConflictAction: 'ignore' },
    );
    return em.findOneOrFail(AppState, { key: databaseIdKey }, { refresh: true });
  });
  return String((row.value as { id: unknown }).id);
}
