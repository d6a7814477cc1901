import { afterEach, describe, expect, it } from 'vitest';
import { CcxtMarketData } from '../../../src/services/exchanges/ccxt/ccxt-market-data.ts';
import type { CandleUpdate, OrderBook, PublicTrade, Ticker } from '../../../src/services/exchanges/port/market-data.ts';
import { binance } from '../../support/venue/binance/binance.ts';
import { bybit } from '../../support/venue/bybit/bybit.ts';
import { seededCandle } from '../../support/venue/candles.ts';
import type { Dialect } from '../../support/venue/dialect.ts';
import { kraken } from '../../support/venue/kraken/kraken.ts';
import { Pinned } from '../../support/venue/pin.ts';
import { until } from '../../support/venue/until.ts';
import { Venue, type VenueOptions } from '../../support/venue/venue.ts';

const minute = 60_000;
const symbol = 'BTC/USDT';
let venue: Venue;
let pinned: Pinned;
let source: CcxtMarketData;

async function open(dialect: Dialect, options: VenueOptions = {}, silenceMs = 60_000): Promise<void> {
  venue = await Venue.start({ dialect, ...options });
  pinned = new Pinned(() => venue);
  source = await CcxtMarketData.open({ exchange: dialect.id, prepare: pinned.prepare, silenceMs });
}
afterEach(async () => {
  await source.close();
  await venue.close();
  await pinned.close();
});

const move = (price: number): void => venue.setPrice('BTCUSDT', price);
/** Prices that were traded at at the venue, from one of them on. */
const traded = (from: number): number[] =>
  venue
    .publicTrades('BTCUSDT')
    .map(({ price }) => price.toNumber())
    .filter((price) => price >= from);

