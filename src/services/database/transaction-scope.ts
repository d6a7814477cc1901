import { AsyncLocalStorage } from 'node:async_hooks';

/** One open transaction, known to everything that is called inside it. */
interface Scope {
  open: boolean;
  readonly beforeCommit: (() => Promise<void>)[];
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
  const scope: Scope = { open: true, beforeCommit: [], afterCommit: [] };
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

/**
 * Does something as the very last thing of the surrounding transaction, after everything else was written: for what takes a lock that
 * all transactions want, so that it is held for a moment only and nobody who holds it waits for anybody else.
 * @throws Error outside a transaction
 */
export function beforeCommit(callback: () => Promise<void>): void {
  const scope = current.getStore();
  if (!scope?.open) throw new Error('there is no transaction to do this at the end of');
  scope.beforeCommit.push(callback);
}

/** Runs what was left for the end of the transaction, in order. */
export async function finishTransaction(flush: () => Promise<void>): Promise<void> {
  const callbacks = current.getStore()?.beforeCommit ?? [];
  if (callbacks.length === 0) return;
  await flush();
  for (const callback of callbacks) await callback();
}
