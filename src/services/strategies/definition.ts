import { StrategyKind } from '../../entities/trading/Strategy.ts';
import type { ParameterValues } from '../../trading/parameters.ts';
import { bindStrategy, type BoundStrategy, type StrategyDefinition } from '../../trading/strategy.ts';
import { builtInStrategy } from '../../trading/strategies/index.ts';
import { DomainError } from '../errors.ts';
import { inputChecked } from '../input-checks.ts';

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
export function definitionOf({ kind, definition }: Pick<StoredStrategy, 'kind' | 'definition'>): StrategyDefinition {
  const name = definition['name'];
  if (kind !== StrategyKind.BUILT_IN || typeof name !== 'string')
    throw new DomainError('INVALID', `a strategy of kind ${kind} cannot be run by this version of the program`);
  return inputChecked(() => builtInStrategy(name));
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
): BoundStrategy {
  const definition = definitionOf(strategy);
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
