import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/services/logger.ts';
import { ApiKey } from '../../src/entities/exchange/ApiKey.ts';
import { Exchange } from '../../src/entities/exchange/Exchange.ts';
import { MasterKeys } from '../../src/services/security/master-keys.ts';
import { Vault } from '../../src/services/security/vault.ts';
import { sealedColumns } from '../../src/services/api-keys/sealed.ts';
import { newId } from '../../src/services/ids.ts';
import { cli, tempFolder } from './support.ts';

const secret = 'the secret of the installation, as it is';

it('shows, makes and rotates master keys, from a file as well as from a command', async () => {
  const folder = tempFolder();
  const env = { DATABASE_URL: `sqlite:${join(folder, 'live.db')}`, CANDLEWICK_SECRET: secret };
  const app = await createApp(readConfig(env), { logger: createLogger({ level: 'silent', pretty: false }) });
  const user = await app.users.createUser({ email: 'ann@example.com', password: 'a long enough secret' }, {});
  await app.marketData.start();
  await app.database.transaction(async (em) => {
    const exchange = await em.findOneOrFail(Exchange, { name: 'binance' });
    const id = newId();
    const columns = sealedColumns(
      new Vault(MasterKeys.of(secret)),
      { id, owner: user.id },
      { apiKey: 'public', secret: 'private' },
    );
    em.create(ApiKey, { id, user: user.id, exchange, label: 'main', keyHint: 'blic', permission: 'TRADE', ...columns });
  });
  await app.stop(0);

  expect((await cli(['keys', 'status'], env)).out).toBe(
    'master keys 1; new secrets are wrapped by 1\nversion 1: 1 stored keys\n',
  );
  const made = await cli(['keys', 'generate'], env);
  expect(made).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^2:[0-9a-f]{64}\n$/) });
  const file = join(folder, 'master-keys');
  writeFileSync(file, made.out);
  const withFile = { ...env, CANDLEWICK_MASTER_KEYS_FILE: file };
  expect(await cli(['keys', 'rotate'], withFile)).toEqual({
    code: 0,
    err: '',
    out: '1 data keys wrapped by master key 2; 1 in all\n',
  });
  const withCommand = { ...env, CANDLEWICK_MASTER_KEYS_COMMAND: `cat '${file}'` };
  expect(JSON.parse((await cli(['keys', 'status', '--json'], withCommand)).out)).toEqual({
    versions: [1, 2],
    current: 2,
    byVersion: { 2: 1 },
    unopened: [],
  });
  // Without the second key nothing opens, and that is told.
  const without = await cli(['keys', 'status'], env);
  expect(without).toMatchObject({ code: 1, err: expect.stringContaining('key "main"') });
  expect(without.err).toMatch(/master key 2 is not configured; there are 1\nerror: 1 stored keys do not open/);
  expect((await cli(['audit', 'verify'], env)).code).toBe(0);
});

it.each([
  [['keys', 'rotate'], { DATABASE_URL: 'sqlite:nowhere.db' }, /there is no database nowhere\.db/, 1],
  [['keys', 'rotate', '--to', 'x'], {}, /--to "x" is no version/, 2],
  [['keys', 'rotate', '--to', '9'], {}, /master key 9 is not configured; there are 1/, 1],
  [['keys', 'status'], { CANDLEWICK_MASTER_KEYS: '2:abc' }, /CANDLEWICK_MASTER_KEYS: line 1 of the master keys is not one/, 1],
  [
    ['keys', 'status'],
    { CANDLEWICK_MASTER_KEYS_FILE: '/nowhere' },
    /CANDLEWICK_MASTER_KEYS_FILE: the file \/nowhere cannot be read \(ENOENT\)/,
    1,
  ],
  [
    ['keys', 'status'],
    { CANDLEWICK_MASTER_KEYS_COMMAND: 'exit 3' },
    /the command did not give the master keys \(ended with 3/,
    1,
  ],
  [['keys', 'generate', 'x'], {}, /too many arguments/, 2],
] as const)('%j with %j ends with one sentence', async (args, env, sentence, code) => {
  const folder = tempFolder();
  const base = { DATABASE_URL: `sqlite:${join(folder, 'live.db')}`, CANDLEWICK_SECRET: secret };
  await cli(['migrate'], base);
  const run = await cli(args, { ...base, ...env });
  expect(run).toMatchObject({ code, out: '', err: expect.stringMatching(sentence) });
  expect(run.err.trimEnd().split('\n')).toHaveLength(1);
});
