import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OrderBook, PublicTrade, Ticker } from '../../../../src/services/exchanges/port/market-data.ts';
import { SimMarket } from '../../../../src/services/exchanges/sim/sim-market.ts';
import { type SimSymbol, simSymbols } from '../../../../src/services/exchanges/sim/symbols.ts';
import type { Candle } from '../../../../src/trading/candle.ts';
import { CandleBuilder } from '../../../../src/trading/resample.ts';
import { candleAt } from '../../../../src/trading/series.ts';

const minute = 60_000;
const noon = Date.UTC(2026, 0, 15, 12);
/** So little is traded that a minute's volume has fewer steps than trades. */
const quiet: SimSymbol = { ...simSymbols[0], symbol: 'QUIET/USDT', minuteVolume: 3, amountPlaces: 0 };

function marketAt(now: number, symbols: readonly SimSymbol[] = simSymbols) {
  const clock = { time: now };
  return { clock, market: new SimMarket({ clock: { now: () => clock.time }, symbols }) };
}

function candleFrom(openTime: number, trades: readonly PublicTrade[]): Candle {
  const builder = new CandleBuilder(openTime);
  for (const { price, amount } of trades) builder.add(price, price, price, price, amount);
  return builder.candle();
}

const symbolsAndMinutes = fc.tuple(fc.constantFrom(...simSymbols, quiet), fc.nat(4_000_000));

describe('trades of the simulated market', () => {
  it('add up to the candle of their minute, to the last digit', async () => {
    await fc.assert(
      fc.asyncProperty(symbolsAndMinutes, async ([symbol, ago]) => {
        const openTime = noon - ago * minute;
        const { market } = marketAt(openTime + minute, [symbol]);
        const trades = (await market.trades(symbol.symbol, openTime)).filter(({ at }) => at < openTime + minute);
        const candles = await market.history(symbol.symbol, 'M1', openTime, openTime + minute);
        expect(candleFrom(openTime, trades)).toEqual(candleAt(candles, 0));
      }),
      { numRuns: 300 },
    );
  });

  it('add up to the forming candle at any millisecond', async () => {
    const { market, clock } = marketAt(noon);
    let forming: Candle | undefined;
    market.subscribeCandles('ETH/USDT', 'M1', (update) => {
      if (!update.isClosed) forming = update.candle;
    });
    for (const at of [0, 1, 999, 1_000, 17_345, 30_001, 59_999]) {
      clock.time = noon + at;
      market.advance();
      expect(forming).toEqual(candleFrom(noon, await market.trades('ETH/USDT', noon)));
    }
  });

  it('have ascending times, ids of their own, amounts in whole steps, and both sides', async () => {
    const { market } = marketAt(noon);
    const trades = await market.trades('SOL/USDT', noon - 20 * minute);
    expect(trades.length).toBeGreaterThan(1_200);
    expect(new Set(trades.map(({ id }) => id)).size).toBe(trades.length);
    expect(trades.every(({ at }, i) => i === 0 || at >= trades[i - 1].at)).toBe(true);
    expect(trades.filter(({ amount }) => Math.abs(amount * 1000 - Math.round(amount * 1000)) > 1e-6 || amount <= 0)).toEqual([]);
    const buys = trades.filter(({ side }) => side === 'BUY').length / trades.length;
    expect(buys).toBeGreaterThan(0.3);
    expect(buys).toBeLessThan(0.7);
  });

  it('come once each and in order to a subscriber, however the market ticks', async () => {
    const { market, clock } = marketAt(noon + 30_500);
    const heard: PublicTrade[] = [];
    const stop = market.subscribeTrades('BTC/USDT', (trade) => heard.push(trade));
    for (const step of [0, 1, 250, 250, 29_000, 60_000, 600_000, 7]) {
      clock.time += step;
      market.advance();
    }
    const all = await market.trades('BTC/USDT', noon + 30_501);
    expect(heard).toEqual(all);
    stop();
    clock.time += minute;
    market.advance();
    expect(heard.length).toBe(all.length);
  });

  it('are caught up in pieces after a long sleep', () => {
    const { market, clock } = marketAt(noon);
    const heard: number[] = [];
    market.subscribeTrades('BTC/USDT', (trade) => heard.push(trade.at));
    clock.time += 90 * minute;
    market.advance();
    expect(heard.at(-1)).toBeLessThanOrEqual(noon + 60 * minute);
    market.advance();
    expect(heard.at(-1)).toBeGreaterThan(noon + 89 * minute);
  });

  it('are kept for an hour', async () => {
    const { market } = marketAt(noon);
    const [oldest] = await market.trades('BTC/USDT', 0);
    expect(oldest.at).toBe(noon - 60 * minute);
  });
});

