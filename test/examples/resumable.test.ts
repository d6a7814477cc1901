import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Client as UrqlClient, fetchExchange } from '@urql/core';
import { type Client, createClient } from 'graphql-ws';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { resumableLink } from '../../examples/streams/apollo.ts';
import { type Item, memoryStore, resumable, SubscriptionFailed } from '../../examples/streams/resumable.ts';
import { resumableExchange } from '../../examples/streams/urql.ts';
import { dialects } from '../support/databases.ts';
import { tradingApp } from '../resolvers/bots/trading-app.ts';

/* The helper that clients copy, against the whole program, over connections that break all the time. */

interface Told extends Item {
  readonly previousStatus?: string | null;
  readonly bot?: { readonly id: string; readonly version: number; readonly state: { readonly status: string } };
  readonly trade?: { readonly id: string };
}

const query = `subscription Account($after: EventCursor, $start: StreamStart) { accountChanged(after: $after, start: $start, types: [FILL, BOT]) {
  __typename ... on StreamItem { cursor }
  ... on OrderFilled { trade { id } order { id version } }
  ... on BotStateChanged { bot { id version state { status } } } } }`;

describe.each(dialects)('a resumable subscription, on %s', (dialect) => {
  const world = tradingApp(dialect, 600);
  const ends: (() => void)[] = [];
  afterEach(() => ends.splice(0).forEach((end) => end()));

  /** A client whose connections can be cut. */
  function fragile(): { client: Client; cut: () => void; connections: () => number } {
    let cut = (): void => undefined;
    let connections = 0;
    class Fragile extends WebSocket {
      constructor(...args: ConstructorParameters<typeof WebSocket>) {
        super(...args);
        cut = () => this.terminate();
        connections++;
      }
    }
    const client = createClient({
      url: world.app.url.replace('http', 'ws'),
      webSocketImpl: Fragile,
      retryAttempts: 0,
      connectionParams: () => ({ authorization: `Bearer ${world.ann.token}` }),
    });
    ends.push(() => void client.dispose());
    return { client, cut: () => cut(), connections: () => connections };
  }

  /** Starts a bot that trades a few times, so that all its trades fit on a page however long its readers take. */
  const start = async (): Promise<string> => {
    const risk = { initialCapital: '10000', positionSizePercent: '95', stopLossPercent: '2', maxDailyTrades: 6 };
    const id = await world.newBot({ risk });
    await world.call('startBot', { id });
    return id;
  };
  /** Of one bot, oldest first. */
  const tradesOf = async (id: string): Promise<string[]> => {
    const { data } = await world.send('query ($id: ID!) { bot(id: $id) { trades(first: 100) { nodes { id } } } }', { id });
    return data?.['bot'].trades.nodes.map((trade: { id: string }) => trade.id).toReversed();
  };
  const stops = (id: string, item: Told): boolean => item.bot?.id === id && item.bot.state.status === 'STOPPED';

  it('tells each fill once and in order, though the connection is cut again and again and the program starts anew', async () => {
    const store = memoryStore();
    const { client, cut, connections } = fragile();
    const fills: string[] = [];
    const versions: number[] = [];
    let stopped = false;
    const delay = (): number => 5;

    const [first] = await take(1, resumable<Told>({ client, query, store, delay }));
    expect(first.__typename).toBe('Checkpoint');
    const id = await start();
    for (let run = 0; !stopped; run++) {
      // Each run is a program of its own: it knows nothing but the stored cursor.
      let items = 0;
      for await (const item of resumable<Told>({ client, query, store, delay })) {
        if (++items > 5 && !stopped) break;
        if (item.trade) fills.push(item.trade.id);
        if (item.bot) versions.push(item.bot.version);
        if (fills.length >= 6 && run > 2 && !stopped) {
          stopped = true;
          void world.call('stopBot', { id, closePosition: true });
        }
        if (stops(id, item)) break;
        if (items % 2 === 0) cut();
      }
    }
    expect(fills).toEqual(await tradesOf(id));
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    expect(connections()).toBeGreaterThan(4);
  });

  it('hands an item again when it was not done with, and no other', async () => {
    const store = memoryStore();
    const { client } = fragile();
    await take(1, resumable<Told>({ client, query, store }));
    const id = await start();
    const [before] = await take(1, resumable<Told>({ client, query, store }));
    // Left in the middle of the first item: its cursor was never saved.
    const [again, next] = await take(2, resumable<Told>({ client, query, store }));
    expect(again).toEqual(before);
    expect(next.cursor).not.toBe(before.cursor);
    await world.call('stopBot', { id });
    const state = 'query ($id: ID!) { bot(id: $id) { state { status } } }';
    await world.until(state, { id }, ({ bot }) => bot.state.status === 'STOPPED');
  });

  it.each([
    { name: 'an altered cursor', query, after: 'AQAA', said: '"after" is not an event cursor of this account' },
    {
      name: 'a field that is not there',
      query: 'subscription { nothing }',
      after: undefined,
      said: 'Cannot query field "nothing"',
    },
  ])('ends with the server’s sentence for $name', async ({ query, after, said }) => {
    const { client } = fragile();
    const failed = take(1, resumable({ client, query, store: memoryStore(after) }));
    await expect(failed).rejects.toThrow(SubscriptionFailed);
    await expect(failed).rejects.toThrow(said);
  });

  it('ends at its signal, also while it waits for the next try', async () => {
    const { client, cut } = fragile();
    const ending = new AbortController();
    const items: Told[] = [];
    for await (const item of resumable<Told>({ client, query, signal: ending.signal, delay: () => 60_000 })) {
      items.push(item);
      cut();
      setTimeout(() => ending.abort(), 20);
    }
    expect(items).toHaveLength(1);
  });

  /** Runs a bot to its end while `subscribe` tells of it; the connection is cut at each fill. */
  async function follow(
    subscribe: (next: (item: Told) => void, failed: (error: unknown) => void) => () => void,
    cut: () => void,
  ): Promise<void> {
    const fills: string[] = [];
    let id: string | undefined;
    let [isStarting, isStopping] = [false, false];
    await new Promise<void>((resolve, reject) => {
      const leave = subscribe((item) => {
        if (item.__typename === 'Checkpoint' && !isStarting) {
          isStarting = true;
          void start().then((started) => (id = started), reject);
        }
        if (item.trade) {
          fills.push(item.trade.id);
          cut();
        }
        if (fills.length >= 3 && id !== undefined && !isStopping) {
          isStopping = true;
          void world.call('stopBot', { id, closePosition: true });
        }
        if (id !== undefined && stops(id, item)) {
          leave();
          resolve();
        }
      }, reject);
    });
    expect(fills).toEqual(await tradesOf(id ?? ''));
  }

  it('works as a link of Apollo Client', async () => {
    const { client, cut } = fragile();
    const link = ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      resumableLink(client),
      new HttpLink({ uri: world.app.url }),
    );
    const apollo = new ApolloClient({ link, cache: new InMemoryCache() });
    await follow((next, failed) => {
      const subscription = apollo.subscribe<{ accountChanged: Told }>({ query: gql(query), fetchPolicy: 'no-cache' }).subscribe({
        next: ({ data, error }) => (data ? next(data.accountChanged) : failed(error)),
        error: failed,
      });
      return () => subscription.unsubscribe();
    }, cut);
    apollo.stop();
  });

  it('works as an exchange of urql', async () => {
    const { client, cut } = fragile();
    const urql = new UrqlClient({ url: world.app.url, exchanges: [fetchExchange, resumableExchange(client)] });
    await follow((next, failed) => {
      const subscription = urql
        .subscription<{ accountChanged: Told }>(query, {})
        .subscribe(({ data, error }) => (data ? next(data.accountChanged) : failed(error)));
      return () => subscription.unsubscribe();
    }, cut);
  });
});

