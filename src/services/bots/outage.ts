import { DomainError } from '../errors.ts';
import { longestRetryMs, waitAfter } from '../market-data/feed-retries.ts';
import { DeadlineError } from '../orders/outcome.ts';

/** Before a bot whose exchange has not answered is tried again for the first time, in milliseconds at the most. */
const firstPauseMs = 1_000;
const longestReason = 1_800;
const waitsSince = /^waits for its exchange since (\S+): /;

/** Whether the exchange did not answer, or asked to be left alone: nothing is wrong with the bot, and nobody need do anything but wait. */
export function isOutage(error: unknown): error is DomainError | DeadlineError {
  return error instanceof DeadlineError || (error instanceof DomainError && error.code === 'EXCHANGE_UNAVAILABLE');
}

/**
 * How long to wait after so many failures in a row, in milliseconds: twice as long each time, and at least as long as the exchange asks for. Half of it is
 * left to chance, so that bots that have failed together do not come back together.
 * @param random from 0 to 1
 */
export function pauseAfter(error: unknown, failures: number, random: () => number): number {
  const half = Math.min(firstPauseMs * 2 ** (failures - 1), longestRetryMs) / 2;
  return waitAfter(error, half) + Math.round(half * random());
}

/** What the row of a bot says while it waits. @param since a time as ISO 8601 */
export function waitText(since: string, reason: string): string {
  return `waits for its exchange since ${since}: ${reason.slice(0, longestReason)} — it is tried again by itself.`;
}

/** Since when a bot waits, by what its row says; undefined when it does not. */
export function waitingSince(message: string | null): string | undefined {
  return waitsSince.exec(message ?? '')?.[1];
}

/** For whoever asks something of a bot that waits. @param message what its row says */
export function waitsError(botName: string, message: string, path?: readonly string[]): DomainError {
  return new DomainError('EXCHANGE_UNAVAILABLE', `bot "${botName}" ${message} Nothing was done: ask again when it runs.`, {
    ...(path && { path }),
  });
}
