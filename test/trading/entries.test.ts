import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BacktestSpec, runBacktest } from '../../src/trading/backtest.ts';
import { sliceCandles } from '../../src/trading/series.ts';
import { Signal } from '../../src/trading/strategy.ts';
import { candlesOf, longFrom, plain, type Row, scripted } from './support/builders.ts';
import { randomCandles, randomLimits, randomMarket, randomOptions } from './support/random-candles.ts';
import { restless } from './support/restless.ts';

const flat: Row = [100, 100, 100, 100];
const quiet = (price: number): Row => [price, price, price, price];

/** Decided at the close of 100 of the first candle. */
const from = (side: 'LONG' | 'SHORT', rows: readonly Row[], options: Partial<BacktestSpec>) =>
  runBacktest(candlesOf([flat, ...rows]), {
    ...plain,
    ...(side === 'SHORT' ? { marketType: 'FUTURES' as const } : {}),
    strategy: scripted({ 0: side === 'LONG' ? Signal.ENTER_LONG : Signal.ENTER_SHORT }),
    ...options,
  });

const entryOf = ({ trades, openPosition }: ReturnType<typeof from>): number | null =>
  trades[0]?.entryPrice ?? openPosition?.entryPrice ?? null;

describe('what a trade saw of the candle that it was entered in', () => {
  const one = { entryOffsetPercent: 1 } as const;
  it.each([
    ['a limit, after its fall', 'LONG', 'LIMIT', [100, 105, 98, 100], [1, 1]],
    ['a limit of a short, after its rise', 'SHORT', 'LIMIT', [100, 102, 95, 100], [1, 1]],
    ['a stop, after its rise', 'LONG', 'STOP', [100, 102, 95, 100], [1, 1]],
    ['a stop of a short, after its fall', 'SHORT', 'STOP', [100, 105, 98, 100], [1, 1]],
    ['a stop that closes above its level', 'LONG', 'STOP', [100, 104, 95, 103], [0, 3]],
  ] as const)('is what came after it: %s', (_name, side, entryType, row, seen) => {
    const level = (side === 'LONG') === (entryType === 'LIMIT') ? 99 : 101;
    const { trades } = from(side, [row, quiet(level)], { ...one, entryType, closeAtEnd: true });
    expect([trades[0].entryPrice, trades[0].exitPrice]).toEqual([level, level]);
    const { maePercent, mfePercent } = trades[0];
    expect([maePercent, mfePercent].map((percent) => Math.round((percent * level) / 100))).toEqual(seen);
  });
});