async function take<T>(count: number, items: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) if (taken.push(item) === count) break;
  return taken;
}

describe('what a server sends again', () => {
  const order = (version: number): Told => ({
    __typename: 'OrderChanged',
    cursor: `order ${version}`,
    order: { id: 'o', version },
  });
  const fill = (id: string): Told => ({ __typename: 'OrderFilled', cursor: id, trade: { id }, order: { id: 'o', version: 2 } });
  const reset: Told = { __typename: 'StreamReset', cursor: 'reset' };
  const cases: { name: string; sent: Told[]; told: string[] }[] = [
    { name: 'an object as it was told before', sent: [order(1), order(2), order(2)], told: ['order 1', 'order 2'] },
    { name: 'an object as it was before that', sent: [order(2), order(1), order(3)], told: ['order 2', 'order 3'] },
    { name: 'an execution', sent: [fill('t1'), fill('t2'), fill('t1')], told: ['t1', 't2'] },
    { name: 'a version after a reset, which is news', sent: [order(2), reset, order(1)], told: ['order 2', 'reset', 'order 1'] },
  ];

  it.each(cases)('is dropped, or not: $name', async ({ sent, told }) => {
    async function* iterate(): AsyncGenerator<{ data: Record<string, Told> }> {
      for (const item of sent) yield await Promise.resolve({ data: { accountChanged: item } });
    }
    const client = { iterate } as unknown as Client;
    const items = await take(Infinity, resumable<Told>({ client, query }));
    expect(items.map(({ cursor }) => cursor)).toEqual(told);
  });
});
