import { createSourceEventStream, execute, type ExecutionResult, graphql, type GraphQLSchema, parse, validate } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { Loaders, type RequestContext } from '../../../src/resolvers/context.ts';
import { CandleResolver } from '../../../src/resolvers/market-data/candle-resolver.ts';
import { MarketDataResolver } from '../../../src/resolvers/market-data/market-data-resolver.ts';
import { MarketResolver } from '../../../src/resolvers/market-data/market-resolver.ts';
import { marketDataNodes } from '../../../src/resolvers/market-data/nodes.ts';
import { NodeResolver } from '../../../src/resolvers/node.ts';
import { createSchema } from '../../../src/resolvers/schema.ts';
import { Exchanges } from '../../../src/services/exchanges/exchanges.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { MarketDataService } from '../../../src/services/market-data/market-data-service.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { databasesOf } from '../../support/databases.ts';

const hour = 3_600_000;
const now = Date.UTC(2024, 6, 1);
const viewer: Viewer = { userId: '018f0000-0000-7000-8000-000000000001', role: 'TRADER', scopes: ['READ', 'TRADE'] };
const iso = (at: number): string => new Date(at).toISOString();

function contextOf(who: Viewer | null, signal = new AbortController().signal): RequestContext {
  return {
    viewer: who,
    requestId: 'test',
    ip: '127.0.0.1',
    userAgent: null,
    signal,
    loaders: new Loaders(),
    eventCursor: () => Promise.resolve(null),
  };
}

