import { ThreadPool } from '../services/jobs/thread-pool.ts';
import { TaskError, type TaskModule, taskModule } from '../services/jobs/task.ts';
import type { DescribePlugin, PluginDescription } from '../services/strategies/plugins/describe-task.ts';
import type { Plugin, PluginFile } from '../services/strategies/plugins/load.ts';
import { PluginError } from '../services/strategies/plugins/plugin-error.ts';
import type { StrategyDefinition } from '../trading/strategy.ts';
import { flagged } from './backtest-options.ts';
import { CliError, usageError } from './terminal.ts';

/** Milliseconds that a plugin may take to be loaded, or to check its parameters. */
const describeMs = 10_000;
const memory = { memoryMb: 4_096, columnsMb: 8_192 };

const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** A module that runs in a thread, by its place beside this one, without its ending. */
export function threadTask<Input, Output>(place: string): TaskModule<Input, Output> {
  return taskModule(new URL(`${place}.${ending}`, import.meta.url));
}

const describing = threadTask<DescribePlugin, PluginDescription>('../services/strategies/plugins/describe-task');

async function alone<Input, Output>(
  task: TaskModule<Input, Output>,
  input: Input,
  deadlineMs: number,
  onProgress?: (fraction: number) => void,
): Promise<Output> {
  const pool = new ThreadPool({ size: 1, ...memory, deadlineMs });
  try {
    return await pool.run(task, input, onProgress ? { onProgress } : {});
  } finally {
    await pool.close();
  }
}

/**
 * Runs a task that calls a plugin, in a thread that ends with it: a plugin that never ends, or takes all the memory, ends the thread alone.
 * @param seconds that it may take
 * @throws CliError with one sentence about what the plugin did, or which limit it broke
 */
export async function runPlugin<Input, Output>(
  { file }: PluginFile,
  task: TaskModule<Input, Output>,
  input: Input,
  seconds: number,
  onProgress?: (fraction: number) => void,
): Promise<Output> {
  try {
    return await alone(task, input, seconds * 1_000, onProgress);
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    const { failure, thrownName, message } = error;
    if (failure === 'TIMED_OUT')
      throw new CliError(
        `strategy plugin ${file} was stopped: it took longer than ${seconds} ${seconds === 1 ? 'second' : 'seconds'}; --max-seconds allows more`,
        undefined,
        { cause: error },
      );
    if (failure !== 'THREW') throw new CliError(`strategy plugin ${file} was stopped: ${message}`, undefined, { cause: error });
    if (thrownName === 'PluginError') throw new CliError(message, undefined, { cause: error });
    if (thrownName === 'ParameterError') throw new CliError(flagged(message), undefined, { cause: error });
    throw error;
  }
}

/**
 * A plugin as far as it can be told without its functions, which stay in a thread.
 * @param deadlineMs that loading may take
 * @throws PluginError with the reason why it cannot be used
 */
export async function describedPlugin(place: PluginFile, deadlineMs = describeMs): Promise<Plugin> {
  const { sha256, ...described } = await describe(place, {}, deadlineMs);
  return { ...place, sha256, definition: standIn(described) };
}

/**
 * Lets a plugin check its parameters.
 * @throws CliError naming the parameter that it refuses; PluginError when it fails
 */
export async function checkPluginParameters(place: PluginFile, parameters: Readonly<Record<string, unknown>>): Promise<void> {
  try {
    await describe(place, { parameters }, describeMs);
  } catch (error) {
    if (error instanceof TaskError && error.thrownName === 'ParameterError') throw usageError(error.message, { cause: error });
    throw error;
  }
}

async function describe(
  { folder, file }: PluginFile,
  asked: Pick<DescribePlugin, 'parameters'>,
  deadlineMs: number,
): Promise<PluginDescription> {
  try {
    return await alone(describing, { folder, file, ...asked }, deadlineMs);
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    if (error.failure === 'TIMED_OUT')
      throw new PluginError(file, `took longer than ${deadlineMs / 1_000} seconds to load`, error);
    if (error.failure !== 'THREW') throw new PluginError(file, `cannot be loaded: ${error.message}`, error);
    if (error.thrownName === 'PluginError') throw PluginError.retold(file, error.message, error);
    throw error;
  }
}

/** What options and parameters are checked against here, where nothing of the plugin runs. */
function standIn(described: Pick<StrategyDefinition, 'name' | 'description' | 'parameters'>): StrategyDefinition {
  return { ...described, indicators: () => ({}), lookBack: 0, signals: () => (from, to, out) => out.fill(0, from, to) };
}
