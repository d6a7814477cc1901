import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  print,
  astFromValue,
} from 'graphql';

/** Makes a value for an argument or input field; undefined leaves an optional one out. */
export type ValueMaker = (name: string, type: GraphQLInputType, path: readonly string[]) => unknown;

/** The widest selection of a type down to `depth` levels of objects: whatever a client could reach from there. */
export function widestSelection(schema: GraphQLSchema, type: GraphQLOutputType, depth: number, valueOf: ValueMaker): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (isUnionType(named) || isInterfaceType(named)) {
    const parts = schema.getPossibleTypes(named).map((possible) => {
      const inner = fieldsOf(schema, possible, depth, valueOf, possible.name);
      return inner === '' ? '' : `... on ${possible.name} { ${inner} }`;
    });
    return `{ __typename ${parts.join(' ')} }`;
  }
  if (!isObjectType(named)) return '';
  const inner = fieldsOf(schema, named, depth, valueOf);
  return inner === '' ? '{ __typename }' : `{ ${inner} }`;
}

/** Members of one union may give the same field different types: an alias per type keeps them from clashing. */
function fieldsOf(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  depth: number,
  valueOf: ValueMaker,
  aliasPrefix?: string,
): string {
  const parts: string[] = [];
  for (const field of Object.values(type.getFields())) {
    const leaf = isLeafType(getNamedType(field.type));
    // `query` of a mutation's payload is the whole schema again, walked on its own.
    if ((!leaf && depth <= 1) || getNamedType(field.type).name === 'Query') continue;
    const args = argumentsOf(field, valueOf, [type.name, field.name]);
    if (args === undefined) continue;
    const name = aliasPrefix ? `${aliasPrefix}_${field.name}: ${field.name}` : field.name;
    parts.push(`${name}${args}${leaf ? '' : ` ${widestSelection(schema, field.type, depth - 1, valueOf)}`}`);
  }
  return parts.join(' ');
}

/** The argument list of a field, '' when it needs none, undefined when a required argument cannot be made. */
export function argumentsOf(
  field: GraphQLField<unknown, unknown>,
  valueOf: ValueMaker,
  path: readonly string[],
): string | undefined {
  const parts: string[] = [];
  for (const arg of field.args) {
    const value = valueOf(arg.name, arg.type, path);
    if (value === undefined) {
      if (isNonNullType(arg.type) && arg.defaultValue === undefined) return undefined;
      continue;
    }
    const ast = astFromValue(value, arg.type);
    if (ast) parts.push(`${arg.name}: ${print(ast)}`);
  }
  return parts.length > 0 ? `(${parts.join(', ')})` : '';
}

/** A plausible value of any input type: `leaf` decides scalars, required fields of inputs are filled, optional ones asked for too. */
export function inputValue(type: GraphQLInputType, leaf: (named: GraphQLNamedType, name: string) => unknown, name = ''): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const item = inputValue(nullable.ofType as GraphQLInputType, leaf, name);
    return item === undefined ? undefined : [item];
  }
  if (isEnumType(nullable)) return leaf(nullable, name) ?? nullable.getValues()[0]?.value;
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields());
    const result: Record<string, unknown> = {};
    // Of an input of which exactly one field is given, one that does not contain the input again.
    const chosen = nullable.isOneOf ? fields.filter(({ type }) => !isListType(getNullableType(type))).slice(0, 1) : fields;
    for (const field of chosen) {
      const isGiven = nullable.isOneOf || isNonNullType(field.type) || isLeafType(getNamedType(field.type));
      const value = isGiven ? inputValue(field.type, leaf, field.name) : undefined;
      if (value !== undefined) result[field.name] = value;
    }
    return result;
  }
  return leaf(getNamedType(nullable), name);
}