describe('books of the simulated market', () => {
  it('are sorted, not crossed, in whole ticks and steps, and end at the last trade', async () => {
    await fc.assert(
      fc.asyncProperty(symbolsAndMinutes, fc.nat(59_999), fc.integer({ min: 1, max: 100 }), async ([symbol, ago], ms, depth) => {
        const at = noon - ago * minute + ms;
        const { market } = marketAt(at, [symbol]);
        const { bids, asks } = await market.orderBook(symbol.symbol, depth);
        const last = (await market.trades(symbol.symbol, at - minute)).at(-1);
        expect(asks.length).toBe(depth);
        expect(bids.length).toBeGreaterThan(0);
        expect(bids[0].price).toBeLessThan(asks[0].price);
        expect([bids[0].price, asks[0].price]).toContain(last?.price);
        for (const [side, direction] of [[bids, -1] as const, [asks, 1] as const])
          for (const [i, { price, amount }] of side.entries()) {
            expect(price).toBe(Number(price.toFixed(symbol.pricePlaces)));
            expect(amount).toBe(Number(amount.toFixed(symbol.amountPlaces)));
            expect(amount).toBeGreaterThan(0);
            if (i > 0) expect((price - side[i - 1].price) * direction).toBeGreaterThan(0);
          }
      }),
      { numRuns: 100 },
    );
  });

  it('are the same for the same moment, and others a moment later', async () => {
    const { market, clock } = marketAt(noon);
    const books: OrderBook[] = [];
    market.subscribeOrderBook('BTC/USDT', 5, (book) => books.push(book));
    market.advance();
    expect(books).toEqual([await market.orderBook('BTC/USDT', 5)]);
    clock.time += 5_000;
    market.advance();
    expect(books[1]).not.toEqual(books[0]);
    expect(books[1].bids.length).toBe(5);
  });

  it.each([0, 101, 2.5, Number.NaN])('are refused at a depth of %s', async (depth) => {
    const { market } = marketAt(noon);
    expect(() => market.subscribeOrderBook('BTC/USDT', depth, () => undefined)).toThrow(
      `depth is ${depth}, it must be from 1 to 100`,
    );
  });
});

describe('tickers of the simulated market', () => {
  it('are told when something changed, and agree with the trades', async () => {
    const { market, clock } = marketAt(noon);
    const heard: Ticker[] = [];
    const stop = market.subscribeTicker('BTC/USDT', (ticker) => heard.push(ticker));
    for (const step of [0, 0, 10_000, 60_000]) {
      clock.time += step;
      market.advance();
    }
    expect(heard.length).toBe(3);
    expect(heard.at(-1)).toEqual(await market.ticker('BTC/USDT'));
    expect(heard.at(-1)?.last).toBe((await market.trades('BTC/USDT', noon)).at(-1)?.price);
    stop();
    clock.time += minute;
    market.advance();
    expect(heard.length).toBe(3);
  });

  it.each(['subscribeTicker', 'subscribeTrades'] as const)('%s names the markets when asked for another', (method) => {
    const { market } = marketAt(noon);
    expect(() => market[method]('GOLD/USD', () => undefined)).toThrow('the simulated market has no GOLD/USD; it has BTC/USDT');
  });
});

it('the simulated market makes an hour of trades of every market in a second of computing', async () => {
  const { market } = marketAt(noon);
  const before = process.cpuUsage();
  for (const { symbol } of simSymbols) expect((await market.trades(symbol, 0)).length).toBeGreaterThan(3_600);
  expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
});
