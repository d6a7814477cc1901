import { afterAll, beforeAll } from 'vitest';
import { toGlobalId } from '../../../src/resolvers/ids.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { type Answer, startApp, type TestApp, type TestUser } from '../../support/app.ts';
import { newPostgres, newSqlite } from '../../support/databases.ts';

/** Whatever the document asked for. */
type Data = NonNullable<Answer['data']>;

/** The whole program on a fast simulated market, with two people on it. */
export class TradingApp {
  app!: TestApp;
  ann!: TestUser;
  bob!: TestUser;
  #names = 0;

  /** Sends an operation as one of them. */
  send(query: string, variables: Record<string, unknown> = {}, user: TestUser = this.ann): Promise<Answer> {
    return this.app.graphql(query, variables, user.token);
  }

  /** A strategy that enters and leaves often; its global id. */
  newStrategy(user: TestUser = this.ann): Promise<string> {
    return this.#newStrategy(user, 'ema-rsi', {
      emaFast: 2,
      emaSlow: 4,
      rsiPeriod: 2,
      rsiOverbought: 100,
      rsiOversold: 0,
      rsiExit: null,
    });
  }

  /** A strategy that enters at every candle and never leaves by itself: what closes its position is certain. Its global id. */
  newHolder(user: TestUser = this.ann): Promise<string> {
    return this.#newStrategy(user, 'buy-and-hold', {});
  }

  async #newStrategy(user: TestUser, builtIn: string, parameters: Record<string, number | null>): Promise<string> {
    const viewer: Viewer = { userId: await this.userId(user), role: 'TRADER', scopes: ['READ', 'TRADE'] };
    const name = `${builtIn} ${++this.#names}`;
    const { id } = await this.app.app.strategies.create(viewer, { name, kind: 'BUILT_IN', builtIn, parameters });
    return toGlobalId('str', id);
  }

  async userId(user: TestUser): Promise<string> {
    const found = await this.app.app.database.orm.em
      .fork()
      .getConnection()
      .execute('select id from users where email = ?', [user.email]);
    return String(found[0].id);
  }

  /** Input of createBot, with some of it changed. */
  async botInput(changes: Record<string, unknown> = {}, user: TestUser = this.ann): Promise<Record<string, unknown>> {
    return {
      name: `bot ${++this.#names}`,
      strategyId: await this.newStrategy(user),
      market: { symbol: { exchange: 'sim', symbol: 'BTC/USDT' } },
      timeframe: 'M1',
      mode: 'PAPER',
      risk: { initialCapital: '10000', positionSizePercent: '95', stopLossPercent: '2', takeProfitPercent: '4' },
      ...changes,
    };
  }

  /** A new bot; its global id. */
  async newBot(changes: Record<string, unknown> = {}, user: TestUser = this.ann): Promise<string> {
    const input = await this.botInput(changes, user);
    const { data, errors } = await this.send(
      'mutation ($input: CreateBotInput!) { createBot(input: $input) { bot { id } errors { message } } }',
      { input },
      user,
    );
    if (!data?.['createBot']?.bot) throw new Error(JSON.stringify({ data, errors }));
    return data['createBot'].bot.id as string;
  }

  /** Calls one of the mutations that take a bot's id; answers its payload. */
  async call(name: string, input: Record<string, unknown>, user: TestUser = this.ann): Promise<Data> {
    const type = `${name[0].toUpperCase()}${name.slice(1)}Input`;
    const bot = name === 'deleteBot' ? 'deletedId' : 'bot { id version state { status lastErrorMessage } allowedActions }';
    const document = `mutation ($input: ${type}!) { ${name}(input: $input) { ${bot} errors { __typename message code path } eventCursor } }`;
    const { data, errors } = await this.send(document, { input }, user);
    if (!data?.[name]) throw new Error(JSON.stringify(errors));
    return data[name];
  }

  /** Waits until a query's answer is as wanted. */
  async until(query: string, variables: Record<string, unknown>, isSo: (data: Data) => boolean): Promise<Data> {
    const patience = Date.now() + 60_000;
    for (;;) {
      const { data, errors } = await this.send(query, variables);
      if (data && isSo(data)) return data;
      if (Date.now() > patience) throw new Error(`it never came: ${query}, last: ${JSON.stringify({ data, errors })}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Starts the program before the tests of a block and stops it after them. */
export function tradingApp(dialect: 'sqlite' | 'postgresql', simSpeed = 300): TradingApp {
  const trading = new TradingApp();
  let remove: () => Promise<void>;
  beforeAll(async () => {
    const database = await (dialect === 'sqlite' ? newSqlite() : newPostgres());
    remove = database.remove;
    trading.app = await startApp(database.url, { simSpeed });
    [trading.ann, trading.bob] = [await trading.app.signUp('ann@example.com'), await trading.app.signUp('bob@example.com')];
  });
  afterAll(async () => {
    await trading.app?.stop();
    await remove?.();
  });
  return trading;
}
