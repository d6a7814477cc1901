import { describe, expect, it, vi } from 'vitest';
import { toGlobalId } from '../../../src/resolvers/ids.ts';
import { Rows } from '../../../src/services/database/rows/rows.ts';
import { newId } from '../../../src/services/ids.ts';
import { dialects } from '../../support/databases.ts';
import { tradingApp } from './trading-app.ts';

const botsQuery = `query Bots($first: Int, $after: String, $filter: BotFilter, $orderBy: [BotSort!]) {
  bots(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    nodes {
      id name symbol timeframe mode version
      state { status inPosition entryPrice positionSize stopLossPrice takeProfitPrice trailingStopPrice dailyPnl dailyTradesCount lastErrorMessage }
      trades(first: 20) { nodes { id side price amount fee pnl executedAt } }
    }
    pageInfo { hasNextPage endCursor } count { value exact }
  }
}`;

describe.each(dialects)('bots over the API, on %s', (dialect) => {
  const world = tradingApp(dialect);

  it('are made, started, watched, paused, resumed, stopped and deleted', async () => {
    const id = await world.newBot({ name: 'Life' });
    const made = await world.send(
      'query ($id: ID!) { bot(id: $id) { id name version allowedActions parameters checkIntervalSeconds exchange { name } market { symbol baseAsset } strategy { builtIn parameters } state { status } risk { initialCapital positionSizePercent positionSizeFixed stopLossPercent leverage maxDailyTrades } } }',
      { id },
    );
    expect(made.data?.['bot']).toMatchObject({
      id,
      name: 'Life',
      allowedActions: ['START', 'UPDATE', 'DELETE'],
      parameters: {},
      checkIntervalSeconds: 30,
      exchange: { name: 'sim' },
      market: { symbol: 'BTC/USDT', baseAsset: 'BTC' },
      strategy: { builtIn: 'ema-rsi', parameters: { emaFast: 2, emaSlow: 4 } },
      state: { status: 'STOPPED' },
      risk: {
        initialCapital: '10000',
        positionSizePercent: '95',
        positionSizeFixed: null,
        stopLossPercent: '2',
        leverage: '1',
        maxDailyTrades: null,
      },
    });
    const started = await world.call('startBot', { id, expectedVersion: made.data?.['bot'].version });
    expect(started).toMatchObject({
      bot: { state: { status: 'STARTING' }, allowedActions: ['STOP'] },
      errors: [],
      eventCursor: expect.any(String),
    });
    await world.until(
      'query ($id: ID!) { bot(id: $id) { state { status } trades(first: 5) { nodes { id } } } }',
      { id },
      ({ bot }) => bot.state.status === 'RUNNING' && bot.trades.nodes.length >= 2,
    );
    expect((await world.call('pauseBot', { id })).bot.state.status).toBe('PAUSED');
    expect((await world.call('resumeBot', { id })).bot.state.status).toBe('RUNNING');
    expect((await world.call('stopBot', { id, closePosition: true })).bot.state.status).toBe('STOPPING');
    await world.until(
      'query ($id: ID!) { bot(id: $id) { state { status } } }',
      { id },
      ({ bot }) => bot.state.status === 'STOPPED',
    );
    const trades = await world.send(
      'query ($id: ID!) { trades(filter: { botId: { eq: $id } }) { nodes { id order { id status } bot { id } } } }',
      { id },
    );
    const trade = trades.data?.['trades'].nodes[0];
    expect(trade).toMatchObject({ order: { status: 'FILLED' }, bot: { id } });
    expect(await world.call('deleteBot', { id })).toMatchObject({ deletedId: id, errors: [] });
    expect((await world.send('query ($id: ID!) { bot(id: $id) { id } }', { id })).data).toEqual({ bot: null });
    // What it did stays, without it.
    expect(
      (
        await world.send(
          'query ($id: ID!) { node(id: $id) { id ... on Trade { bot { id } order { trades { nodes { id } } } } } }',
          { id: trade.id },
        )
      ).data?.['node'],
    ).toMatchObject({ id: trade.id, bot: null });
  });

  it('are listed with states and trades in three statements, however many they are', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push(await world.newBot({ name: `Many ${i}` }));
    for (const id of ids) await world.call('startBot', { id });
    await world.until(botsQuery, { filter: { name: { startsWith: 'Many' } } }, ({ bots }) =>
      bots.nodes.every((bot: { trades: { nodes: unknown[] } }) => bot.trades.nodes.length > 0),
    );
    for (const id of ids) await world.call('stopBot', { id });
    await world.until(botsQuery, { filter: { name: { startsWith: 'Many' } } }, ({ bots }) =>
      bots.nodes.every((bot: { state: { status: string } }) => bot.state.status === 'STOPPED'),
    );
    const look = async (): Promise<{ calls: string[]; nodes: { trades: { nodes: unknown[] } }[] }> => {
      const spies = (['page', 'pageOfEach', 'byIds', 'countUpTo'] as const).map((name) => vi.spyOn(Rows.prototype, name));
      const { data } = await world.send(botsQuery.replace(' count { value exact }', ''), {
        first: 3,
        filter: { name: { startsWith: 'Many' } },
      });
      const calls = spies.flatMap((spy) =>
        (spy.mock.calls as unknown as [{ name: string }, unknown][])
          .filter(([, asked]) => !Array.isArray(asked) || asked.length > 1)
          .map(([{ name }]) => `${name} ${spy.getMockName()}`),
      );
      for (const spy of spies) spy.mockRestore();
      return { calls: calls.sort(), nodes: data?.['bots'].nodes };
    };
    // What goes on beside the query, such as the supervisor's looks at bots, asks for rows too: one look without them is enough.
    let seen = await look();
    await expect.poll(async () => (seen = await look()).calls).toEqual(['Bot page', 'BotState byIds', 'Trade pageOfEach']);
    expect(seen.nodes).toHaveLength(3);
    const [first] = seen.nodes;
    expect(first.trades.nodes[0]).toEqual({
      id: expect.stringMatching(/^trd_/),
      side: expect.stringMatching(/BUY|SELL/),
      price: expect.stringMatching(/^\d+(\.\d+)?$/),
      amount: expect.stringMatching(/^\d/),
      fee: expect.stringMatching(/^\d/),
      pnl: expect.stringMatching(/^-?\d/),
      executedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it('are paged, sorted and filtered', async () => {
    for (const name of ['Zoo', 'Ant', 'Man']) await world.newBot({ name: `Sort ${name}` });
    const filter = { name: { startsWith: 'Sort' } };
    const orderBy = [{ field: 'NAME', direction: 'ASC' }];
    const first = (await world.send(botsQuery, { first: 2, filter, orderBy })).data?.['bots'];
    expect(first).toMatchObject({
      nodes: [{ name: 'Sort Ant' }, { name: 'Sort Man' }],
      pageInfo: { hasNextPage: true },
      count: { value: 3, exact: true },
    });
    const next = (await world.send(botsQuery, { first: 2, after: first.pageInfo.endCursor, filter, orderBy })).data?.['bots'];
    expect(next).toMatchObject({ nodes: [{ name: 'Sort Zoo' }], pageInfo: { hasNextPage: false } });
    const names = async (more: object): Promise<string[]> =>
      (await world.send(botsQuery, { filter: { and: [filter, more] } })).data?.['bots'].nodes.map(({ name }: { name: string }) =>
        name.slice(5),
      );
    expect(await names({})).toEqual(['Man', 'Ant', 'Zoo']);
    expect(await names({ status: { in: ['STOPPED'] }, mode: { eq: 'PAPER' } })).toEqual(['Man', 'Ant', 'Zoo']);
    expect(await names({ status: { notIn: ['STOPPED'] } })).toEqual([]);
    expect(await names({ or: [{ name: { contains: 'zo' } }, { name: { eq: 'Sort Ant' } }] })).toEqual(['Ant', 'Zoo']);
    expect(await names({ not: { name: { eq: 'Sort Ant' } } })).toEqual(['Man', 'Zoo']);
    const bad = await world.send(botsQuery, { filter: { id: { eq: toGlobalId('ord', newId()) } } });
    expect(bad.errors?.[0]).toMatchObject({
      message: expect.stringContaining('expected a bot_ id, got ord_'),
      extensions: { code: 'INVALID' },
    });
    expect((await world.send(botsQuery, { first: 101 })).errors?.[0].extensions.code).toBe('LIMIT_EXCEEDED');
    expect((await world.send(botsQuery, { after: first.pageInfo.endCursor })).errors?.[0].extensions.code).toBe('BAD_CURSOR');
  });

  it.each([
    ['no strategy', { strategyId: toGlobalId('str', newId()) }, 'NotFoundError', 'NOT_FOUND', ['input', 'strategyId']],
    [
      'the id of something else',
      { strategyId: toGlobalId('bot', newId()) },
      'ValidationError',
      'INVALID',
      ['input', 'strategyId'],
    ],
    ['mode LIVE', { mode: 'LIVE' }, 'ValidationError', 'FORBIDDEN_FOR_MODE', ['input', 'mode']],
    [
      'an exchange without live data',
      { market: { symbol: { exchange: 'binance', symbol: 'BTC/USDT' } } },
      'ExchangeError',
      'EXCHANGE_UNAVAILABLE',
      ['input', 'market'],
    ],
    [
      'leverage on spot',
      { risk: { initialCapital: '100', leverage: '5' } },
      'ValidationError',
      'INVALID',
      ['input', 'risk', 'leverage'],
    ],
    ['a bad parameter', { parameters: { emaFast: 'nine' } }, 'ValidationError', 'INVALID', ['input', 'parameters', 'emaFast']],
  ])('are refused with %s as a typed error', async (_, changes, type, code, path) => {
    const input = await world.botInput(changes);
    const { data } = await world.send(
      'mutation ($input: CreateBotInput!) { createBot(input: $input) { bot { id } errors { __typename message code path } } }',
      { input },
    );
    expect(data?.['createBot']).toEqual({ bot: null, errors: [{ __typename: type, code, path, message: expect.any(String) }] });
  });

  it('are changed by patches that tell absent from null, from the version that was read', async () => {
    const id = await world.newBot();
    const update =
      'mutation ($input: UpdateBotInput!) { updateBot(input: $input) { bot { version name risk { stopLossPercent takeProfitPercent } } errors { __typename code message path ... on VersionConflictError { currentVersion } } } }';
    const read = async (): Promise<number> =>
      (await world.send('query ($id: ID!) { bot(id: $id) { version } }', { id })).data?.['bot'].version;
    const version = await read();
    const changed = (
      await world.send(update, { input: { id, expectedVersion: version, patch: { risk: { stopLossPercent: null } } } })
    ).data?.['updateBot'];
    expect(changed).toMatchObject({ bot: { risk: { stopLossPercent: null, takeProfitPercent: '4' } }, errors: [] });
    expect(changed.bot.version).toBe(await read());
    const late = (await world.send(update, { input: { id, expectedVersion: version, patch: { name: 'late' } } })).data?.[
      'updateBot'
    ];
    expect(late).toMatchObject({
      bot: null,
      errors: [
        {
          __typename: 'VersionConflictError',
          code: 'VERSION_CONFLICT',
          path: ['input', 'expectedVersion'],
          currentVersion: changed.bot.version,
        },
      ],
    });
  });

  it('of somebody else look exactly like bots that are not there', async () => {
    const own = await world.newBot();
    const missing = toGlobalId('bot', newId());
    const told = 'mutation ($id: ID!) { stopBot(input: { id: $id }) { errors { message ... on NotFoundError { missingId } } } }';
    expect((await world.send(told, { id: missing })).data?.['stopBot'].errors).toEqual([
      { message: `no bot with id ${missing}`, missingId: missing },
    ]);
    const asBob = async (id: string): Promise<string> => {
      const answers = [
        await world.send(
          'query ($id: ID!) { bot(id: $id) { id } node(id: $id) { id } orders(filter: { botId: { eq: $id } }) { nodes { id } } }',
          { id },
          world.bob,
        ),
        await world.call('startBot', { id }, world.bob),
        await world.call('pauseBot', { id }, world.bob),
        await world.call('resumeBot', { id }, world.bob),
        await world.call('stopBot', { id }, world.bob),
        await world.call('deleteBot', { id }, world.bob),
      ];
      // Cursors and costs differ between any two answers.
      return JSON.stringify(answers, (key, value: unknown) =>
        ['eventCursor', 'extensions'].includes(key) ? undefined : value,
      ).replaceAll(id, 'ID');
    };
    expect(await asBob(own)).toBe(await asBob(missing));
    expect((await world.send('{ bots { nodes { id } } }', {}, world.bob)).data).toEqual({ bots: { nodes: [] } });
  });

  it('need a signed-in user, and a token that may trade', async () => {
    const anonymous = await world.app.graphql('{ bots { nodes { id } } }');
    expect(anonymous.errors?.[0].extensions.code).toBe('UNAUTHENTICATED');
    const made = await world.send(
      'mutation { createAccessToken(input: { name: "reader", scopes: [READ] }) { secret errors { message } } }',
    );
    const secret = String(made.data?.['createAccessToken'].secret);
    expect((await world.app.graphql('{ bots { nodes { id } } }', {}, secret)).errors).toBeUndefined();
    const id = await world.newBot();
    const refused = await world.app.graphql(
      'mutation ($id: ID!) { startBot(input: { id: $id }) { errors { code } } }',
      { id },
      secret,
    );
    expect(refused.errors?.[0].extensions.code).toBe('FORBIDDEN');
  });
});
