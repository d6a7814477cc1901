import { type GraphQLNamedType, isEnumType } from 'graphql';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entities } from '../../src/entities/index.ts';
import { DomainError } from '../../src/services/errors.ts';
import { createLogger } from '../../src/services/logger.ts';
import { startApp, type TestApp, type TestUser } from '../support/app.ts';
import { type Belongings, furnish } from '../support/belongings.ts';
import { newPostgres, newSqlite } from '../support/databases.ts';
import { ScriptedProbe } from '../support/keys.ts';
import { argumentsOf, inputValue, widestSelection } from '../support/selection.ts';

/*
 * Secrets that are planted through the API, or that the installation has, are looked for wherever somebody else may look: the log at its
 * most talkative, answers to every mutation, every field of the schema, the database, its backup.
 */

const installation = 'canary-of-the-installation-long-enough';
const masterKey = 'c4'.repeat(32);
const planted = {
  apiKey: 'canary-exchange-key-1',
  secret: 'canary-exchange-secret-2',
  passphrase: 'canary-exchange-passphrase-3',
  password: 'canary-password-4',
  newPassword: 'canary-password-5',
  currentPassword: 'canary-password-6',
  token: 'cwp_canary-token-7',
  refreshToken: 'cwr_canary-token-8',
};

/** As a library may repeat them in what it complains of. */
const encoded = Buffer.from(planted.passphrase).toString('base64');

