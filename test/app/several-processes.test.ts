import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/services/ids.ts';
import { type Answer, startApp, type TestApp, type TestUser } from '../support/app.ts';
import { newPostgres } from '../support/databases.ts';
import { redisAnswers, redisUrl } from '../support/redis.ts';
import { redisProxy, type RedisProxy } from '../support/redis-proxy.ts';
import type { Role } from '../../src/config.ts';

/* One installation of several processes on PostgreSQL: what is done at one of them is seen at the others. */

type Data = NonNullable<Answer['data']>;

interface Several {
  readonly front: TestApp;
  readonly other: TestApp;
  readonly runners: readonly TestApp[];
  readonly worker: TestApp;
}

const fast = { simSpeed: 600 };

function several(redis: () => string | undefined): () => Several {
  let apps: TestApp[] = [];
  let made: Several;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    const database = await newPostgres();
    remove = database.remove;
    const start = async (...roles: Role[]): Promise<TestApp> => {
      const app = await startApp(database.url, { ...fast, roles: new Set(roles), redisUrl: redis() });
      apps.push(app);
      return app;
    };
    const [front, other] = [await start('api'), await start('api')];
    made = { front, other, runners: [await start('runner'), await start('runner')], worker: await start('worker') };
  });
  afterAll(async () => {
    for (const app of apps) await app.stop();
    apps = [];
    await remove();
  });
  return () => made;
}

async function send(app: TestApp, user: TestUser, query: string, variables: Record<string, unknown> = {}): Promise<Data> {
  const { data, errors } = await app.graphql(query, variables, user.token);
  if (!data || errors) throw new Error(JSON.stringify(errors));
  return data;
}

async function mutate(
  app: TestApp,
  user: TestUser,
  name: string,
  input: Record<string, unknown>,
  selection: string,
): Promise<Data> {
  const type = `${name[0].toUpperCase()}${name.slice(1)}Input`;
  const data = await send(
    app,
    user,
    `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} errors { message } } }`,
    { input },
  );
  if (data[name].errors.length > 0) throw new Error(JSON.stringify(data[name].errors));
  return data[name];
}

async function newStrategy(app: TestApp, user: TestUser): Promise<string> {
  const parameters = { emaFast: 2, emaSlow: 4, rsiPeriod: 2, rsiOverbought: 100, rsiOversold: 0, rsiExit: null };
  const input = { name: `cross ${newId()}`, kind: 'BUILT_IN', builtIn: 'ema-rsi', parameters };
  return (await mutate(app, user, 'createStrategy', input, 'strategy { id }'))['strategy'].id;
}

const market = { symbol: { exchange: 'sim', symbol: 'BTC/USDT' } };

/** Starts a bot at one server; a subscription at another one has to tell of its fills. */
async function fillsElsewhere({ front, other }: Several, count: number): Promise<void> {
  const user = await front.signUp(`${newId()}@example.com`);
  const input = {
    name: `bot ${newId()}`,
    strategyId: await newStrategy(front, user),
    market,
    timeframe: 'M1',
    mode: 'PAPER',
    // Its trades fit on a page, however long its readers take.
    risk: { initialCapital: '10000', positionSizePercent: '95', maxDailyTrades: 8 },
  };
  const { bot } = await mutate(front, user, 'createBot', input, 'bot { id }');
  const items = other.subscribe(
    'subscription { accountChanged(types: [FILL, BOT]) { __typename ... on OrderFilled { trade { id } } ... on BotStateChanged { bot { state { status } } } } }',
    {},
    user.token,
  );
  await items.next();
  await mutate(front, user, 'startBot', { id: bot.id }, 'bot { id }');
  const fills: string[] = [];
  let isStopping = false;
  for await (const { data } of items) {
    const item = data?.['accountChanged'];
    if (item.trade) fills.push(item.trade.id);
    if (fills.length >= count && !isStopping) {
      isStopping = true;
      await mutate(other, user, 'stopBot', { id: bot.id, closePosition: true }, 'bot { id }');
    }
    if (item.bot?.state.status === 'STOPPED') break;
  }
  const { bot: after } = await send(
    front,
    user,
    'query ($id: ID!) { bot(id: $id) { trades(first: 100) { nodes { id } } } }',
    bot,
  );
  expect(fills).toEqual(after.trades.nodes.map(({ id }: { id: string }) => id).toReversed());
}

async function backtest({ front, other }: Several): Promise<string> {
  const user = await front.signUp(`${newId()}@example.com`);
  const input = {
    strategyId: await newStrategy(front, user),
    market,
    timeframe: 'H1',
    from: '2025-01-01T00:00:00Z',
    to: '2025-02-01T00:00:00Z',
    initialCapital: '10000',
  };
  const { backtest: made } = await mutate(front, user, 'createBacktest', input, 'backtest { id }');
  let status = '';
  for await (const { data } of other.subscribe('subscription ($id: ID!) { jobProgressed(id: $id) { status } }', made, user.token))
    status = data?.['jobProgressed'].status;
  return status;
}

/** Signs out at one server; a socket at the other must be closed within a second. */
async function revokedElsewhere({ front, other }: Several): Promise<number> {
  const user = await front.signUp(`${newId()}@example.com`);
  const client = other.client(user.token);
  const closed = new Promise<number>((resolve) => client.on('closed', (event) => resolve((event as { code: number }).code)));
  const items = client.iterate({ query: 'subscription { botStateChanged { __typename } }' });
  await items.next();
  await front.graphql('mutation { signOut { errors { message } } }', {}, user.token);
  void items.next().catch(() => undefined);
  return closed;
}

const hasRedis = await redisAnswers();

describe.runIf(hasRedis)('several processes with Redis', () => {
  const processes = several(() => redisUrl);

  it('push at one server what a bot that another process runs has filled', () => fillsElsewhere(processes(), 3));
  it('work on backtests at the worker', async () => expect(await backtest(processes())).toBe('COMPLETED'));
  it('close sockets of who signed out elsewhere', async () => expect(await revokedElsewhere(processes())).toBe(4403));
});

describe('several processes without Redis', () => {
  const processes = several(() => undefined);

  it('push at one server what a bot that another process runs has filled', () => fillsElsewhere(processes(), 2));
  it('work on backtests at the worker', async () => expect(await backtest(processes())).toBe('COMPLETED'));
  it('close sockets of who signed out elsewhere', async () => expect(await revokedElsewhere(processes())).toBe(4403));
});

describe.runIf(hasRedis)('several processes whose Redis goes away', () => {
  let proxy: RedisProxy;
  beforeAll(async () => {
    proxy = await redisProxy(new Redis(redisUrl, { lazyConnect: true }).options);
  });
  afterAll(() => proxy.close());
  const processes = several(() => proxy.url);

  it('go on by looking at the database, and wake each other again when it is back', async () => {
    await fillsElsewhere(processes(), 1);
    proxy.cut();
    await fillsElsewhere(processes(), 2);
    expect(await backtest(processes())).toBe('COMPLETED');
    proxy.mend();
    await fillsElsewhere(processes(), 1);
    expect(await backtest(processes())).toBe('COMPLETED');
  });
});
