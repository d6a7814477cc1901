import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { type DocumentNode, type GraphQLSchema, isAbstractType, Kind, parse, print, validate } from 'graphql';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { dialects, newPostgres, newSqlite } from '../support/databases.ts';

/* What a plain web client sends, run with the official clients against the whole program. */

const own = readFileSync(join(import.meta.dirname, 'operations.graphql'), 'utf8');
const published = join(import.meta.dirname, '../../../shared/contract/operations.graphql');

/** One operation of the file as a document of its own. */
function operation(name: string): DocumentNode {
  const definition = parse(own).definitions.find((d) => d.kind === Kind.OPERATION_DEFINITION && d.name?.value === name);
  if (!definition) throw new Error(`the contract has no operation ${name}`);
  return gql(print(definition));
}

/** Resolves with the first item for which `wanted` holds. */
function firstOf<T>(
  client: ApolloClient,
  name: string,
  variables: Record<string, unknown>,
  wanted: (data: T) => boolean,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} delivered nothing that was wanted`)), 100_000);
    const subscription = client.subscribe<Record<string, unknown>>({ query: operation(name), variables }).subscribe({
      next: ({ data, error }) => {
        if (error) reject(error);
        else if (data && wanted(data as T)) {
          clearTimeout(timer);
          subscription.unsubscribe();
          resolve(data as T);
        }
      },
      error: reject,
    });
  });
}

/** What Apollo's cache has to know of interfaces and unions, as its own tools generate it from a schema. */
function possibleTypes(schema: GraphQLSchema): Record<string, string[]> {
  const abstract = Object.values(schema.getTypeMap()).filter(isAbstractType);
  return Object.fromEntries(abstract.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]));
}

const market = { symbol: { exchange: 'sim', symbol: 'BTC/USDT' } };

describe('the contract', () => {
  it.skipIf(!existsSync(published))('is the published one', () => {
    expect(own).toBe(readFileSync(published, 'utf8'));
  });
});

describe.each(dialects)('the documents of a web client, on %s', (dialect) => {
  let app: TestApp;
  let remove: () => Promise<void>;
  let client: ApolloClient;
  let token: string;

  // oxlint-disable-next-line typescript/no-explicit-any -- what the documents ask for
  const send = async (name: string, variables: Record<string, unknown> = {}): Promise<any> => {
    const document = operation(name);
    const isMutation = document.definitions.some((d) => d.kind === Kind.OPERATION_DEFINITION && d.operation === 'mutation');
    const result = isMutation
      ? await client.mutate({ mutation: document, variables, fetchPolicy: 'no-cache' })
      : await client.query({ query: document, variables, fetchPolicy: 'no-cache' });
    if (result.error) throw result.error;
    return result.data;
  };

  beforeAll(async () => {
    const database = await (dialect === 'sqlite' ? newSqlite() : newPostgres());
    remove = database.remove;
    app = await startApp(database.url, { simSpeed: 240 });
    const http = new HttpLink({ uri: app.url, fetch });
    const authorized = new ApolloLink((request, forward) => {
      if (token) request.setContext({ headers: { authorization: `Bearer ${token}` } });
      return forward(request);
    });
    client = new ApolloClient({
      cache: new InMemoryCache({ possibleTypes: possibleTypes(app.app.schema) }),
      link: authorized.concat(http),
    });
    const signedUp = await send('SignUp', { input: { email: 'web@example.com', password: 'a long enough secret' } });
    expect(signedUp.signUp).toMatchObject({ errors: [], user: { email: 'web@example.com', role: 'ADMIN' } });
    const signedIn = await send('SignIn', { input: { email: 'web@example.com', password: 'a long enough secret' } });
    token = signedIn.signIn.accessToken;
    const socket = new GraphQLWsLink(app.client(token));
    client.setLink(
      ApolloLink.split(
        ({ query }) => query.definitions.some((d) => d.kind === Kind.OPERATION_DEFINITION && d.operation === 'subscription'),
        socket,
        authorized.concat(http),
      ),
    );
  });

  afterAll(async () => {
    client.stop();
    await app.stop();
    await remove();
  });

  it('are all valid', () => {
    const names = parse(own).definitions.map((d) => (d.kind === Kind.OPERATION_DEFINITION ? (d.name?.value ?? '') : ''));
    const errors = names.flatMap((name) => validate(app.app.schema, operation(name)).map((error) => `${name}: ${error.message}`));
    expect(errors).toEqual([]);
  });

  it('tell who is signed in and where the event log stands', async () => {
    const data = await send('Viewer');
    expect(data).toMatchObject({ viewer: { email: 'web@example.com' }, eventCursor: expect.any(String) });
  });

  it('run a backtest from the strategy to its trades', async () => {
    const kinds = await send('StrategyKinds');
    expect(kinds.builtInStrategies.map((s: { name: string }) => s.name)).toEqual(
      expect.arrayContaining(['ema-rsi', 'buy-and-hold']),
    );
    const created = await send('CreateStrategy', {
      input: { name: 'EMA 9/21', kind: 'BUILT_IN', builtIn: 'ema-rsi', parameters: { emaFast: 9, emaSlow: 21 } },
    });
    expect(created.createStrategy).toMatchObject({
      errors: [],
      strategy: { kind: 'BUILT_IN', parameters: { emaFast: 9, emaSlow: 21 }, status: 'ACTIVE' },
    });

    const run = await send('CreateBacktest', {
      input: {
        strategyId: created.createStrategy.strategy.id,
        market,
        timeframe: 'H1',
        from: '2025-01-01T00:00:00.000Z',
        to: '2025-04-01T00:00:00.000Z',
        initialCapital: '10000',
        feePercent: '0.1',
        positionSizePercent: '95',
        stopLossPercent: '2',
        takeProfitPercent: '4',
        fillAt: 'NEXT_OPEN',
        stopAnchor: 'SIGNAL_CLOSE',
        targetGap: 'OPEN',
      },
    });
    expect(run.createBacktest.errors).toEqual([]);
    const { id } = run.createBacktest.backtest;
    const done = await firstOf<{ jobProgressed: { status: string; progressPercent: string } }>(
      client,
      'JobProgressed',
      { id },
      ({ jobProgressed }) => ['COMPLETED', 'FAILED'].includes(jobProgressed.status),
    );
    expect(done.jobProgressed).toMatchObject({ id, status: 'COMPLETED', progressPercent: '100' });

    const { backtest } = await send('Backtest', { id, first: 5 });
    expect(backtest).toMatchObject({ id, status: 'COMPLETED', failureReason: null, timeframe: 'H1', initialCapital: '10000' });
    expect(backtest.trades.nodes).toHaveLength(Math.min(5, backtest.metrics.trades));
    expect(backtest.trades.count).toMatchObject({ value: backtest.metrics.trades, exact: true });
    expect(backtest.metrics.trades).toBeGreaterThan(5);
    expect(backtest.equityCurve.length).toBeGreaterThan(100);
    expect(backtest.equityCurve.length).toBeLessThanOrEqual(500);
    expect(backtest.monthlyResults.map((m: { month: string }) => m.month)).toEqual(['2025-01', '2025-02', '2025-03']);
    const next = await send('Backtest', { id, first: 5, after: backtest.trades.pageInfo.endCursor });
    expect(next.backtest.trades.nodes[0]).not.toEqual(backtest.trades.nodes[0]);
  });

  it('read candles, closed ones in order', async () => {
    const data = await send('Candles', {
      market,
      timeframe: 'M1',
      from: '2025-01-01T00:00:00.000Z',
      to: '2025-01-01T01:00:00.000Z',
      first: 60,
    });
    expect(data.market.candles.nodes).toHaveLength(60);
    expect(data.market.candles.nodes[0]).toMatchObject({ openTime: '2025-01-01T00:00:00.000Z', isClosed: true });
    expect(data.market.candles.pageInfo.hasNextPage).toBe(false);
  });

  it('follow a paper bot from its start to its fills and its stop', async () => {
    const strategy = await send('CreateStrategy', {
      input: {
        name: 'Fast',
        kind: 'BUILT_IN',
        builtIn: 'ema-rsi',
        parameters: { emaFast: 2, emaSlow: 4, rsiPeriod: 2, rsiOverbought: 100, rsiOversold: 0, rsiExit: null },
      },
    });
    expect(strategy.createStrategy.errors).toEqual([]);
    const created = await send('CreateBot', {
      input: {
        name: 'web bot',
        strategyId: strategy.createStrategy.strategy.id,
        market,
        timeframe: 'M1',
        mode: 'PAPER',
        risk: { initialCapital: '10000', positionSizePercent: '95', stopLossPercent: '2', takeProfitPercent: '4' },
      },
    });
    expect(created.createBot.errors).toEqual([]);
    const bot = created.createBot.bot;
    expect(bot).toMatchObject({
      state: { status: 'STOPPED', inPosition: false },
      allowedActions: expect.arrayContaining(['START']),
    });

    const running = firstOf<{ botStateChanged: { bot?: { state: { status: string } } } }>(
      client,
      'BotStateChanged',
      { botId: bot.id },
      ({ botStateChanged }) => botStateChanged.bot?.state.status === 'RUNNING',
    );
    const filled = firstOf<{ orderFilled: { trade?: Record<string, unknown>; order?: Record<string, unknown> } }>(
      client,
      'OrderFilled',
      { botId: bot.id },
      ({ orderFilled }) => orderFilled.trade !== undefined,
    );
    const candle = firstOf<{ candleUpdated: { candle: { isClosed: boolean } } }>(
      client,
      'CandleUpdated',
      { market, timeframe: 'M1', closedOnly: true },
      ({ candleUpdated }) => candleUpdated.candle.isClosed,
    );
    const started = await send('StartBot', { input: { id: bot.id } });
    expect(started.startBot).toMatchObject({ errors: [], bot: { id: bot.id }, eventCursor: expect.any(String) });
    await running;
    await candle;
    const fill = await filled;
    expect(fill.orderFilled).toMatchObject({
      __typename: 'OrderFilled',
      trade: { side: 'BUY', price: expect.any(String) },
      order: { status: 'FILLED' },
    });

    const bots = await send('Bots', {
      first: 10,
      filter: { mode: { eq: 'PAPER' } },
      orderBy: [{ field: 'CREATED_AT', direction: 'DESC' }],
    });
    expect(bots.bots.nodes[0]).toMatchObject({ id: bot.id, name: 'web bot', state: { status: 'RUNNING' } });
    expect(bots.bots.nodes[0].trades.nodes.length).toBeGreaterThan(0);
    const orders = await send('Orders', { filter: { botId: { eq: bot.id } } });
    expect(
      orders.orders.nodes.some(
        (order: { status: string; trades: { nodes: unknown[] } }) => order.status === 'FILLED' && order.trades.nodes.length > 0,
      ),
    ).toBe(true);

    const stopped = firstOf<{ botStateChanged: { bot?: { state: { status: string } } } }>(
      client,
      'BotStateChanged',
      { botId: bot.id },
      ({ botStateChanged }) => botStateChanged.bot?.state.status === 'STOPPED',
    );
    const stop = await send('StopBot', { input: { id: bot.id } });
    expect(stop.stopBot.errors).toEqual([]);
    await stopped;
  });

  it('resume a stream after a cursor and see what was missed', async () => {
    const bots = await send('Bots', { first: 1 });
    const { id } = bots.bots.nodes[0];
    expect(bots.bots.nodes[0].state.status).toBe('STOPPED');
    const { eventCursor } = await send('Viewer');
    await send('StartBot', { input: { id } });
    await send('StopBot', { input: { id } });
    const missed = await firstOf<{
      botStateChanged: { previousStatus?: string; bot?: { id: string; state: { status: string } } };
    }>(client, 'BotStateChanged', { botId: id, after: eventCursor }, () => true);
    expect(missed.botStateChanged).toMatchObject({
      __typename: 'BotStateChanged',
      previousStatus: 'STOPPED',
      bot: { id, state: { status: 'STARTING' } },
    });
  });
});
