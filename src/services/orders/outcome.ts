import { DomainError } from '../errors.ts';
import type { OrderReport } from '../exchanges/port/orders.ts';
import { systemTimers, type Timers } from '../timers.ts';

/** What became of handing an order, or a pair of them, to the exchange. */
export type SubmitOutcome =
  | { readonly kind: 'ACCEPTED'; readonly reports: readonly OrderReport[] }
  /** The exchange said no: nothing was placed. */
  | { readonly kind: 'REJECTED'; readonly reason: string }
  /** Nobody knows: it may or may not exist there. Ask before doing anything else. */
  | { readonly kind: 'UNKNOWN'; readonly reason: string; readonly isOvertaken?: boolean };

/** The answers that mean "no": everything else might have been placed. */
const refusals: ReadonlySet<string> = new Set(['EXCHANGE_REJECTED', 'INSUFFICIENT_BALANCE', 'NOT_FOUND']);

/**
 * Classifies what handing something over threw. Only an explicit refusal is one; a time-out, a broken answer or an error of our own code says
 * nothing about the order.
 */
export function outcomeOf(error: unknown): Exclude<SubmitOutcome, { readonly kind: 'ACCEPTED' }> {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof DomainError && refusals.has(error.code)) return { kind: 'REJECTED', reason };
  return { kind: 'UNKNOWN', reason, isOvertaken: error instanceof OvertakenError };
}

/** Our own deadline for each call, in milliseconds, unless told otherwise. */
export const standardDeadlineMs = 10_000;

/** Rejects after so many milliseconds: an exchange's own time-out does not cover an answer that stalls half way. */
export class DeadlineError extends Error {
  constructor(what: string, ms: number) {
    super(`${what} had no answer within ${ms} ms`);
    this.name = 'DeadlineError';
  }
}

/** Whoever waited for an answer was needed for something else. */
export class OvertakenError extends Error {
  constructor(what: string) {
    super(`a halt did not wait until ${what} was answered`);
    this.name = 'OvertakenError';
  }
}

/**
 * Waits for an answer, but no longer than its deadline. The call goes on: passing the deadline says nothing about its outcome.
 * @throws DeadlineError
 */
export async function withDeadline<T>(work: Promise<T>, ms: number, what: string, timers: Timers = systemTimers): Promise<T> {
  let cancel: (() => void) | undefined;
  const deadline = new Promise<never>((_, reject) => {
    cancel = timers.after(ms, () => reject(new DeadlineError(what, ms)));
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    cancel?.();
  }
}
