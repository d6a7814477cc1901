import { AsyncLocalStorage } from 'node:async_hooks';

/** One open transaction, known to everything that is called inside it. */
interface Scope {
  open: boolean;
  readonly afterCommit: (() => void)[];
}

const current = new AsyncLocalStorage<Scope>();

/**
 * Runs `work` as the inside of a transaction, and what it left for after the commit once it has committed.
 * @throws Error when one is open already: on SQLite it would wait for itself for ever
 */
export async function insideTransaction<T>(work: () => Promise<T>): Promise<T> {
  if (current.getStore()?.open)
    throw new Error('a transaction is open already: pass its entity manager on instead of opening another one inside it');
  const scope: Scope = { open: true, afterCommit: [] };
  let result: T;
  try {
    result = await current.run(scope, work);
  } finally {
    scope.open = false;
  }
  for (const callback of scope.afterCommit) callback();
  return result;
}

/** Calls back when the surrounding transaction has committed, never when it rolled back; at once where there is none. */
export function afterCommit(callback: () => void): void {
  const scope = current.getStore();
  if (scope?.open) scope.afterCommit.push(callback);
  else callback();
}
