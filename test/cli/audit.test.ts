import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/services/database/index.ts';
import { cli, tempFolder } from './support.ts';

it('checks the audit log, held to an end that was noted before, and finds what was changed', async () => {
  const folder = tempFolder();
  const env = { DATABASE_URL: `sqlite:${join(folder, 'live.db')}` };
  await cli(['migrate'], env);
  for (const name of ['a', 'b', 'c']) await cli(['backup', 'create', join(folder, name)], env);
  const first = await cli(['audit', 'verify'], env);
  expect(first).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/^3 events, as they were written\nhead 3:[0-9a-f]{64}\n$/),
  });
  const head = /head (\S+)/.exec(first.out)?.[1] ?? '';
  await cli(['backup', 'create', join(folder, 'd')], env);
  expect((await cli(['audit', 'verify', '--expect', head], env)).code).toBe(0);

  const database = await openDatabase({ url: env.DATABASE_URL });
  await database.transaction((em) => em.execute('delete from audit_events where sequence = 2'));
  await database.close();
  expect(await cli(['audit', 'verify'], env)).toEqual({
    code: 1,
    out: 'event 2 is missing\n',
    err: 'error: the audit log is not as it was written\n',
  });
  const told = await cli(['audit', 'verify', '--json', '--expect', `9:${head.slice(2)}`], env);
  expect(told.code).toBe(1);
  expect(JSON.parse(told.out)).toMatchObject({
    events: 3,
    isIntact: false,
    problems: ['event 2 is missing', `event 9 with the hash ${head.slice(2)} is not in the chain`],
  });
});

it.each([
  [['audit', 'verify'], /there is no database .*live\.db/, 1],
  [['audit', 'verify', '--expect', '12'], /--expect "12" is no head/, 2],
  [['audit', 'verify', 'x'], /too many arguments/, 2],
] as const)('%j ends with one sentence', async (args, sentence, code) => {
  const run = await cli(args, { DATABASE_URL: `sqlite:${join(tempFolder(), 'live.db')}` });
  expect(run).toMatchObject({ code, out: '', err: expect.stringMatching(sentence) });
  expect(run.err.trimEnd().split('\n')).toHaveLength(1);
});
