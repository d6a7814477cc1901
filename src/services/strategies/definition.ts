import { StrategyKind } from '../../entities/trading/Strategy.ts';
import type { ParameterValues } from '../../trading/parameters.ts';
import { compileRules, readRules, type Rules } from '../../trading/rules/index.ts';
import { bindStrategy, type BoundStrategy, type StrategyDefinition } from '../../trading/strategy.ts';
import { builtInStrategies, builtInStrategy } from '../../trading/strategies/index.ts';
import { ParameterError } from '../../trading/errors.ts';
import { DomainError } from '../errors.ts';
import { inputChecked } from '../input-checks.ts';
import { PluginError } from './plugins/plugin-error.ts';
import { noPlugins, type Plugins } from './plugins/plugins.ts';
import type { ThreadStrategy } from './thread-definition.ts';

/** What a stored strategy decides by. */
export interface StoredStrategy {
  readonly kind: StrategyKind;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * The definition that a stored strategy names.
 * @throws DomainError INVALID when this program has no such strategy any more
 */
export function definitionOf(
  { kind, definition }: Pick<StoredStrategy, 'kind' | 'definition'>,
  plugins: Plugins = noPlugins,
): StrategyDefinition {
  const name = definition['name'];
  if (kind === StrategyKind.RULES) return inputChecked(() => compileRules(readRules(definition)));
  if (kind === StrategyKind.PLUGIN && typeof name === 'string') return plugins.get(name).definition;
  if (kind !== StrategyKind.BUILT_IN || typeof name !== 'string')
    throw new DomainError('INVALID', `a strategy of kind ${kind} cannot be run by this version of the program`);
  return inputChecked(() => builtInStrategy(name));
}

/** The rules of a stored strategy; null for other kinds, and where this program cannot read them any more. */
export function rulesOf({ kind, definition }: Pick<StoredStrategy, 'kind' | 'definition'>): Rules | null {
  if (kind !== StrategyKind.RULES) return null;
  try {
    return readRules(definition);
  } catch (error) {
    if (error instanceof ParameterError) return null;
    throw error;
  }
}

/** Rules from an input, checked and complete. @throws DomainError INVALID with the path of what is wrong; REQUIRED when there are none */
function checkedRules(rules: unknown, path: readonly string[]): Record<string, unknown> {
  if (rules === null || rules === undefined)
    throw new DomainError('REQUIRED', 'rules are missing: say when to enter, and when to leave', { path });
  return { ...inputChecked(() => readRules(rules, path)) };
}

/**
 * What takes the place of a strategy's rules.
 * @throws DomainError INVALID for a strategy of another kind, and with the path of what is wrong; REQUIRED when there are none
 */
export function replacedRules(
  { name, kind }: { readonly name: string; readonly kind: StrategyKind },
  rules: unknown,
  path: readonly string[],
): Record<string, unknown> {
  if (kind === StrategyKind.RULES) return checkedRules(rules, path);
  throw new DomainError('INVALID', `strategy "${name}" is of kind ${kind}, which has no rules`, { path });
}

/** Those of some values that a definition declares. */
export function declaredOf(
  values: Readonly<Record<string, unknown>>,
  { parameters }: StrategyDefinition,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(parameters, name)));
}

/** A definition by its name, as an input gives it. */
interface NamedStrategy {
  readonly kind: StrategyKind;
  readonly builtIn?: string | null | undefined;
  readonly plugin?: string | null | undefined;
}

/**
 * The definition that an input names.
 * @throws DomainError REQUIRED or INVALID naming what there is
 */
export function namedDefinition({ kind, builtIn, plugin }: NamedStrategy, plugins: Plugins): StrategyDefinition {
  if (kind === StrategyKind.PLUGIN) {
    if (plugin !== null && plugin !== undefined) return plugins.get(plugin, ['input', 'plugin']).definition;
    const known = plugins.loaded.map(({ definition }) => definition.name).join(', ');
    throw new DomainError('REQUIRED', `plugin is missing: ${known === '' ? 'this server has none' : `name one of ${known}`}`, {
      path: ['input', 'plugin'],
    });
  }
  if (kind !== StrategyKind.BUILT_IN)
    throw new DomainError('INVALID', `strategies of kind ${String(kind)} cannot be created`, { path: ['input', 'kind'] });
  if (builtIn === null || builtIn === undefined)
    throw new DomainError('REQUIRED', `builtIn is missing: name one of ${builtInStrategies.map(({ name }) => name).join(', ')}`, {
      path: ['input', 'builtIn'],
    });
  return inputChecked(() => builtInStrategy(builtIn, ['input', 'builtIn']));
}

/**
 * What is kept of the definition that an input names: its name, or the rules themselves.
 * @throws DomainError REQUIRED or INVALID with the path of what is wrong
 */
export function newDefinition(input: NamedStrategy & { readonly rules?: unknown }, plugins: Plugins): Record<string, unknown> {
  const path = ['input', 'rules'];
  if (input.kind === StrategyKind.RULES) return checkedRules(input.rules, path);
  if (input.rules !== null && input.rules !== undefined)
    throw new DomainError('INVALID', `rules are for strategies of kind RULES, not ${String(input.kind)}`, { path });
  return { name: namedDefinition(input, plugins).name };
}

/**
 * A stored strategy's definition as it was at this moment: a plugin's name alone does not say which source ran.
 * @throws DomainError INVALID when this program has no such plugin any more
 */
export function definitionSnapshot(
  { kind, definition }: Pick<StoredStrategy, 'kind' | 'definition'>,
  plugins: Plugins,
): Record<string, unknown> {
  if (kind !== StrategyKind.PLUGIN) return { ...definition };
  const { file, sha256 } = plugins.get(String(definition['name']));
  return { ...definition, file, sha256 };
}

/**
 * The same as plain data, for a thread to make the definition of. Of a snapshot, the plugin has to be what it was.
 * @throws DomainError INVALID when this program has no such plugin any more, or another version of it
 */
export function threadStrategyOf(
  { kind, definition }: Pick<StoredStrategy, 'kind' | 'definition'>,
  plugins: Plugins,
): ThreadStrategy {
  const name = String(definition['name']);
  switch (kind) {
    case StrategyKind.BUILT_IN:
      return { kind, name };
    case StrategyKind.RULES:
      return { kind, rules: definition };
    case StrategyKind.PLUGIN: {
      const { folder, file, sha256 } = plugins.get(name);
      const known = definition['sha256'] ?? sha256;
      if (known !== sha256) throw new PluginError(file, 'has changed since this was asked for: ask for it again');
      return { kind, plugin: { folder, file, sha256 } };
    }
  }
}

/**
 * A stored strategy with some of its parameters overridden, ready to be given candles.
 * @param path where the overrides stand in the caller's input
 * @throws DomainError INVALID naming the parameter, its limit and the value
 */
export function bindStored(
  strategy: StoredStrategy,
  overrides: Readonly<Record<string, unknown>> | null | undefined,
  path: readonly string[] = ['input', 'parameters'],
  plugins: Plugins = noPlugins,
): BoundStrategy {
  const definition = definitionOf(strategy, plugins);
  return inputChecked(() => bindStrategy(definition, { ...strategy.parameters, ...overrides }, path));
}

/**
 * Checks parameters against a definition and fills in the defaults.
 * @throws DomainError INVALID with the path of the bad parameter
 */
export function checkedParameters(
  definition: StrategyDefinition,
  parameters: Readonly<Record<string, unknown>> | null | undefined,
  path: readonly string[],
): ParameterValues {
  return inputChecked(() => bindStrategy(definition, parameters ?? {}, path).parameters);
}
