import { maxPeriod } from '../../../trading/indicators/indicator.ts';
import { shown } from '../../../trading/errors.ts';
import { type ParameterDeclaration, readParameters } from '../../../trading/parameters.ts';
import { builtInStrategies } from '../../../trading/strategies/index.ts';
import { bindStrategy, type StrategyDefinition } from '../../../trading/strategy.ts';

const nameForm = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const longestName = 60;
const longestDescription = 1_000;
const mostParameters = 50;
const parameterForm = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;
/** Bounds the window that a running bot keeps. */
const longestLookBack = 10_000;

/** What is wrong with a plugin's definition, as the end of a sentence that begins with its file. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

function demand(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new ShapeError(sentence);
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= longest;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/**
 * What a plugin made, when it is a whole definition: every field looked at, the defaults tried.
 * @throws ShapeError naming the field, the limit and the value
 */
export function checkedDefinition(value: unknown): StrategyDefinition {
  demand(!(value instanceof Promise), 'answers with a promise: its function must not be async');
  demand(isObject(value), `must answer with a definition, not ${shown(value)}`);
  const { name, description, parameters, check, indicators, lookBack, signals, reverses, levels, decide } = value;
  demand(
    typeof name === 'string' && name.length <= longestName && nameForm.test(name),
    `has the name ${shown(name)}; it must be small letters, digits and single hyphens, such as "trend-breakout", at most ${longestName}`,
  );
  demand(
    !builtInStrategies.some((strategy) => strategy.name === name),
    `has the name ${shown(name)}, which is a built-in strategy's`,
  );
  demand(
    isText(description, longestDescription),
    `has the description ${shown(description)}; it must be text of 1 to ${longestDescription} characters`,
  );
  demand(
    isObject(parameters),
    `has as parameters ${shown(parameters)}; they must be an object of declarations, {} when there are none`,
  );
  const declared = Object.entries(parameters);
  demand(declared.length <= mostParameters, `has ${declared.length} parameters, the maximum is ${mostParameters}`);
  for (const [parameter, declaration] of declared) checkDeclaration(parameter, declaration);
  demand(
    typeof indicators === 'function',
    `needs a function indicators that answers with an object of them, not ${shown(indicators)}`,
  );
  demand(
    Number.isInteger(lookBack) && Number(lookBack) >= 0 && Number(lookBack) <= longestLookBack,
    `has the lookBack ${shown(lookBack)}; it must be a whole number from 0 to ${longestLookBack}`,
  );
  demand((signals === undefined) !== (decide === undefined), 'must have either signals or decide');
  for (const [field, given] of Object.entries({ check, signals, levels, decide }))
    demand(given === undefined || typeof given === 'function', `has as ${field} ${shown(given)}; it must be a function`);
  demand(reverses === undefined || typeof reverses === 'boolean', `has reverses ${shown(reverses)}; it must be true or false`);
  demand(
    signals !== undefined || (levels === undefined && reverses === undefined),
    'has levels or reverses, which only go with signals',
  );
  return value as unknown as StrategyDefinition;
}

function checkDeclaration(name: string, declaration: unknown): void {
  const its = `has a parameter ${shown(name)}`;
  demand(parameterForm.test(name), `${its}; a name is letters, digits and underscores, a letter first, at most 40`);
  demand(isObject(declaration), `${its} that is ${shown(declaration)}, not a declaration`);
  const { type, description, min, max, step, values } = declaration;
  demand(isText(description, longestDescription), `${its} without a description of 1 to ${longestDescription} characters`);
  switch (type) {
    case 'INTEGER':
    case 'NUMBER':
      demand(
        isNumber(min) && isNumber(max) && min <= max,
        `${its} with min ${shown(min)} and max ${shown(max)}; both are needed, min the lower`,
      );
      demand(isNumber(step) && step > 0, `${its} with step ${shown(step)}; it must be a number above 0`);
      break;
    case 'CHOICE':
      demand(
        Array.isArray(values) &&
          values.length > 0 &&
          values.every((one) => isText(one, 60)) &&
          new Set(values).size === values.length,
        `${its} whose values must be a list of texts, each once`,
      );
      break;
    default:
      demand(type === 'BOOLEAN', `${its} of type ${shown(type)}; there are INTEGER, NUMBER, BOOLEAN, CHOICE`);
  }
  const { default: standard } = declaration;
  demand(standard !== undefined, `${its} without a default`);
  readParameters({ [name]: declaration as unknown as ParameterDeclaration }, { [name]: standard }, 'the plugin');
}

/**
 * Binds a definition to its defaults, as its first user would.
 * @throws what the plugin throws; ShapeError when that is no strategy
 */
export function checkDefaults(definition: StrategyDefinition): void {
  const { firstDecision } = bindStrategy(definition, {});
  demand(firstDecision <= maxPeriod, `waits for ${firstDecision} candles with its defaults, the maximum is ${maxPeriod}`);
}

/** @throws ShapeError naming the indicator and what it lacks */
export function checkIndicators(indicators: unknown): asserts indicators is StrategyDefinition['indicators'] {
  demand(isObject(indicators), `must answer with an object of indicators, not ${shown(indicators)}`);
  for (const [name, indicator] of Object.entries(indicators)) {
    const its = `has an indicator ${shown(name)}`;
    demand(isObject(indicator), `${its} that is ${shown(indicator)}`);
    const { key, warmUp, batch, stream } = indicator;
    demand(isText(key, 200), `${its} without a key`);
    demand(
      Number.isInteger(warmUp) && Number(warmUp) >= 0 && Number(warmUp) <= maxPeriod,
      `${its} with warmUp ${shown(warmUp)}; it must be a whole number from 0 to ${maxPeriod}`,
    );
    demand(typeof batch === 'function' && typeof stream === 'function', `${its} without the functions batch and stream`);
  }
}
