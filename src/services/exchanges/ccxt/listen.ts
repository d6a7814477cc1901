import { setTimeout as sleep } from 'node:timers/promises';

/** Between two attempts to get a connection or an answer; doubled up to the longest. */
export const retryMs = 250;
export const longestRetryMs = 30_000;

export interface ListenParts<T> {
  /** ccxt's `watch…`: resolves with what is new; throws when the connection is gone. */
  readonly watch: () => Promise<T>;
  readonly take: (news: T) => void;
  readonly onTrouble: (error: unknown) => void;
  /** The connection is gone: what happens until the next news is not heard. */
  readonly onLost?: () => void;
  readonly signal: AbortSignal;
}

/**
 * Keeps a stream of ccxt's alive: ccxt forgets a subscription with its connection. The loop only takes and asks again, because an event that comes
 * between two calls is seen with the next one only. Ends with the signal; never throws.
 */
export async function listen<T>({ watch, take, onTrouble, onLost, signal }: ListenParts<T>): Promise<void> {
  let wait = retryMs;
  while (!signal.aborted) {
    try {
      const news = await watch();
      if (signal.aborted) return;
      wait = retryMs;
      take(news);
    } catch (error) {
      if (signal.aborted) return;
      onLost?.();
      onTrouble(error);
      await pause(wait, signal);
      wait = Math.min(2 * wait, longestRetryMs);
    }
  }
}

/** Waits, but not beyond the end. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

/** Tells all listeners; one listener's mistake must not cost the others their news. */
export function tellAll<T>(listeners: Iterable<(news: T) => void>, news: T, onTrouble: (error: unknown) => void): void {
  for (const listener of listeners) {
    try {
      listener(news);
    } catch (error) {
      onTrouble(error);
    }
  }
}
