import { DomainError } from '../errors.ts';

/** Between two attempts to fetch what is missing, ms; doubled up to the longest. */
export const retryMs = 250;
export const longestRetryMs = 30_000;

/** An exchange may say how long it wants to be left alone. @returns ms */
export function waitAfter(error: unknown, wait: number): number {
  return Math.max(wait, error instanceof DomainError ? Number(error.details['retryAfterMs'] ?? 0) : 0);
}