describe.each([binance, kraken, bybit])('live quotes of $id', (dialect) => {
  const { topics, routes } = dialect;
  const hears = (kind: 'ticker' | 'book' | 'trades') => () => venue.streams.hears(topics[kind]('BTCUSDT'));
  const watchTrades = async (): Promise<PublicTrade[]> => {
    const told: PublicTrade[] = [];
    source.subscribeTrades(symbol, (trade) => told.push(trade));
    await until(hears('trades'));
    return told;
  };
  const prices = (told: readonly PublicTrade[]): number[] => told.map(({ price }) => price);

  it('tell trades that happened while the connection was cut, and those that the records gave late, each once and in order', async () => {
    await open(dialect);
    const told = await watchTrades();
    move(10_001);
    await until(() => told.length === 1);
    venue.streams.isRefusing = true;
    venue.streams.kill('market');
    for (let price = 10_002; price < 10_006; price++) move(price);
    venue.faults.add({ route: routes.trades, effect: 'STATUS', status: 503, times: 2 });
    venue.streams.isRefusing = false;
    // The next trade is not waited for.
    await until(() => told.length === 5);
    move(10_006);
    await until(() => told.length === 6);
    expect(prices(told)).toEqual(traded(10_001));
    expect(venue.streams.connections.market).toBe(2);
  });

  it('tell trades each once and in order when the stream doubles them', async () => {
    await open(dialect);
    const told = await watchTrades();
    venue.streams.double('market');
    for (let price = 10_001; price < 10_006; price++) move(price);
    await until(() => told.length >= 5);
    await venue.streams.flushed();
    expect(prices(told)).toEqual(traded(10_001));
  });

  it('tell trades of a mute stream from the records, and dial anew', async () => {
    await open(dialect, {}, 250);
    const told = await watchTrades();
    move(10_001);
    await until(() => told.length === 1);
    venue.streams.mute('market');
    move(10_002);
    await until(() => told.length === 2);
    await until(() => venue.streams.connections.market >= 2);
    venue.streams.unmute('market');
    await until(hears('trades'));
    move(10_003);
    await until(() => told.length === 3);
    expect(prices(told)).toEqual([10_001, 10_002, 10_003]);
  });

  it('tell the price and the book of a mute stream from the records, and dial anew', async () => {
    await open(dialect, {}, 250);
    const tickers: Ticker[] = [];
    const books: OrderBook[] = [];
    source.subscribeTicker(symbol, (ticker) => tickers.push(ticker));
    source.subscribeOrderBook(symbol, 1, (book) => books.push(book));
    await until(() => hears('ticker')() && hears('book')());
    move(10_001);
    await until(() => tickers.at(-1)?.last === 10_001 && books.at(-1)?.bids[0]?.price === 10_000.99);
    venue.streams.mute('market');
    move(10_500);
    await until(() => tickers.at(-1)?.last === 10_500 && books.at(-1)?.bids[0]?.price === 10_499.99);
    await until(() => venue.streams.connections.market >= 2);
    venue.streams.unmute('market');
    await until(() => hears('ticker')() && hears('book')());
    move(10_600);
    await until(() => tickers.at(-1)?.last === 10_600 && books.at(-1)?.bids[0]?.price === 10_599.99);
  });

  it('begin the book anew after the connection was cut, with nothing of the old one in it', async () => {
    await open(dialect);
    const books: OrderBook[] = [];
    source.subscribeOrderBook(symbol, 100, (book) => books.push(book));
    await until(hears('book'));
    await until(() => books.length > 0);
    venue.streams.isRefusing = true;
    venue.streams.kill('market');
    move(12_000);
    venue.streams.isRefusing = false;
    await until(hears('book'));
    move(12_001);
    await until(() => books.at(-1)?.asks[0]?.price === 12_001.01);
    expect(books.at(-1)?.bids.map(({ price }) => price)).toEqual([12_000.99, 12_000.98, 12_000.97]);
    expect(books.at(-1)?.asks.map(({ amount }) => amount)).toEqual([1, 2, 3]);
  });

  it('ask nothing of a quiet market that has not changed but now and then, and leave its connection alone', async () => {
    await open(dialect, {}, 150);
    const told: Ticker[] = [];
    source.subscribeTicker(symbol, (ticker) => told.push(ticker));
    await until(hears('ticker'));
    move(10_001);
    await until(() => told.at(-1)?.last === 10_001);
    const [asked, since] = [venue.asked(routes.ticker), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 500));
    const silences = (performance.now() - since) / 150;
    expect(venue.streams.connections.market).toBe(1);
    expect(venue.asked(routes.ticker) - asked).toBeLessThanOrEqual(Math.ceil(silences) + 1);
  });
});

describe('trades whose ids are numbers without gaps', () => {
  it.each([binance, kraken])('that the stream left out or mixed up are told in their places: $id', async (dialect) => {
    await open(dialect);
    const told: PublicTrade[] = [];
    source.subscribeTrades(symbol, (trade) => told.push(trade));
    await until(() => venue.streams.hears(dialect.topics.trades('BTCUSDT')));
    move(10_001);
    await until(() => told.length === 1);
    venue.streams.mute('market');
    move(10_002);
    move(10_003);
    venue.streams.unmute('market');
    move(10_004);
    await until(() => told.length === 4);
    venue.streams.hold('market');
    for (const price of [10_005, 10_006, 10_007]) move(price);
    venue.streams.release('market', 'REVERSED');
    await until(() => told.length === 7);
    expect(told.map(({ price }) => price)).toEqual(traded(10_001));
  });
});

