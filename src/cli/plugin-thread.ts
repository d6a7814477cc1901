import { TaskError, type TaskModule } from '../services/jobs/task.ts';
import { describePlugin, runAlone } from '../services/strategies/plugins/describe.ts';
import type { PluginFile } from '../services/strategies/plugins/load.ts';
import { flagged } from './backtest-options.ts';
import { CliError, usageError } from './terminal.ts';

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
    return await runAlone(task, input, seconds * 1_000, onProgress);
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
 * Lets a plugin check its parameters.
 * @throws CliError naming the parameter that it refuses; PluginError when it fails
 */
export async function checkPluginParameters(place: PluginFile, parameters: Readonly<Record<string, unknown>>): Promise<void> {
  try {
    await describePlugin(place, { parameters });
  } catch (error) {
    if (error instanceof TaskError && error.thrownName === 'ParameterError') throw usageError(error.message, { cause: error });
    throw error;
  }
}
