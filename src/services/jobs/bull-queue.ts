import { type Job as BullJob, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';
import { InProcessQueue, JobAborted } from './in-process-queue.ts';
import type { Job, JobHandler, JobQueue, QueueLoad } from './job-queue.ts';

interface BullQueueOptions {
  /** Tells installations on one Redis apart. */
  readonly installation: string;
  readonly connect: () => Redis;
  /** Jobs of one kind that this process runs at once. */
  readonly concurrency: number;
  /** Jobs that may wait in this process while Redis is away. */
  readonly capacity: number;
  readonly logger: Pick<Logger, 'error'>;
  /** Tells the other processes that a job was canceled. */
  readonly tellCanceled: (id: string) => void;
}

/** Whoever added fewer jobs in this time goes first, in seconds. */
const turnSeconds = 60;

/**
 * Jobs on Redis (BullMQ): added by any process, run by those that have a handler. While Redis is away, a process that could run a job
 * itself takes it into its memory, and others answer that there is no room: the rows are offered again later, and claimed once.
 */
export class BullQueue implements JobQueue {
  readonly #options: BullQueueOptions;
  readonly #redis: Redis;
  readonly #local: InProcessQueue;
  readonly #handlers = new Map<string, JobHandler>();
  readonly #queues = new Map<string, Queue>();
  readonly #workers: Worker[] = [];
  readonly #running = new Map<string, { readonly abort: AbortController; readonly done: Promise<unknown> }>();
  readonly #connections: Redis[] = [];
  #closed = false;

  constructor(options: BullQueueOptions) {
    this.#options = options;
    this.#redis = this.#connect();
    this.#local = new InProcessQueue(options, options.logger);
  }

  process(kind: string, handler: JobHandler): void {
    this.#handlers.set(kind, handler);
    this.#local.process(kind, handler);
    const { concurrency, logger } = this.#options;
    const worker = new Worker(kind, (job) => this.#run(job, handler), {
      connection: this.#connect(),
      prefix: this.#prefix,
      concurrency,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    // The connection says by itself that it is gone; what a handler throws is told here.
    worker.on('error', () => undefined);
    worker.on('failed', (job, error) => logger.error({ err: error, job: job?.data as unknown }, 'a job handler failed'));
    this.#workers.push(worker);
  }

  async enqueue(job: Job): Promise<boolean> {
    if (this.#closed) return false;
    try {
      const priority = await this.#turn(job.userId);
      await this.#queue(job.kind).add(job.kind, job, { jobId: job.id, priority });
      return true;
    } catch {
      return this.#handlers.has(job.kind) ? this.#local.enqueue(job) : false;
    }
  }

  async cancel(id: string): Promise<void> {
    this.abort(id);
    this.#options.tellCanceled(id);
    await this.#local.cancel(id);
    // A job that stays on Redis finds its row canceled.
    for (const queue of this.#queues.values()) await queue.remove(id).catch(() => undefined);
  }

  /** Ends a job that this process runs: it was canceled, here or elsewhere. */
  abort(id: string): void {
    this.#running.get(id)?.abort.abort(new JobAborted(true));
  }

  /** What waits on Redis is not of this process. */
  get load(): QueueLoad {
    const { waiting, running } = this.#local.load;
    return { waiting, running: running + this.#running.size };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const running = [...this.#running.values()];
    for (const { abort } of running) abort.abort(new JobAborted(false));
    // By force: a Redis that is away is not waited for, and a job that was not reported as done finds its row.
    await Promise.all([...this.#workers, ...this.#queues.values()].map((part) => closed(part)));
    await this.#local.close();
    await Promise.all(running.map(({ done }) => done));
    for (const redis of this.#connections) redis.disconnect();
  }

  get #prefix(): string {
    return `candlewick:${this.#options.installation}:jobs`;
  }

  #queue(kind: string): Queue {
    const known = this.#queues.get(kind);
    if (known) return known;
    const queue = new Queue(kind, {
      connection: this.#redis,
      prefix: this.#prefix,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    queue.on('error', () => undefined);
    this.#queues.set(kind, queue);
    return queue;
  }

  /** Lower goes first: one person's hundredth job waits for another's first. */
  async #turn(userId: string): Promise<number> {
    const key = `${this.#prefix}:turn:${userId}`;
    const results = await this.#redis.multi().incr(key).expire(key, turnSeconds).exec();
    return Math.min(2_000_000, Number(results?.[0]?.[1] ?? 1));
  }

  #connect(): Redis {
    const redis = this.#options.connect();
    this.#connections.push(redis);
    return redis;
  }

  async #run({ data }: BullJob<Job>, handler: JobHandler): Promise<void> {
    const abort = new AbortController();
    const done = handler(data, abort.signal);
    this.#running.set(data.id, { abort, done: done.catch(() => undefined) });
    try {
      await done;
    } finally {
      this.#running.delete(data.id);
    }
  }
}

async function closed(part: Worker | Queue): Promise<void> {
  await (part instanceof Worker ? part.close(true) : part.close()).catch(() => undefined);
}
