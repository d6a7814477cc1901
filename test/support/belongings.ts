import { AlertTrigger } from '../../src/entities/operations/AlertTrigger.ts';
import { LogEntry } from '../../src/entities/operations/LogEntry.ts';
import { ReconciliationRun } from '../../src/entities/operations/ReconciliationRun.ts';
import { RefusedOrder } from '../../src/entities/operations/RefusedOrder.ts';
import { decimal } from '../../src/trading/money.ts';
import { FundsTransfer } from '../../src/entities/trading/FundsTransfer.ts';
import { Order } from '../../src/entities/trading/Order.ts';
import { Position } from '../../src/entities/trading/Position.ts';
import { ClosedTrade } from '../../src/entities/trading/ClosedTrade.ts';
import { Trade } from '../../src/entities/trading/Trade.ts';
import { entities } from '../../src/entities/index.ts';
import { parseGlobalId, toGlobalId } from '../../src/resolvers/ids.ts';
import type { TestApp, TestUser } from './app.ts';

/** Everything that one person can have here, and what would give it away in somebody else's answer. */
export interface Belongings {
  /** Global ids, one or more of every type that has them. */
  readonly ids: readonly string[];
  /** Tokens and the like. */
  readonly secrets: readonly string[];
  /** The owner's rows as they stand, leaving out what changes by itself. */
  picture(): Promise<unknown>;
  /** Makes something happen that the owner's streams tell. */
  stir(): Promise<void>;
  revokedToken(): Promise<string>;
  readOnlyToken(): Promise<string>;
}

