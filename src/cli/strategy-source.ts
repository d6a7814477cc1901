import { basename, dirname, resolve } from 'node:path';
import { readConfig } from '../config.ts';
import { loadPlugin } from '../services/strategies/plugins/load.ts';
import { loadPlugins, type Plugins } from '../services/strategies/plugins/plugins.ts';
import type { StrategyDefinition } from '../trading/strategy.ts';
import { builtInStrategies } from '../trading/strategies/index.ts';
import { suggestion } from './suggest.ts';
import { usageError } from './terminal.ts';

/** A strategy that a command was given the name, or the file, of. */
export interface FoundStrategy {
  readonly definition: StrategyDefinition;
  /** Name of the file; null of a built-in. */
  readonly file: string | null;
  /** Loads a plugin once more, as a module of its own; null of a built-in. */
  readonly fresh: (() => Promise<StrategyDefinition>) | null;
}

/** The plugins in the configured folder. @throws ConfigError when a folder that was named is missing */
export function configuredPlugins(env: NodeJS.ProcessEnv): Promise<Plugins> {
  const { folder, required } = readConfig(env).strategies;
  return loadPlugins(folder, required);
}

/**
 * A built-in or plugin by its name, or a plugin by its file.
 * @throws CliError naming what there is; PluginError with the reason why a plugin cannot be used
 */
export async function findStrategy(given: string, env: NodeJS.ProcessEnv): Promise<FoundStrategy> {
  const builtIn = builtInStrategies.find(({ name }) => name === given);
  if (builtIn) return { definition: builtIn, file: null, fresh: null };
  if (/[\\/]|\.m?[jt]s$/.test(given)) return fromFile(resolve(given));
  const plugins = await configuredPlugins(env);
  const plugin = plugins.find(given);
  if (plugin) return fromFile(resolve(plugin.folder, plugin.file));
  const names = [...builtInStrategies, ...plugins.loaded.map(({ definition }) => definition)].map(({ name }) => name);
  const [problem] = plugins.problems.filter(({ file }) => file.startsWith(`${given}.`));
  throw usageError(
    `there is no strategy "${given}"; there are ${names.join(', ')}${problem ? `. ${problem.reason}` : suggestion(given, names)}`,
  );
}

async function fromFile(path: string): Promise<FoundStrategy> {
  const place = { folder: dirname(path), file: basename(path) };
  const { definition } = await loadPlugin(place);
  return { definition, file: place.file, fresh: async () => (await loadPlugin(place, 2)).definition };
}
