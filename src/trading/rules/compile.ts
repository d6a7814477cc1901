import { ParameterError } from '../errors.ts';
import { indicatorNamed } from '../indicators/catalog.ts';
import type { Indicator } from '../indicators/indicator.ts';
import type { NumberDeclaration, ParameterValue, ParameterValues } from '../parameters.ts';
import type { StrategyContext, StrategyDefinition } from '../strategy.ts';
import { planRules } from './plan.ts';
import { writeLevels, writeSignals } from './program.ts';
import { rulesText } from './text.ts';
import { type IndicatorOperand, priceSource, RulePrice, type Rules } from './types.ts';

/**
 * Makes a strategy of rules that `readRules` has read. They are laid out once; what runs are loops over columns, never text as code.
 * The parameters of the strategy are those that the rules declare.
 */
export function compileRules(rules: Rules): StrategyDefinition {
  const plan = planRules(rules);
  const indicators = (values: ParameterValues): Record<string, Indicator> =>
    Object.fromEntries([...plan.indicators].map(([column, operand]) => [column, indicatorOf(operand, values)]));
  return {
    name: 'rules',
    description: rulesText(rules),
    parameters: ruleDeclarations(rules.parameters),
    check: (values, path) => checkIndicators([...plan.indicators.values()], values, path),
    indicators,
    lookBack: plan.lookBack,
    ...(rules.reverses === true ? { reverses: true } : {}),
    ...(Object.keys(plan.levels).length > 0 ? { levels: (context: StrategyContext) => writeLevels(plan, context) } : {}),
    signals: (context) => writeSignals(plan, context),
  };
}

/** The parameters of rules as any strategy declares its own. */
export function ruleDeclarations(parameters: Rules['parameters'] = []): Readonly<Record<string, NumberDeclaration>> {
  return Object.fromEntries(parameters.map(({ name, ...declaration }) => [name, declaration]));
}

const isReference = (value: IndicatorOperand['parameters'][string] | undefined): value is { readonly parameter: string } =>
  typeof value === 'object' && value !== null;

function indicatorOf(
  { name, parameters, output, source = RulePrice.CLOSE }: IndicatorOperand,
  values: ParameterValues,
): Indicator {
  const given = Object.entries(parameters).map(([key, value]): [string, ParameterValue] => [
    key,
    isReference(value) ? values[value.parameter] : value,
  ]);
  return indicatorNamed({ name, parameters: Object.fromEntries(given), output: output ?? null, source: priceSource[source] });
}

/** Values that are allowed each for itself may still contradict, such as a fast average that is slower than the slow one. */
function checkIndicators(operands: readonly IndicatorOperand[], values: ParameterValues, path: readonly string[]): void {
  for (const operand of operands) {
    try {
      indicatorOf(operand, values);
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      const blamed = operand.parameters[error.path.at(-1) ?? ''];
      const [reference] = [blamed, ...Object.values(operand.parameters)].filter(isReference);
      throw new ParameterError(error.message, reference === undefined ? path : [...path, reference.parameter], error.details);
    }
  }
}
