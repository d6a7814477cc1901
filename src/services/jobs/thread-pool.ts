import { type Transferable, Worker } from 'node:worker_threads';
import { TaskError, type TaskMessage, type TaskModule, type ThreadMessage } from './task.ts';

// The build rewrites import specifiers, not URLs: the thread has the ending of the file that starts it.
const threadFile = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url);

export interface ThreadPoolOptions {
  /** Threads at most; they start when needed and stay for the next task. */
  readonly size: number;
  /** Heap of one thread in MiB, candle columns not counted. */
  readonly memoryMb: number;
  /** Memory of one thread outside its heap in MiB, such as columns, shared ones not counted. Looked at while a task runs. */
  readonly columnsMb: number;
  /** Milliseconds that one task may take. */
  readonly deadlineMs: number;
}

export interface RunOptions {
  /** Buffers of the input that move to the thread; the caller cannot use them afterwards. */
  readonly transfer?: Transferable[];
  /** Aborting ends the thread at once, also inside a loop; `run` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
  /** The thread is started for this task and ends with it: for code of others, which may leave anything behind. */
  readonly alone?: boolean;
}

const mib = 2 ** 20;
/** Between two looks at the memory of a running thread. */
const lookEveryMs = 250;

/** Bytes; the thread answers inside a loop, too. */
async function outsideHeap(worker: Worker): Promise<number> {
  try {
    return (await worker.getHeapStatistics()).external_memory;
  } catch {
    // It has ended meanwhile, which is told in another way.
    return 0;
  }
}

/**
 * Worker threads for work that would block the event loop. One task per thread at a time, bounded in time and memory; a thread that is
 * canceled, too slow, out of memory or dead is replaced, and the process does not notice.
 */
export class ThreadPool {
  private readonly idle: Worker[] = [];
  private readonly all = new Set<Worker>();
  private readonly waiting: (() => void)[] = [];
  private busy = 0;
  private closed = false;
  private readonly options: ThreadPoolOptions;

  constructor(options: ThreadPoolOptions) {
    this.options = options;
  }

  /**
   * Runs a task; waits for a free thread.
   * @throws TaskError when it gives no result; the signal's reason when it is aborted
   */
  async run<Input, Output>(task: TaskModule<Input, Output>, input: Input, options: RunOptions = {}): Promise<Output> {
    options.signal?.throwIfAborted();
    await this.takePlace(options.signal);
    try {
      if (this.closed) throw new TaskError('CRASHED', 'the worker threads are closed');
      return await this.runIn<Output>(this.take(options.alone), { module: task.url.href, input }, options);
    } finally {
      this.givePlace();
    }
  }

  /** Ends all threads, with whatever they are doing. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.all].map((worker) => worker.terminate()));
  }

  private async takePlace(signal: AbortSignal | undefined): Promise<void> {
    if (this.busy < this.options.size) {
      this.busy++;
      return;
    }
    let turn: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      turn = resolve;
      this.waiting.push(resolve);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
    const index = turn ? this.waiting.indexOf(turn) : -1;
    // Still in line: the abort ended the waiting. Not in line: the place was handed over, and goes on if it is not wanted any more.
    if (index >= 0) this.waiting.splice(index, 1);
    else if (signal?.aborted) this.givePlace();
    signal?.throwIfAborted();
  }

  /** Hands the place to the next in line, so that nobody who comes later can take it before. */
  private givePlace(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.busy--;
  }

  private take(alone = false): Worker {
    const idle = this.idle.pop();
    if (!alone) return idle ?? this.start();
    // One makes room for the other.
    void idle?.terminate();
    return this.start();
  }

  private start(): Worker {
    // No inherited flags: a loader of the parent (tsx, the test runner's) would only slow a thread down.
    const worker = new Worker(threadFile, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: this.options.memoryMb } });
    this.all.add(worker);
    // A thread that dies while idle must not take the process with it; 'exit' takes it out of the pool.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      this.all.delete(worker);
      const index = this.idle.indexOf(worker);
      if (index >= 0) this.idle.splice(index, 1);
    });
    return worker;
  }

  private async runIn<Output>(worker: Worker, message: TaskMessage, options: RunOptions): Promise<Output> {
    const listening = new AbortController();
    try {
      const value = await this.answerOf(worker, message, options, listening.signal);
      if (options.alone) await worker.terminate();
      else this.release(worker);
      return value as Output;
    } catch (error) {
      if (!options.alone && error instanceof TaskError && error.failure === 'THREW') this.release(worker);
      else await worker.terminate();
      throw error;
    } finally {
      listening.abort();
    }
  }

  private answerOf(worker: Worker, message: TaskMessage, options: RunOptions, until: AbortSignal): Promise<unknown> {
    const { signal, onProgress, transfer = [] } = options;
    return new Promise((resolve, reject) => {
      const onMessage = (answer: ThreadMessage): void => {
        if (answer.type === 'progress') onProgress?.(answer.fraction);
        else if (answer.type === 'done') resolve(answer.value);
        else reject(new TaskError('THREW', answer.message, answer));
      };
      const onError = (error: unknown): void => reject(this.failureOf(error));
      const onExit = (code: number): void =>
        reject(new TaskError('CRASHED', `the worker thread ended unexpectedly with code ${code}`));
      const onAbort = (): void => reject(signal?.reason);
      const timer = setTimeout(() => reject(this.timedOut()), this.options.deadlineMs);
      const looking = setInterval(() => {
        void outsideHeap(worker).then((bytes) => {
          if (bytes > this.options.columnsMb * mib) reject(this.outOfMemory(this.options.columnsMb));
        });
      }, lookEveryMs);
      until.addEventListener('abort', () => {
        clearTimeout(timer);
        clearInterval(looking);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        signal?.removeEventListener('abort', onAbort);
      });
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      signal?.addEventListener('abort', onAbort);
      worker.ref();
      worker.postMessage(message, transfer);
    });
  }

  private release(worker: Worker): void {
    // An idle thread does not keep the process alive.
    worker.unref();
    if (this.closed) void worker.terminate();
    else this.idle.push(worker);
  }

  private failureOf(error: unknown): TaskError {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_WORKER_OUT_OF_MEMORY') return this.outOfMemory(this.options.memoryMb);
    const { message, name, stack } = error instanceof Error ? error : new Error(String(error));
    return new TaskError('CRASHED', `the worker thread died: ${message}`, { name, stack });
  }

  private outOfMemory(limit: number): TaskError {
    return new TaskError('OUT_OF_MEMORY', `it needed more than the ${limit} MiB of memory that one job may use`);
  }

  private timedOut(): TaskError {
    return new TaskError('TIMED_OUT', `it took longer than the ${this.options.deadlineMs / 1000} seconds that one job may take`);
  }
}
