import type { Client } from 'graphql-ws';
import { describe, expect, it } from 'vitest';
import { CursorCodec } from '../../../src/services/events/cursor.ts';
import type { TestUser } from '../../support/app.ts';
import { dialects } from '../../support/databases.ts';
import { tradingApp } from '../bots/trading-app.ts';

/* Lossless streams as a client of the WebSocket meets them. */

interface Item {
  readonly __typename: string;
  readonly cursor: string;
  readonly at: string;
  readonly previousStatus?: string | null;
  readonly isSnapshot?: boolean;
  readonly reason?: string;
  readonly deletedId?: string;
  readonly bot?: { readonly id: string; readonly version: number; readonly state: { readonly status: string } };
  readonly trade?: { readonly id: string };
  readonly order?: {
    readonly id: string;
    readonly status: string;
    readonly filledAmount: string;
    readonly trades?: { readonly nodes: readonly { readonly id: string }[] };
  };
  readonly position?: { readonly id: string; readonly isOpen: boolean };
}

const item = '__typename ... on StreamItem { cursor at }';
const reset = '... on StreamReset { reason }';
const botItem = `${item} ${reset} ... on BotStateChanged { previousStatus isSnapshot bot { id version state { status } } } ... on BotDeleted { deletedId }`;
const documents = {
  botStateChanged: `subscription ($botId: ID, $after: EventCursor, $start: StreamStart) { botStateChanged(botId: $botId, after: $after, start: $start) { ${botItem} } }`,
  orderFilled: `subscription ($botId: ID, $after: EventCursor, $start: StreamStart) { orderFilled(botId: $botId, after: $after, start: $start) { ${item} ... on OrderFilled { isSnapshot trade { id } order { id status filledAmount trades { nodes { id } } } } } }`,
  orderChanged: `subscription ($botId: ID, $after: EventCursor, $start: StreamStart) { orderChanged(botId: $botId, after: $after, start: $start) { ${item} ... on OrderChanged { isSnapshot previousStatus order { id status } } ... on OrderFilled { trade { id } order { id status } } } }`,
  positionChanged: `subscription ($botId: ID, $after: EventCursor, $start: StreamStart) { positionChanged(botId: $botId, after: $after, start: $start) { ${item} ... on PositionChanged { isSnapshot position { id isOpen } closedTrade { pnl } } } }`,
  accountChanged: `subscription ($botId: ID, $after: EventCursor, $start: StreamStart, $types: [StreamType!]) { accountChanged(botId: $botId, after: $after, start: $start, types: $types) { ${item} ${reset} ... on BotStateChanged { isSnapshot bot { id version state { status } } } ... on OrderFilled { trade { id } } } }`,
};

