import type { StrategyDefinition } from '../../../trading/strategy.ts';
import { TaskError, type TaskModule, taskModule } from '../../jobs/task.ts';
import { ThreadPool } from '../../jobs/thread-pool.ts';
import type { DescribePlugin, PluginDescription } from './describe-task.ts';
import { loadPlugin, type Plugin, type PluginFile } from './load.ts';
import { PluginError } from './plugin-error.ts';

/** Milliseconds that a plugin may take to be loaded, or to check its parameters. */
const describeMs = 10_000;
const memory = { memoryMb: 4_096, columnsMb: 8_192 };

const task = taskModule<DescribePlugin, PluginDescription>('./describe-task', import.meta.url);

/** Runs a task in a thread that ends with it. @throws TaskError */
export async function runAlone<Input, Output>(
  module: TaskModule<Input, Output>,
  input: Input,
  deadlineMs: number,
  onProgress?: (fraction: number) => void,
): Promise<Output> {
  const pool = new ThreadPool({ size: 1, ...memory, deadlineMs });
  try {
    return await pool.run(module, input, onProgress ? { onProgress } : {});
  } finally {
    await pool.close();
  }
}

/**
 * Looks at a plugin in a thread of its own, which ends with it: one that never ends, or takes all the memory, ends the thread alone.
 * @param asked parameters that it shall check
 * @throws PluginError with the reason why it cannot be used; TaskError with the name ParameterError when it refuses the parameters
 */
export async function describePlugin(
  { folder, file }: PluginFile,
  asked: Pick<DescribePlugin, 'parameters'> = {},
  deadlineMs = describeMs,
): Promise<PluginDescription> {
  try {
    return await runAlone(task, { folder, file, ...asked }, deadlineMs);
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    if (error.failure === 'TIMED_OUT')
      throw new PluginError(file, `took longer than ${deadlineMs / 1_000} seconds to load`, error);
    if (error.failure !== 'THREW') throw new PluginError(file, `cannot be loaded: ${error.message}`, error);
    if (error.thrownName === 'PluginError') throw PluginError.retold(file, error.message, error);
    throw error;
  }
}

/**
 * A plugin as far as it can be told without its functions, which stay in a thread.
 * @throws PluginError as `describePlugin`
 */
export async function describedPlugin(place: PluginFile, deadlineMs = describeMs): Promise<Plugin> {
  const { sha256, ...described } = await describePlugin(place, {}, deadlineMs);
  return { ...place, sha256, definition: standIn(described) };
}

/**
 * A plugin with its functions, for a program that bots run in; it is loaded in a thread first, so that one that never ends does not
 * hold up everything else.
 * @throws PluginError as `describePlugin`
 */
export async function triedPlugin(place: PluginFile, deadlineMs = describeMs): Promise<Plugin> {
  await describePlugin(place, {}, deadlineMs);
  return loadPlugin(place);
}

/** What options and parameters are checked against here, where nothing of the plugin runs. */
function standIn(described: Pick<StrategyDefinition, 'name' | 'description' | 'parameters'>): StrategyDefinition {
  return { ...described, indicators: () => ({}), lookBack: 0, signals: () => (from, to, out) => out.fill(0, from, to) };
}
