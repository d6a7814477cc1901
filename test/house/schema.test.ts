import {
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  specifiedScalarTypes,
  validateSchema,
} from 'graphql';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaText } from '../../src/resolvers/schema.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { newSqlite } from '../support/databases.ts';

let app: TestApp;
let schema: GraphQLSchema;
let remove: () => Promise<void>;
beforeAll(async () => {
  const database = await newSqlite();
  remove = database.remove;
  app = await startApp(database.url);
  schema = app.app.schema;
});
afterAll(async () => {
  await app.stop();
  await remove();
});

describe('the schema', () => {
  it('is the one in schema.graphql; `npm run schema` writes it anew', () => {
    expect(readFileSync('schema.graphql', 'utf8')).toBe(schemaText(schema));
  });

  it('is valid', () => {
    expect(validateSchema(schema)).toEqual([]);
  });

  it('describes every type, field, argument and value', () => {
    const bare: string[] = [];
    for (const type of Object.values(schema.getTypeMap())) {
      if (
        isIntrospectionType(type) ||
        isSpecifiedScalarType(type) ||
        [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type as never)
      ) {
        if (!isObjectType(type) || isIntrospectionType(type)) continue;
      } else if (!type.description) bare.push(type.name);
      if (isEnumType(type))
        bare.push(
          ...type
            .getValues()
            .filter((value) => !value.description)
            .map((value) => `${type.name}.${value.name}`),
        );
      if (isInputObjectType(type))
        bare.push(
          ...Object.values(type.getFields())
            .filter((field) => !field.description)
            .map((field) => `${type.name}.${field.name}`),
        );
      if (isObjectType(type) || isInterfaceType(type))
        for (const field of Object.values(type.getFields())) {
          if (!field.description) bare.push(`${type.name}.${field.name}`);
          bare.push(...field.args.filter((arg) => !arg.description).map((arg) => `${type.name}.${field.name}(${arg.name})`));
        }
    }
    expect(bare).toEqual([]);
  });

  it('says for every scalar of its own where it is specified', () => {
    const own = Object.values(schema.getTypeMap()).filter((type) => isScalarType(type) && !specifiedScalarTypes.includes(type));
    expect(own.filter((type) => isScalarType(type) && !type.specifiedByURL)).toEqual([]);
  });

  it('answers every mutation with a payload of its own that carries errors', () => {
    const odd = Object.values(schema.getMutationType()?.getFields() ?? {}).filter((field) => {
      const expected = `${field.name.charAt(0).toUpperCase()}${field.name.slice(1)}Payload!`;
      return String(field.type) !== expected || !field.type || field.args.some((arg) => arg.name !== 'input');
    });
    expect(odd.map((field) => `${field.name}: ${String(field.type)}`)).toEqual([]);
  });
});