describe.each(dialects)('streams over WebSocket, on %s', (dialect) => {
  const world = tradingApp(dialect);

  /** One socket per person, as a page has it. */
  const clients = new Map<string, Client>();
  const clientOf = (user: TestUser): Client => {
    const client = clients.get(user.id) ?? world.app.client(user.token);
    clients.set(user.id, client);
    return client;
  };

  /** Items of a subscription until one is the last wanted; then it is left. */
  async function listen(
    field: keyof typeof documents,
    variables: Record<string, unknown>,
    isLast: (item: Item, all: readonly Item[]) => boolean,
    user = world.ann,
  ): Promise<Item[]> {
    const items: Item[] = [];
    for await (const { data, errors } of clientOf(user).iterate<Record<string, Item>>({ query: documents[field], variables })) {
      if (errors) throw new Error(JSON.stringify(errors));
      if (data) items.push(data[field]);
      if (isLast(items[items.length - 1], items)) break;
    }
    return items;
  }
  /** Resolves once a subscription is live. */
  function following(
    field: keyof typeof documents,
    variables: Record<string, unknown>,
    isLast: (item: Item, all: readonly Item[]) => boolean,
  ) {
    let isLive: () => void = () => undefined;
    const live = new Promise<void>((resolve) => {
      isLive = resolve;
    });
    const items = listen(field, variables, (next, all) => {
      isLive();
      return isLast(next, all);
    });
    return { live, items };
  }
  const status =
    (wanted: string) =>
    ({ bot }: Item): boolean =>
      bot?.state.status === wanted;
  const cursor = async (): Promise<string> => (await world.send('{ eventCursor }')).data?.['eventCursor'];
  const traded = async (): Promise<string> => {
    // Its trades fit on a page, however long its readers take.
    const id = await world.newBot({ risk: { initialCapital: '10000', positionSizePercent: '95', maxDailyTrades: 8 } });
    await world.call('startBot', { id });
    await world.until(
      'query ($id: ID!) { bot(id: $id) { trades(first: 3) { nodes { id } } } }',
      { id },
      ({ bot }) => bot.trades.nodes.length >= 3,
    );
    await world.call('stopBot', { id, closePosition: true });
    await world.until(
      'query ($id: ID!) { bot(id: $id) { state { status } } }',
      { id },
      ({ bot }) => bot.state.status === 'STOPPED',
    );
    return id;
  };

  it('begin with a checkpoint, tell a bot’s life in order, and only of the bot that was asked for', async () => {
    const [id, other] = [await world.newBot(), await world.newBot()];
    const { live, items } = following('botStateChanged', { botId: id }, status('STOPPED'));
    await live;
    await world.call('startBot', { id: other });
    await world.call('startBot', { id });
    await world.until(
      'query ($id: ID!) { bot(id: $id) { state { status } } }',
      { id },
      ({ bot }) => bot.state.status === 'RUNNING',
    );
    await world.call('stopBot', { id, closePosition: true });
    const told = await items;
    expect(told[0]).toMatchObject({ __typename: 'Checkpoint', cursor: expect.any(String), at: expect.stringMatching(/Z$/) });
    const changes = told.slice(1);
    expect(changes.every(({ bot }) => bot?.id === id)).toBe(true);
    const moves = changes
      .filter(({ previousStatus, bot }) => previousStatus !== bot?.state.status)
      .map(({ bot }) => bot?.state.status);
    expect(moves).toEqual(['STARTING', 'RUNNING', 'STOPPING', 'STOPPED']);
    const versions = changes.map(({ bot }) => bot?.version ?? 0);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    await world.call('stopBot', { id: other, closePosition: true });
  });

  it('miss nothing between a query and a subscription after its cursor', async () => {
    const before = await cursor();
    const id = await traded();
    const ledger = (
      await world.send('query ($id: ID!) { trades(first: 100, filter: { botId: { eq: $id } }) { nodes { id } } }', { id })
    ).data?.['trades'].nodes;
    const filled = await listen('orderFilled', { botId: id, after: before }, (_, all) => all.length === ledger.length);
    expect(filled.map(({ trade }) => trade?.id)).toEqual(ledger.map((trade: { id: string }) => trade.id).toReversed());
    expect(filled[0].order).toMatchObject({ status: 'FILLED', trades: { nodes: [{ id: filled[0].trade?.id }] } });
    // Resuming after any item goes on with the next one.
    const middle = Math.floor(filled.length / 2);
    const rest = await listen(
      'orderFilled',
      { botId: id, after: filled[middle].cursor },
      (_, all) => all.length === filled.length - middle - 1,
    );
    expect(rest.map(({ trade }) => trade?.id)).toEqual(filled.slice(middle + 1).map(({ trade }) => trade?.id));
  });

  it('tell each change of an order, executions included, and each of a position', async () => {
    const before = await cursor();
    const id = await traded();
    const orders = await listen(
      'orderChanged',
      { botId: id, after: before },
      ({ __typename }, all) =>
        __typename === 'OrderFilled' && all.filter((each) => each.__typename === 'OrderFilled').length === 3,
    );
    const first = orders
      .filter(({ order }) => order?.id === orders[0].order?.id)
      .map(({ __typename, order }) => [__typename, order?.status]);
    expect(first.slice(0, 3)).toEqual([
      ['OrderChanged', 'INTENT'],
      ['OrderChanged', 'SENT'],
      ['OrderChanged', 'ACCEPTED'],
    ]);
    expect(first).toContainEqual(['OrderFilled', 'FILLED']);
    const positions = await listen('positionChanged', { botId: id, after: before }, ({ position }) => position?.isOpen === false);
    expect(new Set(positions.map(({ position }) => position?.id)).size).toBe(1);
  });

  it('carry the whole account on one cursor, or the types that were asked for', async () => {
    const before = await cursor();
    const id = await traded();
    const all = await listen(
      'accountChanged',
      { after: before },
      (last, seen) => seen.some(({ trade }) => trade) && last.bot?.id === id && status('STOPPED')(last),
    );
    expect(new Set(all.map(({ __typename }) => __typename))).toEqual(
      new Set(['BotStateChanged', 'OrderChanged', 'OrderFilled', 'PositionChanged', 'LogAppended']),
    );
    const fills = await listen('accountChanged', { after: before, types: ['FILL'], botId: id }, (_, seen) => seen.length === 2);
    expect(fills.map(({ __typename }) => __typename)).toEqual(['OrderFilled', 'OrderFilled']);
  });

  it('send a snapshot first when that was asked for', async () => {
    const id = await world.newBot();
    const isEnd = ({ __typename }: Item): boolean => __typename === 'SnapshotEnd';
    const bots = await listen('botStateChanged', { start: 'SNAPSHOT' }, isEnd);
    expect(bots.filter(({ bot }) => bot?.id === id)).toMatchObject([
      { isSnapshot: true, previousStatus: null, bot: { state: { status: 'STOPPED' } } },
    ]);
    const one = await listen('botStateChanged', { start: 'SNAPSHOT', botId: id }, isEnd);
    expect(one.map(({ __typename }) => __typename)).toEqual(['BotStateChanged', 'SnapshotEnd']);
    for (const field of ['orderFilled', 'orderChanged', 'positionChanged', 'accountChanged'] as const)
      expect((await listen(field, { start: 'SNAPSHOT' }, isEnd)).at(-1)?.__typename).toBe('SnapshotEnd');
    await world.call('deleteBot', { id });
    const after = await listen('botStateChanged', { botId: id, after: one[1].cursor }, () => true);
    expect(after).toMatchObject([{ __typename: 'BotDeleted', deletedId: id }]);
  });

  it('are reset, politely, by a cursor of another database, and refuse a forged one', async () => {
    const id = await world.newBot();
    const elsewhere = new CursorCodec(new Uint8Array(32), 'another database').encode('somebody', 3);
    const told = await listen(
      'botStateChanged',
      { botId: id, after: elsewhere },
      ({ __typename }) => __typename === 'SnapshotEnd',
    );
    expect(told).toMatchObject([
      { __typename: 'StreamReset', reason: expect.stringContaining('another database') },
      { __typename: 'BotStateChanged', bot: { id } },
      {},
    ]);
    await expect(listen('botStateChanged', { after: 'AQmade-up' }, () => true)).rejects.toThrow('BAD_CURSOR');
    await expect(listen('botStateChanged', { after: await cursor() }, () => true, world.bob)).rejects.toThrow('BAD_CURSOR');
  });

  it('of somebody else’s bot are refused as those of one that is not there', async () => {
    const id = await world.newBot();
    await expect(listen('orderFilled', { botId: id }, () => true, world.bob)).rejects.toThrow('NOT_FOUND');
    const anonymous = world.app.subscribe(documents.orderFilled, {});
    expect((await anonymous.next()).value.errors[0].extensions.code).toBe('UNAUTHENTICATED');
    const before = (await world.send('{ eventCursor }', {}, world.bob)).data?.['eventCursor'];
    await traded();
    const bobs = await world.newBot({}, world.bob);
    const told = await listen('accountChanged', { after: before }, ({ bot }) => bot?.id === bobs, world.bob);
    expect(told).toHaveLength(1);
  });
});
