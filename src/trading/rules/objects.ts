import { ParameterError, shown } from '../errors.ts';

export type Path = readonly string[];
export type Fields = ReadonlyMap<string, unknown>;

/** An unknown name may be long; a path should not be. */
const short = (name: string): string => (name.length > 60 ? `${name.slice(0, 57)}...` : name);

/** @throws ParameterError for anything but an object without a class */
export function plainObject(input: unknown, what: string, path: Path): Readonly<Record<string, unknown>> {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new ParameterError(`${what} must be an object, not ${shown(input)}`, path);
  const prototype: unknown = Object.getPrototypeOf(input);
  if (prototype !== Object.prototype && prototype !== null)
    throw new ParameterError(`${what} must be a plain object, not one of a class`, path);
  return input as Readonly<Record<string, unknown>>;
}

/**
 * What a plain object holds, each property read once; null counts as left out.
 * @throws ParameterError for anything else, and for a name that is not one of `known`
 */
export function fieldsOf(input: unknown, what: string, known: readonly string[], path: Path): Fields {
  const object = plainObject(input, what, path);
  const given = Object.keys(object);
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new ParameterError(
      `${shown(unknown)} is no field of ${what}; the fields are ${known.join(', ')}`,
      [...path, short(unknown)],
      {
        value: short(unknown),
        limit: known,
      },
    );
  const values = given.map((name) => [name, object[name]] as const);
  return new Map(values.filter(([, value]) => value !== undefined && value !== null));
}

/** The one field of a node. @throws ParameterError when there are none, or several */
export function oneFieldOf<K extends string>(
  input: unknown,
  what: string,
  known: readonly K[],
  path: Path,
): readonly [K, unknown] {
  const fields = [...fieldsOf(input, what, known, path)];
  if (fields.length !== 1) {
    const names = fields.map(([name]) => name).join(', ');
    throw new ParameterError(`${what} must have exactly one of ${known.join(', ')}, not ${names || 'none'}`, path, {
      limit: known,
    });
  }
  return fields[0] as [K, unknown];
}

/** @throws ParameterError when it is missing */
export function required(fields: Fields, name: string, what: string, path: Path): unknown {
  if (fields.has(name)) return fields.get(name);
  throw new ParameterError(`${what} needs ${name}`, [...path, name]);
}

/** @throws ParameterError for anything but a finite number within the bounds */
export function numberIn(value: unknown, what: string, [min, max]: readonly [number, number], path: Path): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new ParameterError(`${what} must be a number, not ${shown(value)}`, path, { value });
  if (value < min) throw new ParameterError(`${what} ${value} must be at least ${min}`, path, { value, limit: min });
  if (value > max) throw new ParameterError(`${what} ${value} exceeds its limit ${max}`, path, { value, limit: max });
  // JSON has no -0: rules have to say the same before they are stored and after.
  return value + 0;
}

/** @throws ParameterError for anything but a whole number within the bounds */
export function wholeIn(value: unknown, what: string, bounds: readonly [number, number], path: Path): number {
  const number = numberIn(value, what, bounds, path);
  if (!Number.isInteger(number)) throw new ParameterError(`${what} must be a whole number, not ${number}`, path, { value });
  return number;
}

/** @throws ParameterError for anything but one of the words */
export function oneOf<W extends string>(value: unknown, what: string, words: readonly W[], path: Path): W {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new ParameterError(`${what} must be one of ${words.join(', ')}, not ${shown(value)}`, path, {
    value: shown(value),
    limit: words,
  });
}
