import { describe, expect, it } from 'vitest';
import type { TestUser } from '../../support/app.ts';
import { dialects } from '../../support/databases.ts';
import { tradingApp } from '../bots/trading-app.ts';

/* What bots and jobs had to say, as their owner reads and hears it. */

interface Line {
  readonly id: string;
  readonly level: string;
  readonly message: string;
  readonly jobId: string | null;
  readonly bot: { readonly id: string } | null;
}

const list =
  'query ($filter: LogEntryFilter, $jobId: ID) { logs(first: 50, filter: $filter, jobId: $jobId) { nodes { id level message at jobId bot { id } } count { value } } }';
const appended =
  'subscription ($botId: ID, $after: EventCursor, $start: StreamStart) { logAppended(botId: $botId, after: $after, start: $start) { __typename ... on StreamItem { cursor } ... on LogAppended { isSnapshot entry { id level message bot { id } } } } }';

describe.each(dialects)('logs, on %s', (dialect) => {
  const world = tradingApp(dialect);
  /** Oldest first. */
  const lines = async (variables: Record<string, unknown> = {}, user: TestUser = world.ann): Promise<Line[]> => {
    const { data, errors } = await world.send(list, variables, user);
    if (!data) throw new Error(JSON.stringify(errors));
    return data['logs'].nodes.toReversed();
  };
  const messages = (found: readonly Line[]): string[] => found.map(({ message }) => message.replace(/"bot \d+"/, '"it"'));
  const status = async (id: string, wanted: string): Promise<void> => {
    const query = 'query ($id: ID!) { bot(id: $id) { state { status } } }';
    await world.until(query, { id }, ({ bot }) => bot.state.status === wanted);
  };

  it('tell a bot’s life, by bot and by level, and what it was refused', async () => {
    const [id, other] = [await world.newBot(), await world.newBot()];
    await world.call('startBot', { id: other });
    const limit = 'mutation ($input: CreateRiskLimitInput!) { createRiskLimit(input: $input) { errors { message } } }';
    await world.send(limit, { input: { type: 'SYMBOL_LOCK', symbol: 'BTC/USDT', botId: id } });
    const before = (await world.send('{ eventCursor }')).data?.['eventCursor'];
    await world.call('startBot', { id });
    const refused = { botId: { eq: id }, level: { eq: 'WARN' } };
    await expect.poll(async () => (await lines({ filter: refused })).length).toBeGreaterThan(0);
    await world.call('stopBot', { id });
    await status(id, 'STOPPED');
    await world.call('stopBot', { id: other, closePosition: true });

    const own = await lines({ filter: { botId: { eq: id }, level: { eq: 'INFO' } } });
    expect(messages(own)).toEqual([
      'bot "it" was started',
      'bot "it" has reconciled and runs',
      'bot "it" is being stopped',
      'bot "it" has stopped',
    ]);
    const [warning] = await lines({ filter: refused });
    expect(warning).toMatchObject({ level: 'WARN', bot: { id }, jobId: null });
    expect(warning.message).toMatch(/^an entry of bot "bot \d+" was refused: .*BTC\/USDT/);

    const heard: string[] = [];
    const all = await lines({ filter: { botId: { eq: id } } });
    for await (const { data } of world.app.subscribe(appended, { botId: id, after: before }, world.ann.token)) {
      const { entry } = data?.['logAppended'] ?? {};
      if (entry) heard.push(entry.id);
      if (heard.length === all.length) break;
    }
    expect(heard).toEqual(all.map((line) => line.id));
    const node = 'query ($id: ID!) { node(id: $id) { ... on LogEntry { message } } }';
    expect((await world.send(node, { id: warning.id })).data).toEqual({ node: { message: warning.message } });
    expect((await world.send(node, { id: warning.id }, world.bob)).data).toEqual({ node: null });
    expect(await lines({}, world.bob)).toEqual([]);
  });

  it('begin with the newest lines when a snapshot was asked for', async () => {
    const snapshot = async (): Promise<string[]> => {
      const told: string[] = [];
      for await (const { data } of world.app.subscribe(appended, { start: 'SNAPSHOT' }, world.ann.token)) {
        const { __typename, entry } = data?.['logAppended'] ?? {};
        if (__typename === 'SnapshotEnd') break;
        told.push(entry.id);
      }
      return told;
    };
    // A line may be written between the two looks: then both look again.
    const looks = async (): Promise<string[][]> => [await snapshot(), (await lines()).map(({ id }) => id)];
    let [told, listed]: string[][] = [];
    await expect
      .poll(async () => ([told, listed] = await looks()).map(({ length }) => length))
      .toSatisfy(([first, second]: number[]) => first === second && first > 0);
    expect(told).toEqual(listed);
  });

  it('tell how jobs ended, by job', async () => {
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
    const jobId = (await world.send(create, { input })).data?.['createBacktest'].backtest.id;
    await expect.poll(() => lines({ jobId })).toHaveLength(1);
    expect(await lines({ jobId })).toMatchObject([{ level: 'INFO', message: 'a backtest is complete', jobId, bot: null }]);
    expect(await lines({ jobId, filter: { level: { in: ['ERROR'] } } })).toEqual([]);
  });

  it.each([
    [{ jobId: 'bot_01h455vb4pex5vsknk084sn02q' }, 'expected a bt_, cfe_ or opt_ id, got "bot_01h455vb4pex5vsknk084sn02q"'],
    [{ filter: { botId: { eq: 'nonsense' } } }, 'expected a bot_ id, got "nonsense"'],
  ])('refuse %o', async (variables, message) => {
    const { errors } = await world.send(list, variables);
    expect(errors).toMatchObject([{ message, extensions: { code: 'INVALID' } }]);
  });
});
