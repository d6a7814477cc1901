import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { User } from '../../../src/entities/identity/User.ts';
import { Strategy } from '../../../src/entities/trading/Strategy.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { DomainError } from '../../../src/services/errors.ts';
import { newId } from '../../../src/services/ids.ts';
import { type CreateStrategy, StrategyService } from '../../../src/services/strategies/strategy-service.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

/** The fields of the error that a promise ends with. */
async function failure(promise: Promise<unknown>): Promise<Pick<DomainError, 'code' | 'message' | 'path' | 'details'>> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof DomainError)) throw new Error(`expected a DomainError, got ${String(error)}`);
  const { code, message, path, details } = error;
  return { code, message, path, details };
}

describeOnEachDatabase('strategies', (open) => {
  let database: Database;
  let service: StrategyService;
  let ann: Viewer;
  let bob: Viewer;

  const newViewer = async (name: string): Promise<Viewer> => {
    const userId = await database.transaction(async (em) => {
      const user = em.create(User, { email: `${name}-${newId()}@example.com`, passwordHash: 'x' });
      await em.persist(user).flush();
      return user.id;
    });
    return { userId, role: 'TRADER', scopes: ['READ', 'TRADE'] };
  };
  const input = (changes: Partial<CreateStrategy> = {}): CreateStrategy => ({
    name: 'Fast cross',
    kind: 'BUILT_IN',
    builtIn: 'ema-rsi',
    parameters: { emaFast: 5 },
    ...changes,
  });

  beforeAll(async () => {
    database = await open();
    service = new StrategyService(database);
  });
  beforeEach(async () => {
    [ann, bob] = await Promise.all([newViewer('ann'), newViewer('bob')]);
  });

  it('are kept with checked, complete parameters', async () => {
    const strategy = await service.create(ann, input({ name: '  Fast cross ', description: 'of May' }));
    expect(strategy).toMatchObject({
      name: 'Fast cross',
      description: 'of May',
      kind: 'BUILT_IN',
      definition: { name: 'ema-rsi' },
      parameters: { emaFast: 5, emaSlow: 21, rsiPeriod: 14, rsiOversold: 30, rsiOverbought: 70, rsiExit: 80 },
      status: 'ACTIVE',
      version: 1,
    });
    expect(await service.get(ann, strategy.id)).toEqual(strategy);
  });

  it('keep null where a parameter is off, and the defaults where none are given', async () => {
    expect((await service.create(ann, input({ parameters: { rsiExit: null } }))).parameters['rsiExit']).toBeNull();
    expect((await service.create(ann, input({ name: 'b', parameters: null }))).parameters['emaFast']).toBe(9);
  });

  it.each<[string, Partial<CreateStrategy>, object]>([
    ['no name', { name: ' ' }, { code: 'REQUIRED', path: ['input', 'name'], message: /is empty, it needs 1 to 120 characters/ }],
    [
      'a long name',
      { name: 'ä'.repeat(121) },
      { code: 'INVALID', path: ['input', 'name'], message: /has 121 characters, the maximum is 120/ },
    ],
    ['a line in the name', { name: 'a\nb' }, { code: 'INVALID', path: ['input', 'name'], message: /control characters/ }],
    [
      'a long description',
      { description: 'x'.repeat(4_001) },
      { code: 'INVALID', path: ['input', 'description'], message: /has 4001 characters/ },
    ],
    [
      'no built-in',
      { builtIn: null },
      { code: 'REQUIRED', path: ['input', 'builtIn'], message: /builtIn is missing: name one of ema-rsi, / },
    ],
    [
      'an unknown built-in',
      { builtIn: 'ema-rsy' },
      { code: 'INVALID', path: ['input', 'builtIn'], message: /there is no strategy "ema-rsy"; there are ema-rsi/ },
    ],
    [
      'an unknown parameter',
      { parameters: { emaFst: 1 } },
      { code: 'INVALID', path: ['input', 'parameters', 'emaFst'], message: /has no parameter "emaFst"; it has emaFast/ },
    ],
    [
      'a parameter out of bounds',
      { parameters: { emaFast: 1_001 } },
      {
        code: 'INVALID',
        path: ['input', 'parameters', 'emaFast'],
        message: /emaFast 1001 .* exceeds its limit 1000/,
        details: { limit: '1000' },
      },
    ],
    [
      'text for a number',
      { parameters: { emaFast: '9' } },
      { code: 'INVALID', path: ['input', 'parameters', 'emaFast'], message: /must be a number/ },
    ],
    ['parameters that contradict', { parameters: { emaFast: 30 } }, { code: 'INVALID', message: /emaFast 30/ }],
  ])('with %s are refused, and nothing is kept', async (_name, changes, expected) => {
    const { message, ...rest } = expected as { message: RegExp };
    expect(await failure(service.create(ann, input(changes)))).toMatchObject({
      ...rest,
      message: expect.stringMatching(message),
    });
    expect(await service.count(ann)).toEqual({ value: 0, exact: true });
  });

  it('have a name of their own per person, also when two are created at once', async () => {
    const results = await Promise.allSettled([1, 2, 3].map(() => service.create(ann, input())));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    expect(await failure(service.create(ann, input()))).toMatchObject({
      code: 'TAKEN',
      path: ['input', 'name'],
      message: 'you have a strategy named "Fast cross" already',
    });
    expect((await service.create(bob, input())).name).toBe('Fast cross');
  });

  describe('an update', () => {
    it('changes what is given, leaves what is absent, clears what is null', async () => {
      const { id } = await service.create(ann, input({ description: 'old' }));
      expect(await service.update(ann, { id, name: 'Renamed' })).toMatchObject({
        name: 'Renamed',
        description: 'old',
        parameters: { emaFast: 5 },
        version: 2,
      });
      expect(await service.update(ann, { id, description: null, parameters: { emaSlow: 34 } })).toMatchObject({
        name: 'Renamed',
        description: null,
        parameters: { emaFast: 9, emaSlow: 34 },
      });
      expect((await service.update(ann, { id, parameters: null })).parameters).toMatchObject({ emaFast: 9, emaSlow: 21 });
    });

    it('is refused when somebody was faster', async () => {
      const { id } = await service.create(ann, input());
      await service.update(ann, { id, expectedVersion: 1, name: 'First' });
      expect(await failure(service.update(ann, { id, expectedVersion: 1, name: 'Second' }))).toEqual({
        code: 'VERSION_CONFLICT',
        message: 'strategy "First" has version 2, not 1: read it again',
        path: ['input', 'expectedVersion'],
        details: { currentVersion: 2 },
      });
      expect(await service.get(ann, id)).toMatchObject({ name: 'First', version: 2 });
    });

    it('loses nothing when several change at once', async () => {
      const { id } = await service.create(ann, input());
      const results = await Promise.allSettled(
        ['a', 'b', 'c', 'd'].map((name) => service.update(ann, { id, expectedVersion: 1, name })),
      );
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
      for (const result of results)
        expect(result.status === 'fulfilled' || (result.reason as DomainError).code === 'VERSION_CONFLICT').toBe(true);
      expect((await service.get(ann, id)).version).toBe(2);
    });

    it.each<[string, object, object]>([
      ['a bad parameter', { parameters: { emaFast: 0 } }, { code: 'INVALID', path: ['input', 'patch', 'parameters', 'emaFast'] }],
      ['an empty name', { name: '' }, { code: 'REQUIRED', path: ['input', 'patch', 'name'] }],
      ['no name', { name: null }, { code: 'REQUIRED', path: ['input', 'patch', 'name'] }],
      ['a taken name', { name: 'Other' }, { code: 'TAKEN', path: ['input', 'patch', 'name'] }],
    ])('with %s changes nothing', async (_name, patch, expected) => {
      await service.create(ann, input({ name: 'Other' }));
      const before = await service.create(ann, input());
      expect(await failure(service.update(ann, { id: before.id, description: 'new', ...patch }))).toMatchObject(expected);
      expect(await service.get(ann, before.id)).toEqual(before);
    });
  });

  it('can be archived and restored, twice as well as once', async () => {
    const { id } = await service.create(ann, input());
    await service.setStatus(ann, id, 'INACTIVE');
    expect((await service.setStatus(ann, id, 'INACTIVE')).status).toBe('INACTIVE');
    expect(await failure(service.setStatus(ann, id, 'ACTIVE', 7))).toMatchObject({ code: 'VERSION_CONFLICT' });
    expect((await service.setStatus(ann, id, 'ACTIVE')).status).toBe('ACTIVE');
  });

  it('are nobody else’s: somebody else’s looks like a missing one', async () => {
    const { id } = await service.create(ann, input());
    const missing = newId();
    for (const attempt of [
      (strategy: string) => service.get(bob, strategy),
      (strategy: string) => service.update(bob, { id: strategy, name: 'mine' }),
      (strategy: string) => service.setStatus(bob, strategy, 'INACTIVE'),
      (strategy: string) => service.bind(bob, strategy, {}),
    ]) {
      const foreign = await failure(attempt(id));
      expect(foreign.code).toBe('NOT_FOUND');
      expect({ ...(await failure(attempt(missing))), message: '', details: {} }).toEqual({
        ...foreign,
        message: '',
        details: {},
      });
    }
    expect((await service.byIds(bob, [id])).size).toBe(0);
    expect((await service.page(bob, {})).rows).toEqual([]);
    expect((await service.get(ann, id)).name).toBe('Fast cross');
  });

  it('are listed newest first, in pages', async () => {
    for (const name of ['a', 'b', 'c']) await service.create(ann, input({ name }));
    const first = await service.page(ann, { first: 2 });
    expect(first.rows.map(({ name }) => name)).toEqual(['c', 'b']);
    const second = await service.page(ann, { first: 2, after: first.cursorOf(first.rows[1]) });
    expect(second.rows.map(({ name }) => name)).toEqual(['a']);
    expect(second.hasNextPage).toBe(false);
  });

  it('are bound with overrides that are checked like their own parameters', async () => {
    const { id } = await service.create(ann, input({ parameters: { emaFast: 5, emaSlow: 34 } }));
    expect((await service.bind(ann, id, { emaFast: 7 })).bound.parameters).toMatchObject({ emaFast: 7, emaSlow: 34 });
    expect(await failure(service.bind(ann, id, { emaFast: 40 }))).toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('40'),
    });
  });

  describe('of rules', () => {
    const above = (right: object): object => ({ above: { left: { price: { source: 'CLOSE' } }, right } });
    const level = { name: 'level', default: 100, min: 0, max: 1_000 };
    const rules = { enterLong: above({ parameter: 'level' }), parameters: [level] };
    const ofRules = (changes: Partial<CreateStrategy> = {}): CreateStrategy => ({
      name: 'Mine',
      kind: 'RULES',
      rules,
      ...changes,
    });

    it('are kept complete, with parameters of their own', async () => {
      const strategy = await service.create(ann, ofRules({ parameters: { level: 50 } }));
      expect(strategy).toMatchObject({
        kind: 'RULES',
        definition: {
          enterLong: rules.enterLong,
          parameters: [{ ...level, type: 'NUMBER', description: 'The value of level.', step: 10 }],
        },
        parameters: { level: 50 },
      });
      expect(service.parameterSchema(strategy).properties['level']).toMatchObject({
        type: 'number',
        default: 100,
        maximum: 1_000,
      });
      const { bound } = await service.bind(ann, strategy.id, { level: 70 });
      expect([bound.definition.name, bound.parameters]).toEqual(['rules', { level: 70 }]);
    });

    it.each<[string, Partial<CreateStrategy>, object]>([
      ['no rules', { rules: null }, { code: 'REQUIRED', path: ['input', 'rules'] }],
      [
        'bad rules',
        { rules: { enterLong: above({ indicator: { name: 'EMA', parameters: { period: 0 } } }) } },
        {
          code: 'INVALID',
          path: ['input', 'rules', 'enterLong', 'above', 'right', 'indicator', 'parameters', 'period'],
          message: 'period 0 of indicator EMA must be at least 1',
        },
      ],
      ['a bad parameter', { parameters: { level: -1 } }, { code: 'INVALID', path: ['input', 'parameters', 'level'] }],
      ['an unknown parameter', { parameters: { emaFast: 1 } }, { code: 'INVALID', path: ['input', 'parameters', 'emaFast'] }],
      ['another kind', { kind: 'BUILT_IN', builtIn: 'ema-rsi' }, { code: 'INVALID', path: ['input', 'rules'] }],
    ])('are refused with %s', async (_name, changes, expected) => {
      expect(await failure(service.create(ann, ofRules(changes)))).toMatchObject(expected);
      expect(await service.count(ann)).toEqual({ value: 0, exact: true });
    });

    it('change their rules and keep the parameters that the new ones declare too', async () => {
      const { id } = await service.create(ann, ofRules({ parameters: { level: 50 } }));
      const more = { ...rules, exitLong: above({ constant: 5 }), parameters: [level, { ...level, name: 'more' }] };
      const changed = await service.update(ann, { id, rules: more });
      expect(changed).toMatchObject({ version: 2, parameters: { level: 50, more: 100 } });
      expect(changed.definition).toHaveProperty('exitLong');
      expect((await service.update(ann, { id, rules: { enterLong: above({ constant: 1 }) } })).parameters).toEqual({});
      expect((await service.update(ann, { id, rules, parameters: { level: 3 } })).parameters).toEqual({ level: 3 });
    });

    it.each<[string, object, object]>([
      ['no rules', { rules: null }, { code: 'REQUIRED', path: ['input', 'patch', 'rules'] }],
      ['bad rules', { rules: { enterLong: {} } }, { code: 'INVALID', path: ['input', 'patch', 'rules', 'enterLong'] }],
      [
        'rules that no longer allow a parameter',
        { rules: { ...rules, parameters: [{ ...level, min: 60 }] } },
        { code: 'INVALID', path: ['input', 'patch', 'parameters', 'level'] },
      ],
    ])('are not changed to %s', async (_name, patch, expected) => {
      const before = await service.create(ann, ofRules({ parameters: { level: 50 } }));
      expect(await failure(service.update(ann, { id: before.id, ...patch }))).toMatchObject(expected);
      expect(await service.get(ann, before.id)).toEqual(before);
    });

    it('belong to strategies of rules only', async () => {
      const { id } = await service.create(ann, input());
      expect(await failure(service.update(ann, { id, rules }))).toMatchObject({
        code: 'INVALID',
        path: ['input', 'patch', 'rules'],
        message: 'strategy "Fast cross" is of kind BUILT_IN, which has no rules',
      });
    });
  });

  it('of a kind or name that this program does not have are refused with a sentence', async () => {
    const { id } = await service.create(ann, input());
    const store = (change: Partial<Pick<Strategy, 'kind' | 'definition'>>): Promise<number> =>
      database.transaction((em) => em.nativeUpdate(Strategy, { id }, change));
    await store({ definition: { name: 'gone' } });
    expect((await failure(service.bind(ann, id, {}))).message).toMatch(/there is no strategy "gone"/);
    await store({ kind: 'RULES' });
    expect((await failure(service.bind(ann, id, {}))).message).toMatch(/^"name" is no field of the rules/);
    expect(service.parameterSchema(await service.get(ann, id)).properties).toEqual({});
  });
});
