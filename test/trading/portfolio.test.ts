import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BacktestSpec, runBacktest } from '../../src/trading/backtest.ts';
import type { Candles } from '../../src/trading/candle.ts';
import { type PortfolioMarket, type PortfolioSpec, runPortfolioBacktest } from '../../src/trading/portfolio/run.ts';
import { mergedTimeline } from '../../src/trading/portfolio/timeline.ts';
import { sliceCandles } from '../../src/trading/series.ts';
import { defineStrategy } from '../../src/trading/strategy.ts';
import { candlesOf, closesOf, hour, type Row, start } from './support/builders.ts';
import { anyRun, livelyCandles } from './support/random-runs.ts';

/** Long at a close whose cents are 1, out at one whose cents are 2. */
const byCents = defineStrategy({
  name: 'by-cents',
  description: 'Does what the cents of the close say.',
  parameters: {},
  indicators: () => ({}),
  lookBack: 0,
  signals:
    ({ candles }) =>
    (from, to, out) => {
      for (let i = from; i < to; i++) out[i] = [0, 1, 4][Math.round(candles.close[i] * 100) % 100] ?? 0;
    },
});
const plain = { strategy: byCents, timeframe: 'H1', feePercent: 0, initialCapital: 1_000, positionSizePercent: 50 } as const;

const run = (markets: Record<string, Candles>, options: Partial<PortfolioSpec> = {}) =>
  runPortfolioBacktest({
    ...plain,
    markets: Object.entries(markets).map(([symbol, candles]) => ({ symbol, candles })),
    ...options,
  });

const spec: fc.Arbitrary<BacktestSpec> = anyRun;
const series = livelyCandles(2, 100);

