// Runs in worker threads: erasable syntax only, and nothing imported but the core and this folder.
import type { StrategyDefinition } from '../../../trading/strategy.ts';
import { loadPlugin, type PluginFile, pluginHash } from './load.ts';
import { PluginError } from './plugin-error.ts';

/** A plugin as a worker thread is told of it: where it is, and what it was when the work was asked for. */
export interface PluginReference extends PluginFile {
  readonly sha256: string;
}

/**
 * The plugin that a reference means.
 * @param instance of its module, as of `loadPlugin`
 * @throws PluginError when it cannot be loaded, or its source is not what it was
 */
export async function referencedPlugin({ sha256, ...place }: PluginReference, instance = 1): Promise<StrategyDefinition> {
  const current = await pluginHash(place).catch((error: unknown) => {
    throw new PluginError(place.file, 'is not there any more', error);
  });
  if (current !== sha256)
    throw new PluginError(place.file, 'has changed since this was started: restart the server to load it, then start this again');
  return (await loadPlugin(place, instance)).definition;
}
