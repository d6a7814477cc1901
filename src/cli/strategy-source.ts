import { basename, dirname, resolve } from 'node:path';
import { readConfig } from '../config.ts';
import { describedPlugin } from '../services/strategies/plugins/describe.ts';
import { loadPlugins, type Plugins } from '../services/strategies/plugins/plugins.ts';
import type { PluginReference } from '../services/strategies/plugins/thread.ts';
import type { StrategyDefinition } from '../trading/strategy.ts';
import { builtInStrategies } from '../trading/strategies/index.ts';
import { suggestion } from './suggest.ts';
import { usageError } from './terminal.ts';

/** A strategy that a command was given the name, or the file, of. */
export interface FoundStrategy {
  /** Of a plugin without its functions, which run in threads only. */
  readonly definition: StrategyDefinition;
  /** Null of a built-in. */
  readonly plugin: PluginReference | null;
}

/** The plugins in the configured folder. @throws ConfigError when a folder that was named is missing */
export function configuredPlugins(env: NodeJS.ProcessEnv): Promise<Plugins> {
  const { folder, required } = readConfig(env).strategies;
  return loadPlugins(folder, required, describedPlugin);
}

/**
 * A built-in or plugin by its name, or a plugin by its file.
 * @throws CliError naming what there is; PluginError with the reason why a plugin cannot be used
 */
export async function findStrategy(given: string, env: NodeJS.ProcessEnv): Promise<FoundStrategy> {
  const builtIn = builtInStrategies.find(({ name }) => name === given);
  if (builtIn) return { definition: builtIn, plugin: null };
  if (/[\\/]|\.m?[jt]s$/.test(given)) return fromFile(resolve(given));
  const plugins = await configuredPlugins(env);
  const plugin = plugins.find(given);
  if (plugin) {
    const { definition, ...reference } = plugin;
    return { definition, plugin: reference };
  }
  const names = [...builtInStrategies, ...plugins.loaded.map(({ definition }) => definition)].map(({ name }) => name);
  const [problem] = plugins.problems.filter(({ file }) => file.startsWith(`${given}.`));
  throw usageError(
    `there is no strategy "${given}"; there are ${names.join(', ')}${problem ? `. ${problem.reason}` : suggestion(given, names)}`,
  );
}

async function fromFile(path: string): Promise<FoundStrategy> {
  const { definition, ...plugin } = await describedPlugin({ folder: dirname(path), file: basename(path) });
  return { definition, plugin };
}
