import { AsyncLocalStorage } from 'node:async_hooks';
import type { CcxtClient } from './client.ts';
import { LeftAloneError, rememberRetryAfter } from './failures.ts';

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
 * How long an exchange wants to be left alone: whoever goes on asking after a 429 is banned, and for longer each time. Limits count by address,
 * so all clients of one exchange share it.
 */
export class Quiet {
  private until = 0;

  get leftMs(): number {
    return Math.max(0, this.until - Date.now());
  }

  /** @param seconds what Retry-After says, if anything */
  heed(error: unknown, seconds: unknown): void {
    const ms = Number(seconds) * 1_000;
    if (!(error instanceof Error) || !(ms > 0)) return;
    rememberRetryAfter(error, ms);
    this.until = Math.max(this.until, Date.now() + ms);
  }
}

/**
 * Prepares a client for `withDeadline`: a call whose deadline has passed while it waited for ccxt's rate limit is not sent any more, and
 * none is sent while the exchange wants to be left alone. An answer that is cut, empty or a web page is an error: ccxt would read it as an
 * empty list.
 */
export function guardCalls(client: CcxtClient, quiet: Quiet): void {
  const fetch = client.fetch.bind(client);
  client.fetch = (...args) => {
    const call = current.getStore();
    if (call?.isOver) return Promise.reject(new Error(`${call.what} was not sent: its deadline had passed`));
    const { leftMs } = quiet;
    if (leftMs === 0) return fetch(...args);
    const error = new LeftAloneError(`nothing was sent: ${client.id} asks to be left alone for another ${leftMs} ms`);
    rememberRetryAfter(error, leftMs);
    return Promise.reject(error);
  };
  const handleErrors = client.handleErrors.bind(client);
  client.handleErrors = (status, reason, url, method, headers, body, json, ...rest) => {
    let result: unknown;
    try {
      result = handleErrors(status, reason, url, method, headers, body, json, ...rest);
    } catch (error) {
      quiet.heed(error, headers['Retry-After']);
      throw error;
    }
    if (status < 300 && (typeof json !== 'object' || json === null))
      throw new TypeError(`${client.id} answered ${method} with ${status} and something that is not JSON`);
    return result;
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
