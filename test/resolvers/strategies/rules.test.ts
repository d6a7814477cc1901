import { describe, expect, it } from 'vitest';
import { asRules } from '../../trading/rules/builders.ts';
import type { Answer } from '../../support/app.ts';
import { dialects } from '../../support/databases.ts';
import { init, openRaw } from '../../server/support/raw-socket.ts';
import { tradingApp } from '../bots/trading-app.ts';

const create = `mutation ($input: CreateStrategyInput!) { createStrategy(input: $input) {
  strategy { id version kind builtIn rules rulesText parameters parameterSchema } errors { code message path } } }`;
const update = `mutation ($input: UpdateStrategyInput!) { updateStrategy(input: $input) {
  strategy { version rulesText parameters } errors { code message path } } }`;
const backtest = `mutation ($input: CreateBacktestInput!) { createBacktest(input: $input) { backtest { id } errors { message path } } }`;
const result = `query ($id: ID!) { backtest(id: $id) { status failureReason strategySnapshot metrics { trades }
  trades(first: 200) { nodes { ordinal side openedAt entryPrice closedAt exitPrice quantity fees pnl exitReason } } } }`;

const close = { price: { source: 'CLOSE' } };
const always = { above: { left: close, right: { constant: 0 } } };

/** A condition inside so many `not`, as text: nothing here recurses. */
const nested = (depth: number): string => `${'{"not":'.repeat(depth)}${JSON.stringify(always)}${'}'.repeat(depth)}`;

