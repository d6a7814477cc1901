import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something is so. @throws when it is not so within the time */
export async function until(isSo: () => boolean, withinMs = 60_000): Promise<void> {
  for (const end = Date.now() + withinMs; !isSo(); await sleep(5))
    if (Date.now() > end) throw new Error(`still not so after ${withinMs} ms: ${isSo.toString()}`);
}