/** Gives a person one of everything, through the API, with `mark` in every name. */
export async function furnish(app: TestApp, owner: TestUser, mark: string): Promise<Belongings> {
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the mutation answers
  const send = async (field: string, input: object, selection: string, token = owner.token): Promise<any> => {
    const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
    const answer = await app.graphql(
      `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} errors { message } } }`,
      { input },
      token,
    );
    const result = answer.data?.[field];
    if (!result || result.errors.length > 0) throw new Error(`${field} failed: ${JSON.stringify(answer)}`);
    return result;
  };
  const market = { symbol: { exchange: 'sim', symbol: 'BTC/USDT' } };
  const parameters = { emaFast: 2, emaSlow: 4, rsiPeriod: 2, rsiOverbought: 100, rsiOversold: 0, rsiExit: null };
  const strategy = (
    await send(
      'createStrategy',
      { name: `${mark} strategy`, kind: 'BUILT_IN', builtIn: 'ema-rsi', parameters },
      'strategy { id }',
    )
  ).strategy.id as string;
  const risk = { initialCapital: '10000', positionSizePercent: '95' };
  const bot = (
    await send(
      'createBot',
      { name: `${mark} bot`, strategyId: strategy, market, timeframe: 'M1', mode: 'PAPER', risk },
      'bot { id }',
    )
  ).bot.id as string;
  const run = {
    strategyId: strategy,
    market,
    timeframe: 'H1',
    from: '2025-01-01T00:00:00Z',
    to: '2025-02-01T00:00:00Z',
    initialCapital: '10000',
    positionSizePercent: '95',
  };
  const backtest = (await send('createBacktest', { ...run, name: `${mark} backtest` }, 'backtest { id }')).backtest.id as string;
  const fetch = (
    await send(
      'fetchCandles',
      { market, timeframe: 'H1', from: '2025-01-01T00:00:00Z', to: '2025-01-02T00:00:00Z' },
      'candleFetch { id }',
    )
  ).candleFetch.id as string;
  await until(
    async () =>
      (await app.graphql('query ($id: ID!) { node(id: $id) { ... on CandleFetch { status } } }', { id: fetch }, owner.token))
        .data?.['node'].status === 'COMPLETED',
  );
  const token = await send(
    'createAccessToken',
    { name: `${mark} token`, scopes: ['READ', 'TRADE'] },
    'secret accessToken { id }',
  );
  const secrets = { apiKey: `${mark}-public-half`, secret: `${mark}-private-half`, passphrase: `${mark} passphrase` };
  const key = (
    await send(
      'createApiKey',
      { exchange: 'binance', label: `${mark} key`, permission: 'READ_ONLY', ...secrets },
      'apiKey { id }',
    )
  ).apiKey.id as string;
  await until(
    async () =>
      (await app.graphql('query ($id: ID!) { backtest(id: $id) { status } }', { id: backtest }, owner.token)).data?.['backtest']
        .status === 'COMPLETED',
  );

  // A bot that has traded: orders, executions, a position that closed.
  await send('startBot', { id: bot }, 'bot { id }');
  const userId = parseGlobalId(owner.id)?.uuid ?? '';
  const rows = app.app.database.rows(userId);
  await until(async () => (await rows.countUpTo(ClosedTrade, undefined, 1)).value > 0);
  await send('stopBot', { id: bot, closePosition: true }, 'bot { id }');
  await until(
    async () =>
      (await app.graphql('query ($id: ID!) { bot(id: $id) { state { status } } }', { id: bot }, owner.token)).data?.['bot'].state
        .status === 'STOPPED',
  );

  const limit = (await send('createRiskLimit', { type: 'SYMBOL_LOCK', symbol: 'ETH/USDT', botId: bot }, 'riskLimit { id }'))
    .riskLimit.id as string;
  const halt = { reason: `${mark} is careful`, botId: bot };
  const killSwitch = (await send('activateKillSwitch', { mode: 'BLOCK_ENTRIES', ...halt }, 'killSwitch { id }')).killSwitch
    .id as string;
  await send('releaseKillSwitch', halt, 'killSwitch { id }');
  const refused = await app.app.database.transaction(async (em) => {
    const { exchange, symbol, side, type, amount } = await em.findOneOrFail(Order, { user: userId });
    const refusals = [{ rule: 'SYMBOL_LOCK', message: `${mark} may not`, limit: '0', value: '1' }];
    const row = { user: userId, bot: parseGlobalId(bot)?.uuid ?? null, exchange, symbol, side, type, amount, price: amount };
    const made = em.create(RefusedOrder, { ...row, isPaper: true, refusals });
    await em.flush();
    return made.id;
  });

  const transfer = await app.app.database.transaction(async (em) => {
    const { exchange } = await em.findOneOrFail(Order, { user: userId });
    const row = { user: userId, bot: parseGlobalId(bot)?.uuid ?? null, exchange, account: `live:${mark}`, asset: 'USDT' };
    const made = em.create(FundsTransfer, { ...row, amount: decimal(7), fencingToken: 1, sentAt: new Date(), reason: mark });
    await em.flush();
    return made.id;
  });

  // One that has come true, and is looked at no more: its row stays as it is.
  const price = { price: { market, direction: 'ABOVE', price: '1' } };
  const alert = (await send('createAlert', { name: `${mark} alert`, condition: price }, 'alert { id }')).alert.id as string;
  await until(async () => (await rows.countUpTo(AlertTrigger, undefined, 1)).value > 0);
  await send('updateAlert', { id: alert, patch: { isActive: false } }, 'alert { id }');

  const first = async (
    entity:
      | typeof AlertTrigger
      | typeof LogEntry
      | typeof Order
      | typeof Trade
      | typeof Position
      | typeof ClosedTrade
      | typeof ReconciliationRun,
  ): Promise<string> => (await rows.list(entity as typeof Order, { fields: ['id'], limit: 1 }))[0].id;
  const audit = (await app.graphql('{ auditEvents(first: 1) { nodes { id } } }', {}, owner.token)).data?.['auditEvents'].nodes[0]
    .id as string;
  return {
    ids: [
      owner.id,
      strategy,
      bot,
      backtest,
      fetch,
      token.accessToken.id,
      key,
      audit,
      limit,
      killSwitch,
      alert,
      toGlobalId('alt', await first(AlertTrigger)),
      toGlobalId('ref', refused),
      toGlobalId('ftr', transfer),
      toGlobalId('log', await first(LogEntry)),
      toGlobalId('ord', await first(Order)),
      toGlobalId('trd', await first(Trade)),
      toGlobalId('pos', await first(Position)),
      toGlobalId('ctd', await first(ClosedTrade)),
      toGlobalId('rec', await first(ReconciliationRun)),
    ],
    secrets: [owner.token, owner.refreshToken, token.secret, ...Object.values(secrets)],
    picture: () => picture(app, userId),
    async stir() {
      await send('startBot', { id: bot }, 'bot { id }');
      await send('createBacktest', { ...run, name: `${mark} again` }, 'backtest { id }');
      await send('stopBot', { id: bot }, 'bot { id }');
    },
    async revokedToken() {
      const made = await send(
        'createAccessToken',
        { name: `${mark} revoked`, scopes: ['READ', 'TRADE'] },
        'secret accessToken { id }',
      );
      await send('revokeAccessToken', { id: made.accessToken.id }, 'accessToken { id }');
      return made.secret as string;
    },
    async readOnlyToken() {
      return (await send('createAccessToken', { name: `${mark} reader`, scopes: ['READ'] }, 'secret')).secret as string;
    },
  };
}

/** All rows that carry the owner, from every table, so that a new one is looked at too. */
async function picture(app: TestApp, userId: string): Promise<unknown> {
  const em = app.app.database.system();
  const tables = entities
    .map((entity) => em.getMetadata().get(entity as never))
    .filter((meta) => Object.values(meta.properties).some((property) => property.fieldNames?.[0] === 'user_id'));
  const result: Record<string, unknown> = {};
  for (const { tableName } of tables) {
    // What failed attempts of others may add to the trail, and what a token's use leaves, is not the owner's data.
    if (tableName === 'audit_events' || tableName === 'access_tokens') continue;
    result[tableName] = await em.execute(`select * from ${tableName} where user_id = ? order by 1, 2`, [userId]);
  }
  return JSON.parse(JSON.stringify(result));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 100_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('what was waited for did not come');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
