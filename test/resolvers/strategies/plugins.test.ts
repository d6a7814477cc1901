import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Backtest } from '../../../src/entities/research/Backtest.ts';
import { fromGlobalId, toGlobalId } from '../../../src/resolvers/ids.ts';
import { newId } from '../../../src/services/ids.ts';
import { pluginFolder, pluginSource } from '../../services/strategies/plugins/support.ts';
import { startApp, type TestApp, type TestUser } from '../../support/app.ts';
import { newPostgres, newSqlite } from '../../support/databases.ts';

const market = { symbol: { exchange: 'sim', symbol: 'BTC/USDT' } };
const period = { timeframe: 'H1', from: '2025-01-01T00:00:00.000Z', to: '2025-03-01T00:00:00.000Z' };

const futureSignals = `({ candles: { close } }) => (from, to, out) => {
    for (let i = from; i < to; i++) out[i] = close[i + 1] > close[i] ? Signal.ENTER_LONG : Signal.EXIT_LONG;
  }`;
const files = {
  'average.mjs': pluginSource(),
  'broken.ts': 'export default () => {\n  let x = ;\n};\n',
  'changing.mjs': pluginSource({ name: "'changing'" }),
  'failing.mjs': pluginSource({ name: "'failing'", signals: '() => () => { throw new TypeError("no idea"); }' }),
  'keeping.mjs': `let top;\n${pluginSource({
    name: "'keeping'",
    signals: `({ candles: { close } }) => {
    top ??= Math.max(...close);
    return (from, to, out) => {
      for (let i = from; i < to; i++) out[i] = close[i] > top * 0.9 ? Signal.ENTER_LONG : Signal.EXIT_LONG;
    };
  }`,
  })}`,
  'oracle.mjs': pluginSource({ name: "'oracle'", signals: futureSignals }),
};

const createStrategy = `mutation ($input: CreateStrategyInput!) { createStrategy(input: $input) {
  strategy { id kind builtIn plugin parameters parameterSchema } errors { code message path } } }`;
const check = `mutation ($input: CheckStrategyLookAheadInput!) { checkStrategyLookAhead(input: $input) {
  report { passed candles from to missingCandles gaps { from to missing } decisions cutPoints differenceCount
    differences { kind openTime indicator position expected actual } }
  errors { code message path } } }`;