describe('candles where ccxt falls short', () => {
  const before = (ms: number): VenueOptions => ({ skewMs: minute - (Date.now() % minute) - ms });

  it('Kraken: two lengths of one market are two streams, and either can be left', async () => {
    await open(kraken, before(40_000));
    const [minutes, fives]: CandleUpdate[][] = [[], []];
    const leave = source.subscribeCandles(symbol, 'M1', (update) => minutes?.push(update));
    source.subscribeCandles(symbol, 'M5', (update) => fives?.push(update));
    const topics = ['1m', '5m'].map((interval) => kraken.topics.candles('BTCUSDT', interval)) as [string, string];
    await until(() => topics.every((topic) => venue.streams.hears(topic)));
    const at = (length: number): number => Math.floor(venue.now() / length) * length;
    const [one, five] = [seededCandle(1, at(minute)), seededCandle(2, at(5 * minute))];
    venue.kline('BTCUSDT', '1m', one, false);
    venue.kline('BTCUSDT', '5m', five, false);
    await until(() => minutes?.length === 1 && fives?.length === 1);
    expect([minutes, fives]).toEqual([[{ candle: one, isClosed: false }], [{ candle: five, isClosed: false }]]);
    leave();
    await until(() => !venue.streams.hears(topics[0]));
    expect(venue.streams.hears(topics[1])).toBe(true);
  });

  it('Kraken: a candle is closed with what the records say when the next one begins, since the stream has no word for it', async () => {
    await open(kraken, before(3_000));
    const told: CandleUpdate[] = [];
    source.subscribeCandles(symbol, 'M1', (update) => told.push(update));
    await until(() => venue.streams.hears(kraken.topics.candles('BTCUSDT', '1m')));
    const first = Math.floor(venue.now() / minute) * minute;
    venue.kline('BTCUSDT', '1m', { ...seededCandle(1, first), close: 1 }, false);
    await until(() => venue.now() > first + minute);
    venue.candles.put('BTCUSDT', '1m', seededCandle(1, first));
    venue.kline('BTCUSDT', '1m', seededCandle(1, first + minute), false);
    await until(() => told.some(({ isClosed }) => isClosed));
    expect(told.filter(({ isClosed }) => isClosed)).toEqual([{ candle: seededCandle(1, first), isClosed: true }]);
  });

  it('Bybit: a candle is closed when the stream confirms it', async () => {
    await open(bybit, before(30_000));
    const told: CandleUpdate[] = [];
    source.subscribeCandles(symbol, 'M1', (update) => told.push(update));
    await until(() => venue.streams.hears(bybit.topics.candles('BTCUSDT', '1m')));
    const candle = seededCandle(1, Math.floor(venue.now() / minute) * minute);
    venue.kline('BTCUSDT', '1m', { ...candle, close: 1, low: 1 }, false);
    venue.kline('BTCUSDT', '1m', candle, true);
    await until(() => told.some(({ isClosed }) => isClosed));
    expect(told.at(-1)).toEqual({ candle, isClosed: true });
    expect(venue.asked(bybit.routes.candles)).toBe(0);
  });

  it.each(['W1', 'M3'] as const)('Kraken has no %s candles of ours', async (timeframe) => {
    await open(kraken);
    await expect(source.history(symbol, timeframe, 0, 1)).rejects.toThrow(`kraken has no ${timeframe} candles`);
  });

  it('pages through the history of Bybit, which gives the newest first', async () => {
    await open(bybit);
    const last = Math.floor(venue.now() / minute) * minute;
    for (let i = 2_400; i > 0; i--) venue.candles.put('BTCUSDT', '1m', seededCandle(3, last - i * minute));
    const candles = await source.history(symbol, 'M1', last - 2_300 * minute, last);
    expect([candles.openTime.length, candles.openTime[0], candles.openTime.at(-1)]).toEqual([
      2_300,
      last - 2_300 * minute,
      last - minute,
    ]);
  });
});

describe('public trades of the past', () => {
  it('come page by page, across quiet hours, each once', async () => {
    await open(binance);
    const now = venue.now();
    venue.now = () => now - 10 * 3_600_000;
    move(9_000);
    venue.now = () => now - 2 * 3_600_000;
    for (let i = 0; i < 2_300; i++) move(9_100 + i);
    venue.now = () => now;
    const trades = await source.trades(symbol, now - 24 * 3_600_000);
    expect([trades.length, trades[0]?.price, trades.at(-1)?.price]).toEqual([2_301, 9_000, 11_399]);
    expect((await source.trades(symbol, now - 3 * 3_600_000)).length).toBe(2_300);
  });
});
