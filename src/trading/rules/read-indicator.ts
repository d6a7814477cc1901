import { ParameterError, shown } from '../errors.ts';
import { indicatorKinds, indicatorNamed } from '../indicators/catalog.ts';
import { type ParameterDeclaration, type ParameterValue, readParameters } from '../parameters.ts';
import { type Fields, oneOf, type Path, plainObject, required } from './objects.ts';
import { type IndicatorOperand, priceSource, type RuleParameter, RulePrice } from './types.ts';

export const indicatorFields = ['name', 'parameters', 'output', 'source', 'offset'] as const;

/** Finds a declared parameter. @throws ParameterError when there is none of that name */
export type FindParameter = (name: unknown, path: Path) => RuleParameter;

/** An indicator as rules name it, complete but for its offset: a default that changes one day does not change these rules. */
export function readIndicator(fields: Fields, path: Path, find: FindParameter): IndicatorOperand {
  const name = textOf(required(fields, 'name', 'indicator', path), 'the name of an indicator', [...path, 'name']);
  const output = fields.has('output') ? textOf(fields.get('output'), 'the output of an indicator', [...path, 'output']) : null;
  const source = fields.has('source')
    ? oneOf(fields.get('source'), 'the source', Object.values(RulePrice), [...path, 'source'])
    : RulePrice.CLOSE;
  const kind = indicatorKinds.find((one) => one.name === name);
  const at = [...path, 'parameters'];
  const { values, references } = readValues(fields.get('parameters') ?? {}, kind?.parameters ?? {}, at, find);
  // The catalogue knows whether there is such an indicator, and what is wrong with its output and parameters.
  indicatorNamed({ name, parameters: values, output, source: priceSource[source] }, path);
  const complete = kind === undefined ? {} : readParameters(kind.parameters, values, `indicator ${name}`, at);
  const line = output ?? kind?.outputs[0];
  return {
    name,
    parameters: { ...complete, ...references },
    ...(line ? { output: line } : {}),
    ...(source === RulePrice.CLOSE ? {} : { source }),
  };
}

function textOf(value: unknown, what: string, path: Path): string {
  if (typeof value === 'string') return value;
  throw new ParameterError(`${what} must be text, not ${shown(value)}`, path);
}

/** The parameters with defaults in the place of references, and the references. */
function readValues(
  input: unknown,
  declarations: Readonly<Record<string, ParameterDeclaration>>,
  path: Path,
  find: FindParameter,
): { values: Record<string, ParameterValue>; references: Record<string, { readonly parameter: string }> } {
  const given = plainObject(input, 'the parameters of an indicator', path);
  const values: Record<string, ParameterValue> = {};
  const references: Record<string, { readonly parameter: string }> = {};
  for (const name of Object.keys(given)) {
    const value = given[name];
    if (typeof value !== 'object' || value === null) {
      values[name] = value as ParameterValue;
      continue;
    }
    const at = [...path, name.slice(0, 60)];
    const parameter = find(plainObject(value, `the parameter ${shown(name)}`, at)['parameter'], [...at, 'parameter']);
    if (Object.hasOwn(declarations, name)) checkRange(name, declarations[name], parameter, at);
    values[name] = parameter.default;
    references[name] = { parameter: parameter.name };
  }
  return { values, references };
}

/** Whatever value the parameter takes, the indicator must allow it. */
function checkRange(name: string, declaration: ParameterDeclaration, parameter: RuleParameter, path: Path): void {
  const { min, max, type } = parameter;
  if (declaration.type !== 'INTEGER' && declaration.type !== 'NUMBER')
    throw new ParameterError(`${name} is not a number, so no parameter can stand there`, path);
  if (declaration.type === 'INTEGER' && type !== 'INTEGER')
    throw new ParameterError(`${name} is a whole number, but the parameter "${parameter.name}" is not of type INTEGER`, path);
  const tooLow = declaration.aboveMin ? min <= declaration.min : min < declaration.min;
  if (tooLow || max > declaration.max)
    throw new ParameterError(
      `the parameter "${parameter.name}" goes from ${min} to ${max}, ${name} from ${declaration.min} to ${declaration.max}`,
      path,
      { limit: tooLow ? declaration.min : declaration.max },
    );
}