describe('a portfolio', () => {
  it('of one market is that market’s backtest, to the last digit', () => {
    fc.assert(
      fc.property(series, spec, (candles, options) => {
        const alone = runBacktest(candles, options);
        const { markets, times, ...all } = runPortfolioBacktest({ ...options, markets: [{ symbol: 'A', candles }] });
        expect(all).toEqual({
          strategy: alone.strategy,
          options: alone.options,
          timeframe: alone.timeframe,
          finalCapital: alone.finalCapital,
          equity: alone.equity,
          trades: alone.trades.map((trade) => ({ ...trade, symbol: 'A' })),
          metrics: alone.metrics,
          undefinedMetrics: alone.undefinedMetrics,
          daily: alone.daily,
          monthly: alone.monthly,
          ambiguousCandles: alone.ambiguousCandles,
          profitBand: alone.profitBand,
          resultHash: expect.stringMatching(/^[0-9a-f]{32}$/),
        });
        expect(times).toEqual(candles.openTime);
        expect(markets[0]).toMatchObject({
          openPosition: alone.openPosition,
          unfilledOrder: alone.unfilledOrder,
          refusals: alone.refusals,
          missingCandles: alone.missingCandles,
          dataFingerprint: alone.dataFingerprint,
        });
      }),
      { numRuns: 300 },
    );
  });

  it('conserves money, and is the same on a prefix', () => {
    fc.assert(
      fc.property(
        fc.array(series, { minLength: 2, maxLength: 4 }),
        spec,
        fc.integer({ min: 2, max: 80 }),
        (all, options, cut) => {
          const markets = all.map((candles, i): PortfolioMarket => ({ symbol: `M${i}`, candles }));
          const whole = runPortfolioBacktest({ ...options, markets });
          const realised = whole.trades.reduce((sum, { pnl }) => sum + pnl, 0);
          const open = whole.markets.reduce(
            (sum, { openPosition }) =>
              sum +
              (openPosition
                ? openPosition.unrealizedPnl + openPosition.realizedPnl - openPosition.fees - openPosition.funding
                : 0),
            0,
          );
          expect(Math.abs(whole.finalCapital - 1_000 - realised - open)).toBeLessThanOrEqual(
            1e-9 * Math.max(1, whole.metrics.turnover),
          );

          const end = whole.times[Math.min(cut, whole.times.length) - 1];
          const early = markets.map(({ symbol, candles }) => ({
            symbol,
            candles: sliceCandles(candles as Candles, 0, (candles as Candles).openTime.filter((time) => time <= end).length),
          }));
          // What is decided at the last close is not filled at it, so there the end of a prefix shows.
          if (options.closeAtEnd || options.fillAt === 'SIGNAL_CLOSE' || early.some(({ candles }) => candles.openTime.length < 2))
            return;
          const part = runPortfolioBacktest({ ...options, markets: early });
          expect([...part.equity]).toEqual([...whole.equity.subarray(0, part.equity.length)]);
          expect(part.trades).toEqual(whole.trades.filter(({ exitTime }) => exitTime <= end));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shares one capital: the second entry of a moment draws on what the first has left', () => {
    const { trades, markets, equity } = run({
      A: closesOf([10.01, 10, 20.02, 20]),
      B: closesOf([5.01, 5, 5.02, 5]),
      C: closesOf([4.01, 4, 4.02, 4]),
    });
    // Half of 1,000 each: the third finds nothing left.
    expect(trades.map(({ symbol, quantity, pnl }) => [symbol, Math.round(quantity * 10) / 10, Math.round(pnl)])).toEqual([
      ['A', 50, 500],
      ['B', 99.8, 1],
    ]);
    expect(markets.map(({ refusals }) => refusals)).toEqual([{}, {}, { INSUFFICIENT_BALANCE: 1 }]);
    expect(Math.round(equity[3])).toBe(1_501);
  });

  it('enters no more positions at once than it may, counted by reason', () => {
    const markets = { A: closesOf([10.01, 10, 10.02, 10, 10.01, 10]), B: closesOf([5.01, 5, 5.01, 5, 5.01, 5]) };
    const { trades, markets: results } = run(markets, { maxOpenPositions: 1 });
    expect(trades.map(({ symbol }) => symbol)).toEqual(['A']);
    expect(results.map(({ refusals }) => refusals)).toEqual([{}, { MAX_OPEN_POSITIONS: 3 }]);
  });

  it('runs over the moments of all markets, each marked at its last close', () => {
    const early = candlesOf([[10, 10.01, 10, 10.01], [10, 12, 10, 12], [12, 14, 12, 14]]); // prettier-ignore
    const late = candlesOf([[5, 5, 5, 5], [5, 5, 5, 5]], start + 4 * hour); // prettier-ignore
    const { times, equity, metrics } = run({ A: early, B: late });
    expect([...times].map((time) => (time - start) / hour)).toEqual([0, 1, 2, 4, 5]);
    expect([...equity].map(Math.round)).toEqual([1_000, 1_100, 1_200, 1_200, 1_200]);
    // 10.01 to 14 and 5 to 5, in equal parts.
    expect(metrics.buyAndHoldReturnPercent).toBeCloseTo(((14 / 10.01 + 1) / 2 - 1) * 100, 10);
    expect(metrics.exposurePercent).toBe(80);
  });

  it('fills at the close that decided where that is asked for, and nothing after the last one', () => {
    const markets = { A: closesOf([10, 10.01, 10.5, 11.02, 11]), B: closesOf([5, 5, 5, 5, 5.01]) };
    const { trades, markets: results } = run(markets, { fillAt: 'SIGNAL_CLOSE' });
    expect(trades).toMatchObject([{ symbol: 'A', entryPrice: 10.01, exitPrice: 11.02, entryIndex: 1, exitIndex: 3 }]);
    expect(results.map(({ openPosition, unfilledOrder }) => [openPosition, unfilledOrder?.leg ?? null])).toEqual([
      [null, null],
      [null, 'ENTRY'],
    ]);
  });

  it('limits the day of the whole account', () => {
    const losing = closesOf([10.01, 10, 8.02, 8, 8.01, 8]);
    const quiet = closesOf([5, 5, 5, 5, 5.01, 5]);
    const { markets } = run({ A: losing, B: quiet }, { maxDailyLossPercent: 5 });
    expect(markets.map(({ refusals, trades }) => [trades, refusals])).toEqual([
      [1, { DAILY_LOSS_LIMIT: 1 }],
      [0, { DAILY_LOSS_LIMIT: 1 }],
    ]);
  });

  it('counts entries that others wait for into the day', () => {
    const markets = { A: closesOf([10.01, 10, 10]), B: closesOf([5.01, 5, 5]), C: closesOf([4.01, 4, 4]) };
    const { markets: results } = run(markets, { maxDailyTrades: 2, positionSizePercent: 10 });
    expect(results.map(({ openPosition, refusals }) => [openPosition !== null, refusals])).toEqual([
      [true, {}],
      [true, {}],
      [false, { DAILY_TRADES_LIMIT: 1 }],
    ]);
  });

  it('takes back an entry that waits when the account has lost too much elsewhere', () => {
    const level = (price: number): Row => [price, price, price, price];
    const losing = candlesOf([level(10.01), [10, 10.01, 10, 10], level(5), level(5), level(5)]);
    const late = candlesOf([level(5), level(5.01), level(5.03), [5, 5.03, 5, 5], level(5)]);
    const waiting = { entryType: 'LIMIT', entryCandles: 10, targetGap: 'OPEN' } as const;
    expect(run({ A: losing, B: late }, waiting).markets[1].openPosition?.entryPrice).toBe(5);
    const limited = run({ A: losing, B: late }, { ...waiting, maxDailyLossPercent: 5 }).markets[1];
    expect([limited.openPosition, limited.refusals]).toEqual([null, { DAILY_LOSS_LIMIT: 1 }]);
  });

  it('names its result by data, order of markets, strategy and options', () => {
    const [a, b] = [closesOf([10.01, 10, 11, 10.02, 9]), closesOf([5.01, 5, 6, 5.02, 4])];
    const hash = (markets: Record<string, Candles>, options: Partial<PortfolioSpec> = {}) => run(markets, options).resultHash;
    expect(hash({ A: a, B: b })).toBe(hash({ A: a, B: b }));
    const others = [hash({ B: b, A: a }), hash({ A: b, B: a }), hash({ A: a }), hash({ A: a, B: b }, { maxOpenPositions: 1 })];
    expect(new Set([hash({ A: a, B: b }), ...others]).size).toBe(5);
  });

  it.each([
    ['no markets', { markets: [] }, ['markets'], /from 1 to 100 markets, not 0/],
    [
      'too many',
      { markets: Array.from({ length: 101 }, (_, i) => ({ symbol: `M${i}`, candles: closesOf([1, 2]) })) },
      ['markets'],
      /not 101/,
    ],
    [
      'one market twice',
      { markets: ['A', 'A'].map((symbol) => ({ symbol, candles: closesOf([1, 2]) })) },
      ['markets', '1', 'symbol'],
      /"A" stands in the portfolio twice/,
    ],
    [
      'bad candles',
      { markets: [{ symbol: 'A', candles: closesOf([1, Number.NaN]) }] },
      ['markets', '0', 'candles', 'high', '1'],
      /market "A": candle 1/,
    ],
    [
      'a bad rule',
      { markets: [{ symbol: 'A', candles: closesOf([1, 2]), quantityStep: -1 }] },
      ['markets', '0', 'quantityStep'],
      /quantityStep -1/,
    ],
    [
      'no position',
      { markets: [{ symbol: 'A', candles: closesOf([1, 2]) }], maxOpenPositions: 0 },
      ['maxOpenPositions'],
      /maxOpenPositions 0 must be/,
    ],
  ])('with %s is refused', (_name, wrong, path, message) => {
    expect(() => runPortfolioBacktest({ ...plain, ...wrong })).toThrowError(
      expect.objectContaining({ name: 'ParameterError', path, message: expect.stringMatching(message) }),
    );
  });

  it('can be canceled, and tells how far it is', () => {
    const told: number[] = [];
    const markets = [{ symbol: 'A', candles: closesOf([1, 2, 3]) }];
    expect(() => runPortfolioBacktest({ ...plain, markets }, () => false)).toThrowError(/cancel/i);
    runPortfolioBacktest({ ...plain, markets }, (fraction) => void told.push(fraction));
    expect(told).toEqual([0, 1]);
  });
});

describe('a merged timeline', () => {
  it('has each moment once, and each candle its place', () => {
    const ascending = fc
      .uniqueArray(fc.integer({ min: 0, max: 50 }), { maxLength: 30 })
      .map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(fc.array(ascending, { maxLength: 5 }), (lists) => {
        const { times, places } = mergedTimeline(lists.map((list) => Float64Array.from(list)));
        expect([...times]).toEqual([...new Set(lists.flat())].sort((a, b) => a - b));
        expect(places.map((column) => [...column].map((place) => times[place]))).toEqual(lists);
      }),
    );
  });
});