describe('a limit entry', () => {
  const limit = { entryType: 'LIMIT', entryOffsetPercent: 1 } as const;
  it.each([
    ['at its level where the low touches it', 'LONG', [100, 101, 99, 100], {}, 99],
    ['not above it', 'LONG', [100, 101, 99.01, 100], {}, null],
    ['at its level where the open is better', 'LONG', [98, 99, 97, 98], {}, 99],
    ['at the better open where that is believed', 'LONG', [98, 99, 97, 98], { targetGap: 'OPEN' }, 98],
    ['where a short’s high touches it', 'SHORT', [100, 101, 99, 100], {}, 101],
    ['not below it, short', 'SHORT', [100, 100.99, 99, 100], {}, null],
    ['only where it is traded through', 'LONG', [100, 101, 99, 100], { limitTradeThrough: 0.01 }, null],
    ['not where the open only touches it', 'LONG', [99, 100, 99, 100], { limitTradeThrough: 0.01 }, null],
    ['where it is traded through by as much', 'LONG', [100, 101, 98.99, 100], { limitTradeThrough: 0.01 }, 99],
    ['at the close that decided, without a distance', 'LONG', [100.5, 101, 100, 100.5], { entryOffsetPercent: 0 }, 100],
  ] as const)('fills %s', (_name, side, row, options, price) => {
    expect(entryOf(from(side, [row, quiet(100)], { ...limit, ...options }))).toBe(price);
  });

  it('pays the maker fee and no slippage', () => {
    const { openPosition } = from('LONG', [[100, 100, 98, 100], quiet(100)], {
      ...limit,
      feePercent: 1,
      makerFeePercent: 0.1,
      slippagePercent: 1,
      spreadPercent: 1,
    });
    expect(openPosition?.entryPrice).toBe(99);
    expect(openPosition?.fees).toBeCloseTo((openPosition?.quantity ?? 0) * 99 * 0.001, 9);
  });

  it.each([
    ['the first candle', 1, [[100, 100, 99, 100]], 99, 0],
    ['not after it', 1, [quiet(100), [100, 100, 99, 100]], null, 1],
    ['the third of three', 3, [quiet(100), quiet(100), [100, 100, 99, 100]], 99, 0],
    ['not the fourth of three', 3, [quiet(100), quiet(100), quiet(100), [100, 100, 99, 100]], null, 1],
  ] as const)('waits for %s', (_name, entryCandles, rows, price, expired) => {
    const result = from('LONG', [...rows, quiet(100)], { ...limit, entryCandles });
    expect([entryOf(result), result.refusals]).toEqual([price, expired ? { ENTRY_NOT_REACHED: 1 } : {}]);
  });

  it('is taken back when the strategy says exit', () => {
    const rows = [flat, quiet(100), quiet(100), [100, 100, 99, 100] as Row, quiet(100)];
    const run = (exit: number) =>
      runBacktest(candlesOf(rows), {
        ...plain,
        ...limit,
        entryCandles: 10,
        strategy: scripted({ 0: Signal.ENTER_LONG, [exit]: Signal.EXIT_LONG }),
      });
    expect([entryOf(run(2)), run(2).refusals]).toEqual([null, { ENTRY_NOT_REACHED: 1 }]);
    // The exit of the other side is none of its business.
    expect(
      entryOf(
        runBacktest(candlesOf(rows), {
          ...plain,
          ...limit,
          entryCandles: 10,
          strategy: scripted({ 0: Signal.ENTER_LONG, 2: Signal.EXIT_SHORT }),
        }),
      ),
    ).toBe(99);
  });

  it.each([
    ['gives way to a wish for the other side where the strategy reverses', true, 'SHORT'],
    ['waits on where it does not', false, 'LONG'],
  ] as const)('%s', (_name, reverses, side) => {
    const { openPosition } = runBacktest(candlesOf([flat, quiet(101), [101, 103, 98, 100]]), {
      ...plain,
      ...limit,
      entryCandles: 10,
      marketType: 'FUTURES',
      strategy: scripted({ 0: Signal.ENTER_LONG, 1: Signal.ENTER_SHORT }, { reverses }),
    });
    expect(openPosition?.side).toBe(side);
  });

  it('makes room for a new decision at the close at which it expires', () => {
    const { openPosition } = runBacktest(candlesOf([flat, quiet(110), [110, 110, 108, 110], quiet(110)]), {
      ...plain,
      ...limit,
      strategy: scripted({ 0: Signal.ENTER_LONG, 1: Signal.ENTER_LONG }),
    });
    expect(openPosition?.entryPrice).toBe(108.9);
  });
});

describe('a stop entry', () => {
  const stop = { entryType: 'STOP', entryOffsetPercent: 1 } as const;
  it.each([
    ['at its level where the high touches it', 'LONG', [100, 101, 99, 100], {}, 101],
    ['not below it', 'LONG', [100, 100.99, 99, 100], {}, null],
    ['at the open beyond it', 'LONG', [103, 104, 102, 103], {}, 103],
    ['where a short’s low touches it', 'SHORT', [100, 101, 99, 100], {}, 99],
    ['worse by slippage', 'LONG', [100, 110, 99, 105], { slippagePercent: 1 }, 102.01],
    ['worse by half the spread', 'LONG', [100, 110, 99, 105], { spreadPercent: 2 }, 102.01],
    ['but not beyond the candle', 'LONG', [100, 101.5, 99, 101], { slippagePercent: 1 }, 101.5],
  ] as const)('fills %s', (_name, side, row, options, price) => {
    const entry = entryOf(from(side, [row, quiet(100)], { ...stop, ...options }));
    expect(entry).toEqual(price === null ? null : expect.closeTo(price, 9));
  });
});

