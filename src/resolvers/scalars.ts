import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { canonical, Decimal as Money, decimal } from '../trading/money.ts';

const bad = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

/** A value that stands in the document: what is wrong with it is told with its place there, as of a variable with its path. */
function literal<T>(node: ValueNode, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new GraphQLError(error.message, { nodes: node, extensions: error.extensions, originalError: error });
  }
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 60);

function readDecimal(value: unknown): Money {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw bad(`Decimal takes text or a whole number, not the float ${value}: write "${value}"`);
  if (typeof value !== 'string' && typeof value !== 'number')
    throw bad(`Decimal takes text or a whole number, got ${shown(value)}`);
  try {
    return decimal(value);
  } catch {
    throw bad(`Decimal takes plain digits like "0.00012", without an exponent, got ${shown(value)}`);
  }
}

/** Exact decimals, as text. Rows carry them as `Decimal`, canonical text, or (candles, metrics) as doubles. */
export const DecimalScalar = new GraphQLScalarType<Money, string>({
  name: 'Decimal',
  description:
    'An exact decimal number as canonical text: "0.000123", never a float, never an exponent. Input may be text or a whole number. Percentages mean percent: "1.5" is 1.5 %.',
  specifiedByURL: 'https://scalars.graphql.org/chillicream/decimal.html',
  serialize(value) {
    if (typeof value === 'string') return value;
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw new RangeError(`${value} is not a finite decimal`);
      return canonical(new Money(value));
    }
    return canonical(value as Money);
  },
  parseValue: readDecimal,
  parseLiteral: (node) =>
    literal(node, () => {
      if (node.kind === Kind.STRING || node.kind === Kind.INT) return readDecimal(node.value);
      throw bad(
        `Decimal takes text or a whole number: write "${'value' in node ? shown(node.value).replaceAll('"', '') : node.kind}" in quotes`,
      );
    }),
});

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;

function readDateTime(value: unknown): Date {
  if (typeof value === 'string' && rfc3339.test(value)) {
    const date = new Date(value);
    // Date rolls 30 February over into March; what comes out must be what went in.
    const local = value.slice(0, 10);
    const offsetMinutes = /Z$/i.test(value) ? 0 : offsetOf(value.slice(-6));
    if (!Number.isNaN(date.getTime()) && new Date(date.getTime() + offsetMinutes * 60_000).toISOString().startsWith(local))
      return date;
  }
  throw bad(`DateTime takes RFC 3339 like "2026-11-20T19:47:23.123Z", got ${shown(value)}`);
}

function offsetOf(text: string): number {
  return (text.startsWith('-') ? -1 : 1) * (Number(text.slice(1, 3)) * 60 + Number(text.slice(4, 6)));
}

export const DateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description:
    'A moment as RFC 3339 text, always UTC with milliseconds: "2026-11-20T19:47:23.123Z". Input may carry another offset.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  serialize(value) {
    if (typeof value === 'string') return value;
    return (value instanceof Date ? value : new Date(value as number)).toISOString();
  },
  parseValue: readDateTime,
  parseLiteral: (node) =>
    literal(node, () => {
      if (node.kind === Kind.STRING) return readDateTime(node.value);
      throw bad('DateTime takes RFC 3339 text like "2026-11-20T19:47:23.123Z" in quotes');
    }),
});

const jsonBytes = 64 * 1024;
const jsonDepth = 8;

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let deepest = 0;
  for (const item of Object.values(value)) deepest = Math.max(deepest, depthOf(item));
  return deepest + 1;
}

function readJsonObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad(`JSONObject takes an object, got ${shown(value)}`);
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > jsonBytes) throw bad(`JSONObject may have ${jsonBytes} bytes, this one has ${bytes}`);
  const depth = depthOf(value);
  if (depth > jsonDepth) throw bad(`JSONObject may be nested ${jsonDepth} deep, this one is ${depth}`);
  return value as Record<string, unknown>;
}

export const JsonObjectScalar = new GraphQLScalarType<Record<string, unknown>, Record<string, unknown>>({
  name: 'JSONObject',
  description: `Strategy parameters and other data that is truly without a schema. At most ${jsonBytes / 1024} KiB, nested at most ${jsonDepth} deep.`,
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  serialize: (value) => value as Record<string, unknown>,
  parseValue: readJsonObject,
  parseLiteral: (node, variables) => literal(node, () => readJsonObject(literalValue(node, variables))),
});

function literalValue(node: ValueNode, variables: Record<string, unknown> | null | undefined): unknown {
  switch (node.kind) {
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
    case Kind.LIST:
      return node.values.map((item) => literalValue(item, variables));
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map((field) => [field.name.value, literalValue(field.value, variables)]));
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    case Kind.NULL:
      return null;
  }
}

export const EventCursorScalar = new GraphQLScalarType<string, string>({
  name: 'EventCursor',
  description: 'A position in your event log, opaque. Compare it for equality only; hand it to `after` to go on from there.',
  specifiedByURL: 'https://relay.dev/graphql/connections.htm#sec-Cursor',
  serialize: (value) => String(value),
  parseValue(value) {
    if (typeof value === 'string' && value.length <= 200) return value;
    throw bad(`EventCursor takes the text that the server gave, got ${shown(value)}`);
  },
  parseLiteral: (node) =>
    literal(node, () => {
      if (node.kind === Kind.STRING && node.value.length <= 200) return node.value;
      throw bad('EventCursor takes the text that the server gave, in quotes');
    }),
});
