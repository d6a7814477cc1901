import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy } from '../problem.ts';

/**
 * Tries again while another process holds the lock, without holding up this one. Within the process nothing ever waits here:
 * there is one writing connection, and its users queue.
 * @param limitMs how long before the error is passed on
 */
export async function patiently<T>(work: () => T, limitMs: number): Promise<T> {
  const giveUpAt = performance.now() + limitMs;
  for (let pause = 5; ; pause = Math.min(pause * 2, 100)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() + pause > giveUpAt) throw error;
      await sleep(pause);
    }
  }
}
