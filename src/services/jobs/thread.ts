// The entry of a worker thread. It runs from .ts as well as from .js, by Node's own type stripping: erasable syntax only.
import { parentPort } from 'node:worker_threads';
import type { Task, TaskMessage, ThreadMessage } from './task.ts';

/** Milliseconds between two progress messages: what a person can see, and far below what a message costs. */
const progressInterval = 50;

const port = parentPort;
if (!port) throw new Error('this file is the entry of a worker thread');

let lastReport = Number.NEGATIVE_INFINITY;
function report(fraction: number): void {
  const now = performance.now();
  if (now - lastReport < progressInterval) return;
  lastReport = now;
  port?.postMessage({ type: 'progress', fraction } satisfies ThreadMessage);
}

async function run({ module, input }: TaskMessage): Promise<void> {
  try {
    const { run: task } = (await import(module)) as { run: Task<unknown, unknown> };
    const { value, transfer } = await task(input, report);
    port?.postMessage({ type: 'done', value } satisfies ThreadMessage, transfer ?? []);
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    port?.postMessage({ type: 'failed', name, message, stack } satisfies ThreadMessage);
  }
}

port.on('message', (message: TaskMessage) => void run(message));