describe('in the candle of a limit or stop entry', () => {
  it.each([
    // entry, row, options: exit price or null, ambiguous candles
    ['a limit’s stop is live: the low comes after', 'LIMIT', [100, 101, 90, 100], {}, 94.05, 0],
    ['its target is not', 'LIMIT', [100, 120, 99, 119], {}, null, 0],
    ['a stop entry’s low may have come before: the pessimist is stopped', 'STOP', [100, 102, 90, 101], {}, 95.95, 1],
    ['on the path of a rising candle it came before', 'STOP', [100, 102, 90, 101], { fillModel: 'OHLC_PATH' }, null, 1],
    ['on that of a falling one after', 'STOP', [100, 102, 90, 99], { fillModel: 'OHLC_PATH' }, 95.95, 1],
    ['what closes beyond the stop has been there', 'STOP', [100, 102, 90, 92], { fillModel: 'OHLC_PATH' }, 95.95, 0],
    ['entered at the open, the target is live too', 'STOP', [103, 120, 102, 119], {}, 113.3, 0],
  ] as const)('%s', (_name, entryType, row, options, exit, ambiguous) => {
    const result = from('LONG', [row, quiet(105), quiet(105)], {
      entryType,
      entryOffsetPercent: 1,
      stopLossPercent: 5,
      takeProfitPercent: 10,
      ...options,
    });
    expect(result.trades.filter(({ exitIndex }) => exitIndex === 1).map(({ exitPrice }) => exitPrice)).toEqual(
      exit === null ? [] : [expect.closeTo(exit, 9)],
    );
    expect(result.ambiguousCandles).toBe(ambiguous);
  });

  it('finer candles decide what came after', () => {
    const coarse = candlesOf([flat, [100, 102, 90, 101], quiet(101)]);
    const half = 1_800_000;
    const detail = (rows: readonly Row[]) => ({
      candles: candlesOf([flat, flat, ...rows, quiet(101), quiet(101)], undefined, half),
      timeframe: 'M30' as const,
    });
    const run = (rows: readonly Row[]) =>
      runBacktest(coarse, {
        ...plain,
        strategy: scripted({ 0: Signal.ENTER_LONG }),
        entryType: 'STOP',
        entryOffsetPercent: 1,
        stopLossPercent: 5,
        fillModel: 'DETAIL',
        detail: detail(rows),
      });
    const before = run([[100, 100, 90, 96], [96, 102, 96, 101]]); // prettier-ignore
    expect([before.trades, before.openPosition?.entryPrice]).toEqual([[], 101]);
    const after = run([[100, 102, 100, 101], [101, 101, 90, 101]]); // prettier-ignore
    expect(after.trades).toMatchObject([{ entryPrice: 101, exitPrice: 95.95, exitReason: 'STOP_LOSS' }]);
  });

  it('only what came after the entry counts as the position’s own extremes', () => {
    const row: Row = [100, 110, 98, 100];
    const limit = from('LONG', [row, quiet(100)], { entryType: 'LIMIT', entryOffsetPercent: 1, closeAtEnd: true });
    expect(limit.trades).toMatchObject([{ maePercent: expect.closeTo(100 / 99, 9), mfePercent: expect.closeTo(100 / 99, 9) }]);
    const stop = from('LONG', [row, quiet(100)], { entryType: 'STOP', entryOffsetPercent: 1, closeAtEnd: true });
    expect(stop.trades).toMatchObject([{ maePercent: expect.closeTo(100 / 101, 9), mfePercent: expect.closeTo(900 / 101, 9) }]);
  });
});

