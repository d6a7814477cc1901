import { afterEach, describe, expect, it } from 'vitest';
import { TaskError, taskModule } from '../../../src/services/jobs/task.ts';
import { ThreadPool, type ThreadPoolOptions } from '../../../src/services/jobs/thread-pool.ts';
import type { SmallInput } from './tasks/small.ts';

const small = taskModule<SmallInput, unknown>('./tasks/small', import.meta.url);
const pools: ThreadPool[] = [];

function poolWith(options: Partial<ThreadPoolOptions> = {}): ThreadPool {
  const pool = new ThreadPool({ size: 1, memoryMb: 64, columnsMb: 256, deadlineMs: 100_000, ...options });
  pools.push(pool);
  return pool;
}

const run = (pool: ThreadPool, does: SmallInput['does'], options: Parameters<ThreadPool['run']>[2] = {}): Promise<unknown> =>
  pool.run(small, { does }, options);

const failureOf = async (promise: Promise<unknown>): Promise<TaskError> => {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof TaskError)) throw new Error(`expected a TaskError, got ${String(error)}`);
  return error;
};

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('a pool of threads', () => {
  it('runs a task of a source file and gives back its value', async () => {
    const column = Float64Array.of(1, 2, 3.5);
    expect(await poolWith().run(small, { does: 'sum', column })).toEqual({ sum: 6.5, column });
  });

  it('moves the columns of the input instead of copying them', async () => {
    const column = Float64Array.of(1, 2);
    await poolWith().run(small, { does: 'sum', column }, { transfer: [column.buffer] });
    expect(column).toHaveLength(0);
  });

  it('reads shared columns without copying them', async () => {
    const column = new Float64Array(new SharedArrayBuffer(16));
    column.set([2, 5]);
    expect(await poolWith().run(small, { does: 'sum', column })).toMatchObject({ sum: 7 });
    expect(column[1]).toBe(5);
  });

  it('tells progress while the thread is busy', async () => {
    const seen: number[] = [];
    expect(await run(poolWith(), 'progress', { onProgress: (fraction) => seen.push(fraction) })).toBe('done');
    expect(seen.length).toBeGreaterThan(3);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('hands on what a task throws, and keeps the thread', async () => {
    const pool = poolWith();
    expect(await failureOf(run(pool, 'throw'))).toMatchObject({
      failure: 'THREW',
      thrownName: 'RangeError',
      message: 'stop 120 exceeds limit 100',
    });
    expect(await run(pool, 'sum')).toMatchObject({ sum: 0 });
  });

  it.each([
    ['a thread that exits', 'exit', {}, 'CRASHED', /ended unexpectedly with code 3/],
    ['a task over its time', 'loop', { deadlineMs: 500 }, 'TIMED_OUT', /longer than the 0\.5 seconds/],
    ['a task over its memory outside the heap', 'hoard', { columnsMb: 48 }, 'OUT_OF_MEMORY', /more than the 48 MiB/],
    ['a task over its memory', 'eat', { memoryMb: 24 }, 'OUT_OF_MEMORY', /more than the 24 MiB/],
  ] as const)('survives %s and runs the next task', async (_name, does, options, failure, message) => {
    const pool = poolWith(options);
    const error = await failureOf(run(pool, does));
    expect(error.failure).toBe(failure);
    expect(error.message).toMatch(message);
    expect(await run(pool, 'sum')).toMatchObject({ sum: 0 });
  });

  it('ends a running task at once when it is aborted, also inside a loop', async () => {
    const pool = poolWith();
    const abort = new AbortController();
    const looping = run(pool, 'loop', {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('canceled by its owner')),
    });
    await expect(looping).rejects.toThrow('canceled by its owner');
    expect(await run(pool, 'sum')).toMatchObject({ sum: 0 });
  });

  it('lets a task wait for a thread, and leaves the line when aborted there', async () => {
    const pool = poolWith();
    const abort = new AbortController();
    const first = run(pool, 'progress');
    const second = run(pool, 'thread', { signal: abort.signal });
    const third = run(pool, 'sum');
    abort.abort(new Error('not wanted any more'));
    await expect(second).rejects.toThrow('not wanted any more');
    expect(await first).toBe('done');
    expect(await third).toMatchObject({ sum: 0 });
  });

  it('starts nothing for a signal that is aborted already', async () => {
    const canceled = run(poolWith(), 'loop', { signal: AbortSignal.abort(new Error('too late')) });
    await expect(canceled).rejects.toThrow('too late');
  });

  it('refuses an input that cannot cross to a thread, and goes on', async () => {
    const pool = poolWith();
    await expect(pool.run(small, { does: 'sum', column: () => 1 })).rejects.toThrow(/could not be cloned/);
    expect(await run(pool, 'sum')).toMatchObject({ sum: 0 });
  });

  it('ends what runs when it closes, and takes nothing more', async () => {
    const pool = poolWith();
    const looping = failureOf(run(pool, 'loop'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await pool.close();
    expect((await looping).failure).toBe('CRASHED');
    expect((await failureOf(run(pool, 'sum'))).message).toBe('the worker threads are closed');
  });
});
