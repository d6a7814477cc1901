import { ParameterError, shown } from '../errors.ts';
import { rulesLimits } from './limits.ts';
import { fieldsOf, numberIn, oneOf, type Path, required } from './objects.ts';
import type { RuleParameter } from './types.ts';

/** Numbers beyond this are no prices, periods or levels of anything. */
const most = 1e15;
const names = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;
const longestDescription = 200;

/**
 * The parameters that rules declare, complete.
 * @throws ParameterError for a bad name, one that stands twice, or bounds that contradict
 */
export function readRuleParameters(input: unknown, path: Path): readonly RuleParameter[] {
  if (!Array.isArray(input)) throw new ParameterError(`the parameters of rules must be a list, not ${shown(input)}`, path);
  if (input.length > rulesLimits.parameters)
    throw new ParameterError(`the rules have ${input.length} parameters, the maximum is ${rulesLimits.parameters}`, path, {
      value: input.length,
      limit: rulesLimits.parameters,
    });
  const parameters = Array.from(input, (item: unknown, index) => readOne(item, [...path, String(index)]));
  for (const [index, { name }] of parameters.entries())
    if (parameters.findIndex((other) => other.name === name) !== index)
      throw new ParameterError(`the parameter "${name}" is declared twice`, [...path, String(index), 'name'], { value: name });
  return parameters;
}

function readOne(input: unknown, path: Path): RuleParameter {
  const fields = fieldsOf(input, 'a parameter', ['name', 'type', 'description', 'default', 'min', 'max', 'step'], path);
  const name = required(fields, 'name', 'a parameter', path);
  if (typeof name !== 'string' || !names.test(name))
    throw new ParameterError(`the name of a parameter must be a letter and up to 39 letters, digits or _, not ${shown(name)}`, [
      ...path,
      'name',
    ]);
  const type = oneOf(fields.get('type') ?? 'NUMBER', `the type of ${name}`, ['INTEGER', 'NUMBER'], [...path, 'type']);
  const number = (field: string, [low, high]: readonly [number, number], fallback?: number): number => {
    const value = numberIn(
      fallback === undefined ? required(fields, field, `the parameter "${name}"`, path) : (fields.get(field) ?? fallback),
      `${field} of the parameter "${name}"`,
      [low, high],
      [...path, field],
    );
    if (type === 'INTEGER' && !Number.isInteger(value))
      throw new ParameterError(`${field} of the parameter "${name}" must be a whole number, not ${value}`, [...path, field], {
        value,
      });
    return value;
  };
  const min = number('min', [-most, most]);
  const max = number('max', [min, most]);
  const step = number('step', [0, most], type === 'INTEGER' ? 1 : (max - min) / 100 || 1);
  if (step === 0) throw new ParameterError(`step of the parameter "${name}" must be above 0`, [...path, 'step'], { value: step });
  const usual = number('default', [min, max]);
  return { name, type, description: description(fields.get('description'), name, path), default: usual, min, max, step };
}

function description(value: unknown, name: string, path: Path): string {
  if (value === undefined) return `The value of ${name}.`;
  if (typeof value !== 'string')
    throw new ParameterError(`the description of "${name}" must be text, not ${shown(value)}`, [...path, 'description']);
  if (value.length > longestDescription)
    throw new ParameterError(
      `the description of "${name}" has ${value.length} characters, the maximum is ${longestDescription}`,
      [...path, 'description'],
      { value: value.length, limit: longestDescription },
    );
  if (value.includes('\0'))
    throw new ParameterError(`the description of "${name}" may not contain the character U+0000`, [...path, 'description']);
  return value;
}
