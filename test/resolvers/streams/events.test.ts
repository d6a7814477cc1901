import { describe, expect, it } from 'vitest';
import { CursorCodec } from '../../../src/services/events/cursor.ts';
import type { TestUser } from '../../support/app.ts';
import { dialects } from '../../support/databases.ts';
import { tradingApp } from '../bots/trading-app.ts';

/* Events, for who asks again and again instead of subscribing. */

interface Page {
  readonly items: readonly {
    readonly __typename: string;
    readonly cursor: string;
    readonly jobId?: string;
    readonly status?: string;
    readonly version?: number;
    readonly bot?: { readonly name: string };
  }[];
  readonly cursor: string;
  readonly hasMore: boolean;
  readonly resetReason: string | null;
}

const document = `query ($since: EventCursor, $types: [StreamType!], $first: Int) {
  events(since: $since, types: $types, first: $first) {
    items { __typename ... on StreamItem { cursor at } ... on BotStateChanged { bot { name } } ... on JobChanged { jobId status version progressPercent failureReason } }
    cursor hasMore resetReason
  }
}`;

describe.each(dialects)('events since a cursor, on %s', (dialect) => {
  const world = tradingApp(dialect);
  const page = async (variables: Record<string, unknown> = {}, user: TestUser = world.ann): Promise<Page> => {
    const { data, errors } = await world.send(document, variables, user);
    if (!data) throw new Error(JSON.stringify(errors));
    return data['events'];
  };

  it('begin with a cursor, come in order and once each, a page at a time', async () => {
    const begin = await page();
    expect(begin).toEqual({ items: [], cursor: expect.any(String), hasMore: false, resetReason: null });
    expect(begin.cursor).toBe((await world.send('{ eventCursor }')).data?.['eventCursor']);
    expect(await page({ since: begin.cursor })).toEqual(begin);
    for (const name of ['one', 'two', 'three', 'four', 'five']) await world.newBot({ name });

    const told: (string | undefined)[] = [];
    const cursors: string[] = [];
    let { cursor, hasMore } = begin;
    do {
      const next = await page({ since: cursor, first: 2 });
      told.push(...next.items.map(({ bot }) => bot?.name));
      cursors.push(...next.items.map((item) => item.cursor));
      ({ cursor, hasMore } = next);
    } while (hasMore);
    expect(told).toEqual(['one', 'two', 'three', 'four', 'five']);
    expect(cursor).toBe(cursors[4]);
    // Each item's own cursor is a place to go on from, here and in a subscription.
    expect((await page({ since: cursors[2] })).items.map(({ bot }) => bot?.name)).toEqual(['four', 'five']);
    const stream =
      'subscription ($after: EventCursor) { botStateChanged(after: $after) { ... on BotStateChanged { bot { name } } } }';
    const { value } = await world.app.subscribe(stream, { after: cursors[2] }, world.ann.token).next();
    expect(value.data).toEqual({ botStateChanged: { bot: { name: 'four' } } });
  });

  it('have jobs in them, from their making to their end', async () => {
    const { cursor } = await page();
    const input = {
      strategyId: await world.newStrategy(),
      market: { symbol: { exchange: 'sim', symbol: 'BTC/USDT' } },
      timeframe: 'H1',
      from: '2025-01-01T00:00:00Z',
      to: '2025-02-01T00:00:00Z',
      initialCapital: '10000',
      positionSizePercent: '95',
    };
    const create = 'mutation ($input: CreateBacktestInput!) { createBacktest(input: $input) { backtest { id } } }';
    const id = (await world.send(create, { input })).data?.['createBacktest'].backtest.id;
    const jobs = async (): Promise<Page['items']> => (await page({ since: cursor, types: ['JOB'] })).items;
    await expect.poll(async () => (await jobs()).at(-1)?.status).toBe('COMPLETED');
    const told = await jobs();
    expect(told.every(({ __typename, jobId }) => __typename === 'JobChanged' && jobId === id)).toBe(true);
    expect(told.map(({ status }) => status).filter((status, index, all) => status !== all[index - 1])).toEqual([
      'PENDING',
      'RUNNING',
      'COMPLETED',
    ]);
    const versions = told.map(({ version }) => version ?? 0);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    const other = await page({ since: cursor, types: ['BOT', 'ORDER'] });
    expect(other).toMatchObject({ items: [], hasMore: false });
    expect(other.cursor).not.toBe(cursor);
    expect((await page({ since: cursor })).items.map(({ __typename }) => __typename)).toContain('LogAppended');
  });

  it('say why a cursor is worth nothing, and refuse one that is not of this account', async () => {
    const elsewhere = new CursorCodec(new Uint8Array(32), 'another database').encode('somebody', 3);
    const reset = await page({ since: elsewhere });
    expect(reset).toMatchObject({ items: [], hasMore: false, resetReason: 'the cursor is of another database' });
    expect(await page({ since: reset.cursor })).toMatchObject({ items: [], resetReason: null });
    const { cursor } = await page();
    for (const [since, user] of [
      ['AQmade-up', world.ann],
      [cursor, world.bob],
    ] as const)
      expect((await world.send(document, { since }, user)).errors).toMatchObject([
        {
          message: '"since" is not an event cursor of this account; leave it out',
          extensions: { code: 'BAD_CURSOR', inputPath: ['since'] },
        },
      ]);
    expect((await world.app.graphql(document)).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  it.each([[0], [501], [-1]])('refuse first: %i', async (first) => {
    const { errors } = await world.send('query ($first: Int!) { events(first: $first) { cursor } }', { first });
    expect(errors).toMatchObject([{ message: `first is ${first}, it must be from 1 to 500`, extensions: { code: 'INVALID' } }]);
  });
});
