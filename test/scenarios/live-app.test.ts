import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { CcxtExchange } from '../../src/services/exchanges/ccxt/ccxt-exchange.ts';
import { CcxtMarketData } from '../../src/services/exchanges/ccxt/ccxt-market-data.ts';
import { CcxtKeyProbe } from '../../src/services/exchanges/ccxt/permissions.ts';
import { canonical } from '../../src/trading/money.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { newPostgres, newSqlite } from '../support/databases.ts';
import { binance } from '../support/venue/binance/binance.ts';
import { bybit } from '../support/venue/bybit/bybit.ts';
import { kraken } from '../support/venue/kraken/kraken.ts';
import { Pinned } from '../support/venue/pin.ts';
import { Venue } from '../support/venue/venue.ts';

/*
 * The whole program over GraphQL, with market data, key check and account of an exchange that runs on this machine, through the real ccxt.
 */

const minute = 60_000;
/** The venue's minute ends so long after the first question to it, ms: by then the bot usually runs. A slow machine waits for the next one. */
const headStart = 8_000;
const price = 10_000;
const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

it.concurrent.each([
  ['Binance', 'SQLite', binance, newSqlite],
  ['Binance', 'PostgreSQL', binance, newPostgres],
  ['Kraken', 'SQLite', kraken, newSqlite],
  ['Bybit', 'SQLite', bybit, newSqlite],
] as const)(
  'a LIVE bot on %s with %s buys, survives its server and closes',
  async (_, __, dialect, newDatabase) => {
    const { url, remove } = await newDatabase();
    cleanUps.push(remove);
    const venue = await Venue.start({ dialect, feeAsset: 'QUOTE' });
    cleanUps.push(() => venue.close());
    const pinned = new Pinned(() => venue);
    cleanUps.push(() => pinned.close());
    const { prepare } = pinned;
    const start = async (): Promise<TestApp> => {
      const app = await startApp(
        url,
        {},
        {
          keyProbe: new CcxtKeyProbe({ prepare }),
          openMarketData: (exchange) => CcxtMarketData.open({ exchange, prepare }),
          openExchange: (exchange, credentials) => CcxtExchange.open({ exchange, ...credentials, prepare }),
        },
      );
      cleanUps.push(() => app.stop());
      return app;
    };

    const first = await start();
    const { token } = await first.signUp(`${dialect.id}@example.com`);
    const change = changerOf(first, token);
    furnish(venue);
    const key = { exchange: dialect.id, label: 'main', permission: 'TRADE', apiKey: venue.apiKey, secret: venue.secret };
    const apiKeyId: string = (await change('createApiKey', 'CreateApiKeyInput', 'apiKey { id isValid }', key)).apiKey.id;
    const strategy = { name: 'hold', kind: 'BUILT_IN', builtIn: 'buy-and-hold' };
    const strategyId: string = (await change('createStrategy', 'CreateStrategyInput', 'strategy { id }', strategy)).strategy.id;
    const newBot = async (symbol: string): Promise<string> => {
      // One entry: what a minute that begins at the end of the test would bring is not asked about.
      const risk = { initialCapital: '4000', stopLossPercent: '1', takeProfitPercent: '3', maxDailyTrades: 1 };
      const market = { symbol: { exchange: dialect.id, symbol } };
      const input = { name: symbol, strategyId, apiKeyId, market, timeframe: 'M1', mode: 'LIVE', risk };
      return (await change('createBot', 'CreateBotInput', 'bot { id }', input)).bot.id;
    };
    const id = await newBot('BTC/USDT');
    const fills = first.subscribe(
      'subscription($id: ID!) { orderFilled(botId: $id) { ... on OrderFilled { order { side status } trade { price amount } } } }',
      { id },
      token,
    );
    const filled = (async () => {
      for await (const { data, errors } of fills) {
        expect(errors).toBeUndefined();
        if (data?.['orderFilled'].trade) return data['orderFilled'];
      }
    })();
    const closing = await newBot('ETH/USDT');
    for (const each of [id, closing]) await change('startBot', 'StartBotInput', 'bot { id }', { id: each });
    const [told] = await Promise.all([filled, openNextMinute(venue)]);
    const buy = venue.ledger.orders.find(({ symbol }) => symbol.id === 'BTCUSDT');
    expect(told).toMatchObject({
      order: { side: 'BUY', status: 'FILLED' },
      trade: { price: '10000', amount: canonical(buy!.executed) },
    });
    await fills.return?.();
    // A stop and a target as one where the exchange has that; elsewhere the stop, and the target is watched.
    const guards = dialect === binance ? ['LIMIT_MAKER', 'STOP_LOSS'] : 1;
    const guardsOf = (market: string): unknown => {
      const open = venue.ledger.openOrders(market);
      return dialect === binance ? open.map(({ request }) => request.type) : open.length;
    };
    for (const market of ['BTCUSDT', 'ETHUSDT'])
      await until(async () => JSON.stringify(guardsOf(market)) === JSON.stringify(guards));

    // What is held is sold at the market, and its guards are taken back before.
    await change('stopBot', 'StopBotInput', 'bot { id }', { id: closing, closePosition: true });
    const closed = '{ bot(id: $id) { state { status inPosition lastErrorMessage } } }';
    const closedState = async (): Promise<unknown> =>
      (await first.graphql(`query($id: ID!) ${closed}`, { id: closing }, token)).data?.['bot'].state;
    await until(async () => JSON.stringify(await closedState()).includes('STOPPED'));
    expect(await closedState()).toEqual({ status: 'STOPPED', inPosition: false, lastErrorMessage: null });
    expect(venue.ledger.openOrders('ETHUSDT')).toEqual([]);
    const eth = venue.ledger.orders.filter(({ symbol }) => symbol.id === 'ETHUSDT');
    const last = eth.at(-1);
    expect([last?.request.side, last?.request.type, last?.status]).toEqual(['SELL', 'MARKET', 'FILLED']);
    expect(canonical(last!.executed)).toBe(canonical(eth[0]!.executed));
    await first.stop();

    // The server is away when the market falls through the stop.
    venue.setPrice('BTCUSDT', 9_850);
    expect(venue.ledger.openOrders('BTCUSDT')).toEqual([]);
    const second = await start();
    const stateOf = async (): Promise<{ status: string; inPosition: boolean; lastErrorMessage: string | null }> =>
      (await second.graphql('query($id: ID!) { bot(id: $id) { state { status inPosition lastErrorMessage } } }', { id }, token))
        .data?.['bot'].state;
    await until(async () => {
      const { status, inPosition } = await stateOf();
      return status === 'RUNNING' && !inPosition;
    });
    await changerOf(second, token)('stopBot', 'StopBotInput', 'bot { id }', { id, closePosition: true });
    await until(async () => (await stateOf()).status === 'STOPPED');
    expect((await stateOf()).lastErrorMessage).toBeNull();
    const { data, errors } = await second.graphql(
      '{ closedTrades { nodes { exitReason isPaper } } trades { nodes { side amount } } orders { nodes { clientOrderId status } } }',
      {},
      token,
    );
    expect(errors).toBeUndefined();
    expect(
      data?.['closedTrades'].nodes.map(({ exitReason, isPaper }: Record<string, unknown>) => `${exitReason} ${isPaper}`).sort(),
    ).toEqual(['MANUAL false', 'STOP_LOSS false']);
    const neverThere = ['ABANDONED', 'REJECTED', 'ABSENT'];
    const rows: { clientOrderId: string; status: string }[] = data?.['orders'].nodes;
    expect(
      rows
        .filter(({ status }) => !neverThere.includes(status))
        .map(({ clientOrderId }) => clientOrderId)
        .sort(),
    ).toEqual(venue.ledger.orders.map(({ request }) => request.clientOrderId).sort());
    const bought = venue.ledger.trades.map(({ isBuyer, quantity }) => `${isBuyer ? 'BUY' : 'SELL'} ${canonical(quantity)}`);
    expect(data?.['trades'].nodes.map(({ side, amount }: Record<string, string>) => `${side} ${amount}`).sort()).toEqual(
      bought.sort(),
    );
  },
  400_000,
);

