/** One piece of background work, as small as an id: what it is about stands in the row of that id. */
export interface Job {
  /** Id of the row that the job works on, unique among the jobs. */
  readonly id: string;
  /** Which handler runs it: "backtest". */
  readonly kind: string;
  /** Whose it is: one person's many jobs do not make another's one wait for all of them. */
  readonly userId: string;
}

/**
 * Runs one job. It answers for storing the outcome, success or failure; what it throws is only logged.
 * @param signal aborted when the job is canceled or the queue closes
 */
export type JobHandler = (job: Job, signal: AbortSignal) => Promise<void>;

/** How much work there is. */
export interface QueueLoad {
  readonly waiting: number;
  readonly running: number;
}

/**
 * Where background work waits. At least once: a job may be delivered again after a crash, so handlers claim their row first.
 */
export interface JobQueue {
  /** Names who runs jobs of a kind; jobs that were added before wait for it. */
  process(kind: string, handler: JobHandler): void;
  /**
   * Adds a job; adding one that already waits or runs changes nothing.
   * @returns false when the queue is full, so that the caller offers it again later
   */
  enqueue(job: Job): Promise<boolean>;
  /** Takes a waiting job out, or aborts a running one. Does nothing for a job that is not here. */
  cancel(id: string): Promise<void>;
  /** Jobs that wait and run in this process. */
  readonly load: QueueLoad;
  /** Takes no more jobs, aborts what runs, and resolves when every handler has returned. */
  close(): Promise<void>;
}