describe.each([
  ['SQLite', newSqlite],
  ['PostgreSQL', newPostgres],
])('strategy plugins on %s', (_name, newDatabase) => {
  let app: TestApp;
  let ann: TestUser;
  let bob: TestUser;
  let folder: string;
  let remove: () => Promise<void>;
  let names = 0;

  beforeAll(async () => {
    const made = await newDatabase();
    remove = made.remove;
    folder = pluginFolder(files);
    app = await startApp(made.url, { strategies: { folder, required: true }, simSpeed: 300 });
    [ann, bob] = [await app.signUp('ann@example.com'), await app.signUp('bob@example.com')];
  });
  afterAll(async () => {
    await app?.stop();
    await remove?.();
  });

  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the document asks for
  const send = async (document: string, input: object = {}, user = ann): Promise<any> => {
    const { data, errors } = await app.graphql(document, { input }, user.token);
    expect(errors).toBeUndefined();
    return Object.values(data ?? {})[0];
  };
  const newStrategy = async (plugin: string): Promise<string> => {
    const { strategy, errors } = await send(createStrategy, { name: `mine ${++names}`, kind: 'PLUGIN', plugin });
    expect(errors).toEqual([]);
    return strategy.id;
  };
  const ended = async (
    id: string,
  ): Promise<{ status: string; failureReason: string | null; metrics: { trades: number } | null }> => {
    for (const patience = Date.now() + 100_000; Date.now() < patience;) {
      const query = 'query ($input: ID!) { backtest(id: $input) { status failureReason metrics { trades } } }';
      const { data } = await app.graphql(query, { input: id }, ann.token);
      if (!['PENDING', 'RUNNING'].includes(data?.['backtest'].status)) return data?.['backtest'];
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error('the backtest never ended');
  };
  const newBacktest = async (strategyId: string): Promise<string> => {
    const created = await send(
      'mutation ($input: CreateBacktestInput!) { createBacktest(input: $input) { backtest { id } errors { message } } }',
      { strategyId, market, ...period },
    );
    expect(created.errors).toEqual([]);
    return created.backtest.id;
  };

  it('are listed by file, those that cannot be used with the reason', async () => {
    const plugins = await send('{ strategyPlugins { file name description parameterSchema sha256 problem } }');
    expect(plugins.map(({ file }: { file: string }) => file)).toEqual(Object.keys(files));
    expect(plugins[0]).toEqual({
      file: 'average.mjs',
      name: 'above-average',
      description: 'Long above the average.',
      parameterSchema: expect.objectContaining({
        properties: { period: expect.objectContaining({ default: 10, maximum: 200 }) },
      }),
      sha256: createHash('sha256').update(files['average.mjs']).digest('hex'),
      problem: null,
    });
    expect(plugins[1]).toEqual({
      file: 'broken.ts',
      name: null,
      description: null,
      parameterSchema: null,
      sha256: null,
      problem: expect.stringMatching(/^strategy plugin broken\.ts cannot be loaded: /),
    });
  });

  it('become strategies with parameters of their own', async () => {
    const { strategy } = await send(createStrategy, {
      name: 'Slow average',
      kind: 'PLUGIN',
      plugin: 'above-average',
      parameters: { period: 50 },
    });
    expect(strategy).toMatchObject({ kind: 'PLUGIN', builtIn: null, plugin: 'above-average', parameters: { period: 50 } });
    expect(strategy.parameterSchema.properties.period.minimum).toBe(2);
  });

  it.each<[string, object, string, string[], RegExp]>([
    ['no plugin', {}, 'REQUIRED', ['input', 'plugin'], /plugin is missing: name one of above-average, changing/],
    [
      'an unknown plugin',
      { plugin: 'x' },
      'INVALID',
      ['input', 'plugin'],
      /there is no strategy plugin "x"; there are above-average, /,
    ],
    ['a broken one', { plugin: 'broken' }, 'INVALID', ['input', 'plugin'], /strategy plugin broken\.ts cannot be loaded/],
    ['a built-in', { plugin: 'ema-rsi' }, 'INVALID', ['input', 'plugin'], /there is no strategy plugin "ema-rsi"/],
    ['a path', { plugin: '../average.mjs' }, 'INVALID', ['input', 'plugin'], /there is no strategy plugin "\.\.\/average\.mjs"/],
    [
      'a parameter out of bounds',
      { plugin: 'above-average', parameters: { period: 1 } },
      'INVALID',
      ['input', 'parameters', 'period'],
      /period 1 of strategy "above-average" must be at least 2/,
    ],
    [
      'an unknown parameter',
      { plugin: 'above-average', parameters: { length: 1 } },
      'INVALID',
      ['input', 'parameters', 'length'],
      /has no parameter "length"; it has period/,
    ],
  ])('are not kept with %s', async (_what, changes, code, path, message) => {
    const { strategy, errors } = await send(createStrategy, { name: 'Bad', kind: 'PLUGIN', ...changes });
    expect(strategy).toBeNull();
    expect(errors).toEqual([{ code, path, message: expect.stringMatching(message) }]);
  });

  it('run in backtests, whose results say which source it was', async () => {
    const id = await newBacktest(await newStrategy('above-average'));
    expect(await ended(id)).toMatchObject({ status: 'COMPLETED', failureReason: null });
    const row = await app.app.database.systemRows().find(Backtest, fromGlobalId('bt', id, []), ['strategySnapshot']);
    expect(row?.strategySnapshot).toMatchObject({
      kind: 'PLUGIN',
      definition: {
        name: 'above-average',
        file: 'average.mjs',
        sha256: createHash('sha256').update(files['average.mjs']).digest('hex'),
      },
      parameters: { period: 10 },
    });
  });

  it('that fail in a backtest fail that backtest, with their file, and nothing else', async () => {
    const [bad, good] = [await newBacktest(await newStrategy('failing')), await newBacktest(await newStrategy('above-average'))];
    expect(await ended(bad)).toEqual({
      status: 'FAILED',
      failureReason: expect.stringMatching(/^strategy plugin failing\.mjs failed in signals: TypeError: no idea \(line \d+\)$/),
      metrics: null,
    });
    expect((await ended(good)).status).toBe('COMPLETED');
  });

  it('that have changed since they were loaded are not run', async () => {
    const strategyId = await newStrategy('changing');
    expect((await ended(await newBacktest(strategyId))).status).toBe('COMPLETED');
    writeFileSync(join(folder, 'changing.mjs'), pluginSource({ name: "'changing'", lookBack: '2' }));
    expect((await ended(await newBacktest(strategyId))).failureReason).toBe(
      'strategy plugin changing.mjs has changed since this was started: restart the server to load it, then start this again',
    );
    writeFileSync(join(folder, 'changing.mjs'), files['changing.mjs']);
    expect((await ended(await newBacktest(strategyId))).status).toBe('COMPLETED');
  });

  it('run in bots; one that fails puts its bot in ERROR with its file', async () => {
    const startBot = async (plugin: string): Promise<string> => {
      const created = await send(
        'mutation ($input: CreateBotInput!) { createBot(input: $input) { bot { id } errors { message } } }',
        {
          name: `bot ${++names}`,
          strategyId: await newStrategy(plugin),
          market,
          timeframe: 'M1',
          mode: 'PAPER',
          risk: { initialCapital: '10000', positionSizePercent: '95' },
        },
      );
      expect(created.errors).toEqual([]);
      const { id } = created.bot;
      await send('mutation ($input: StartBotInput!) { startBot(input: $input) { errors { message } } }', { id });
      return id;
    };
    const [good, bad] = [await startBot('above-average'), await startBot('failing')];
    const stateOf = async (id: string): Promise<{ status: string; lastErrorMessage: string | null }> => {
      const { data } = await app.graphql(
        'query ($id: ID!) { bot(id: $id) { state { status lastErrorMessage } } }',
        { id },
        ann.token,
      );
      return data?.['bot'].state;
    };
    await expect.poll(async () => (await stateOf(bad)).status).toBe('ERROR');
    expect((await stateOf(bad)).lastErrorMessage).toMatch(/^strategy plugin failing\.mjs failed in signals: TypeError: no idea/);
    expect((await stateOf(good)).status).toBe('RUNNING');
  });

  describe('a look-ahead check', () => {
    it.each([
      ['a built-in', { builtIn: 'ema-rsi' }],
      ['a built-in with parameters', { builtIn: 'sma-cross', parameters: { fastPeriod: 3, slowPeriod: 9 } }],
      ['a plugin', { plugin: 'above-average' }],
    ])('passes %s', async (_what, strategy) => {
      const { report, errors } = await send(check, { ...strategy, market, ...period });
      expect(errors).toEqual([]);
      expect(report).toMatchObject({
        passed: true,
        candles: 59 * 24,
        from: period.from,
        to: '2025-02-28T23:00:00.000Z',
        differences: [],
        differenceCount: 0,
      });
      expect(report.cutPoints).toBeGreaterThan(100);
      expect(report.decisions).toBeGreaterThan(1_300);
    });

    it('tells where a plugin knows the future', async () => {
      const { report } = await send(check, { plugin: 'oracle', market, ...period });
      expect(report).toMatchObject({ passed: false });
      expect(report.differences[0]).toEqual({
        kind: 'FUTURE',
        openTime: expect.stringMatching(/^2025-0[12]-\d\dT\d\d:00:00\.000Z$/),
        indicator: null,
        position: null,
        expected: 'ENTER_LONG',
        actual: 'EXIT_LONG',
      });
    });

    it('sees what a module keeps of the first candles, each time anew', async () => {
      for (let i = 0; i < 2; i++) {
        const { report } = await send(check, { plugin: 'keeping', market, ...period });
        expect(report.differences.map(({ kind }: { kind: string }) => kind)).toEqual(['UNREPEATABLE']);
      }
    });

    it('takes a strategy by its id, with its parameters, but nobody else’s', async () => {
      const strategyId = await newStrategy('oracle');
      expect((await send(check, { strategyId, market, ...period })).report.passed).toBe(false);
      const foreign = await send(check, { strategyId, market, ...period }, bob);
      expect(foreign).toMatchObject({ report: null, errors: [{ code: 'NOT_FOUND', path: ['input', 'strategyId'] }] });
    });

    it('takes a strategy of rules', async () => {
      const rules = {
        enterLong: {
          above: { left: { price: { source: 'CLOSE' } }, right: { indicator: { name: 'SMA', parameters: { period: 20 } } } },
        },
        exitLong: {
          below: { left: { price: { source: 'CLOSE' } }, right: { indicator: { name: 'SMA', parameters: { period: 20 } } } },
        },
      };
      const { strategy, errors } = await send(createStrategy, { name: 'Ruled', kind: 'RULES', rules });
      expect(errors).toEqual([]);
      expect((await send(check, { strategyId: strategy.id, market, ...period })).report).toMatchObject({
        passed: true,
        decisions: 59 * 24 - 19,
      });
    });

    it('tells that the strategy failed, with its file', async () => {
      const { report, errors } = await send(check, { plugin: 'failing', market, ...period });
      expect(report).toBeNull();
      expect(errors).toMatchObject([
        { code: 'INVALID', message: expect.stringMatching(/^strategy plugin failing\.mjs failed in signals/) },
      ]);
    });

    it.each<[string, object, string, string[], RegExp]>([
      ['no strategy', {}, 'REQUIRED', ['input'], /name one strategy: strategyId, builtIn or plugin, not 0/],
      ['two strategies', { builtIn: 'ema-rsi', plugin: 'oracle' }, 'INVALID', ['input'], /name one strategy: .*, not 2 of them/],
      ['an unknown built-in', { builtIn: 'x' }, 'INVALID', ['input', 'builtIn'], /there is no strategy "x"; there are ema-rsi/],
      ['an unknown plugin', { plugin: 'x' }, 'INVALID', ['input', 'plugin'], /there is no strategy plugin "x"/],
      ['an id of something else', { strategyId: toGlobalId('bt', newId()) }, 'INVALID', ['input', 'strategyId'], /bt_/],
      ['a missing strategy', { strategyId: toGlobalId('str', newId()) }, 'NOT_FOUND', ['input', 'strategyId'], /no strategy/],
      [
        'a bad parameter',
        { builtIn: 'ema-rsi', parameters: { emaFast: 0 } },
        'INVALID',
        ['input', 'parameters', 'emaFast'],
        /emaFast 0 of strategy "ema-rsi" must be at least 1/,
      ],
      [
        'an unknown market',
        { builtIn: 'ema-rsi', market: { symbol: { exchange: 'sim', symbol: 'NO/PE' } } },
        'NOT_FOUND',
        ['input', 'market'],
        /NO\/PE/,
      ],
      [
        'a period the wrong way round',
        { builtIn: 'ema-rsi', from: period.to, to: period.from },
        'INVALID',
        ['input', 'from'],
        /from 2025-03-01.* must be before to 2025-01-01/,
      ],
      [
        'a long period',
        { builtIn: 'ema-rsi', from: '2020-01-01T00:00:00.000Z' },
        'INVALID',
        ['input', 'from'],
        /the period is 45264 candles of 1h long, the maximum of a check is 20000: choose a shorter one/,
      ],
      [
        'too few candles',
        { builtIn: 'ema-rsi', to: '2025-01-01T20:00:00.000Z' },
        'INVALID',
        ['input', 'from'],
        /first decides at candle 22: the check needs at least 23 candles, not 20/,
      ],
      [
        'no candles',
        { builtIn: 'ema-rsi', from: '1975-01-01T00:00:00.000Z', to: '1975-02-01T00:00:00.000Z' },
        'NOT_FOUND',
        ['input', 'from'],
        /there are no candles/,
      ],
    ])('is refused with %s', async (_what, changes, code, path, message) => {
      const { report, errors } = await send(check, { market, ...period, ...changes });
      expect(report).toBeNull();
      expect(errors).toEqual([{ code, path, message: expect.stringMatching(message) }]);
    });
  });
});
