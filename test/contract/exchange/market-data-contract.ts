import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  CandleUpdate,
  MarketDataSource,
  OrderBook,
  PublicTrade,
  Ticker,
} from '../../../src/services/exchanges/port/market-data.ts';
import { candleAt } from '../../../src/trading/series.ts';
import { openTimeAt } from '../../../src/trading/timeframe.ts';

/** One exchange's public market data, with a market that a test can let run. */
export interface MarketWorld {
  readonly source: MarketDataSource;
  readonly symbol: string;
  /** Lets the market go on a little: the price may change, and is traded at. */
  step(): Promise<void>;
  close(): Promise<void>;
}

const minute = 60_000;

/** What every source of market data must do, whatever is behind it. */
export function describeMarketData(name: string, make: () => Promise<MarketWorld>): void {
  describe(`${name} as a source of market data`, () => {
    let world: MarketWorld;
    beforeEach(async () => {
      world = await make();
    });
    afterEach(() => world.close());

    const until = async (isSo: () => boolean): Promise<void> => {
      for (let i = 0; i < 500 && !isSo(); i++) await world.step();
      expect(isSo()).toBe(true);
    };

    it('tells its markets with exact rules', async () => {
      const rules = (await world.source.markets()).find((market) => market.symbol === world.symbol);
      expect(rules?.symbol).toBe(`${rules?.base}/${rules?.quote}`);
      expect([rules?.stepSize.gt(0), rules?.tickSize.gt(0), rules?.minNotional.gte(0), rules?.isActive ?? true]).toEqual([
        true,
        true,
        true,
        true,
      ]);
    });

    it('gives closed candles of a range, ascending, and never the forming one', async () => {
      const now = openTimeAt('M1', world.source.now());
      const candles = await world.source.history(world.symbol, 'M1', now - 5 * minute, now + 10 * minute);
      expect(candles.openTime.length).toBeGreaterThanOrEqual(4);
      for (let i = 0; i < candles.openTime.length; i++) {
        const { openTime, open, high, low, close, volume } = candleAt(candles, i);
        expect(openTime).toBe(candles.openTime[0]! + i * minute);
        expect(openTime + minute).toBeLessThanOrEqual(world.source.now());
        expect([low <= Math.min(open, close), high >= Math.max(open, close), volume >= 0]).toEqual([true, true, true]);
      }
      expect((await world.source.history(world.symbol, 'M1', now - 2 * minute, now - minute)).openTime).toHaveLength(1);
      expect((await world.source.history(world.symbol, 'M1', now - minute, now - minute)).openTime).toHaveLength(0);
    });

    it('tells the last price with its day around it', async () => {
      const { symbol, last, high, low, volume, at } = await world.source.ticker(world.symbol);
      expect([symbol, low <= last, last <= high, volume > 0]).toEqual([world.symbol, true, true, true]);
      expect(Math.abs(world.source.now() - at)).toBeLessThan(2 * minute);
    });

    it('gives a book with the best offers first, no deeper than asked for, and not crossed', async () => {
      for (const depth of [1, 3, 100]) {
        const { bids, asks } = await world.source.orderBook(world.symbol, depth);
        expectBook({ bids, asks }, depth);
      }
      for (const depth of [0, 101, 1.5])
        await expect((async () => world.source.orderBook(world.symbol, depth))()).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('gives past trades since a moment, ascending, each once', async () => {
      const since = world.source.now() - minute;
      for (let i = 0; i < 5; i++) await world.step();
      const trades = await world.source.trades(world.symbol, since);
      expect(trades.length).toBeGreaterThan(0);
      expectTrades(trades, world.symbol);
      expect(trades.every(({ at }) => at >= since)).toBe(true);
      const last = trades.at(-1)!;
      expect(await world.source.trades(world.symbol, last.at)).toContainEqual(last);
      expect(await world.source.trades(world.symbol, world.source.now() + 2 * minute)).toEqual([]);
    });

    it('streams tickers', async () => {
      const told: Ticker[] = [];
      world.source.subscribeTicker(world.symbol, (ticker) => told.push(ticker));
      await until(() => new Set(told.map(({ last }) => last)).size > 2);
      expect(told.every(({ symbol, low, last, high }) => symbol === world.symbol && low <= last && last <= high)).toBe(true);
    });

    it('streams books, to each listener as deep as it wants', async () => {
      const told = new Map<number, OrderBook[]>([1, 3].map((depth) => [depth, []]));
      for (const [depth, books] of told) world.source.subscribeOrderBook(world.symbol, depth, (book) => books.push(book));
      await until(() => [...told.values()].every((books) => new Set(books.map(({ bids }) => bids[0]?.price)).size > 2));
      for (const [depth, books] of told) for (const book of books) expectBook(book, depth);
      expect(() => world.source.subscribeOrderBook(world.symbol, 0, () => undefined)).toThrow('depth is 0');
    });

    it('streams trades, each once and in order, as the records have them', async () => {
      const told: PublicTrade[] = [];
      world.source.subscribeTrades(world.symbol, (trade) => told.push(trade));
      await until(() => told.length > 5);
      expectTrades(told, world.symbol);
      const recorded = await world.source.trades(world.symbol, told[0]!.at);
      expect(
        recorded.slice(
          recorded.findIndex(({ id }) => id === told[0]!.id),
          -1,
        ),
      ).toEqual(told.slice(0, recorded.length - recorded.findIndex(({ id }) => id === told[0]!.id) - 1));
    });

    it('streams the forming candle', async () => {
      const told: CandleUpdate[] = [];
      world.source.subscribeCandles(world.symbol, 'M1', (update) => told.push(update));
      await until(() => told.some(({ isClosed }) => !isClosed));
    });

    it('tells nothing more to whoever has left', async () => {
      const told: unknown[] = [];
      const stay: Ticker[] = [];
      world.source.subscribeTicker(world.symbol, (ticker) => stay.push(ticker));
      const leave = [
        world.source.subscribeTicker(world.symbol, (ticker) => told.push(ticker)),
        world.source.subscribeOrderBook(world.symbol, 1, (book) => told.push(book)),
        world.source.subscribeTrades(world.symbol, (trade) => told.push(trade)),
        world.source.subscribeCandles(world.symbol, 'M1', (update) => told.push(update)),
      ];
      for (const one of [...leave, ...leave]) one();
      await until(() => new Set(stay.map(({ last }) => last)).size > 1);
      expect(told).toEqual([]);
    });

    it('knows no market that is not there', async () => {
      const nothing = 'NOPE/USDT';
      const { source } = world;
      for (const question of [
        source.history(nothing, 'M1', 0, 1),
        (async () => source.ticker(nothing))(),
        (async () => source.orderBook(nothing, 1))(),
        (async () => source.trades(nothing, 0))(),
      ])
        await expect(question).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(() => source.subscribeCandles(nothing, 'M1', () => undefined)).toThrow(nothing);
      expect(() => source.subscribeTicker(nothing, () => undefined)).toThrow(nothing);
      expect(() => source.subscribeOrderBook(nothing, 1, () => undefined)).toThrow(nothing);
      expect(() => source.subscribeTrades(nothing, () => undefined)).toThrow(nothing);
    });
  });
}

function expectBook({ bids, asks }: Pick<OrderBook, 'bids' | 'asks'>, depth: number): void {
  expect([bids.length > 0 && bids.length <= depth, asks.length > 0 && asks.length <= depth]).toEqual([true, true]);
  expect(bids.map(({ price }) => price)).toEqual(bids.map(({ price }) => price).sort((a, b) => b - a));
  expect(asks.map(({ price }) => price)).toEqual(asks.map(({ price }) => price).sort((a, b) => a - b));
  expect(bids[0]!.price).toBeLessThan(asks[0]!.price);
  expect([...bids, ...asks].every(({ amount }) => amount > 0)).toBe(true);
}

function expectTrades(trades: readonly PublicTrade[], symbol: string): void {
  expect(new Set(trades.map(({ id }) => id)).size).toBe(trades.length);
  expect(trades.map(({ at }) => at)).toEqual(trades.map(({ at }) => at).sort((a, b) => a - b));
  expect(trades.every((trade) => trade.symbol === symbol && trade.price > 0 && trade.amount > 0)).toBe(true);
}
