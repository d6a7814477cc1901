import { DomainError } from '../errors.ts';
import { longestRetryMs, waitAfter } from '../market-data/feed-retries.ts';
import { DeadlineError } from '../orders/outcome.ts';

/** Before a bot whose exchange has not answered is tried again for the first time, in milliseconds. */
const firstPauseMs = 1_000;

/** Whether the exchange did not answer, or asked to be left alone: nothing is wrong with the bot, and nobody need do anything but wait. */
export function isOutage(error: unknown): error is DomainError | DeadlineError {
  return error instanceof DeadlineError || (error instanceof DomainError && error.code === 'EXCHANGE_UNAVAILABLE');
}

/** How long to wait after so many failures in a row, in milliseconds: twice as long each time, and as long as the exchange asks for. */
export function pauseAfter(error: unknown, failures: number): number {
  return waitAfter(error, Math.min(firstPauseMs * 2 ** (failures - 1), longestRetryMs));
}
