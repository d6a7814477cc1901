import {
  getNullableType,
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLLeafType,
  type GraphQLOutputType,
  GraphQLString,
  isLeafType,
} from 'graphql';

/** Makes the JSON of a value that is not null. @throws whatever the type's own serialize throws */
export type Serialize = (value: unknown) => unknown;

const known = new WeakMap<GraphQLLeafType, Serialize>();

/** How a scalar's or enumeration's values are written; undefined for other types. */
export function leafOf(type: GraphQLOutputType): Serialize | undefined {
  const inner = getNullableType(type);
  if (!isLeafType(inner)) return undefined;
  let serialize = known.get(inner);
  if (!serialize) known.set(inner, (serialize = serializerOf(inner)));
  return serialize;
}

/** The built-in types are asked only about values that are not what they should be: they check each one thoroughly. */
function serializerOf(type: GraphQLLeafType): Serialize {
  const thorough: Serialize = (value) => type.serialize(value);
  switch (type) {
    case GraphQLString:
    case GraphQLID:
      return (value) => (typeof value === 'string' ? value : thorough(value));
    case GraphQLBoolean:
      return (value) => (typeof value === 'boolean' ? value : thorough(value));
    case GraphQLInt:
      // oxlint-disable-next-line no-bitwise -- what `| 0` leaves alone is a whole number of 32 bits
      return (value) => (typeof value === 'number' && (value | 0) === value ? value : thorough(value));
    case GraphQLFloat:
      return (value) => (typeof value === 'number' && Number.isFinite(value) ? value : thorough(value));
    default:
      return thorough;
  }
}

/**
 * Writes a scalar's or enumeration's value that is not null.
 * @throws Error, always the server's fault
 */
export function completeLeaf(serialize: Serialize, value: unknown): unknown {
  let written: unknown;
  try {
    written = serialize(value);
  } catch (error) {
    // A scalar says this with the very error that means a client's mistake; on the way out it is the server's.
    throw error instanceof Error ? new Error(error.message, { cause: error }) : error;
  }
  if (written === null || written === undefined)
    throw new Error(`a value could not be written: its type made ${String(written)} of it`);
  return written;
}
