import { ParameterError, shown } from './errors.ts';

/** A whole number or a double within bounds. `step` is the grid of a search and of an input field; values off it are allowed. */
export interface NumberDeclaration {
  readonly type: 'INTEGER' | 'NUMBER';
  readonly description: string;
  readonly default: number | null;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Whether null ("off") is a value. */
  readonly nullable?: boolean;
  /** Whether `min` itself is refused. */
  readonly aboveMin?: boolean;
}

export interface BooleanDeclaration {
  readonly type: 'BOOLEAN';
  readonly description: string;
  readonly default: boolean;
}

export interface ChoiceDeclaration {
  readonly type: 'CHOICE';
  readonly description: string;
  readonly values: readonly string[];
  readonly default: string;
}

/** One parameter: the same declaration serves validation, the published schema and the search space of an optimisation. */
export type ParameterDeclaration = NumberDeclaration | BooleanDeclaration | ChoiceDeclaration;
export type ParameterDeclarations = Readonly<Record<string, ParameterDeclaration>>;

type ValueOf<D extends ParameterDeclaration> = D extends NumberDeclaration
  ? D extends { readonly nullable: true }
    ? number | null
    : number
  : D extends BooleanDeclaration
    ? boolean
    : D extends ChoiceDeclaration
      ? D['values'][number]
      : never;

/** The values that a set of declarations describes. */
export type ValuesOf<D extends ParameterDeclarations> = { readonly [K in keyof D]: ValueOf<D[K]> };
export type ParameterValue = number | boolean | string | null;
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

function numberOf(
  name: string,
  declaration: NumberDeclaration,
  value: unknown,
  owner: string,
  path: readonly string[],
): number | null {
  if (value === null && declaration.nullable) return null;
  const { type, min, max } = declaration;
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new ParameterError(
      `${name} of ${owner} must be a number${declaration.nullable ? ' or null' : ''}, not ${shown(value)}`,
      path,
      { value },
    );
  if (type === 'INTEGER' && !Number.isInteger(value))
    throw new ParameterError(`${name} of ${owner} must be a whole number, not ${value}`, path, { value });
  if (value < min || (declaration.aboveMin && value === min))
    throw new ParameterError(`${name} ${value} of ${owner} must be ${declaration.aboveMin ? 'above' : 'at least'} ${min}`, path, {
      value,
      limit: min,
    });
  if (value > max) throw new ParameterError(`${name} ${value} of ${owner} exceeds its limit ${max}`, path, { value, limit: max });
  return value;
}

function valueOf(
  name: string,
  declaration: ParameterDeclaration,
  value: unknown,
  owner: string,
  path: readonly string[],
): ParameterValue {
  switch (declaration.type) {
    case 'BOOLEAN':
      if (typeof value !== 'boolean')
        throw new ParameterError(`${name} of ${owner} must be true or false, not ${shown(value)}`, path, { value });
      return value;
    case 'CHOICE':
      if (typeof value !== 'string' || !declaration.values.includes(value))
        throw new ParameterError(
          `${name} of ${owner} must be one of ${declaration.values.join(', ')}, not ${shown(value)}`,
          path,
          {
            value,
            limit: declaration.values,
          },
        );
      return value;
    default:
      return numberOf(name, declaration, value, owner, path);
  }
}

/**
 * Checks values against their declarations and fills in the defaults.
 * @param owner what the values belong to, for messages: `strategy "ema-rsi"`
 * @param path where the values stand in the caller's input; a bad value's name is appended
 * @throws ParameterError for an unknown name, a wrong type or a value out of bounds
 */
export function readParameters<D extends ParameterDeclarations>(
  declarations: D,
  input: Readonly<Record<string, unknown>> | null | undefined,
  owner: string,
  path: readonly string[] = [],
): ValuesOf<D> {
  if (input !== null && input !== undefined && (typeof input !== 'object' || Array.isArray(input)))
    throw new ParameterError(`the parameters of ${owner} must be an object, not ${shown(input)}`, path);
  const given = input ?? {};
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(declarations, name));
  if (unknown !== undefined)
    throw new ParameterError(
      `${owner} has no parameter ${shown(unknown)}; it has ${Object.keys(declarations).join(', ') || 'none'}`,
      [...path, unknown.slice(0, 60)],
    );
  const values: Record<string, ParameterValue> = {};
  for (const [name, declaration] of Object.entries(declarations)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    values[name] = value === undefined ? declaration.default : valueOf(name, declaration, value, owner, [...path, name]);
  }
  return values as ValuesOf<D>;
}

/** A JSON Schema (2020-12) of one parameter; `step` is an annotation of ours. */
export interface PropertySchema {
  readonly type: string | readonly string[];
  readonly description: string;
  readonly default: ParameterValue;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly step?: number;
  readonly enum?: readonly string[];
}

export interface ParameterSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, PropertySchema>>;
  readonly additionalProperties: false;
}

function propertySchema(declaration: ParameterDeclaration): PropertySchema {
  const { description } = declaration;
  if (declaration.type === 'BOOLEAN') return { type: 'boolean', description, default: declaration.default };
  if (declaration.type === 'CHOICE')
    return { type: 'string', description, default: declaration.default, enum: declaration.values };
  const { type, min, max, step, nullable, aboveMin } = declaration;
  const name = type === 'INTEGER' ? 'integer' : 'number';
  return {
    type: nullable ? [name, 'null'] : name,
    description,
    default: declaration.default,
    ...(aboveMin ? { exclusiveMinimum: min } : { minimum: min }),
    maximum: max,
    step,
  };
}

/** The declarations as a JSON Schema object, for clients that draw forms. */
export function parameterSchema(declarations: ParameterDeclarations): ParameterSchema {
  const properties = Object.fromEntries(
    Object.entries(declarations).map(([name, declaration]) => [name, propertySchema(declaration)]),
  );
  return { type: 'object', properties, additionalProperties: false };
}