/** Gives the venue a past, and a minute that is about to end. */
function furnish(venue: Venue): void {
  venue.skewMs = minute - headStart - (Date.now() % minute) - 180 * minute;
  const forming = Math.floor(venue.now() / minute) * minute;
  const values = { open: price, high: price + 1, low: price - 1, close: price, volume: 1 };
  // Minutes to come stand there too, as nobody trades: they are told of when their time is over.
  const candles = Array.from({ length: 303 }, (_, i) => ({ ...values, openTime: forming + (i - 300) * minute }));
  for (const market of ['BTCUSDT', 'ETHUSDT']) {
    venue.addCandles(market, '1m', candles);
    venue.setPrice(market, price);
  }
}

/** Somebody trades as soon as the venue's minute is over, again and again: at the first price of a minute an order that waits is sent. */
async function openNextMinute(venue: Venue): Promise<void> {
  const openTime = (Math.floor(venue.now() / minute) + 1) * minute;
  const hasBought = (market: string): boolean => venue.ledger.orders.some(({ symbol }) => symbol.id === market);
  while (!hasBought('BTCUSDT') || !hasBought('ETHUSDT')) {
    await sleep(250);
    const now = Math.floor(venue.now() / minute) * minute;
    if (now < openTime) continue;
    for (const market of ['BTCUSDT', 'ETHUSDT'])
      venue.kline(market, '1m', { openTime: now, open: price, high: price, low: price, close: price, volume: 1 }, false);
  }
}

/** Calls a mutation and expects no errors. */
function changerOf(app: TestApp, token: string) {
  return async (name: string, type: string, wanted: string, input: object) => {
    const document = `mutation($input: ${type}!) { ${name}(input: $input) { ${wanted} errors { code message path } } }`;
    const { data, errors } = await app.graphql(document, { input }, token);
    expect(errors).toBeUndefined();
    expect(data?.[name].errors).toEqual([]);
    return data?.[name];
  };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 120_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it did not come about within two minutes');
    await sleep(50);
  }
}
