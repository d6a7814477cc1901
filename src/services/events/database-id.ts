import { AppState } from '../../entities/operations/AppState.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../ids.ts';

const key = 'database.id';

/**
 * The id of this database, made at its first use. Event cursors are bound to it, so a cursor of another database is told apart;
 * whoever restores an older copy gives it a new one, because its log goes on differently from there.
 */
export async function databaseId(database: Database): Promise<string> {
  const known = await database.systemRows().find(AppState, key, ['value']);
  if (known) return String(known.value);
  await database.transaction((em) => em.upsert(AppState, { key, value: newId() }, { onConflictAction: 'ignore' }));
  const made = await database.systemRows().find(AppState, key, ['value']);
  return String(made?.value);
}