describe('market data in GraphQL', () => {
  const open = databasesOf('sqlite');
  let schema: GraphQLSchema;
  let service: MarketDataService;
  let exchanges: Exchanges;
  let wall = now;

  beforeAll(async () => {
    const database = await open();
    const logger = createLogger({ level: 'silent', pretty: false });
    const clock = { now: () => new Date(wall) };
    const openMarketData = () => Promise.reject(new Error('no network'));
    exchanges = await Exchanges.open({ database, clock, logger, simSpeed: 1, openMarketData });
    service = new MarketDataService({ database, exchanges, clock, logger });
    await service.start();
    schema = createSchema([
      new MarketDataResolver(service),
      new MarketResolver(service),
      new CandleResolver(service),
      new NodeResolver(new Map(marketDataNodes(service))),
    ]);
  });

  async function run(
    source: string,
    variableValues: Record<string, unknown> = {},
    who: Viewer | null = viewer,
    // oxlint-disable-next-line typescript/no-explicit-any -- whatever the document asks for
  ): Promise<ExecutionResult<any>> {
    expect(validate(schema, parse(source))).toEqual([]);
    return graphql({ schema, source, variableValues, contextValue: contextOf(who) });
  }

  const candlesQuery = `query ($ref: MarketRef!, $timeframe: Timeframe!, $from: DateTime, $to: DateTime, $first: Int, $after: String) {
    market(ref: $ref) {
      id symbol exchange { name isConnected }
      candles(timeframe: $timeframe, from: $from, to: $to, first: $first, after: $after) {
        nodes { openTime open high low close volume isClosed } pageInfo { endCursor hasNextPage hasPreviousPage } count { value exact }
      }
    }
  }`;
  const sim = { symbol: { exchange: 'sim', symbol: 'BTC/USDT' } };

  it('lists exchanges and markets, filtered, page by page', async () => {
    const { data, errors } = await run(`{
      exchanges { id name displayName isConnected }
      sim: markets(first: 2, filter: { exchange: { eq: "sim" }, not: { symbol: { startsWith: "ADA" } } }) {
        nodes { id symbol baseAsset quoteAsset kind tickSize stepSize minNotional isActive exchange { name } }
        pageInfo { hasNextPage } count { value exact }
      }
      none: markets(filter: { symbol: { eq: "GOLD/USD" } }) { nodes { id } count { value } }
    }`);
    expect(errors).toBeUndefined();
    expect(
      data.exchanges.map((exchange: { name: string; isConnected: boolean }) => [exchange.name, exchange.isConnected]),
    ).toEqual([
      ['binance', false],
      ['bybit', false],
      ['kraken', false],
      ['sim', true],
    ]);
    expect(data.sim).toMatchObject({
      nodes: [{ symbol: 'BNB/USDT' }, { symbol: 'BTC/USDT', tickSize: '0.01', minNotional: '5', exchange: { name: 'sim' } }],
      pageInfo: { hasNextPage: true },
      count: { value: 7, exact: true },
    });
    expect(data.none).toEqual({ nodes: [], count: { value: 0 } });
  });

  it('finds a market by symbol, by id and as a node', async () => {
    const bySymbol = await run(`query ($ref: MarketRef!) { market(ref: $ref) { id } }`, { ref: sim });
    const id: string = bySymbol.data.market.id;
    expect(id).toMatch(/^mkt_/);
    const again = await run(
      `query ($id: ID!) { market(ref: { id: $id }) { symbol } node(id: $id) { id ... on Market { symbol } } }`,
      { id },
    );
    expect(again.data).toEqual({ market: { symbol: 'BTC/USDT' }, node: { id, symbol: 'BTC/USDT' } });
    const none = await run(`{ market(ref: { symbol: { exchange: "sim", symbol: "GOLD/USD" } }) { id } }`);
    expect(none).toMatchObject({ data: { market: null } });
  });

  it.each([
    ['{ market(ref: {}) { id } }', 'exactly one key'],
    ['{ market(ref: { id: "mkt_x", symbol: { exchange: "a", symbol: "b" } }) { id } }', 'exactly one key'],
  ])('takes exactly one way to name a market: %s', async (source, message) => {
    expect(
      validate(schema, parse(source))
        .map((error) => error.message)
        .join(),
    ).toContain(message);
  });

  it('says which id it expected', async () => {
    const { errors } = await run('{ market(ref: { id: "bot_01h455vb4pex5vsknk084sn02q" }) { id } }');
    expect(errors?.[0].message).toBe('expected a mkt_ id, got bot_');
  });

  it('pages through candles with exact texts', async () => {
    const variables = { ref: sim, timeframe: 'H1', from: iso(now - 5 * hour), to: iso(now - hour), first: 3 };
    const first = await run(candlesQuery, variables);
    expect(first.errors).toBeUndefined();
    const { candles } = first.data.market;
    expect(candles.nodes.map((node: { openTime: string }) => node.openTime)).toEqual(
      [5, 4, 3].map((back) => iso(now - back * hour)),
    );
    expect(candles).toMatchObject({ pageInfo: { hasNextPage: true, hasPreviousPage: false }, count: { value: 4, exact: true } });
    const expected = await service.loadCandles('sim', 'BTC/USDT', 'H1', now - 5 * hour, now);
    expect(candles.nodes[0]).toEqual({
      openTime: iso(now - 5 * hour),
      open: String(expected.open[0]),
      high: String(expected.high[0]),
      low: String(expected.low[0]),
      close: String(expected.close[0]),
      volume: String(expected.volume[0]),
      isClosed: true,
    });
    const second = await run(candlesQuery, { ...variables, after: candles.pageInfo.endCursor });
    expect(second.data.market.candles.nodes.map((node: { openTime: string }) => node.openTime)).toEqual([iso(now - 2 * hour)]);
    const tooMany = await run(candlesQuery, { ...variables, first: 1_001 });
    expect(tooMany.errors?.[0].message).toBe('`first` is 1001, the maximum is 1000');
  });

  describe('importing', () => {
    const importCandles = `mutation ($input: ImportCandlesInput!) {
      importCandles(input: $input) {
        imported revised unchanged duplicates outOfOrder missing timeFormat gaps { from to missing } badRowCount badRows { line message }
        market { symbol exchange { name } candles(timeframe: H1) { nodes { close } } }
        errors { __typename message code path }
      }
    }`;
    const csv = ['time,open,high,low,close,volume', '2024-01-01T00:00Z,1,2,0.5,1.5,10', '2024-01-01T03:00Z,1,2,0.5,1.25,10'].join(
      '\n',
    );
    const input = { exchange: 'binance', symbol: 'BTC/USDT', timeframe: 'H1', csv };

    it('takes CSV text and tells what it did', async () => {
      const { data, errors } = await run(importCandles, { input });
      expect(errors).toBeUndefined();
      expect(data.importCandles).toEqual({
        imported: 2,
        revised: 0,
        unchanged: 0,
        duplicates: 0,
        outOfOrder: 0,
        missing: 2,
        timeFormat: 'ISO',
        gaps: [{ from: '2024-01-01T01:00:00.000Z', to: '2024-01-01T03:00:00.000Z', missing: 2 }],
        badRowCount: 0,
        badRows: [],
        market: { symbol: 'BTC/USDT', exchange: { name: 'binance' }, candles: { nodes: [{ close: '1.5' }, { close: '1.25' }] } },
        errors: [],
      });
      const again = await run(importCandles, { input });
      expect(again.data.importCandles).toMatchObject({ imported: 0, unchanged: 2 });
    });

    it('tells bad rows by their lines, and imports nothing', async () => {
      const bad = `${csv}\n2024-01-01T04:00Z,1,2,3,1.5,10\nrubbish`;
      const { data } = await run(importCandles, { input: { ...input, symbol: 'NEW/USDT', csv: bad } });
      expect(data.importCandles).toMatchObject({
        imported: null,
        market: null,
        badRowCount: 2,
        badRows: [
          { line: 4, message: 'high 2 is below open 1, low 3 or close 1.5' },
          { line: 5, message: 'has 1 values where the header names 6' },
        ],
        errors: [{ __typename: 'ValidationError', code: 'INVALID', path: ['input', 'csv'] }],
      });
      const { data: after } = await run(`{ market(ref: { symbol: { exchange: "binance", symbol: "NEW/USDT" } }) { id } }`);
      expect(after.market).toBeNull();
    });

    it.each([
      [{ exchange: 'sim' }, 'INVALID', ['input', 'exchange']],
      [{ exchange: 'mtgox' }, 'NOT_FOUND', ['input', 'csv']],
      [{ symbol: 'BTC' }, 'INVALID', ['input', 'symbol']],
      [{ csv: 'nonsense' }, 'INVALID', ['input', 'csv']],
    ])('refuses %j as data, not as a failure', async (changes, code, path) => {
      const { data, errors } = await run(importCandles, { input: { ...input, ...changes } });
      expect(errors).toBeUndefined();
      expect(data.importCandles.errors).toMatchObject([{ code, path }]);
    });
  });

  describe('candleUpdated', () => {
    const document =
      parse(`subscription ($market: MarketRef!, $timeframe: Timeframe!, $since: DateTime, $closedOnly: Boolean, $maxRate: Int) {
      candleUpdated(market: $market, timeframe: $timeframe, since: $since, closedOnly: $closedOnly, maxRate: $maxRate) { candle { openTime close isClosed } }
    }`);
    async function subscribe(variableValues: Record<string, unknown>, who: Viewer | null = viewer, signal?: AbortSignal) {
      expect(validate(schema, document)).toEqual([]);
      // What is wrong comes as a result or, when the error has a path of its own, is thrown as it is.
      const source = await createSourceEventStream({
        schema,
        document,
        variableValues,
        contextValue: contextOf(who, signal),
      }).catch((error: unknown) => ({ errors: [{ message: String(error) }] }));
      if (!(Symbol.asyncIterator in source)) return { refused: source.errors?.[0].message };
      const events = source[Symbol.asyncIterator]();
      const next = async (): Promise<{ openTime: string; isClosed: boolean } | 'end'> => {
        const step = await events.next();
        if (step.done) return 'end';
        const result = await execute({ schema, document, rootValue: step.value, contextValue: contextOf(who), variableValues });
        expect(result.errors).toBeUndefined();
        return (result.data as { candleUpdated: { candle: { openTime: string; isClosed: boolean } } }).candleUpdated.candle;
      };
      return { refused: undefined, next, stop: () => events.return?.() };
    }

    it('replays closed candles since a moment, then goes on live', async () => {
      const stream = await subscribe({ market: sim, timeframe: 'M1', since: iso(now - 120_000), closedOnly: true });
      if (stream.refused !== undefined || !stream.next) throw new Error(`no stream: ${stream.refused}`);
      expect(await stream.next()).toMatchObject({ openTime: iso(now - 120_000), isClosed: true });
      expect(await stream.next()).toMatchObject({ openTime: iso(now - 60_000), isClosed: true });
      const pending = stream.next();
      await new Promise((resolve) => setTimeout(resolve, 20));
      wall = now + 61_000;
      exchanges.start();
      expect(await pending).toMatchObject({ openTime: iso(now), isClosed: true });
      await exchanges.stop();
      await stream.stop?.();
    });

    it('ends when the operation is aborted', async () => {
      const abort = new AbortController();
      const stream = await subscribe({ market: sim, timeframe: 'M1', closedOnly: true }, viewer, abort.signal);
      if (stream.refused !== undefined || !stream.next) throw new Error(`no stream: ${stream.refused}`);
      const pending = stream.next();
      abort.abort();
      expect(await pending).toBe('end');
    });

    it.each([
      [{ market: { symbol: { exchange: 'sim', symbol: 'GOLD/USD' } } }, 'sim has no market GOLD/USD here'],
      [{ market: { symbol: { exchange: 'binance', symbol: 'BTC/USDT' } } }, 'Binance is not connected any more'],
      [{ maxRate: 21 }, 'maxRate is 21, it must be from 1 to 20'],
      [{ market: { id: 'exc_01h455vb4pex5vsknk084sn02q' } }, 'expected a mkt_ id, got exc_'],
    ])('refuses %j before it starts', async (changes, message) => {
      const outcome = await subscribe({ market: sim, timeframe: 'M1', ...changes });
      expect(outcome.refused).toContain(message);
    });
  });

  it('answers nobody who is not signed in', async () => {
    for (const source of ['{ exchanges { name } }', '{ markets { nodes { id } } }', '{ market(ref: { id: "mkt_x" }) { id } }']) {
      const { errors } = await run(source, {}, null);
      expect(errors?.[0].message).toContain('sign in first');
    }
  });
});
