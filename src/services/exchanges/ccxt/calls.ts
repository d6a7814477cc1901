import { AsyncLocalStorage } from 'node:async_hooks';
import type { CcxtClient } from './client.ts';
import { rememberRetryAfter } from './failures.ts';

/** A call that was not answered in time. It says nothing about what became of it. */
export class DeadlineError extends Error {
  constructor(what: string, ms: number) {
    super(`${what} was not answered within ${ms} ms`);
    this.name = 'DeadlineError';
  }
}

interface Call {
  readonly what: string;
  isOver: boolean;
}

const current = new AsyncLocalStorage<Call>();

/**
 * Prepares a client for `withDeadline`: a call whose deadline has passed while it waited for ccxt's rate limit is not sent any more,
 * and Retry-After stays with the error it came with.
 */
export function guardCalls(client: CcxtClient): void {
  const fetch = client.fetch.bind(client);
  client.fetch = (...args) => {
    const call = current.getStore();
    if (call?.isOver) return Promise.reject(new Error(`${call.what} was not sent: its deadline had passed`));
    return fetch(...args);
  };
  const handleErrors = client.handleErrors.bind(client);
  client.handleErrors = (status, reason, url, method, headers, ...rest) => {
    try {
      return handleErrors(status, reason, url, method, headers, ...rest);
    } catch (error) {
      rememberRetryAfter(error, headers['Retry-After']);
      throw error;
    }
  };
}

/**
 * Waits for a call no longer than its deadline: ccxt's own time-out ends with the head of the answer, and a body may stall.
 * @throws DeadlineError
 */
export async function withDeadline<T>(what: string, ms: number, work: () => Promise<T>): Promise<T> {
  const call: Call = { what, isOver: false };
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(what, ms)), ms);
  });
  try {
    return await Promise.race([current.run(call, work), deadline]);
  } finally {
    call.isOver = true;
    clearTimeout(timer);
  }
}
