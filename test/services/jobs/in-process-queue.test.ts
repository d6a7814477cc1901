import { describe, expect, it } from 'vitest';
import { InProcessQueue, JobAborted } from '../../../src/services/jobs/in-process-queue.ts';
import type { Job } from '../../../src/services/jobs/job-queue.ts';

/** A queue whose jobs run until the test says so. */
function house(options: { concurrency?: number; capacity?: number } = {}) {
  const errors: unknown[] = [];
  const queue = new InProcessQueue(
    { concurrency: 1, capacity: 10, ...options },
    { error: (fields: object) => void errors.push(fields) },
  );
  const started: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const aborted: Record<string, unknown> = {};
  queue.process('work', (job, signal) => {
    started.push(job.id);
    return new Promise<void>((resolve, reject) => {
      ends.set(job.id, { resolve, reject });
      signal.addEventListener('abort', () => {
        aborted[job.id] = signal.reason;
        resolve();
      });
    });
  });
  const add = (id: string, userId = 'ann', kind = 'work'): Promise<boolean> => queue.enqueue({ id, userId, kind } satisfies Job);
  const end = async (id: string): Promise<void> => {
    ends.get(id)?.resolve();
    await turn();
  };
  return { queue, started, ends, aborted, errors, add, end };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the queue in this process', () => {
  it('runs as many jobs at once as it may, the rest in order', async () => {
    const { add, started, end } = house({ concurrency: 2 });
    for (const id of ['a', 'b', 'c', 'd']) await add(id);
    await turn();
    expect(started).toEqual(['a', 'b']);
    await end('b');
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('serves people in turn, whoever queued more', async () => {
    const { add, started, end } = house();
    for (const id of ['a1', 'a2', 'a3']) await add(id, 'ann');
    await add('b1', 'bob');
    await turn();
    for (const id of ['a1', 'a2', 'b1']) await end(id);
    expect(started).toEqual(['a1', 'a2', 'b1', 'a3']);
  });

  it('refuses what exceeds its capacity and takes it again later', async () => {
    const { add, end } = house({ capacity: 1 });
    expect(await add('running')).toBe(true);
    await turn();
    expect(await add('waiting')).toBe(true);
    expect(await add('too many')).toBe(false);
    await end('running');
    expect(await add('too many')).toBe(true);
  });

  it('takes one job once, however often it is offered', async () => {
    const { add, started, end } = house();
    for (const id of ['a', 'a', 'b', 'b']) expect(await add(id)).toBe(true);
    await turn();
    await end('a');
    await end('b');
    expect(started).toEqual(['a', 'b']);
  });

  it('takes a waiting job out when it is canceled', async () => {
    const { queue, add, started, end } = house();
    for (const id of ['a', 'b', 'c']) await add(id);
    await turn();
    await queue.cancel('b');
    await end('a');
    expect(started).toEqual(['a', 'c']);
  });

  it('aborts a running job when it is canceled, and goes on', async () => {
    const { queue, add, started, aborted } = house();
    await add('a');
    await add('b');
    await turn();
    await queue.cancel('a');
    await turn();
    expect(aborted['a']).toEqual(new JobAborted(true));
    expect(started).toEqual(['a', 'b']);
  });

  it('leaves others alone when the canceled job is not here', async () => {
    const { queue, add, started } = house();
    await add('a');
    await queue.cancel('elsewhere');
    await turn();
    expect(started).toEqual(['a']);
  });

  it('logs what a handler throws and goes on', async () => {
    const { add, started, ends, errors } = house();
    await add('a');
    await add('b');
    await turn();
    ends.get('a')?.reject(new Error('disk full'));
    await turn();
    expect(errors).toMatchObject([{ err: new Error('disk full'), job: { id: 'a' } }]);
    expect(started).toEqual(['a', 'b']);
  });

  it('keeps jobs for a handler that comes later', async () => {
    const { queue, add, started } = house();
    await add('early', 'ann', 'other');
    await add('b');
    await turn();
    expect(started).toEqual(['b']);
    const others: string[] = [];
    queue.process('other', async (job) => void others.push(job.id));
    await queue.cancel('b');
    await turn();
    expect(others).toEqual(['early']);
  });

  it('aborts what runs and starts nothing more when it closes', async () => {
    const { queue, add, started, aborted } = house();
    await add('a');
    await add('b');
    await turn();
    await queue.close();
    expect(aborted['a']).toEqual(new JobAborted(false));
    expect(await add('c')).toBe(false);
    await turn();
    expect(started).toEqual(['a']);
  });
});
