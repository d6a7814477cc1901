import { afterEach, describe, expect, it } from 'vitest';
import { JobAborted } from '../../../src/services/jobs/in-process-queue.ts';
import type { Job, JobQueue } from '../../../src/services/jobs/job-queue.ts';

/** A queue that works on one job at a time, and what it has logged. */
export interface QueueUnderTest {
  readonly queue: JobQueue;
  readonly errors: readonly object[];
}

/** What every queue of jobs does, wherever its jobs wait. */
export function describeQueue(name: string, make: () => QueueUnderTest): void {
  describe(`jobs ${name}`, () => {
    let tested: QueueUnderTest;
    const started: string[] = [];
    const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
    const aborted = new Map<string, unknown>();

    function house(): void {
      tested = make();
      started.length = 0;
      ends.clear();
      aborted.clear();
      tested.queue.process('work', (job, signal) => {
        started.push(job.id);
        return new Promise<void>((resolve, reject) => {
          ends.set(job.id, { resolve, reject });
          signal.addEventListener('abort', () => {
            aborted.set(job.id, signal.reason);
            resolve();
          });
        });
      });
    }
    afterEach(() => tested.queue.close());

    const add = (id: string, userId = 'ann'): Promise<boolean> =>
      tested.queue.enqueue({ id, userId, kind: 'work' } satisfies Job);
    const starts = async (...ids: string[]): Promise<void> => {
      await expect.poll(() => started).toEqual(ids);
    };

    it('run in order, one after the other', async () => {
      house();
      for (const id of ['a', 'b', 'c']) expect(await add(id)).toBe(true);
      await starts('a');
      ends.get('a')?.resolve();
      await starts('a', 'b');
      ends.get('b')?.resolve();
      await starts('a', 'b', 'c');
    });

    it('of one person do not make another’s wait for all of them', async () => {
      house();
      await add('a1');
      await starts('a1');
      for (const id of ['a2', 'a3', 'a4']) await add(id);
      await add('b1', 'bob');
      for (let running = 1; !started.includes('b1'); running++) {
        ends.get(started[running - 1] ?? '')?.resolve();
        await expect.poll(() => started.length).toBe(running + 1);
      }
      expect(started.indexOf('b1')).toBeLessThan(3);
    });

    it('that wait or run already are not added again', async () => {
      house();
      await add('a');
      await starts('a');
      for (const id of ['a', 'b', 'b']) expect(await add(id)).toBe(true);
      ends.get('a')?.resolve();
      await starts('a', 'b');
      ends.get('b')?.resolve();
      await add('c');
      await starts('a', 'b', 'c');
    });

    it('that are canceled never start, or are aborted', async () => {
      house();
      await add('running');
      await starts('running');
      await add('waiting');
      await add('last');
      await tested.queue.cancel('waiting');
      await tested.queue.cancel('running');
      await starts('running', 'last');
      expect(aborted.get('running')).toMatchObject({ canceled: true });
      await tested.queue.cancel('never added');
    });

    it('that fail are logged, and the next one runs', async () => {
      house();
      await add('bad');
      await add('good');
      await starts('bad');
      ends.get('bad')?.reject(new Error('a handler’s bug'));
      await starts('bad', 'good');
      await expect.poll(() => tested.errors.length).toBe(1);
      expect(tested.errors[0]).toMatchObject({ job: { id: 'bad' }, err: { message: 'a handler’s bug' } });
    });

    it('are aborted when the queue closes, and none is taken any more', async () => {
      house();
      await add('running');
      await starts('running');
      await add('waiting');
      await tested.queue.close();
      expect(aborted.get('running')).toBeInstanceOf(JobAborted);
      expect(aborted.get('running')).toMatchObject({ canceled: false });
      expect(started).toEqual(['running']);
      expect(await add('late')).toBe(false);
    });
  });
}
