import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimMarket, simListedAt } from '../../../../src/services/exchanges/sim/sim-market.ts';
import { simSymbols } from '../../../../src/services/exchanges/sim/symbols.ts';
import type { CandleUpdate } from '../../../../src/services/exchanges/port/market-data.ts';
import type { Candle, Candles } from '../../../../src/trading/candle.ts';
import { resample } from '../../../../src/trading/resample.ts';
import { Timeframe, timeframeMs } from '../../../../src/trading/timeframe.ts';

const minute = 60_000;
const noon = Date.UTC(2026, 0, 15, 12);

function marketAt(now: number, seed = 1): { market: SimMarket; clock: { time: number } } {
  const clock = { time: now };
  return { clock, market: new SimMarket({ clock: { now: () => clock.time }, seed }) };
}

function rows(candles: Candles): Candle[] {
  return Array.from(candles.openTime, (openTime, i) => ({
    openTime,
    open: candles.open[i],
    high: candles.high[i],
    low: candles.low[i],
    close: candles.close[i],
    volume: candles.volume[i],
  }));
}

function mean(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

describe('history of the simulated market', () => {
  it('is the same on every machine and in every release', async () => {
    const { market } = marketAt(noon);
    const candles = rows(await market.history('BTC/USDT', 'M1', noon - 2 * minute, noon));
    expect(candles).toEqual([
      { openTime: noon - 2 * minute, open: 80965.3, high: 81000.53, low: 80962.33, close: 80998.6, volume: 7.53701 },
      { openTime: noon - minute, open: 80998.6, high: 81003.02, low: 80946.41, close: 80956.19, volume: 7.10905 },
    ]);
  });

  it('gives a candle the same values whatever range it is asked in', async () => {
    const { market: whole } = marketAt(noon);
    const start = noon - 40_000 * minute;
    const all = rows(await whole.history('ETH/USDT', 'M1', start, noon));
    await fc.assert(
      fc.asyncProperty(fc.nat(39_000), fc.integer({ min: 1, max: 900 }), async (offset, length) => {
        const { market } = marketAt(noon);
        const part = await market.history('ETH/USDT', 'M1', start + offset * minute, start + (offset + length) * minute);
        expect(rows(part)).toEqual(all.slice(offset, offset + length));
      }),
      { numRuns: 20 },
    );
  });

  it('is another market with another seed, and for another symbol', async () => {
    const day = [noon - 1440 * minute, noon] as const;
    const returns = async (seed: number, symbol: string): Promise<number[]> => {
      const { close } = await marketAt(noon, seed).market.history(symbol, 'M1', ...day);
      return Array.from(close.subarray(1), (price, i) => Math.sign(price - close[i]));
    };
    const [a, b, c] = [await returns(1, 'BTC/USDT'), await returns(2, 'BTC/USDT'), await returns(1, 'ETH/USDT')];
    expect(a).not.toEqual(b);
    expect(a).not.toEqual(c);
  });

  it('has no missing minute, and sound candles, in every market', async () => {
    const { market } = marketAt(noon);
    const from = noon - 20_000 * minute;
    for (const { symbol } of simSymbols) {
      const candles = rows(await market.history(symbol, 'M1', from, noon));
      expect(candles.length).toBe(20_000);
      const unsound = candles.filter(
        (candle, i) =>
          candle.openTime !== from + i * minute ||
          !(candle.low > 0) ||
          !(candle.low <= Math.min(candle.open, candle.close)) ||
          !(candle.high >= Math.max(candle.open, candle.close)) ||
          !(candle.volume > 0),
      );
      expect(unsound).toEqual([]);
    }
  });

  it('opens where it closed, except for rare gaps', async () => {
    const { market } = marketAt(noon);
    const { open, close } = await market.history('BTC/USDT', 'M1', noon - 50_000 * minute, noon);
    const gaps = open.subarray(1).filter((price, i) => price !== close[i]).length;
    expect(gaps).toBeGreaterThan(100);
    expect(gaps).toBeLessThan(300);
  });

  it('clusters its volatility and has fat tails', async () => {
    const { market } = marketAt(noon);
    const { close } = await market.history('BTC/USDT', 'M1', noon - 100_000 * minute, noon);
    const moves = Float64Array.from(close.subarray(1), (price, i) => Math.log(price / close[i]));
    const variance = mean(moves.map((x) => x * x));
    const kurtosis = mean(moves.map((x) => x ** 4)) / variance ** 2;
    expect(kurtosis).toBeGreaterThan(4);
    const size = moves.map(Math.abs);
    const average = mean(size);
    const hourLater = mean(size.subarray(60).map((x, i) => (x - average) * (size[i] - average)));
    expect(hourLater / mean(size.map((x) => (x - average) ** 2))).toBeGreaterThan(0.05);
    expect(Math.sqrt(variance * 1440)).toBeGreaterThan(0.01);
    expect(Math.sqrt(variance * 1440)).toBeLessThan(0.09);
  });

  it.each(Object.values(Timeframe).filter((timeframe) => timeframe !== 'M1'))(
    'aggregates its minutes exactly into %s',
    async (timeframe) => {
      const { market } = marketAt(noon);
      const length = timeframeMs(timeframe);
      const from = noon - Math.max(3 * length, 5 * 1440 * minute);
      const minutes = await market.history('SOL/USDT', 'M1', from, noon);
      const candles = rows(await market.history('SOL/USDT', timeframe, from, noon));
      expect(candles.length).toBeGreaterThan(1);
      expect(candles).toEqual(rows(resample(minutes, 'M1', timeframe).candles));
    },
  );

  it('never shows a candle that has not closed, nor one before the market opened', async () => {
    const { market } = marketAt(noon + 59_999);
    expect((await market.history('BTC/USDT', 'M1', noon - minute, noon + 10 * minute)).openTime).toEqual(
      Float64Array.of(noon - minute),
    );
    expect((await market.history('BTC/USDT', 'W1', 0, simListedAt + 7 * 1440 * minute)).openTime).toEqual(
      Float64Array.of(simListedAt),
    );
    expect((await market.history('BTC/USDT', 'M1', noon, noon)).openTime.length).toBe(0);
    expect((await market.history('BTC/USDT', 'M1', noon, noon - minute)).openTime.length).toBe(0);
  });

  it('makes 100,000 minutes in well under a second of computing', async () => {
    const { market } = marketAt(noon);
    const before = process.cpuUsage();
    const candles = await market.history('BTC/USDT', 'M1', noon - 100_000 * minute, noon);
    expect(candles.openTime.length).toBe(100_000);
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });

  it('names its markets when asked for another', async () => {
    const { market } = marketAt(noon);
    await expect(market.history('GOLD/USD', 'M1', 0, noon)).rejects.toThrow(
      'the simulated market has no GOLD/USD; it has BTC/USDT, ETH/USDT',
    );
  });
});

describe('the live simulated market', () => {
  it('tells each candle once, in order, and the same as history says later', async () => {
    const { market, clock } = marketAt(noon + 20_000);
    const closed: Candle[] = [];
    const hours: Candle[] = [];
    market.subscribeCandles('BTC/USDT', 'M1', (update) => update.isClosed && closed.push(update.candle));
    market.subscribeCandles('BTC/USDT', 'H1', (update) => update.isClosed && hours.push(update.candle));
    const steps = [0, 1_000, 250, 59_000, 60_000, 180_001, 3 * 60 * minute, 1_000];
    for (const step of steps) {
      clock.time += step;
      market.advance();
    }
    expect(closed).toEqual(rows(await market.history('BTC/USDT', 'M1', noon, clock.time)));
    expect(hours).toEqual(rows(await market.history('BTC/USDT', 'H1', noon, clock.time)));
    expect(hours.length).toBe(3);
  });

  it('lets the forming candle grow into the closed one', () => {
    const { market, clock } = marketAt(noon);
    const seen: CandleUpdate[] = [];
    market.subscribeCandles('DOGE/USDT', 'M5', (update) => seen.push(update));
    for (let second = 0; second <= 300; second++) {
      market.advance();
      clock.time += 1000;
    }
    const last = seen.findIndex((update) => update.isClosed);
    const final = seen[last].candle;
    let previous = seen[0].candle;
    for (const { candle } of seen.slice(0, last + 1)) {
      expect(candle.openTime).toBe(noon);
      expect(candle.open).toBe(final.open);
      expect(candle.high).toBeGreaterThanOrEqual(previous.high);
      expect(candle.low).toBeLessThanOrEqual(previous.low);
      expect(candle.volume).toBeGreaterThanOrEqual(previous.volume);
      previous = candle;
    }
    expect(last).toBeGreaterThan(200);
    expect(seen[last - 1].candle.high).toBe(final.high);
    expect(seen[last - 1].candle.low).toBe(final.low);
    expect(seen.slice(last + 1).map((update) => update.candle.openTime)).toEqual([final.openTime + 300_000]);
  });

  it('starts a late subscriber with the candle as it stands, and stops when it leaves', () => {
    const { market, clock } = marketAt(noon + 30 * minute + 15_000);
    const first: CandleUpdate[] = [];
    const second: CandleUpdate[] = [];
    const stopFirst = market.subscribeCandles('BTC/USDT', 'H1', (update) => first.push(update));
    market.advance();
    market.subscribeCandles('BTC/USDT', 'H1', (update) => second.push(update));
    clock.time += 5_000;
    market.advance();
    expect(second).toEqual(first.slice(1));
    stopFirst();
    stopFirst();
    clock.time += 5_000;
    market.advance();
    expect(first.length).toBe(2);
    expect(second.length).toBe(2);
  });

  it('catches up a long sleep in pieces, and misses nothing', async () => {
    const { market, clock } = marketAt(noon);
    const closed: number[] = [];
    market.subscribeCandles('BTC/USDT', 'M1', (update) => update.isClosed && closed.push(update.candle.openTime));
    clock.time += 5_000 * minute;
    market.advance();
    expect(closed.length).toBe(2_000);
    market.advance();
    market.advance();
    expect(closed).toEqual(Array.from({ length: 5_000 }, (_, i) => noon + i * minute));
  });

  it('has a ticker that agrees with the candles', async () => {
    const { market } = marketAt(noon + 30_000);
    const ticker = await market.ticker('BTC/USDT');
    const day = await market.history('BTC/USDT', 'M1', noon - 1440 * minute, noon);
    expect(ticker.at).toBe(noon + 30_000);
    expect(ticker.high).toBeGreaterThanOrEqual(Math.max(...day.high));
    expect(ticker.low).toBeLessThanOrEqual(Math.min(...day.low));
    expect(ticker.last).toBeGreaterThanOrEqual(ticker.low);
    expect(ticker.last).toBeLessThanOrEqual(ticker.high);
  });
});
