import type { Dialect, EntityManager } from '../database/index.ts';

/**
 * Makes a transaction the only one that writes orders, halts or limits of a person until it ends. The lock is their own row, which the event log
 * takes at the end of each of these transactions anyway: take it after one's own rows, and limits and kill switches after it, and nobody waits in a
 * circle. On SQLite a transaction is alone from its beginning.
 */
export async function lockPortfolio(em: EntityManager, dialect: Dialect, userId: string): Promise<void> {
  if (dialect === 'postgresql') await em.execute('select id from users where id = ? for no key update', [userId]);
}
