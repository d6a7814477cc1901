import type { JobQueue } from './job-queue.ts';

/** The queue of a process that runs no jobs and can tell nobody of them: those who do find the rows. */
export const elsewhereQueue: JobQueue = {
  process: () => undefined,
  enqueue: () => Promise.resolve(false),
  cancel: () => Promise.resolve(),
  load: { waiting: 0, running: 0 },
  close: () => Promise.resolve(),
};
