// Runs in worker threads, as .ts and as .js: erasable syntax only, nothing imported but the core and the plugins.
import { compileRules, readRules } from '../../trading/rules/index.ts';
import type { StrategyDefinition } from '../../trading/strategy.ts';
import { builtInStrategy } from '../../trading/strategies/index.ts';
import { type PluginReference, referencedPlugin } from './plugins/thread.ts';

/** What a strategy decides by, as plain data that crosses to a thread. */
export type ThreadStrategy =
  | { readonly kind: 'BUILT_IN'; readonly name: string }
  | { readonly kind: 'RULES'; readonly rules: unknown }
  | { readonly kind: 'PLUGIN'; readonly plugin: PluginReference };

/** This module, for a thread to import. */
export const threadModule = import.meta.url;

/**
 * The definition that plain data means, made in this thread.
 * @param instance of a plugin's module, as of `loadPlugin`
 * @throws ParameterError, PluginError with what is wrong with it
 */
export async function threadDefinition(strategy: ThreadStrategy, instance = 1): Promise<StrategyDefinition> {
  switch (strategy.kind) {
    case 'BUILT_IN':
      return builtInStrategy(strategy.name);
    case 'RULES':
      return compileRules(readRules(strategy.rules));
    case 'PLUGIN':
      return referencedPlugin(strategy.plugin, instance);
  }
}
