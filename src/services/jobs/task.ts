import type { Transferable } from 'node:worker_threads';

/** What a thread runs: a module that exports `run`, found by its URL. Input and output cross the thread by structured clone. */
export type Task<Input, Output> = (input: Input, report: ReportProgress) => TaskResult<Output> | Promise<TaskResult<Output>>;

/** Tells how far the work is, 0 to 1; cheap to call often. */
export type ReportProgress = (fraction: number) => void;

/** The outcome, and the buffers in it that move instead of being copied. */
export interface TaskResult<Output> {
  readonly value: Output;
  readonly transfer?: Transferable[];
}

/** A task by the module that exports it as `run`, with its types. */
export interface TaskModule<Input, Output> {
  readonly url: URL;
  /** Types only; never there. */
  readonly run?: Task<Input, Output>;
}

/**
 * Names a task. The file must run in a thread as it is: erasable TypeScript syntax, nothing that decorates.
 * @param place of the file as seen from the one that names it, without its ending: both are `.ts`, or both are built
 * @param from `import.meta.url` of the file that names it
 */
export function taskModule<Input, Output>(place: string, from: string): TaskModule<Input, Output> {
  return { url: new URL(place + (from.endsWith('.ts') ? '.ts' : '.js'), from) };
}

/** To the thread. */
export interface TaskMessage {
  readonly module: string;
  readonly input: unknown;
}

/** From the thread. */
export type ThreadMessage =
  | { readonly type: 'progress'; readonly fraction: number }
  | { readonly type: 'done'; readonly value: unknown }
  | { readonly type: 'failed'; readonly name: string; readonly message: string; readonly stack: string | undefined };

/** Why a task gave no result. */
export const TaskFailure = {
  /** The task threw: `cause` has the name and stack. */
  THREW: 'THREW',
  TIMED_OUT: 'TIMED_OUT',
  OUT_OF_MEMORY: 'OUT_OF_MEMORY',
  /** The thread ended under it. */
  CRASHED: 'CRASHED',
} as const;
export type TaskFailure = (typeof TaskFailure)[keyof typeof TaskFailure];

/** A task that gave no result; the message is a sentence for its owner, except where `failure` is THREW. */
export class TaskError extends Error {
  readonly failure: TaskFailure;
  /** Name of the error that the task threw. */
  readonly thrownName: string | undefined;

  constructor(failure: TaskFailure, message: string, thrown?: { name: string; stack: string | undefined }) {
    super(message, { cause: thrown?.stack });
    this.name = 'TaskError';
    this.failure = failure;
    this.thrownName = thrown?.name;
  }
}
