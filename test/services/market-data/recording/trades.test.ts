import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../../src/services/database/index.ts';
import type { MarketDataSource, PublicTrade } from '../../../../src/services/exchanges/port/market-data.ts';
import { SimMarket } from '../../../../src/services/exchanges/sim/sim-market.ts';
import { candlesFrom, TradeCandles } from '../../../../src/services/market-data/recording/trade-candles.ts';
import { TradeRecorder } from '../../../../src/services/market-data/recording/trade-recorder.ts';
import { TradeSeconds } from '../../../../src/services/market-data/recording/trade-seconds.ts';
import { TradeStore } from '../../../../src/services/market-data/recording/trade-store.ts';
import { candleAt } from '../../../../src/trading/series.ts';
import { describeOnEachDatabase } from '../../../support/databases.ts';

const minute = 60_000;
const noon = Date.UTC(2026, 0, 15, 12);
const symbol = 'BTC/USDT';

/** The simulated market, with a clock that a test moves. */
function marketAt(time: number) {
  const clock = { time };
  const market = new SimMarket({ clock: { now: () => clock.time } });
  const go = (until: number): void => {
    clock.time = until;
    market.advance();
  };
  return { market, clock, go };
}

describeOnEachDatabase('recorded trades', (open) => {
  let database: Database;
  let store: TradeStore;
  let tests = 0;
  let key: { exchange: string; symbol: string };
  beforeAll(async () => {
    database = await open();
    store = new TradeStore(database);
  });
  beforeEach(() => {
    key = { exchange: `test${++tests}`, symbol };
  });

  const recorderOf = (market: Pick<MarketDataSource, 'now' | 'trades' | 'subscribeTrades'>) =>
    new TradeRecorder(key, market, store);
  const stretches = async () => (await store.stretches(key, {})).map(({ startAt, endAt }) => [startAt - noon, endAt - noon]);
  const candles = async (seconds: number, range = {}) =>
    (await new TradeCandles(store).page(key, seconds, range, { first: 100 })).rows;
  const minutesOf = async (market: SimMarket, from: number, to: number) => {
    const history = await market.history(symbol, 'M1', from, to);
    return Array.from(history.openTime, (_, i) => candleAt(history, i));
  };

  it('build the candles of their market to the last digit, also after a restart, with each trade counted once', async () => {
    const { market, go } = marketAt(noon);
    const first = recorderOf(market);
    await first.start();
    for (let at = noon; at <= noon + 2.5 * minute; at += 7_300) {
      go(at);
      await first.flush();
    }
    first.stop();
    go(noon + 7 * minute);
    const second = recorderOf(market);
    await second.start();
    go(noon + 9 * minute + 30_000);
    await second.flush();
    second.stop();
    // It was begun within the first minute, and the last one is not over.
    expect(await candles(60)).toEqual(await minutesOf(market, noon + minute, noon + 9 * minute));
    const reached = await stretches();
    expect(reached).toHaveLength(1);
    expect(reached[0]![1]).toBeGreaterThanOrEqual(9 * minute);
    const trades = (await market.trades(symbol, noon)).filter(({ at }) => at < noon + 9 * minute && at >= noon + minute);
    const seconds = await store.seconds(key, { from: noon + minute, to: noon + 9 * minute }, 1_000);
    const total = (pick: (second: (typeof seconds)[number]) => number): number =>
      seconds.reduce((sum, one) => sum + pick(one), 0);
    expect([total(({ buyCount }) => buyCount), total(({ sellCount }) => sellCount)]).toEqual(
      ['BUY', 'SELL'].map((side) => trades.filter((trade) => trade.side === side).length),
    );
    expect(seconds.every(({ price, low, high }) => low <= price && price <= high)).toBe(true);
  });

  it('build candles of any number of seconds, page by page from either end', async () => {
    const { market, go } = marketAt(noon);
    const recorder = recorderOf(market);
    await recorder.start();
    go(noon + 10 * minute);
    await recorder.flush();
    const all = await candles(5);
    const trades = (await market.trades(symbol, noon)).filter(({ at }) => at >= all[0]!.openTime && at < noon + 10 * minute);
    const seconds = new TradeSeconds();
    for (const trade of trades) seconds.take(trade);
    const expected = candlesFrom(seconds.takeChanged(), 5);
    const paged = new TradeCandles(store);
    const pages = async (end: 'first' | 'last', cursor: 'after' | 'before') => {
      const found = [];
      for (let at: string | undefined, more = true; more;) {
        const page = await paged.page(key, 5, {}, { [end]: 17, ...(at !== undefined && { [cursor]: at }) });
        found.push(end === 'first' ? [...page.rows] : page.rows.toReversed());
        more = end === 'first' ? page.hasNextPage : page.hasPreviousPage;
        at = page.cursorOf((end === 'first' ? page.rows.at(-1) : page.rows[0])!);
      }
      return found.flat();
    };
    expect(await pages('first', 'after')).toEqual(expected);
    expect(await pages('last', 'before')).toEqual(expected.toReversed());
    expect(await paged.count(key, 5, {})).toEqual({ value: expected.length, exact: true });
  });

  it('begin a new stretch when the exchange does not have all that was missed, and no candle is built over the gap', async () => {
    const { market, go } = marketAt(noon);
    const first = recorderOf(market);
    await first.start();
    go(noon + 3 * minute);
    await first.flush();
    first.stop();
    // The simulated market keeps an hour.
    go(noon + 90 * minute);
    const second = recorderOf(market);
    await second.start();
    go(noon + 93 * minute);
    await second.flush();
    second.stop();
    expect(await stretches()).toHaveLength(2);
    const built = await candles(60);
    expect(built).toEqual([
      ...(await minutesOf(market, noon + minute, noon + 3 * minute)),
      ...(await minutesOf(market, built[2]!.openTime, noon + 93 * minute)),
    ]);
    expect(built[2]!.openTime).toBeGreaterThan(noon + 29 * minute);
  });

  it('of a second are not replaced by a part of it', async () => {
    const trade = (id: number, at: number): PublicTrade => ({
      id: String(id),
      symbol,
      at: noon + at,
      side: 'BUY',
      price: id,
      amount: 1,
    });
    const past = [trade(1, 100), trade(2, 1_100), trade(3, 1_200), trade(4, 1_300)];
    let kept = 100;
    const listeners = new Set<(one: PublicTrade) => void>();
    const exchange = {
      now: () => noon + 10_000,
      trades: (_: string, since: number) => Promise.resolve(past.filter(({ at }) => at >= since).slice(-kept)),
      subscribeTrades: (_: string, listener: (one: PublicTrade) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const first = recorderOf(exchange);
    await first.start();
    for (const one of past) for (const tell of listeners) tell(one);
    for (const one of past) for (const tell of listeners) tell(one);
    await first.flush();
    first.stop();
    kept = 1;
    const second = recorderOf(exchange);
    await second.start();
    await second.flush();
    expect(await store.seconds(key, { from: noon + 1_000 }, 10)).toMatchObject([
      { buyCount: 3, buyQuantity: 3, open: 2, close: 4 },
    ]);
  });

  it('that cannot be stored are kept, and stored when they can be', async () => {
    const { market, go } = marketAt(noon);
    let isFull = true;
    const failing = Object.assign(Object.create(store) as TradeStore, {
      write: (...args: Parameters<TradeStore['write']>) => (isFull ? Promise.reject(new Error('full')) : store.write(...args)),
    });
    const recorder = new TradeRecorder(key, market, failing);
    await recorder.start();
    go(noon + 2 * minute);
    await expect(recorder.flush()).rejects.toThrow('full');
    go(noon + 5 * minute);
    await expect(recorder.flush()).rejects.toThrow('full');
    isFull = false;
    go(noon + 6 * minute);
    await recorder.flush();
    expect(await candles(60)).toEqual(await minutesOf(market, noon + minute, noon + 6 * minute));
  });
});

describe('a candle of trades', () => {
  it.each([0, -1, 1.5, 7, 86_401, Number.NaN])('of %s seconds cannot be built', async (seconds) => {
    const nothing = {} as TradeStore;
    await expect(new TradeCandles(nothing).page({ exchange: 'sim', symbol }, seconds, {}, {})).rejects.toThrow(
      `a candle of ${seconds} seconds cannot be built: it must be from 1 to 86400 and divide a day`,
    );
  });

  it('is not built from more seconds at once than can be read', async () => {
    const nothing = {} as TradeStore;
    await expect(new TradeCandles(nothing).page({ exchange: 'sim', symbol }, 3_600, {}, { first: 100 })).rejects.toThrow(
      '100 candles of 3600 seconds would be built from trades; at most 54 of them can be asked for at once',
    );
  });
});