describe.each(dialects)('strategies of rules over the API, on %s', (dialect) => {
  const world = tradingApp(dialect);
  let names = 0;

  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the document asks for
  const send = async (document: string, input: object): Promise<any> => {
    const { data, errors } = await world.send(document, { input });
    expect(errors).toBeUndefined();
    return Object.values(data ?? {})[0];
  };
  const make = (rules: unknown, more: object = {}): ReturnType<typeof send> =>
    send(create, { name: `rules ${++names}`, kind: 'RULES', rules, ...more });
  const resultOf = async (strategyId: string, more: object = {}): ReturnType<typeof send> => {
    const market = { symbol: { exchange: 'sim', symbol: 'BTC/USDT' } };
    const period = { timeframe: 'H1', from: '2025-01-01T00:00:00.000Z', to: '2025-04-01T00:00:00.000Z' };
    const created = await send(backtest, { strategyId, market, ...period, stopLossPercent: '3', ...more });
    expect(created.errors).toEqual([]);
    const { id } = created.backtest;
    return (await world.until(result, { id }, (data) => !['PENDING', 'RUNNING'].includes(data['backtest'].status)))['backtest'];
  };

  it('are kept, and read back as they can be sent again and as people read them', async () => {
    const rules = asRules['ema-rsi'];
    const made = await make(rules);
    expect(made).toEqual({
      strategy: {
        id: expect.stringMatching(/^str_/),
        version: 1,
        kind: 'RULES',
        builtIn: null,
        rules,
        rulesText: [
          'Enter long: EMA(9) crosses above EMA(21) and RSI(14) < 70',
          'Exit long: EMA(9) crosses below EMA(21) or RSI(14) > 80',
          'Enter short: EMA(9) crosses below EMA(21) and RSI(14) > 30',
          'Exit short: EMA(9) crosses above EMA(21) or RSI(14) < 20',
        ].join('\n'),
        parameters: {},
        parameterSchema: { type: 'object', properties: {}, additionalProperties: false },
      },
      errors: [],
    });
    expect((await make(made.strategy.rules)).strategy.rules).toEqual(rules);
  });

  it('take every kind of node from a document without variables', async () => {
    const { data, errors } = await world.send(`mutation { createStrategy(input: { name: "written out", kind: RULES, rules: {
      enterLong: { all: [
        { any: [
          { not: { atMost: { left: { price: { source: CLOSE } }, right: { indicator: { name: "SMA", parameters: { period: { parameter: "length" } }, source: HIGH, offset: 1 } } } } }
          { rising: { operand: { price: { source: VOLUME, offset: 2 } }, candles: 3 } }
        ] }
        { within: { condition: { crossesAbove: { left: { indicator: { name: "MACD", output: "macd" } }, right: { indicator: { name: "MACD", output: "signal" } } } }, candles: 5 } }
        { atLeast: { left: { price: { source: LOW } }, right: { minus: { left: { price: { source: OPEN } }, right: { times: { left: { parameter: "factor" }, right: { indicator: { name: "ATR" } } } } } } } }
      ] }
      exitLong: { any: [{ falling: { operand: { over: { left: { price: { source: CLOSE } }, right: { plus: { left: { constant: 1 }, right: { constant: 2 } } } } } } }, { crossesBelow: { left: { price: { source: CLOSE } }, right: { indicator: { name: "EMA" } } } }] }
      reverses: false
      stopLong: { minus: { left: { price: { source: LOW } }, right: { indicator: { name: "ATR" } } } }
      parameters: [{ name: "length", type: INTEGER, default: 10, min: 2, max: 50 }, { name: "factor", default: 1.5, min: 0.5, max: 5, step: 0.5 }]
    } }) { strategy { rulesText parameters } errors { message } } }`);
    expect(errors).toBeUndefined();
    expect(data?.['createStrategy']).toEqual({
      strategy: {
        rulesText: [
          'Enter long: (not (close <= SMA(high,length) 1 candle ago) or volume 2 candles ago rising for 3 candles) and (MACD(12,26,9).macd crosses above MACD(12,26,9).signal) within 5 candles and low >= open - factor * ATR(14)',
          'Exit long: (close / (1 + 2)) falling for 1 candle or close crosses below EMA(20)',
          'Long stop: low - ATR(14)',
        ].join('\n'),
        parameters: { length: 10, factor: 1.5 },
      },
      errors: [],
    });
  });

  it.each(['ema-rsi', 'sma-cross', 'rsi-reversion', 'donchian-breakout'] as const)(
    'give in a backtest the very trades of %s, which they say',
    async (builtIn) => {
      const { strategy } = await make(asRules[builtIn]);
      const own = await send(create, { name: `built-in ${++names}`, kind: 'BUILT_IN', builtIn });
      const [ours, theirs] = [await resultOf(strategy.id), await resultOf(own.strategy.id)];
      expect(theirs.trades.nodes.length).toBeGreaterThan(5);
      expect([ours.status, ours.failureReason]).toEqual(['COMPLETED', null]);
      expect([ours.metrics, ours.trades]).toEqual([theirs.metrics, theirs.trades]);
      expect(ours.strategySnapshot).toMatchObject({ kind: 'RULES', definition: strategy.rules });
    },
  );

  it('have parameters that a backtest may override', async () => {
    const period = (name: string, usual: number): object => ({ name, type: 'INTEGER', default: usual, min: 2, max: 100 });
    const average = (name: string): object => ({ indicator: { name: 'EMA', parameters: { period: { parameter: name } } } });
    const pair = { left: average('fast'), right: average('slow') };
    const rules = { enterLong: { crossesAbove: pair }, exitLong: { crossesBelow: pair } };
    const { strategy } = await make({ ...rules, parameters: [period('fast', 9), period('slow', 21)] });
    expect(strategy.parameterSchema.properties.fast).toMatchObject({ type: 'integer', default: 9, minimum: 2, maximum: 100 });
    const [usual, quick] = [await resultOf(strategy.id), await resultOf(strategy.id, { parameters: { fast: 3, slow: 6 } })];
    expect(quick.metrics.trades).toBeGreaterThan(usual.metrics.trades);
    expect(usual.strategySnapshot.parameters).toEqual({ fast: 9, slow: 21 });
  });

  it('are changed as a whole, from the version that was read; what ran keeps the old ones', async () => {
    const { strategy } = await make({ enterLong: always });
    const before = await resultOf(strategy.id);
    const exitLong = { below: { left: close, right: { constant: 1 } } };
    const patch = { rules: { enterLong: always, exitLong } };
    expect(await send(update, { id: strategy.id, expectedVersion: 1, patch })).toEqual({
      strategy: { version: 2, rulesText: 'Enter long: close > 0\nExit long: close < 1', parameters: {} },
      errors: [],
    });
    expect((await send(update, { id: strategy.id, expectedVersion: 1, patch })).errors).toMatchObject([
      { code: 'VERSION_CONFLICT', path: ['input', 'expectedVersion'] },
    ]);
    expect(before.strategySnapshot.definition).toEqual({ enterLong: always });
    expect((await send(update, { id: strategy.id, patch: { rules: { exitLong } } })).errors).toEqual([
      { code: 'INVALID', message: 'the rules never enter: give enterLong or enterShort', path: ['input', 'patch', 'rules'] },
    ]);
  });

  it('are traded by a paper bot', async () => {
    const price = (offset: number): object => ({ price: { source: 'CLOSE', offset } });
    const { strategy } = await make({
      enterLong: { above: { left: price(0), right: price(1) } },
      exitLong: { below: { left: price(0), right: price(1) } },
    });
    const id = await world.newBot({ strategyId: strategy.id });
    expect(await world.call('startBot', { id })).toMatchObject({ errors: [] });
    const { bot } = await world.until(
      'query ($id: ID!) { bot(id: $id) { state { status lastErrorMessage } strategy { rulesText } trades(first: 5) { nodes { side } } } }',
      { id },
      ({ bot }) => bot.trades.nodes.length >= 2,
    );
    expect(bot).toMatchObject({
      state: { status: 'RUNNING', lastErrorMessage: null },
      strategy: { rulesText: 'Enter long: close > close 1 candle ago\nExit long: close < close 1 candle ago' },
    });
    await world.call('stopBot', { id });
  });

  it.each<[string, object, string, string[], RegExp]>([
    ['no rules', { rules: null }, 'REQUIRED', ['input', 'rules'], /^rules are missing/],
    [
      'an unknown indicator',
      { rules: { enterLong: { all: [always, { above: { left: { indicator: { name: 'EMMA' } }, right: close } }] } } },
      'INVALID',
      ['input', 'rules', 'enterLong', 'all', '1', 'above', 'left', 'indicator', 'name'],
      /^there is no indicator "EMMA"/,
    ],
    [
      'a period out of bounds',
      {
        rules: {
          enterLong: { above: { left: { indicator: { name: 'EMA', parameters: { period: 5_001 } } }, right: close } },
        },
      },
      'INVALID',
      ['input', 'rules', 'enterLong', 'above', 'left', 'indicator', 'parameters', 'period'],
      /period 5001 of indicator EMA exceeds its limit 5000/,
    ],
    [
      'too many nodes',
      { rules: { enterLong: { any: Array.from({ length: 67 }, () => always) } } },
      'INVALID',
      ['input', 'rules', 'enterLong', 'any', '66', 'above', 'left'],
      /more than 200/,
    ],
    [
      '17 levels',
      { rules: { enterLong: JSON.parse(nested(16)) } },
      'INVALID',
      ['input', 'rules', 'enterLong', ...Array.from({ length: 16 }, () => 'not')],
      /nested deeper than 16/,
    ],
    [
      'rules of a built-in',
      { kind: 'BUILT_IN', builtIn: 'ema-rsi', rules: { enterLong: always } },
      'INVALID',
      ['input', 'rules'],
      /for strategies of kind RULES/,
    ],
  ])('are refused with %s as a typed error', async (_name, input, code, path, message) => {
    expect(await make(undefined, input)).toEqual({
      strategy: null,
      errors: [{ code, path, message: expect.stringMatching(message) }],
    });
  });

  it('have exactly one key for each node', async () => {
    for (const enterLong of [{}, { not: always, above: always.above }, { not: null }, { constant: 1 }]) {
      const { errors } = await world.send(create, { input: { name: 'odd', kind: 'RULES', rules: { enterLong } } });
      expect(errors?.[0].extensions.code).toBe('BAD_REQUEST');
    }
  });

  it.each([20, 1_000, 10_000, 100_000])('%d levels deep are refused, and the server goes on', async (depth) => {
    const count = 'query { strategies { count { value } } }';
    const before = await world.send(count);
    const body = `{"query":${JSON.stringify(create)},"variables":{"input":{"name":"deep","kind":"RULES","rules":{"enterLong":${nested(depth)}}}}}`;
    const response = await fetch(world.app.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${world.ann.token}` },
      body,
    });
    const answer = (await response.json()) as Answer;
    if (depth === 20) {
      const path = ['input', 'rules', 'enterLong', ...Array.from({ length: 16 }, () => 'not')];
      const errors = [{ code: 'INVALID', path, message: 'the rules are nested deeper than 16' }];
      expect(answer.data?.['createStrategy']).toEqual({ strategy: null, errors });
    } else {
      const message = `the variables are nested deeper than 100 levels, at input.rules.enterLong.${'not.'.repeat(9).slice(0, -1)}…`;
      expect([answer.data ?? null, answer.errors]).toMatchObject([null, [{ message, extensions: { code: 'LIMIT_EXCEEDED' } }]]);
    }
    expect((await world.send(count)).data).toEqual(before.data);
    expect((await make({ enterLong: always })).errors).toEqual([]);
  });

  it.each([1_000, 10_000])('%d levels deep are refused on a WebSocket too, which goes on', async (depth) => {
    const count = 'query { strategies { count { value } } }';
    const before = await world.send(count);
    const raw = await openRaw(world.app.url);
    raw.send(init(world.ann.token));
    await raw.next('connection_ack');
    const variables = `{"input":{"name":"deep","kind":"RULES","rules":{"enterLong":${nested(depth)}}}}`;
    raw.socket.send(`{"id":"1","type":"subscribe","payload":{"query":${JSON.stringify(create)},"variables":${variables}}}`);
    const refused = [{ message: expect.stringMatching(/nested deeper than 100 levels/), extensions: { code: 'LIMIT_EXCEEDED' } }];
    expect(await raw.next('next')).toMatchObject({ id: '1', payload: { errors: refused } });
    raw.socket.send(JSON.stringify({ id: '2', type: 'subscribe', payload: { query: count } }));
    expect(await raw.next('next')).toMatchObject({ payload: { data: before.data } });
    raw.socket.close();
  });

  it('of more than a frame may hold end the WebSocket, and nothing else', async () => {
    const raw = await openRaw(world.app.url);
    raw.send(init(world.ann.token));
    await raw.next('connection_ack');
    const variables = `{"input":{"name":"deep","kind":"RULES","rules":{"enterLong":${nested(100_000)}}}}`;
    raw.socket.send(`{"id":"1","type":"subscribe","payload":{"query":${JSON.stringify(create)},"variables":${variables}}}`);
    expect(await raw.closed).toMatchObject({ code: 1009 });
    expect((await world.send('query { strategies { count { value } } }')).errors).toBeUndefined();
  });
});
