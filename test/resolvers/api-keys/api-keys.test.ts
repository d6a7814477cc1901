import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiKey } from '../../../src/entities/exchange/ApiKey.ts';
import { AuditEvent } from '../../../src/entities/identity/AuditEvent.ts';
import { Bot } from '../../../src/entities/trading/Bot.ts';
import { BotState } from '../../../src/entities/trading/BotState.ts';
import { parseGlobalId } from '../../../src/resolvers/ids.ts';
import { DomainError } from '../../../src/services/errors.ts';
import { verifyAuditChain } from '../../../src/services/security/audit-verify.ts';
import { aBot, aStrategy } from '../../contract/storage/builders.ts';
import { startApp, type TestApp, type TestUser } from '../../support/app.ts';
import { dialects, newPostgres, newSqlite } from '../../support/databases.ts';
import { ScriptedProbe } from '../../support/keys.ts';

const fields = 'id version label keyHint permission isValid lastValidatedAt validationMessage exchange { name }';
const good = { canRead: true, canTrade: true, canTransfer: false, canWithdraw: false };

describe.each(dialects)('keys of exchanges on %s', (dialect) => {
  let app: TestApp;
  let remove: () => Promise<void>;
  let probe: ScriptedProbe;
  let ann: TestUser;
  let bob: TestUser;
  let count = 0;

  beforeAll(async () => {
    const database = await (dialect === 'sqlite' ? newSqlite() : newPostgres());
    remove = database.remove;
    probe = new ScriptedProbe();
    app = await startApp(database.url, {}, { keyProbe: probe });
    [ann, bob] = [await app.signUp('ann@example.com'), await app.signUp('bob@example.com')];
  });
  afterAll(async () => {
    await app.stop();
    await remove();
  });
  beforeEach(() => {
    probe.answer = good;
    probe.asked.length = 0;
  });

  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the mutation answers
  const call = async (name: string, input: object, user = ann): Promise<any> => {
    const type = `${name[0].toUpperCase()}${name.slice(1)}Input`;
    const result = name === 'deleteApiKey' ? 'deletedId' : `apiKey { ${fields} }`;
    const document = `mutation ($input: ${type}!) { ${name}(input: $input) { ${result} errors { __typename message code path } } }`;
    const { data, errors } = await app.graphql(document, { input }, user.token);
    if (!data?.[name]) throw new Error(JSON.stringify(errors));
    return data[name];
  };
  const secrets = (): { apiKey: string; secret: string } => {
    count += 1;
    return { apiKey: `public-half-${count}-abcd`, secret: `private-half-${count}-wxyz` };
  };
  const newInput = (changes: object = {}): Record<string, unknown> => ({
    exchange: 'binance',
    label: `key ${++count}`,
    permission: 'TRADE',
    ...secrets(),
    ...changes,
  });
  const newKey = async (changes: object = {}, user = ann): Promise<{ id: string; version: number; label: string }> => {
    const { apiKey, errors } = await call('createApiKey', newInput(changes), user);
    expect(errors).toEqual([]);
    return apiKey;
  };
  const rowOf = (id: string): Promise<ApiKey> =>
    app.app.database.system().findOneOrFail(ApiKey, { id: parseGlobalId(id)?.uuid ?? '' });
  const events = async (id: string): Promise<string[]> => {
    const rows = await app.app.database.system().find(AuditEvent, {}, { orderBy: { sequence: 'asc' } });
    return rows.filter(({ details }) => details['keyId'] === parseGlobalId(id)?.uuid).map(({ eventType }) => eventType);
  };

  it('are stored encrypted and shown without their secrets', async () => {
    const input = newInput({ label: '  main  ', passphrase: 'my passphrase' });
    const { apiKey, errors } = await call('createApiKey', input);
    expect(errors).toEqual([]);
    expect(apiKey).toMatchObject({
      version: 1,
      label: 'main',
      keyHint: '…abcd',
      permission: 'TRADE',
      isValid: true,
      validationMessage: null,
      exchange: { name: 'binance' },
    });
    const { apiKey: key, secret, passphrase } = input as Record<string, string>;
    expect(probe.asked).toEqual([{ exchange: 'binance', credentials: { apiKey: key, secret, passphrase } }]);
    const row = JSON.stringify(await rowOf(apiKey.id));
    for (const text of [key, secret, passphrase]) expect(row).not.toContain(text);
    expect(await rowOf(apiKey.id)).toMatchObject({ keyVersion: 1, keyHint: 'abcd' });
    expect(await events(apiKey.id)).toEqual(['API_KEY_CREATED']);
  });

  it('are listed, found and refetched by their owner only', async () => {
    const { id } = await newKey({ exchange: 'kraken', permission: 'READ_ONLY' });
    const document = `query ($id: ID!) { apiKey(id: $id) { ${fields} } node(id: $id) { id } apiKeys(first: 100) { nodes { id } count { value } } }`;
    const own = (await app.graphql(document, { id }, ann.token)).data;
    expect(own).toMatchObject({ apiKey: { id, permission: 'READ_ONLY', exchange: { name: 'kraken' } }, node: { id } });
    expect(own?.['apiKeys'].nodes[0]).toEqual({ id });
    expect(own?.['apiKeys'].count.value).toBe(own?.['apiKeys'].nodes.length);
    const others = (await app.graphql(document, { id }, bob.token)).data;
    expect(others).toEqual({ apiKey: null, node: null, apiKeys: { nodes: [], count: { value: 0 } } });
  });

  const withdraw = 'may WITHDRAW';
  it.each<[string, object, object | undefined, string, string[], string]>([
    ['no label', { label: ' ' }, undefined, 'REQUIRED', ['input', 'label'], 'the label of the key is empty'],
    [
      'a long label',
      { label: 'x'.repeat(121) },
      undefined,
      'INVALID',
      ['input', 'label'],
      'has 121 characters, the maximum is 120',
    ],
    ['a label with a line break', { label: 'a\nb' }, undefined, 'INVALID', ['input', 'label'], 'control characters'],
    [
      'the simulated market',
      { exchange: 'sim' },
      undefined,
      'INVALID',
      ['input', 'exchange'],
      'sim, the simulated market, needs no key',
    ],
    ['an unknown exchange', { exchange: 'mtgox' }, undefined, 'NOT_FOUND', ['input', 'exchange'], 'there is no exchange "mtgox"'],
    ['an empty key', { apiKey: ' ' }, undefined, 'REQUIRED', ['input', 'apiKey'], 'the key is empty'],
    [
      'a short key',
      { apiKey: 'abc' },
      undefined,
      'INVALID',
      ['input', 'apiKey'],
      'the key has 3 characters, 8 to 1024 are allowed',
    ],
    ['a long key', { apiKey: 'x'.repeat(1025) }, undefined, 'INVALID', ['input', 'apiKey'], 'the key has 1025 characters'],
    [
      'a key with blanks in it',
      { apiKey: 'public half of it' },
      undefined,
      'INVALID',
      ['input', 'apiKey'],
      'characters that exchanges do not use',
    ],
    [
      'a short secret',
      { secret: 'abc' },
      undefined,
      'INVALID',
      ['input', 'secret'],
      'the secret has 3 characters, 8 to 8192 are allowed',
    ],
    ['a long secret', { secret: 'x'.repeat(8193) }, undefined, 'INVALID', ['input', 'secret'], 'the secret has 8193 characters'],
    [
      'a secret in other letters',
      { secret: 'geheimnisß' },
      undefined,
      'INVALID',
      ['input', 'secret'],
      'the secret holds characters',
    ],
    ['an empty passphrase', { passphrase: '' }, undefined, 'REQUIRED', ['input', 'passphrase'], 'the passphrase is empty'],
    [
      'a long passphrase',
      { passphrase: 'x'.repeat(513) },
      undefined,
      'INVALID',
      ['input', 'passphrase'],
      'the passphrase has 513 characters',
    ],
    ['a key that may withdraw', {}, { ...good, canWithdraw: true }, 'INVALID', ['input', 'apiKey'], withdraw],
    [
      'a key that may withdraw, to read with',
      { permission: 'READ_ONLY' },
      { ...good, canWithdraw: true },
      'INVALID',
      ['input', 'apiKey'],
      withdraw,
    ],
    [
      'a key of which that is not known',
      {},
      { ...good, canWithdraw: null },
      'INVALID',
      ['input', 'apiKey'],
      'does not say whether this key may withdraw',
    ],
    ['a key that may not read', {}, { ...good, canRead: false }, 'INVALID', ['input', 'apiKey'], 'may not read balances'],
    [
      'a key that may not trade',
      {},
      { ...good, canTrade: false },
      'INVALID',
      ['input', 'permission'],
      'may not trade on the spot market',
    ],
    [
      'a key that the exchange does not take',
      {},
      new DomainError('EXCHANGE_REJECTED', 'binance: Invalid API-key'),
      'EXCHANGE_REJECTED',
      [],
      'Invalid API-key',
    ],
    [
      'an exchange that does not answer',
      {},
      new DomainError('EXCHANGE_UNAVAILABLE', 'binance did not answer'),
      'EXCHANGE_UNAVAILABLE',
      [],
      'did not answer',
    ],
  ])('refuse %s, store nothing and repeat no secret', async (_name, changes, answer, code, path, message) => {
    if (answer) probe.answer = answer as typeof probe.answer;
    const before = await app.app.database.system().count(ApiKey);
    const input = newInput(changes);
    const { apiKey, errors } = await call('createApiKey', input);
    expect(apiKey).toBeNull();
    expect(errors).toMatchObject([{ code, message: expect.stringContaining(message) }]);
    expect(errors[0].path ?? []).toEqual(path);
    for (const field of ['apiKey', 'secret', 'passphrase'])
      if (String(input[field] ?? '').trim().length > 3) expect(errors[0].message).not.toContain(input[field]);
    expect(await app.app.database.system().count(ApiKey)).toBe(before);
  });

  it('that may only read are stored to read with', async () => {
    probe.answer = { ...good, canTrade: false };
    expect(await newKey({ permission: 'READ_ONLY' })).toMatchObject({ permission: 'READ_ONLY', isValid: true });
  });

  it('have labels of which no two are alike, per person', async () => {
    const { label, id } = await newKey();
    expect((await call('createApiKey', newInput({ label }))).errors).toMatchObject([{ code: 'TAKEN', path: ['input', 'label'] }]);
    await newKey({ label }, bob);
    const other = await newKey();
    expect((await call('updateApiKey', { id: other.id, label })).errors).toMatchObject([{ code: 'TAKEN' }]);
    const renamed = await call('updateApiKey', { id, label: `${label}!`, expectedVersion: 1 });
    expect(renamed.apiKey).toMatchObject({ label: `${label}!`, version: 2 });
    expect(await events(id)).toEqual(['API_KEY_CREATED', 'API_KEY_CHANGED']);
    const again = await call('updateApiKey', { id, label: 'x', expectedVersion: 1 });
    expect(again.errors).toMatchObject([{ __typename: 'VersionConflictError', code: 'VERSION_CONFLICT' }]);
  });

  it('take new secrets in one step, after the exchange was asked', async () => {
    const { id } = await newKey();
    const before = await rowOf(id);
    const next = { apiKey: 'the next public half', secret: 'the next private half' };
    const bad = await call('rotateApiKey', { id, ...next });
    expect(bad.errors).toMatchObject([{ code: 'INVALID', path: ['input', 'apiKey'] }]);
    const fine = { apiKey: 'next-public-half-9876', secret: 'next-private-half' };
    probe.answer = { ...good, canWithdraw: true };
    expect((await call('rotateApiKey', { id, ...fine })).errors).toMatchObject([{ message: expect.stringContaining(withdraw) }]);
    probe.answer = { ...good, canTrade: false };
    expect((await call('rotateApiKey', { id, ...fine })).errors).toMatchObject([{ code: 'INVALID' }]);
    expect(await rowOf(id)).toEqual(before);
    probe.answer = good;
    const rotated = await call('rotateApiKey', { id, ...fine, expectedVersion: 1 });
    expect(rotated).toMatchObject({ apiKey: { keyHint: '…9876', version: 2, isValid: true }, errors: [] });
    const after = await rowOf(id);
    expect(after.wrappedKey).not.toBe(before.wrappedKey);
    expect(after.encryptedPassphrase).toBeNull();
    expect(after.leaseToken).toBe(before.leaseToken + 1);
    await call('validateApiKey', { id });
    expect(probe.asked.at(-1)?.credentials).toEqual(fine);
    expect(await events(id)).toEqual(['API_KEY_CREATED', 'API_KEY_ROTATED', 'API_KEY_VALIDATED']);
  });

  it.each<[string, object, boolean, string | null]>([
    ['is as it was', good, true, null],
    ['may withdraw meanwhile', { ...good, canWithdraw: true }, false, withdraw],
    ['may not trade any more', { ...good, canTrade: false }, false, 'may not trade'],
    ['is not taken any more', new DomainError('EXCHANGE_REJECTED', 'binance: Invalid API-key'), false, 'Invalid API-key'],
  ])('are validated: one that %s', async (_name, answer, isValid, message) => {
    const { id } = await newKey();
    probe.answer = answer as typeof probe.answer;
    const { apiKey, errors } = await call('validateApiKey', { id });
    expect(errors).toEqual([]);
    expect(apiKey).toMatchObject({ isValid, validationMessage: message === null ? null : expect.stringContaining(message) });
    probe.answer = good;
    expect((await call('validateApiKey', { id })).apiKey).toMatchObject({ isValid: true, validationMessage: null });
  });

  it('stay as they are when the exchange does not answer', async () => {
    const { id } = await newKey();
    const before = await rowOf(id);
    probe.answer = new DomainError('EXCHANGE_UNAVAILABLE', 'binance did not answer', { details: { retryAfterMs: 5_000 } });
    expect((await call('validateApiKey', { id })).errors).toMatchObject([
      { __typename: 'ExchangeError', code: 'EXCHANGE_UNAVAILABLE' },
    ]);
    expect(await rowOf(id)).toEqual(before);
  });

  it('do not open in another row, and nobody is told more', async () => {
    const [one, two] = [await newKey(), await newKey()];
    const stolen = await rowOf(one.id);
    const { encryptedApiKey, encryptedSecret, wrappedKey } = stolen;
    await app.app.database.transaction(async (em) =>
      em.nativeUpdate(ApiKey, { id: parseGlobalId(two.id)?.uuid ?? '' }, { encryptedApiKey, encryptedSecret, wrappedKey }),
    );
    const { errors } = await call('validateApiKey', { id: two.id });
    expect(errors).toMatchObject([{ code: 'INVALID', message: expect.stringContaining('cannot be opened') }]);
  });

  it('are deleted unless a bot that is not STOPPED trades with them', async () => {
    const { id, label } = await newKey();
    const database = app.app.database;
    const key = await rowOf(id);
    const bot = await database.transaction(async (em) => {
      const row = aBot(
        em,
        { user: key.user as never, exchange: key.exchange as never, strategy: aStrategy(em, key.user as never) },
        `bot ${label}`,
      );
      row.apiKey = key as never;
      await em.flush();
      return row.id;
    });
    for (const status of ['STARTING', 'RUNNING', 'PAUSED', 'STOPPING', 'ERROR'] as const) {
      // Its lease is somebody's: the supervisor of this test leaves it alone.
      const leased = { status, leaseOwner: 'another', leaseExpiresAt: new Date('2999-01-01') };
      await database.transaction(async (em) => em.nativeUpdate(BotState, { bot }, leased));
      expect((await call('deleteApiKey', { id })).errors).toMatchObject([
        {
          __typename: 'InvalidTransitionError',
          code: 'INVALID_TRANSITION',
          message: `bot "bot ${label}" trades with key "${label}" and is ${status}: stop it first`,
        },
      ]);
    }
    await database.transaction(async (em) => em.nativeUpdate(BotState, { bot }, { status: 'STOPPED' }));
    expect((await call('deleteApiKey', { id, expectedVersion: 7 })).errors).toMatchObject([{ code: 'VERSION_CONFLICT' }]);
    expect(await call('deleteApiKey', { id, expectedVersion: 1 })).toEqual({ deletedId: id, errors: [] });
    expect((await database.system().findOneOrFail(Bot, { id: bot })).apiKey).toBeNull();
    expect(await events(id)).toEqual(['API_KEY_CREATED', 'API_KEY_DELETED']);
    expect((await call('deleteApiKey', { id })).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  const others: [string, object][] = [
    ['updateApiKey', { label: 'mine now' }],
    ['rotateApiKey', { apiKey: 'somebody-elses', secret: 'somebody-elses' }],
    ['validateApiKey', {}],
    ['deleteApiKey', {}],
  ];
  it.each(others)('%s of somebody else finds nothing and asks no exchange', async (name, input) => {
    const { id } = await newKey();
    const before = await rowOf(id);
    probe.asked.length = 0;
    const answer = await call(name, { id, ...input }, bob);
    expect(answer.errors).toMatchObject([
      { __typename: 'NotFoundError', code: 'NOT_FOUND', message: `no API key with id ${id}` },
    ]);
    expect(probe.asked).toEqual([]);
    expect(await rowOf(id)).toEqual(before);
    const wrong = await call(name, { id: ann.id, ...input });
    expect(wrong.errors).toMatchObject([{ code: 'INVALID', path: ['input', 'id'] }]);
  });

  it('are no more than 50', async () => {
    const carl = await app.signUp('carl@example.com');
    for (let i = 0; i < 50; i++) await newKey({}, carl);
    probe.asked.length = 0;
    expect((await call('createApiKey', newInput(), carl)).errors).toMatchObject([
      { code: 'INVALID', message: 'you have 50 keys, the maximum is 50' },
    ]);
    expect(probe.asked).toEqual([]);
  });

  it('leave a trail that holds', async () => {
    expect((await verifyAuditChain(app.app.database)).problems).toEqual([]);
  });
});
