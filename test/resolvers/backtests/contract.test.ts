import { readFileSync } from 'node:fs';
import { type DocumentNode, type GraphQLSchema, Kind, type OperationDefinitionNode, parse, print, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CandleStore } from '../../../src/services/market-data/candle-store.ts';
import { MarketCatalogue } from '../../../src/services/market-data/catalogue.ts';
import { wave } from '../../services/backtests/house.ts';
import { newPostgres, newSqlite } from '../../support/databases.ts';
import { startApp, type TestApp, type TestUser } from '../../support/app.ts';

const file = new URL('../../contract/operations.graphql', import.meta.url);
const contract: DocumentNode = parse(readFileSync(file, 'utf8'));

/** One operation of the published client documents, as it stands there. */
function operation(name: string): string {
  const found = contract.definitions.find(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.name?.value === name,
  );
  if (!found) throw new Error(`the contract has no operation ${name}`);
  return print(found);
}

const range = { from: '2024-01-01T00:00:00.000Z', to: '2024-01-26T00:00:00.000Z' };

describe.each([
  ['SQLite', newSqlite],
  ['PostgreSQL', newPostgres],
])("a client's documents about strategies and backtests on %s", (_name, newDatabase) => {
  let app: TestApp;
  let ann: TestUser;
  let bob: TestUser;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    const made = await newDatabase();
    remove = made.remove;
    app = await startApp(made.url);
    [ann, bob] = [await app.signUp('ann@example.com'), await app.signUp('bob@example.com')];
    const { database } = app.app;
    await database.transaction((em) => new MarketCatalogue(database).ensureMarket(em, 'binance', 'BTC/USDT'));
    await new CandleStore(database).upsert({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: 'H1' }, wave(600));
  });
  afterAll(async () => {
    await app?.stop();
    await remove?.();
  });

  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the document asks for
  const run = async (document: string, variables: object = {}, user = ann): Promise<any> => {
    const { data, errors } = await app.graphql(document, variables as Record<string, unknown>, user.token);
    expect(errors).toBeUndefined();
    return data;
  };
  const newStrategy = async (name: string, user = ann): Promise<string> => {
    const input = { name, kind: 'BUILT_IN', builtIn: 'ema-rsi', parameters: { emaFast: 5 } };
    const { createStrategy } = await run(operation('CreateStrategy'), { input }, user);
    return createStrategy.strategy.id;
  };
  const backtestInput = (strategyId: string, more: object = {}): object => ({
    strategyId,
    market: { symbol: { exchange: 'binance', symbol: 'BTC/USDT' } },
    timeframe: 'H1',
    ...range,
    initialCapital: '10000',
    feePercent: '0.1',
    positionSizePercent: '95',
    stopLossPercent: '2',
    takeProfitPercent: '4',
    fillAt: 'NEXT_OPEN',
    stopAnchor: 'SIGNAL_CLOSE',
    targetGap: 'OPEN',
    ...more,
  });

  it.each(['CreateStrategy', 'StrategyKinds', 'CreateBacktest', 'JobProgressed', 'Backtest'])('%s is valid', (name) => {
    expect(validate(app.app.schema as GraphQLSchema, parse(operation(name)))).toEqual([]);
  });

  it('lists the built-in strategies with a schema for forms', async () => {
    const { builtInStrategies } = await run(operation('StrategyKinds'));
    expect(builtInStrategies.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['ema-rsi', 'sma-cross', 'rsi-reversion', 'buy-and-hold']),
    );
    expect(builtInStrategies[0].parameterSchema).toMatchObject({
      type: 'object',
      properties: { emaFast: { type: 'integer', default: 9, minimum: 1 }, rsiExit: { type: ['number', 'null'] } },
    });
  });

  it('keeps a strategy, and tells what is wrong with one', async () => {
    const input = { name: 'Contract', kind: 'BUILT_IN', builtIn: 'ema-rsi', parameters: { emaFast: 9, emaSlow: 21 } };
    expect((await run(operation('CreateStrategy'), { input })).createStrategy).toEqual({
      strategy: {
        id: expect.stringMatching(/^str_/),
        name: 'Contract',
        kind: 'BUILT_IN',
        parameters: { emaFast: 9, emaSlow: 21, rsiPeriod: 14, rsiOversold: 30, rsiOverbought: 70, rsiExit: 80 },
        parameterSchema: expect.objectContaining({ type: 'object' }),
        status: 'ACTIVE',
      },
      errors: [],
    });
    expect((await run(operation('CreateStrategy'), { input: { ...input, parameters: { emaFast: 0 } } })).createStrategy).toEqual({
      strategy: null,
      errors: [{ message: expect.stringContaining('emaFast 0'), code: 'INVALID', path: ['input', 'parameters', 'emaFast'] }],
    });
  });

  it('runs a backtest from asking to reading, pushed all the way, and the push ends by itself', async () => {
    const strategyId = await newStrategy('Main job');
    const { createBacktest } = await run(operation('CreateBacktest'), { input: backtestInput(strategyId) });
    expect(createBacktest).toEqual({
      backtest: {
        id: expect.stringMatching(/^bt_/),
        status: expect.stringMatching(/PENDING|RUNNING|COMPLETED/),
        progressPercent: expect.any(String),
      },
      errors: [],
    });
    const { id } = createBacktest.backtest;
    const pushed: { status: string; progressPercent: string }[] = [];
    for await (const { data, errors } of app.subscribe(operation('JobProgressed'), { id }, ann.token)) {
      expect(errors).toBeUndefined();
      pushed.push(data?.['jobProgressed'] as never);
    }
    expect(pushed.at(-1)).toEqual({ id, status: 'COMPLETED', progressPercent: '100' });

    const { backtest } = await run(operation('Backtest'), { id, first: 3 });
    expect(backtest).toMatchObject({
      id,
      status: 'COMPLETED',
      failureReason: null,
      timeframe: 'H1',
      ...range,
      initialCapital: '10000',
      finalCapital: expect.stringMatching(/^\d+\.\d+$/),
      parameters: { emaFast: 5, emaSlow: 21 },
      monthlyResults: [{ month: '2024-01', returnPercent: expect.any(String), trades: expect.any(Number) }],
      trades: { pageInfo: { hasNextPage: true, endCursor: expect.any(String) } },
    });
    expect(backtest.metrics.trades).toBe(backtest.trades.count.value);
    expect(backtest.trades.count.exact).toBe(true);
    expect(backtest.trades.nodes).toHaveLength(3);
    expect(backtest.trades.nodes[0]).toEqual({
      side: 'LONG',
      quantity: expect.any(String),
      entryPrice: expect.any(String),
      exitPrice: expect.any(String),
      openedAt: expect.stringMatching(/^2024-01-/),
      closedAt: expect.stringMatching(/^2024-01-/),
      pnl: expect.any(String),
      pnlPercent: expect.any(String),
      fees: expect.any(String),
      exitReason: expect.stringMatching(/SIGNAL|STOP_LOSS|TAKE_PROFIT/),
    });
    const curve = backtest.equityCurve as { at: string; equity: string; drawdownPercent: string }[];
    expect(curve.length).toBeGreaterThan(50);
    expect(curve.length).toBeLessThanOrEqual(500);
    expect(curve.at(-1)).toMatchObject({ at: '2024-01-25T23:00:00.000Z', equity: backtest.finalCapital });
    const next = await run(operation('Backtest'), { id, first: 1_000, after: backtest.trades.pageInfo.endCursor });
    expect(next.backtest.trades.nodes).toHaveLength(backtest.trades.count.value - 3);
  });

  it('tells which candles it ran on, where the period asked for is longer than what there is', async () => {
    const strategyId = await newStrategy('Longer');
    const { createBacktest } = await run(operation('CreateBacktest'), {
      input: backtestInput(strategyId, { from: '1999-01-01T00:00:00Z', to: '2035-01-01T00:00:00Z' }),
    });
    const { id } = createBacktest.backtest;
    const fields = 'query ($id: ID!) { backtest(id: $id) { from to candles firstCandle lastCandle } }';
    expect((await lastPush(id)).status).toBe('COMPLETED');
    expect((await run(fields, { id })).backtest).toEqual({
      from: '1999-01-01T00:00:00.000Z',
      to: '2035-01-01T00:00:00.000Z',
      candles: 600,
      firstCandle: '2024-01-01T00:00:00.000Z',
      lastCandle: '2024-01-25T23:00:00.000Z',
    });
  });

  it('has everything else that a backtest tells', async () => {
    const strategyId = await newStrategy('Everything');
    const { createBacktest } = await run(operation('CreateBacktest'), { input: backtestInput(strategyId, { name: 'All' }) });
    const { id } = createBacktest.backtest;
    const last = await lastPush(id);
    expect(last.status).toBe('COMPLETED');
    const { backtest, node, backtests } = await run(
      `query ($id: ID!) {
        backtest(id: $id) {
          version name symbol marketType options strategySnapshot createdAt startedAt finishedAt progressPercent
          strategy { id name } market { symbol exchange { name } } candles firstCandle lastCandle missingCandles gaps { from to missing }
          ambiguousCandles profitBand { pessimistic optimistic } refusals openPosition { side quantity unrealizedPnl }
          dataFingerprint resultHash dailyResults(from: "2024-01-02T00:00:00Z", to: "2024-01-04T00:00:00Z") { day returnPercent pnl equity trades }
          metrics { undefinedMetrics annualDays cagrPercent sqn longestLossStreak maxDrawdownDurationMs }
          trades(last: 2) { nodes { ordinal symbol funding candlesHeld maxAdverseExcursionPercent maxFavorableExcursionPercent } pageInfo { hasPreviousPage } }
        }
        node(id: $id) { __typename id ... on Job { status } }
        backtests(first: 5, filter: { status: { eq: COMPLETED }, name: { eq: "All" } }) { nodes { id trades(first: 1) { nodes { ordinal } } equityCurve(maxPoints: 10) { equity } } count { value } }
      }`,
      { id },
    );
    expect(backtest).toMatchObject({
      name: 'All',
      symbol: 'BTC/USDT',
      marketType: 'SPOT',
      options: { feePercent: 0.1, stopLossPercent: 2, fillModel: 'PESSIMISTIC', leverage: 1, detailTimeframe: null },
      strategySnapshot: { name: 'Everything', kind: 'BUILT_IN', definition: { name: 'ema-rsi' } },
      progressPercent: '100',
      strategy: { id: strategyId, name: 'Everything' },
      market: { symbol: 'BTC/USDT', exchange: { name: 'binance' } },
      candles: 600,
      missingCandles: 0,
      gaps: [],
      resultHash: expect.stringMatching(/^[0-9a-f]{32}$/),
      metrics: {
        annualDays: 365,
        undefinedMetrics: expect.objectContaining({ cagrPercent: 'PERIOD_TOO_SHORT' }),
        cagrPercent: null,
      },
    });
    expect(backtest.dailyResults.map(({ day }: { day: string }) => day)).toEqual(['2024-01-02', '2024-01-03']);
    expect(backtest.trades.pageInfo.hasPreviousPage).toBe(true);
    for (const trade of backtest.trades.nodes) expect(trade).toMatchObject({ funding: '0', candlesHeld: expect.any(Number) });
    expect(backtest.trades.nodes.map(({ candlesHeld }: { candlesHeld: number }) => candlesHeld > 0)).toEqual([true, true]);
    expect(node).toEqual({ __typename: 'Backtest', id, status: 'COMPLETED' });
    expect(backtests).toEqual({
      nodes: [{ id, trades: { nodes: [{ ordinal: 0 }] }, equityCurve: expect.arrayContaining([{ equity: expect.any(String) }]) }],
      count: { value: 1 },
    });
    expect(backtests.nodes[0].equityCurve.length).toBeLessThanOrEqual(10);
  });

  it('runs several markets on one capital, and tells what each brought', async () => {
    const { database } = app.app;
    await database.transaction((em) => new MarketCatalogue(database).ensureMarket(em, 'binance', 'ETH/USDT'));
    await new CandleStore(database).upsert({ exchange: 'binance', symbol: 'ETH/USDT', timeframe: 'H1' }, wave(300));
    const strategyId = await newStrategy('Several');
    const markets = ['BTC/USDT', 'ETH/USDT'].map((symbol) => ({ symbol: { exchange: 'binance', symbol } }));
    const input = backtestInput(strategyId, { market: null, markets, maxOpenPositions: 1, qualityMissingPercent: '2' });
    const { createBacktest } = await run(operation('CreateBacktest'), { input });
    const { id } = createBacktest.backtest;
    expect((await lastPush(id)).status).toBe('COMPLETED');
    const { backtest } = await run(
      `query ($id: ID!) {
        backtest(id: $id) {
          symbol symbols candles options duplicateCandles qualityIssues { kind symbol candles percent limitPercent message }
          markets { symbol candles missingCandles gaps { from } outlierCandles duplicateCandles trades realizedPnl openPosition { side } refusals ambiguousCandles dataFingerprint }
          metrics { trades } trades(first: 1000) { nodes { symbol pnl } } dataFingerprint resultHash
        }
      }`,
      { id },
    );
    expect(backtest).toMatchObject({
      symbol: 'BTC/USDT',
      symbols: ['BTC/USDT', 'ETH/USDT'],
      candles: 900,
      options: { maxOpenPositions: 1, qualityMissingPercent: 2, qualityAction: 'MARK' },
      duplicateCandles: 0,
      qualityIssues: [],
      markets: [
        { symbol: 'BTC/USDT', candles: 600, missingCandles: 0, gaps: [], dataFingerprint: expect.any(String) },
        { symbol: 'ETH/USDT', candles: 300, missingCandles: 0, gaps: [], dataFingerprint: expect.any(String) },
      ],
    });
    const nodes = backtest.trades.nodes as { symbol: string; pnl: string }[];
    expect(nodes).toHaveLength(backtest.metrics.trades);
    for (const { symbol, trades, realizedPnl } of backtest.markets) {
      const own = nodes.filter((trade) => trade.symbol === symbol);
      expect(own).toHaveLength(trades);
      expect(own.reduce((sum, { pnl }) => sum + Number(pnl), 0)).toBeCloseTo(Number(realizedPnl), 6);
    }
    const wrong = { market: null, markets: [...markets, markets[0]] };
    const refused = await run(operation('CreateBacktest'), { input: backtestInput(strategyId, wrong) });
    expect(refused.createBacktest).toMatchObject({
      backtest: null,
      errors: [{ code: 'INVALID', path: ['input', 'markets', '2'] }],
    });
  });

  const lastPush = async (id: string, user = ann): Promise<{ status: string }> => {
    let last: { status: string } | undefined;
    for await (const { data } of app.subscribe(operation('JobProgressed'), { id }, user.token))
      last = data?.['jobProgressed'] as never;
    return last ?? { status: 'nothing' };
  };

  it('tells a job that has ended already, once, and completes', async () => {
    const strategyId = await newStrategy('Late');
    const { createBacktest } = await run(operation('CreateBacktest'), { input: backtestInput(strategyId) });
    await lastPush(createBacktest.backtest.id);
    const pushes = [];
    for await (const { data } of app.subscribe(operation('JobProgressed'), { id: createBacktest.backtest.id }, ann.token))
      pushes.push(data);
    expect(pushes).toEqual([{ jobProgressed: { id: createBacktest.backtest.id, status: 'COMPLETED', progressPercent: '100' } }]);
  });

  it.each<[string, object, object]>([
    ['leverage on spot', { leverage: '3' }, { code: 'INVALID', path: ['input', 'leverage'], __typename: 'ValidationError' }],
    [
      'a market that is not there',
      { market: { symbol: { exchange: 'sim', symbol: 'NO/SUCH' } } },
      { code: 'NOT_FOUND', path: ['input', 'market'] },
    ],
    [
      'no candles then',
      { from: '2030-01-01T00:00:00Z', to: '2030-02-01T00:00:00Z' },
      { code: 'NOT_FOUND', path: ['input', 'from'] },
    ],
    [
      'an id of something else',
      { strategyId: 'bot_01h455vb4pex5vsknk084sn02q' },
      { code: 'INVALID', message: 'expected a str_ id, got bot_' },
    ],
    ['a bad parameter', { parameters: { emaFast: 40 } }, { code: 'INVALID', path: ['input', 'parameters', 'emaFast'] }],
    [
      'a look-back longer than the period',
      { parameters: { emaSlow: 5_000 } },
      { code: 'INVALID', path: ['input', 'parameters'] },
    ],
    [
      'a look-back beyond its limit',
      { parameters: { emaSlow: 5_001 } },
      { code: 'INVALID', path: ['input', 'parameters', 'emaSlow'] },
    ],
    ['detail without need', { detailTimeframe: 'M1' }, { code: 'INVALID', path: ['input', 'detailTimeframe'] }],
    ['detail without candles', { fillModel: 'DETAIL' }, { code: 'NOT_FOUND', path: ['input', 'detailTimeframe'] }],
    [
      'detail that is not finer',
      { fillModel: 'DETAIL', detailTimeframe: 'D1' },
      { code: 'INVALID', message: 'detailTimeframe D1 does not divide candles of H1' },
    ],
    ['a start after the end', { from: range.to, to: range.from }, { code: 'INVALID', path: ['input', 'from'] }],
    ['a negative capital', { initialCapital: '-1' }, { code: 'INVALID', path: ['input', 'initialCapital'] }],
    ['a negative fee', { feePercent: '-0.1' }, { code: 'INVALID', path: ['input', 'feePercent'] }],
    ['an absurd stop', { stopLossPercent: '1000' }, { code: 'INVALID', path: ['input', 'stopLossPercent'] }],
    ['a text as parameter', { parameters: { emaFast: 'nine' } }, { code: 'INVALID', path: ['input', 'parameters', 'emaFast'] }],
    ['a negative parameter', { parameters: { emaFast: -5 } }, { code: 'INVALID', path: ['input', 'parameters', 'emaFast'] }],
    ['half a parameter', { parameters: { emaFast: 2.5 } }, { code: 'INVALID', path: ['input', 'parameters', 'emaFast'] }],
    ['an absurd parameter', { parameters: { emaFast: 1e300 } }, { code: 'INVALID', path: ['input', 'parameters', 'emaFast'] }],
    ['NaN as parameter', { parameters: { rsiExit: 'NaN' } }, { code: 'INVALID', path: ['input', 'parameters', 'rsiExit'] }],
    ['an unknown parameter', { parameters: { emaFst: 3 } }, { code: 'INVALID', path: ['input', 'parameters', 'emaFst'] }],
    ['an object as parameter', { parameters: { emaFast: {} } }, { code: 'INVALID', path: ['input', 'parameters', 'emaFast'] }],
  ])('refuses %s as data', async (name, change, expected) => {
    const strategyId = await newStrategy(`Refused ${name}`);
    const { createBacktest } = await run(operation('CreateBacktest'), { input: backtestInput(strategyId, change) });
    expect(createBacktest).toMatchObject({ backtest: null, errors: [expected] });
  });

  it('takes no infinite parameter of JSON, and keeps nothing', async () => {
    const body = JSON.stringify({
      query: operation('CreateStrategy'),
      variables: { input: { name: 'Infinite', kind: 'BUILT_IN', builtIn: 'ema-rsi', parameters: { emaFast: 'HERE' } } },
    }).replace('"HERE"', '1e999');
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${ann.token}` };
    const response = await fetch(app.url, { method: 'POST', headers, body });
    const { createStrategy } = ((await response.json()) as { data: Record<string, unknown> }).data;
    expect(createStrategy).toMatchObject({
      strategy: null,
      errors: [{ code: 'INVALID', path: ['input', 'parameters', 'emaFast'] }],
    });
    const { strategies } = await run('{ strategies(filter: { name: { eq: "Infinite" } }) { count { value } } }');
    expect(strategies.count.value).toBe(0);
  });

  it.each(['NaN', 'Infinity', '1e300', '1e400', '', ' 1', '0x10', '.5'])(
    'takes no %o for a decimal, and keeps nothing',
    async (text) => {
      const strategyId = await newStrategy(`No decimal ${text.trim() || 'at all'}`);
      const before = await run('{ backtests { count { value } } }');
      for (const field of ['initialCapital', 'feePercent', 'stopLossPercent']) {
        const { data, errors } = await app.graphql(
          operation('CreateBacktest'),
          { input: backtestInput(strategyId, { [field]: text }) },
          ann.token,
        );
        expect(data ?? null).toBeNull();
        expect(errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
        expect(errors?.[0].message).toContain(`got an invalid value at "input.${field}"; Decimal takes plain digits`);
        expect(errors?.[0].message).toContain(`got ${JSON.stringify(text)}`);
      }
      expect(await run('{ backtests { count { value } } }')).toEqual(before);
    },
  );

  it('takes no decimal beyond a number’s reach, and keeps nothing', async () => {
    const strategyId = await newStrategy('Beyond reach');
    const { createBacktest } = await run(operation('CreateBacktest'), {
      input: backtestInput(strategyId, { initialCapital: `1${'0'.repeat(400)}` }),
    });
    expect(createBacktest).toMatchObject({ backtest: null, errors: [{ code: 'INVALID', path: ['input', 'initialCapital'] }] });
  });

  it.each<[string, object, readonly string[], code?: string]>([
    ['an unknown parameter', { parameters: { emaFst: 3 } }, ['parameters', 'emaFst']],
    ['a parameter of no number', { parameters: { emaFast: 'NaN' } }, ['parameters', 'emaFast']],
    ['a negative parameter', { parameters: { emaFast: -5 } }, ['parameters', 'emaFast']],
    ['an absurd parameter', { parameters: { emaFast: 1e300 } }, ['parameters', 'emaFast']],
    ['periods that contradict each other', { parameters: { emaFast: 50, emaSlow: 20 } }, ['parameters', 'emaFast']],
    ['an empty name', { name: '' }, ['name'], 'REQUIRED'],
    ['a name of blanks', { name: '   ' }, ['name'], 'REQUIRED'],
    ['a name without end', { name: 'x'.repeat(10_000) }, ['name']],
  ])('changes nothing of a strategy for %s', async (name, patch, path, code = 'INVALID') => {
    const id = await newStrategy(`Unchanged by ${name}`);
    const kept = '{ name version parameters description }';
    const before = await run(`query ($id: ID!) { strategy(id: $id) ${kept} }`, { id });
    const { updateStrategy } = await run(
      'mutation ($input: UpdateStrategyInput!) { updateStrategy(input: $input) { strategy { id } errors { code path message } } }',
      { input: { id, expectedVersion: 1, patch } },
    );
    expect(updateStrategy).toMatchObject({ strategy: null, errors: [{ code, path: ['input', 'patch', ...path] }] });
    expect(await run(`query ($id: ID!) { strategy(id: $id) ${kept} }`, { id })).toEqual(before);
  });

  it('cancels', async () => {
    const strategyId = await newStrategy('Canceled');
    const { createBacktest } = await run(operation('CreateBacktest'), { input: backtestInput(strategyId) });
    const { id } = createBacktest.backtest;
    await lastPush(id);
    const { cancelBacktest } = await run(
      'mutation ($input: CancelBacktestInput!) { cancelBacktest(input: $input) { backtest { status } errors { __typename message code ... on InvalidTransitionError { from to } } } }',
      { input: { id } },
    );
    expect(cancelBacktest).toEqual({
      backtest: null,
      errors: [
        {
          __typename: 'InvalidTransitionError',
          message: 'the backtest is COMPLETED already, it cannot be canceled',
          code: 'INVALID_TRANSITION',
          from: 'COMPLETED',
          to: 'CANCELED',
        },
      ],
    });
  });

  it('changes, archives and restores strategies', async () => {
    const id = await newStrategy('Life');
    const fields = '{ strategy { name status version description builtIn } errors { code path message } }';
    const { updateStrategy } = await run(`mutation ($input: UpdateStrategyInput!) { updateStrategy(input: $input) ${fields} }`, {
      input: { id, expectedVersion: 1, patch: { name: 'Second life' } },
    });
    expect(updateStrategy).toEqual({
      strategy: { name: 'Second life', status: 'ACTIVE', version: 2, description: null, builtIn: 'ema-rsi' },
      errors: [],
    });
    const stale = await run(`mutation ($input: UpdateStrategyInput!) { updateStrategy(input: $input) ${fields} }`, {
      input: { id, expectedVersion: 1, patch: { name: 'Third' } },
    });
    expect(stale.updateStrategy).toMatchObject({ strategy: null, errors: [{ code: 'VERSION_CONFLICT' }] });
    const { archiveStrategy } = await run(
      `mutation ($input: ArchiveStrategyInput!) { archiveStrategy(input: $input) ${fields} }`,
      { input: { id } },
    );
    expect(archiveStrategy.strategy.status).toBe('INACTIVE');
    const refused = await run(operation('CreateBacktest'), { input: backtestInput(id) });
    expect(refused.createBacktest.errors).toMatchObject([{ path: ['input', 'strategyId'] }]);
    const { restoreStrategy } = await run(
      `mutation ($input: RestoreStrategyInput!) { restoreStrategy(input: $input) ${fields} }`,
      { input: { id } },
    );
    expect(restoreStrategy.strategy.status).toBe('ACTIVE');
    const { strategies, strategy } = await run(
      'query ($id: ID!) { strategies(filter: { name: { eq: "Second life" } }, orderBy: [{ field: NAME }]) { nodes { id name } count { value } } strategy(id: $id) { name } }',
      { id },
    );
    expect(strategies).toEqual({ nodes: [{ id, name: 'Second life' }], count: { value: 1 } });
    expect(strategy).toEqual({ name: 'Second life' });
  });

  it("shows nothing of somebody else's", async () => {
    const strategyId = await newStrategy('Private');
    const { createBacktest } = await run(operation('CreateBacktest'), { input: backtestInput(strategyId) });
    const { id } = createBacktest.backtest;
    const seen = await run(
      'query ($id: ID!, $strategyId: ID!) { backtest(id: $id) { id } strategy(id: $strategyId) { id } nodes(ids: [$id, $strategyId]) { id } backtests { nodes { id } } strategies { nodes { id } } }',
      { id, strategyId },
      bob,
    );
    expect(seen).toEqual({
      backtest: null,
      strategy: null,
      nodes: [null, null],
      backtests: { nodes: [] },
      strategies: { nodes: [] },
    });
    const foreign = await run(operation('CreateBacktest'), { input: backtestInput(strategyId) }, bob);
    expect(foreign.createBacktest).toMatchObject({
      backtest: null,
      errors: [{ code: 'NOT_FOUND', path: ['input', 'strategyId'] }],
    });
    const canceled = await run(
      'mutation ($input: CancelBacktestInput!) { cancelBacktest(input: $input) { errors { code } } }',
      { input: { id } },
      bob,
    );
    expect(canceled.cancelBacktest.errors).toEqual([{ code: 'NOT_FOUND' }]);
    const results = [];
    for await (const result of app.subscribe(operation('JobProgressed'), { id }, bob.token)) results.push(result);
    expect(results).toMatchObject([{ errors: [{ extensions: { code: 'NOT_FOUND' } }] }]);
    expect((await lastPush(id)).status).toBe('COMPLETED');
  });
});
