import type { Logger } from '../logger.ts';
import type { Job, JobHandler, JobQueue, QueueLoad } from './job-queue.ts';

/** Why a handler's signal was aborted. */
export class JobAborted extends Error {
  /** True when somebody canceled this job, false when the whole queue is closing. */
  readonly canceled: boolean;

  constructor(canceled: boolean) {
    super(canceled ? 'the job was canceled' : 'the server is shutting down');
    this.name = 'JobAborted';
    this.canceled = canceled;
  }
}

/**
 * Jobs in this process's memory: a queue per person, served in turn, at most `concurrency` at once and `capacity` waiting.
 * What waits here is lost with the process; its rows are offered again at the next start.
 */
export class InProcessQueue implements JobQueue {
  private readonly handlers = new Map<string, JobHandler>();
  /** Insertion order is the order of turns: who was served goes to the end. */
  private readonly waiting = new Map<string, Job[]>();
  private readonly running = new Map<string, { abort: AbortController; done: Promise<void> }>();
  private readonly known = new Set<string>();
  private closed = false;
  private readonly options: { readonly concurrency: number; readonly capacity: number };
  private readonly logger: Pick<Logger, 'error'>;

  constructor(options: { concurrency: number; capacity: number }, logger: Pick<Logger, 'error'>) {
    this.options = options;
    this.logger = logger;
  }

  /** How many jobs wait, and how many run. */
  get load(): QueueLoad {
    return { waiting: this.known.size - this.running.size, running: this.running.size };
  }

  process(kind: string, handler: JobHandler): void {
    this.handlers.set(kind, handler);
    this.startNext();
  }

  async enqueue(job: Job): Promise<boolean> {
    if (this.closed) return false;
    if (this.known.has(job.id)) return true;
    if (this.known.size - this.running.size >= this.options.capacity) return false;
    this.known.add(job.id);
    const line = this.waiting.get(job.userId);
    if (line) line.push(job);
    else this.waiting.set(job.userId, [job]);
    this.startNext();
    return true;
  }

  async cancel(id: string): Promise<void> {
    const running = this.running.get(id);
    if (running) return running.abort.abort(new JobAborted(true));
    if (!this.known.delete(id)) return;
    for (const [userId, line] of this.waiting)
      this.setLine(
        userId,
        line.filter((job) => job.id !== id),
      );
  }

  async close(): Promise<void> {
    this.closed = true;
    this.waiting.clear();
    const running = [...this.running.values()];
    for (const { abort } of running) abort.abort(new JobAborted(false));
    await Promise.all(running.map(({ done }) => done));
  }

  private startNext(): void {
    while (!this.closed && this.running.size < this.options.concurrency) {
      const job = this.takeNext();
      if (!job) return;
      const abort = new AbortController();
      this.running.set(job.id, { abort, done: this.run(job, abort.signal) });
    }
  }

  /** The longest waiting job of the person whose turn it is, among jobs that somebody can run. */
  private takeNext(): Job | undefined {
    for (const [userId, line] of this.waiting) {
      const index = line.findIndex((job) => this.handlers.has(job.kind));
      if (index < 0) continue;
      const [job] = line.splice(index, 1);
      this.waiting.delete(userId);
      this.setLine(userId, line);
      return job;
    }
    return undefined;
  }

  private setLine(userId: string, line: Job[]): void {
    if (line.length > 0) this.waiting.set(userId, line);
    else this.waiting.delete(userId);
  }

  private async run(job: Job, signal: AbortSignal): Promise<void> {
    // A turn of the event loop first, so that `running` has the job before its handler can end.
    await Promise.resolve();
    try {
      await this.handlers.get(job.kind)?.(job, signal);
    } catch (error) {
      this.logger.error({ err: error, job }, 'a job handler failed');
    } finally {
      this.running.delete(job.id);
      this.known.delete(job.id);
      this.startNext();
    }
  }
}
