import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cli, tempFolder } from './support.ts';

it('prints the schema, or writes it to a file', async () => {
  const committed = readFileSync('schema.graphql', 'utf8');
  const file = join(tempFolder(), 'schema.graphql');
  expect(await cli(['schema'])).toEqual({ code: 0, out: committed, err: '' });
  expect(await cli(['schema', '--out', file])).toEqual({ code: 0, out: '', err: '' });
  expect(readFileSync(file, 'utf8')).toBe(committed);
});

it.each([
  [
    ['schema', '--out', '/nowhere/at/all/schema.graphql'],
    /cannot write the schema to \/nowhere\/at\/all\/schema\.graphql: ENOENT/,
    1,
  ],
  [['schema', '--out'], /option '--out <file>' argument missing/, 2],
  [['schema', 'x'], /too many arguments/, 2],
] as const)('%j ends with one sentence', async (args, sentence, code) => {
  expect(await cli(args)).toMatchObject({ code, out: '', err: expect.stringMatching(sentence) });
});