describe('waiting entries', () => {
  const spec: fc.Arbitrary<BacktestSpec> = fc
    .tuple(
      randomOptions,
      randomMarket,
      randomLimits,
      fc.record({
        entryType: fc.constantFrom('LIMIT', 'STOP'),
        entryOffsetPercent: fc.constantFrom(0, 0.5, 3),
        entryCandles: fc.constantFrom(1, 2, 10),
        limitTradeThrough: fc.constantFrom(0, 0.01),
        spreadPercent: fc.constantFrom(0, 0.2),
      } as const),
    )
    .map(([options, market, limits, entries]) => ({
      strategy: restless,
      ...options,
      ...market,
      ...limits,
      ...entries,
      fillAt: 'NEXT_OPEN',
      initialCapital: 1_000,
      timeframe: 'H1',
    }));

  it('conserve money, fill inside the candle, and are the same on a prefix', () => {
    fc.assert(
      fc.property(
        randomCandles({ minLength: 4, maxLength: 100 }),
        spec,
        fc.integer({ min: 2, max: 100 }),
        (candles, options, cut) => {
          const whole = runBacktest(candles, options);
          const realised = whole.trades.reduce((sum, { pnl }) => sum + pnl, 0);
          const open = whole.openPosition ? whole.openPosition.unrealizedPnl - whole.openPosition.fees : 0;
          expect(Math.abs(whole.finalCapital - 1_000 - realised - open)).toBeLessThanOrEqual(
            1e-9 * Math.max(1, whole.metrics.turnover),
          );
          for (const { entryIndex, entryPrice, side } of whole.trades) {
            const [least, most] = [candles.low[entryIndex], candles.high[entryIndex]];
            // A limit keeps its level where the open is better, and that may lie outside.
            const better = side === 'LONG' ? entryPrice >= least : entryPrice <= most;
            expect(options.entryType === 'LIMIT' ? better : entryPrice >= least && entryPrice <= most).toBe(true);
          }
          const end = Math.min(cut, candles.openTime.length);
          if (options.closeAtEnd) return;
          const part = runBacktest(sliceCandles(candles, 0, end), options);
          expect([...part.equity]).toEqual([...whole.equity.subarray(0, end)]);
          expect(part.trades).toEqual(whole.trades.filter(({ exitIndex }) => exitIndex < end));
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    [
      'at the close that decides',
      { entryType: 'LIMIT', fillAt: 'SIGNAL_CLOSE' },
      ['entryType'],
      /entryType LIMIT waits for the next candles/,
    ],
    ['of an unknown kind', { entryType: 'ICEBERG' }, ['entryType'], /must be one of MARKET, LIMIT, STOP/],
    ['too far away', { entryType: 'LIMIT', entryOffsetPercent: 51 }, ['entryOffsetPercent'], /exceeds its limit 50/],
    ['for no candle', { entryType: 'LIMIT', entryCandles: 0 }, ['entryCandles'], /at least 1/],
    ['through less than nothing', { limitTradeThrough: -1 }, ['limitTradeThrough'], /at least 0/],
    ['over a spread beyond belief', { spreadPercent: 11 }, ['spreadPercent'], /exceeds its limit 10/],
  ] as const)('are refused %s', (_name, options, path, message) => {
    expect(() => from('LONG', [flat], options as Partial<BacktestSpec>)).toThrowError(
      expect.objectContaining({ name: 'ParameterError', path, message: expect.stringMatching(message) }),
    );
  });
});

describe('a level that a strategy asks for', () => {
  const rows: readonly Row[] = [
    [100, 100, 100, 100],
    [100, 100, 100, 100],
    [100, 104, 96, 100],
    [100, 100, 100, 100],
  ];

  it.each([
    ['a stop above the price', { stop: 103 }],
    ['a target below the price', { target: 97 }],
    ['a target of next to nothing', { target: 1e-300 }],
    ['a negative stop', { stop: -5 }],
    ['a target at infinity', { target: Infinity }],
    ['a stop and a target at the price', { stop: 100, target: 100 }],
  ])('is not asked for where it cannot be one: %s', (_name, levels) => {
    const { trades, openPosition } = longFrom(rows, { strategy: scripted({ 0: Signal.ENTER_LONG }, levels) });
    expect([trades, openPosition?.stopPrice, openPosition?.targetPrice]).toEqual([[], null, null]);
  });

  it('leaves the configured distance in its place', () => {
    const { trades } = longFrom(rows, { strategy: scripted({ 0: Signal.ENTER_LONG }, { target: 97 }), takeProfitPercent: 3 });
    expect(trades).toMatchObject([{ exitReason: 'TAKE_PROFIT', exitPrice: 103 }]);
  });
});

it.each([
  ['a stop between the close and a long stop entry', 'LONG', 'STOP', { stop: 102 }, [102, null]],
  ['a stop between the close and a short stop entry', 'SHORT', 'STOP', { stop: 98 }, [98, null]],
  ['a target between a long limit and the close', 'LONG', 'LIMIT', { target: 98 }, [null, 98]],
  ['a target between a short limit and the close', 'SHORT', 'LIMIT', { target: 102 }, [null, 102]],
  ['no stop above a long limit, though it is under the close', 'LONG', 'LIMIT', { stop: 97 }, [null, null]],
  ['no target under a long stop entry, though it is above the close', 'LONG', 'STOP', { target: 102 }, [null, null]],
] as const)("a strategy's levels are seen from where the order enters: %s", (_name, side, entryType, levels, guards) => {
  const strategy = scripted({ 0: side === 'LONG' ? Signal.ENTER_LONG : Signal.ENTER_SHORT }, levels);
  const level = (side === 'LONG') === (entryType === 'STOP') ? 105 : 95;
  const { openPosition } = from(side, [quiet(level)], { strategy, entryType, entryOffsetPercent: 5 });
  expect([openPosition?.entryPrice, openPosition?.stopPrice, openPosition?.targetPrice]).toEqual([level, ...guards]);
});
