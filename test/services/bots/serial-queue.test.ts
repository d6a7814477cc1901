import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SerialQueue } from '../../../src/services/bots/serial-queue.ts';

const never = (error: unknown): void => {
  throw error;
};

describe('a serial queue', () => {
  it('runs one job at a time, in the order given, however long each takes', async () => {
    const queue = new SerialQueue(never);
    const log: string[] = [];
    for (const [name, ms] of [
      ['a', 8],
      ['b', 0],
      ['c', 4],
    ] as const)
      queue.push(async () => {
        log.push(`${name} begins`);
        await delay(ms);
        log.push(`${name} ends`);
      });
    await queue.drained();
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('answers the caller of run, in its turn', async () => {
    const queue = new SerialQueue(never);
    const log: number[] = [];
    queue.push(async () => {
      await delay(5);
      log.push(1);
    });
    expect(await queue.run(() => log.push(2))).toBe(2);
    expect(log).toEqual([1, 2]);
  });

  it('stops for good at the first job that throws, and tells once', async () => {
    const failures: unknown[] = [];
    const queue = new SerialQueue((error) => void failures.push(error));
    const log: string[] = [];
    queue.push(() => void log.push('before'));
    queue.push(() => Promise.reject(new Error('broken')));
    queue.push(() => void log.push('after'));
    await queue.drained();
    queue.push(() => void log.push('later'));
    await queue.drained();
    expect(log).toEqual(['before']);
    expect(failures).toEqual([new Error('broken')]);
    await expect(queue.run(() => 1)).rejects.toThrow('closed');
  });

  it('gives what a run job throws to its caller, and does nothing that waits behind it', async () => {
    const log: string[] = [];
    const queue = new SerialQueue(() => log.push('failed'));
    const begun = queue.run(async () => {
      queue.push(() => void log.push('behind'));
      queue.pushUrgent(() => void log.push('urgent'));
      await Promise.reject(new Error('refused'));
    });
    await expect(begun).rejects.toThrow('refused');
    await queue.drained();
    expect(log).toEqual([]);
    await expect(queue.run(() => 1)).rejects.toThrow('closed');
  });

  it('lets the running job finish when it is closed and drops the waiting ones', async () => {
    const queue = new SerialQueue(never);
    const log: string[] = [];
    queue.push(async () => {
      await delay(5);
      log.push('running');
    });
    queue.push(() => void log.push('waiting'));
    const asked = queue.run(() => 'never').then(undefined, (error: unknown) => error);
    await delay(1);
    await queue.close();
    expect(await asked).toEqual(new Error('the queue is closed'));
    expect(log).toEqual(['running']);
    expect(queue.length).toBe(0);
  });

  it('takes urgent jobs before all others that wait, in their own order', async () => {
    const queue = new SerialQueue(never);
    const log: string[] = [];
    for (const name of ['first', 'second', 'third']) queue.push(() => void log.push(name));
    for (const name of ['urgent', 'urgent too']) queue.pushUrgent(() => void log.push(name));
    expect(queue.length).toBe(5);
    await queue.drained();
    expect(log).toEqual(['first', 'urgent', 'urgent too', 'second', 'third']);
    expect(queue.length).toBe(0);
  });
});
