import type { MikroORM } from '@mikro-orm/sql';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long connections that are in use are waited for, ms. */
const patienceMs = 5_000;

interface Pool {
  /** All connections, those too that are being made. */
  readonly totalCount: number;
  readonly idleCount: number;
}

/**
 * Resolves when no connection of PostgreSQL's pool is in use or being made, or after a while. A pool that is closed while it makes a connection waits
 * for that for ever: whoever asked for it is refused by then, and nobody gives it back.
 */
export async function connectionsAtRest(orm: MikroORM): Promise<void> {
  const connection = orm.em.getConnection('write') as unknown as { getNativeClient(): Promise<Pool> };
  const pool = await connection.getNativeClient();
  const end = performance.now() + patienceMs;
  // First a turn of the event loop: what was just asked has not come to the pool yet.
  do await sleep(5);
  while (pool.totalCount > pool.idleCount && performance.now() < end);
}