describe.each(['sqlite', 'postgresql'] as const)('secrets, on %s,', (dialect) => {
  let app: TestApp;
  let owner: TestUser;
  let belongings: Belongings;
  let remove: () => Promise<void>;
  let file: string;
  let log = '';
  const probe = new ScriptedProbe();
  const secrets = (): string[] => [
    ...Object.values(planted),
    ...belongings.secrets,
    installation,
    masterKey,
    ...[planted.secret, planted.apiKey, planted.passphrase].map((text) => Buffer.from(text).toString('base64')),
  ];
  const leaksIn = (text: string): string[] => secrets().filter((secret) => text.includes(secret));

  beforeAll(async () => {
    const database = await (dialect === 'sqlite' ? newSqlite() : newPostgres());
    ({ remove } = database);
    file = database.url.slice('sqlite:'.length);
    const logger = createLogger({ level: 'trace', pretty: false, destination: { write: (line) => void (log += line) } });
    const masterKeys = { variable: 'CANDLEWICK_MASTER_KEYS', kind: 'TEXT', value: `2:${masterKey}` } as const;
    const limits = { tokens: 1e6, depth: 100, aliases: 1e6, cost: 1e12, bucket: { capacity: 1e9, perSecond: 1e9 } };
    app = await startApp(database.url, { simSpeed: 240, secret: installation, masterKeys }, { logger, keyProbe: probe, limits });
    owner = await app.signUp('owner@example.com', planted.password);
    belongings = await furnish(app, owner, 'bison');
    const key = { exchange: 'kraken', label: 'canary', permission: 'TRADE' };
    const { apiKey, secret, passphrase } = planted;
    const document = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } errors { message } } }';
    const made = await app.graphql(document, { input: { ...key, apiKey, secret, passphrase } }, owner.token);
    expect(made.data?.['createApiKey'].errors).toEqual([]);
  }, 400_000);
  afterAll(async () => {
    await app.stop();
    await remove();
  });

  let labels = 0;
  const leafWith =
    (id: string) =>
    (named: GraphQLNamedType, name: string): unknown => {
      if (named.name === 'ID') return id;
      if (named.name === 'String' && name === 'exchange') return 'kraken';
      if (named.name === 'String' && name === 'label') return `label ${++labels}`;
      if (named.name === 'String') return (planted as Record<string, string>)[name] ?? `${name}-1`;
      if (named.name === 'Int') return 1;
      if (named.name === 'Float') return 1;
      if (named.name === 'Boolean') return false;
      if (named.name === 'Decimal') return '1';
      if (named.name === 'DateTime') return '2026-01-01T00:00:00.000Z';
      return isEnumType(named) ? named.getValues()[0]?.name : undefined;
    };
  const isPaging = (name: string): boolean => ['first', 'after', 'last', 'before', 'filter', 'orderBy', 'since'].includes(name);
  const document = (kind: 'query' | 'mutation', field: string, id: string): string | undefined => {
    const { schema } = app.app;
    const definition = (kind === 'query' ? schema.getQueryType() : schema.getMutationType())?.getFields()[field];
    if (!definition) return undefined;
    const args = argumentsOf(definition, (name, type) => (isPaging(name) ? undefined : inputValue(type, leafWith(id), name)), []);
    const selection = widestSelection(schema, definition.type, 4, (name, type) =>
      isPaging(name) || !String(type).endsWith('!') ? undefined : inputValue(type, leafWith(id), name),
    );
    return args === undefined ? undefined : `${kind} { ${field}${args} ${selection} }`;
  };

  // What is read is the same on both databases.
  it.skipIf(dialect === 'postgresql')('are in no field of the schema', async () => {
    const leaks: string[] = [];
    let answered = 0;
    for (const field of Object.keys(app.app.schema.getQueryType()?.getFields() ?? {}))
      for (const id of belongings.ids) {
        const source = document('query', field, id);
        if (!source) continue;
        const answer = await app.graphql(source, {}, owner.token);
        if (answer.data?.[field]) answered += 1;
        leaks.push(...leaksIn(JSON.stringify(answer)).map((leak) => `${field}(${id}): ${leak}`));
        if (!source.includes(id)) break;
      }
    expect(leaks).toEqual([]);
    expect(answered).toBeGreaterThan(20);
  });

  it.each<[string, Error | undefined]>([
    ['that work or fail by themselves', undefined],
    ['that the exchange refuses', new DomainError('EXCHANGE_REJECTED', 'kraken: EAPI:Invalid key')],
    ['that end in a bug', new Error(`something broke: ${planted.secret}, {"key":"${planted.apiKey}"}, ${encoded}`)],
  ])('are in no answer to mutations %s', async (_name, answer) => {
    if (answer) probe.answer = answer as typeof probe.answer;
    const leaks: string[] = [];
    let asked = 0;
    // Signing out and changing the password would end the walk.
    const skipped = ['signOut', 'createAccessToken', 'changePassword'];
    for (const field of Object.keys(app.app.schema.getMutationType()?.getFields() ?? {}))
      for (const id of belongings.ids) {
        const source = document('mutation', field, id);
        if (!source || skipped.includes(field)) break;
        asked += 1;
        const text = JSON.stringify(await app.graphql(source, {}, owner.token));
        leaks.push(...leaksIn(text).map((leak) => `${field}: ${leak}`));
        if (!source.includes(id)) break;
      }
    expect(leaks).toEqual([]);
    expect(asked).toBeGreaterThan(20);
    probe.answer = { canRead: true, canTrade: true, canTransfer: false, canWithdraw: false };
  });

  it('are in no table, in no byte of the database and in no backup', async () => {
    const em = app.app.database.system();
    const rows: unknown[] = [];
    for (const entity of entities)
      rows.push(await em.execute(`select * from ${em.getMetadata().get(entity as never).tableName}`));
    const dump = JSON.stringify(rows);
    expect(dump.length).toBeGreaterThan(10_000);
    expect(leaksIn(dump)).toEqual([]);
    if (dialect === 'postgresql') return;
    const backup = join(app.folder, 'backup.db');
    app.app.database.backupTo(backup);
    for (const path of [file, `${file}-wal`, backup]) expect(leaksIn(readFileSync(path, 'latin1'))).toEqual([]);
  });

  it('are in no line of the log, which does speak', () => {
    expect(log.split('\n').length).toBeGreaterThan(3);
    expect(leaksIn(log)).toEqual([]);
    expect(log).toContain('something broke');
  });

  it('would be found: the walk sees what is planted where it may be seen', async () => {
    const answer = await app.graphql(document('query', 'apiKeys', '') ?? '', {}, owner.token);
    expect(JSON.stringify(answer)).toContain('"label":"canary"');
    expect(leaksIn(`x ${planted.secret} y`)).toEqual([planted.secret]);
  });
});
