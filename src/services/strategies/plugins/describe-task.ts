// Runs in a worker thread, as .ts and as .js: erasable syntax only, nothing imported but the core and this folder.
import type { ParameterDeclarations } from '../../../trading/parameters.ts';
import { bindStrategy } from '../../../trading/strategy.ts';
import type { TaskResult } from '../../jobs/task.ts';
import { loadPlugin, type PluginFile } from './load.ts';

export interface DescribePlugin extends PluginFile {
  /** To be checked by the plugin; absent: only what it is. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** What can be said of a plugin without its functions: plain data. */
export interface PluginDescription {
  readonly name: string;
  readonly description: string;
  readonly parameters: ParameterDeclarations;
  readonly sha256: string;
}

/**
 * Loads a plugin and tells what it is.
 * @throws PluginError naming the file and the reason; ParameterError when it refuses the parameters
 */
export async function run({ parameters, ...place }: DescribePlugin): Promise<TaskResult<PluginDescription>> {
  const { definition, sha256 } = await loadPlugin(place);
  if (parameters !== undefined) bindStrategy(definition, parameters);
  const { name, description, parameters: declarations } = definition;
  // A copy as JSON leaves out whatever else a plugin has put into its declarations and no thread could send.
  return { value: { name, description, parameters: JSON.parse(JSON.stringify(declarations)) as ParameterDeclarations, sha256 } };
}
