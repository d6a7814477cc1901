import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cli, tempFolder } from './support.ts';

it('backs up and restores, and tells where things are', async () => {
  const folder = tempFolder();
  const env = { DATABASE_URL: `sqlite:${join(folder, 'live.db')}` };
  const file = join(folder, 'backup.db');
  expect((await cli(['migrate'], env)).code).toBe(0);
  expect(await cli(['backup', 'create', file], env)).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/^Backup written to .*backup\.db \(\d\.\d MB\)\n$/),
  });
  const restored = await cli(['backup', 'restore', file, '--json'], env);
  expect(restored).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(restored.out)).toEqual({
    database: join(folder, 'live.db'),
    previous: expect.stringContaining('live.db.before-restore-'),
    migrations: [],
  });
  const again = await cli(['backup', 'restore', file], env);
  expect(again.out).toBe(`${join(folder, 'live.db')} restored from ${file}\n`);
  expect(again.err).toMatch(/^What was there before is in .*live\.db\.before-restore-/);
});

it.each([
  [['backup', 'create', '/'], {}, /exists already|no database/, 1],
  [['backup', 'create', 'x.dump'], { DATABASE_URL: 'postgres://me@localhost/x' }, /pg_dump/, 1],
  [['backup', 'restore', 'nowhere.db'], {}, /there is no backup .*nowhere\.db/, 1],
  [['backup', 'restore'], {}, /missing required argument 'file'/, 2],
  [['backup', 'create', 'a', 'b'], {}, /too many arguments/, 2],
  [['backup', 'create', 'a'], { DATABASE_URL: 'mysql://x' }, /DATABASE_URL is "mysql:\/\/x"; it must be sqlite:/, 1],
] as const)('%j ends with one sentence', async (args, env, sentence, code) => {
  const run = await cli(args, { DATABASE_URL: `sqlite:${join(tempFolder(), 'live.db')}`, ...env });
  expect(run).toMatchObject({ code, out: '', err: expect.stringMatching(sentence) });
  expect(run.err.trimEnd().split('\n')).toHaveLength(1);
});
