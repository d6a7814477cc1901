import {
  type DocumentNode,
  getNamedType,
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInputType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  TypeInfo,
  type ValueNode,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * Whether a document may be handed to graphql-jit. It writes literals into the source that it generates, and a crafted string literal comes out of
 * that as code of the client's choosing; it also takes literals of custom scalars as they stand, and does not count the fields of a
 * `@oneOf` variable. So only queries are compiled whose literals are whole numbers, booleans and enumeration values where exactly those are
 * expected; everything else is interpreted. Clients that send variables, as all should, lose nothing.
 */
export function mayCompile(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): boolean {
  if (operation.operation !== 'query') return false;
  let allowed = true;
  const types = new TypeInfo(schema);
  const literal = (node: ValueNode): void => {
    if (!isHarmless(node, types.getInputType())) allowed = false;
  };
  visit(
    document,
    visitWithTypeInfo(types, {
      [Kind.VARIABLE_DEFINITION](node) {
        const type = typeFromAST(schema, node.type);
        if (!type || !isInputType(type) || hasOneOf(type, new Set())) allowed = false;
      },
      [Kind.STRING]: literal,
      [Kind.FLOAT]: literal,
      [Kind.INT]: literal,
      [Kind.BOOLEAN]: literal,
      [Kind.ENUM]: literal,
      [Kind.LIST]: literal,
      [Kind.OBJECT]: literal,
    }),
  );
  return allowed;
}

function isHarmless(node: ValueNode, type: GraphQLInputType | null | undefined): boolean {
  if (!type) return false;
  const named = getNamedType(type);
  if (node.kind === Kind.INT) return named.name === 'Int';
  if (node.kind === Kind.BOOLEAN) return named.name === 'Boolean';
  return node.kind === Kind.ENUM && isEnumType(named);
}

function hasOneOf(type: GraphQLInputType, seen: Set<string>): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named) || seen.has(named.name)) return false;
  seen.add(named.name);
  return named.isOneOf || Object.values(named.getFields()).some((field) => hasOneOf(field.type, seen));
}
