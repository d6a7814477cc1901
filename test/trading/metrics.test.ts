import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buyAndHoldReturnPercent } from '../../src/trading/metrics/buy-and-hold.ts';
import { cagrPercent } from '../../src/trading/metrics/cagr.ts';
import { calmarRatio } from '../../src/trading/metrics/calmar.ts';
import { calendarOf } from '../../src/trading/metrics/calendar.ts';
import { annualDays, dailyEquity, dailyReturns, dayEnds } from '../../src/trading/metrics/days.ts';
import { drawdown } from '../../src/trading/metrics/drawdown.ts';
import { Equity, type Holdings } from '../../src/trading/metrics/equity.ts';
import { expectancy } from '../../src/trading/metrics/expectancy.ts';
import { exposurePercent } from '../../src/trading/metrics/exposure.ts';
import { geometricSharpeRatio } from '../../src/trading/metrics/geometric-sharpe.ts';
import { kellyFraction } from '../../src/trading/metrics/kelly.ts';
import { profitFactor } from '../../src/trading/metrics/profit-factor.ts';
import { recoveryFactor } from '../../src/trading/metrics/recovery-factor.ts';
import { sharpeRatio } from '../../src/trading/metrics/sharpe.ts';
import { sortinoRatio } from '../../src/trading/metrics/sortino.ts';
import { sqn } from '../../src/trading/metrics/sqn.ts';
import { streaks } from '../../src/trading/metrics/streaks.ts';
import { totalReturnPercent } from '../../src/trading/metrics/total-return.ts';
import { ulcerIndex } from '../../src/trading/metrics/ulcer-index.ts';
import { volatilityPercent } from '../../src/trading/metrics/volatility.ts';
import { tallyOf } from '../../src/trading/metrics/tally.ts';
import { winRatePercent } from '../../src/trading/metrics/win-rate.ts';
import { winsAndLosses } from '../../src/trading/metrics/wins-losses.ts';
import { hour, start } from './support/builders.ts';

const day = 24 * hour;
const of = (...values: number[]): Float64Array => Float64Array.from(values);
const daily = of(10_000, 9_000, 9_500, 9_400, 10_400, 10_200, 10_800);
const pnls = of(120, -50, 80, -40, -60, 200, 0, 30);
const rounded = (value: unknown): unknown => (typeof value === 'number' ? Number(value.toFixed(6)) : value);

describe('the golden vector', () => {
  it.each([
    ['Sharpe, 365 days', () => sharpeRatio(dailyReturns(daily), 365), 3.945945],
    ['Sharpe, 252 days', () => sharpeRatio(dailyReturns(daily), 252), 3.278724],
    ['Sortino', () => sortinoRatio(dailyReturns(daily), 365), 6.933338],
    ['maximum drawdown', () => drawdown(10_000, Equity.of(daily.subarray(1))).maxPercent, 10],
    ['profit factor', () => profitFactor(tallyOf(pnls)), 2.866667],
    ['win rate', () => winRatePercent(tallyOf(pnls)), 50],
    ['expectancy', () => expectancy(pnls), 35],
    ['SQN', () => sqn(pnls), 1.07285],
    ['Kelly fraction', () => kellyFraction(tallyOf(pnls)), 0.267442],
  ])('%s', (_name, actual, expected) => {
    expect(rounded(actual())).toBe(expected);
  });
});

describe('metrics by hand', () => {
  it.each([
    ['total return', () => totalReturnPercent(1_000, 1_250), 25],
    ['CAGR of a double in half a year', () => cagrPercent(100, 200, 182.5), 300],
    ['CAGR of a total loss', () => cagrPercent(100, 0, 365), -100],
    ['Calmar', () => calmarRatio(30, 10), 3],
    ['volatility', () => volatilityPercent(of(0.01, -0.01), 1), 1.414214],
    // Up a tenth, down to where it was: g is 0, so that only the variance of 0.1 and -1/11 counts.
    [
      'geometric Sharpe of nothing gained',
      () => geometricSharpeRatio(of(50, 100, 110, 100), dailyReturns(of(50, 100, 110, 100)), 2),
      0,
    ],
    [
      'geometric Sharpe of a doubled year',
      () => geometricSharpeRatio(of(1, 100, 150, 200), dailyReturns(of(1, 100, 150, 200)), 2),
      // Returns 1/2 and 1/3: g² + 2g + 1 is 2, the variance 1/72.
      1 / Math.sqrt((1 / 72 + 2) ** 2 - 4),
    ],
    ['recovery factor', () => recoveryFactor(300, 100), 3],
    ['ulcer index', () => ulcerIndex(of(100, 90, 100, 80)), Math.sqrt((100 + 0 + 400) / 3)],
    ['ulcer index from a later peak', () => ulcerIndex(of(100, 120, 90, 150, 120)), Math.sqrt((25 ** 2 + 20 ** 2) / 4)],
    ['buy and hold', () => buyAndHoldReturnPercent(of(50, 40, 60)), 20],
    ['exposure', () => exposurePercent(of(1, 3, 8), of(3, 4, 9), 10), 60],
    ['exposure of several markets, in any order', () => exposurePercent(of(8, 4, 1, 2), of(9, 4, 5, 3), 20), 35],
  ])('%s', (_name, actual, expected) => {
    expect(rounded(actual())).toBe(rounded(expected));
  });

  it('wins, losses and streaks', () => {
    expect(winsAndLosses(tallyOf(pnls))).toEqual({ averageWin: 107.5, averageLoss: -50, largestWin: 200, largestLoss: -60 });
    expect(streaks(of(1, 2, -1, -1, -1, 0, 5, 0, 5))).toEqual({ wins: 2, losses: 3 });
  });

  it('a drawdown lasts from its peak until the peak is reached again', () => {
    expect(drawdown(100, Equity.of(of(100, 110, 100, 105, 110, 120, 60, 60)))).toEqual({
      maxPercent: 50,
      maxAmount: 60,
      longestCandles: 3,
    });
    expect(drawdown(100, Equity.of(of(100, 90, 80, 70)))).toEqual({ maxPercent: 30, maxAmount: 30, longestCandles: 3 });
    expect(drawdown(100, Equity.of(of(100, 100, 101)))).toEqual({ maxPercent: 0, maxAmount: 0, longestCandles: 0 });
  });
});

describe('a drawdown', () => {
  /** As its definition says it, at every close. */
  function byDefinition(capital: number, equity: Float64Array): ReturnType<typeof drawdown> {
    let [maxPercent, maxAmount, longestCandles] = [0, 0, 0];
    for (let i = 0; i < equity.length; i++) {
      const before = [capital, ...equity.subarray(0, i + 1)];
      const peak = Math.max(...before);
      const since = i - before.lastIndexOf(peak) + 1;
      maxPercent = Math.max(maxPercent, ((peak - equity[i]) / peak) * 100);
      maxAmount = Math.max(maxAmount, peak - equity[i]);
      // Until its level is reached again, or until the end.
      if (equity[i] < peak) longestCandles = Math.max(longestCandles, equity[i + 1] >= peak ? since + 1 : since);
    }
    return { maxPercent, maxAmount, longestCandles };
  }

  it.each([
    ['small steps', fc.integer({ min: 95, max: 105 })],
    ['wide ones', fc.integer({ min: 1, max: 1_000 })],
    ['any doubles', fc.double({ min: 1e-3, max: 1e6, noNaN: true })],
  ])('is what its definition says, over %s', (_name, value) => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), (list) => {
        const equity = Float64Array.from(list);
        const found = drawdown(100, Equity.of(equity));
        const expected = byDefinition(100, equity);
        expect(found.maxPercent).toBeCloseTo(expected.maxPercent, 9);
        expect([found.maxAmount, found.longestCandles]).toEqual([expected.maxAmount, expected.longestCandles]);
      }),
    );
  });
});

describe('a metric without a meaning says why', () => {
  const flatDays = (): Float64Array | null => dailyReturns(of(100, 100, 100, 100));
  const steadyDays = (): Float64Array | null => dailyReturns(of(100, 101, 102.01, 103.0301, 104.060401));
  const brokeDays = (): Float64Array | null => dailyReturns(of(100, 0, 0));
  it.each([
    ['Sharpe of one day', () => sharpeRatio(of(0.1), 365), 'TOO_FEW_DAYS'],
    ['Sharpe of no day', () => sharpeRatio(of(), 365), 'TOO_FEW_DAYS'],
    ['Sharpe of equity that never moves', () => sharpeRatio(flatDays(), 365), 'ZERO_DEVIATION'],
    ['Sharpe of returns that differ by rounding only', () => sharpeRatio(steadyDays(), 365), 'ZERO_DEVIATION'],
    ['Sharpe after everything was lost', () => sharpeRatio(brokeDays(), 365), 'CAPITAL_LOST'],
    ['geometric Sharpe of two days', () => geometricSharpeRatio(of(1, 2, 3), dailyReturns(of(1, 2, 3)), 365), 'TOO_FEW_DAYS'],
    ['geometric Sharpe of no day', () => geometricSharpeRatio(of(1), of(), 365), 'TOO_FEW_DAYS'],
    [
      'geometric Sharpe of equity that never moves',
      () => geometricSharpeRatio(of(1, 1, 1, 1), flatDays(), 365),
      'ZERO_DEVIATION',
    ],
    ['geometric Sharpe after everything was lost', () => geometricSharpeRatio(of(100, 0, 0), brokeDays(), 365), 'CAPITAL_LOST'],
    [
      'geometric Sharpe where the last day has lost everything',
      () => geometricSharpeRatio(of(9, 9, 8, 0), dailyReturns(of(9, 9, 8, 0)), 365),
      'CAPITAL_LOST',
    ],
    [
      'geometric Sharpe of days that double it',
      () => geometricSharpeRatio(of(1, 1, 1e3, 1e7), dailyReturns(of(1, 1, 1e3, 1e7)), 365),
      'OUT_OF_RANGE',
    ],
    ['Sortino without a losing day', () => sortinoRatio(steadyDays(), 365), 'ZERO_DEVIATION'],
    ['Sortino of one day', () => sortinoRatio(of(0.1), 365), 'TOO_FEW_DAYS'],
    ['Sortino after everything was lost', () => sortinoRatio(brokeDays(), 365), 'CAPITAL_LOST'],
    ['volatility of one day', () => volatilityPercent(of(0.1), 365), 'TOO_FEW_DAYS'],
    ['volatility after everything was lost', () => volatilityPercent(brokeDays(), 365), 'CAPITAL_LOST'],
    ['CAGR of 29 days', () => cagrPercent(100, 110, 29), 'PERIOD_TOO_SHORT'],
    ['Calmar of 29 days', () => calmarRatio('PERIOD_TOO_SHORT', 10), 'PERIOD_TOO_SHORT'],
    ['Calmar without a drawdown', () => calmarRatio(10, 0), 'NO_DRAWDOWN'],
    ['recovery factor without a drawdown', () => recoveryFactor(10, 0), 'NO_DRAWDOWN'],
    ['ulcer index without a day', () => ulcerIndex(of(100)), 'TOO_FEW_DAYS'],
    ['win rate without trades', () => winRatePercent(tallyOf(of())), 'NO_TRADES'],
    ['profit factor without trades', () => profitFactor(tallyOf(of())), 'NO_TRADES'],
    ['profit factor without losses', () => profitFactor(tallyOf(of(1, 2))), 'NO_LOSSES'],
    ['profit factor of even trades', () => profitFactor(tallyOf(of(0, 0))), 'NO_LOSSES'],
    ['expectancy without trades', () => expectancy(of()), 'NO_TRADES'],
    ['SQN without trades', () => sqn(of()), 'NO_TRADES'],
    ['SQN of one trade', () => sqn(of(5)), 'TOO_FEW_TRADES'],
    ['SQN of equal trades', () => sqn(of(0.1, 0.1, 0.1)), 'ZERO_DEVIATION'],
    ['Kelly without trades', () => kellyFraction(tallyOf(of())), 'NO_TRADES'],
    ['Kelly without losses', () => kellyFraction(tallyOf(of(1))), 'NO_LOSSES'],
    ['Kelly without wins', () => kellyFraction(tallyOf(of(-1))), 'NO_WINS'],
    ['Kelly of a win too small to divide by', () => kellyFraction(tallyOf(of(5e-324, -1))), 'OUT_OF_RANGE'],
    ['profit factor of a loss too small to divide by', () => profitFactor(tallyOf(of(1, -5e-324))), 'OUT_OF_RANGE'],
    ['average win without wins', () => winsAndLosses(tallyOf(of(-1))).averageWin, 'NO_WINS'],
    ['largest loss without losses', () => winsAndLosses(tallyOf(of(1))).largestLoss, 'NO_LOSSES'],
    ['average loss without trades', () => winsAndLosses(tallyOf(of())).averageLoss, 'NO_TRADES'],
  ])('%s', (_name, actual, reason) => {
    expect(actual()).toBe(reason);
  });

  it('and is never infinite or not a number', () => {
    const values = fc.array(
      fc.oneof(fc.constant(0), fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.constantFrom(1e-17, -1e-17, 1e-300)),
      {
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(values, (list) => {
        const trades = Float64Array.from(list);
        const equity = Float64Array.from(list, (value) => (value === 0 ? 0 : Math.max(1e-8, Math.abs(value))));
        const days = dailyReturns(equity);
        const sizes = winsAndLosses(tallyOf(trades));
        const all = [
          winRatePercent(tallyOf(trades)),
          profitFactor(tallyOf(trades)),
          expectancy(trades),
          sqn(trades),
          kellyFraction(tallyOf(trades)),
          ...Object.values(sizes),
          sharpeRatio(days, 365),
          geometricSharpeRatio(equity, days, 365),
          sortinoRatio(days, 365),
          volatilityPercent(days, 365),
        ];
        expect(all.filter((value) => typeof value === 'number' && !Number.isFinite(value))).toEqual([]);
      }),
    );
  });
});

describe('days', () => {
  it('end at their last candle, whatever gaps there are', () => {
    const times = [0, 5 * hour, 23 * hour, day, day + hour, 4 * day + 3 * hour].map((offset) => start + offset);
    const days = dayEnds(Float64Array.from(times));
    expect([[...days.start].map((time) => (time - start) / day), [...days.end]]).toEqual([
      [0, 1, 4],
      [2, 4, 5],
    ]);
    const { closes } = calendarOf(Float64Array.from(times), of(1, 2, 3, 4, 5, 6)).days;
    expect([...closes]).toEqual([3, 5, 6]);
    expect([...dailyEquity(100, Equity.of(of(1, 2, 3, 4, 5, 6)).at(days.end, closes))]).toEqual([100, 3, 5, 6]);
    expect(dayEnds(of()).end.length).toBe(0);
  });

  it('found by galloping are those found one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 * hour }), { maxLength: 300 }), (steps) => {
        let time = start;
        const times = Float64Array.from(steps, (step) => (time += step));
        const ends = [...times.keys()].filter(
          (i) => i === times.length - 1 || Math.floor(times[i + 1] / day) !== Math.floor(times[i] / day),
        );
        expect([...dayEnds(times).end]).toEqual(ends);
      }),
    );
  });

  it('and months found by leaps are those found day by day', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 120 }), (steps) => {
        let time = start;
        const times = Float64Array.from(steps, (step) => (time += step * day));
        const { months } = calendarOf(times, times);
        const byMonth = new Map<string, number>();
        for (const at of times) byMonth.set(new Date(at).toISOString().slice(0, 7), at);
        expect([...months.start].map((at) => new Date(at).toISOString().slice(0, 7))).toEqual([...byMonth.keys()]);
        expect([...months.closes]).toEqual([...byMonth.values()]);
      }),
    );
  });

  it.each([
    ['every hour of the week', (i: number) => i * hour, 365],
    ['working days', (i: number) => (Math.floor(i / 5) * 7 + (i % 5)) * day, 252],
    ['every day', (i: number) => i * day, 365],
    ['in candles of a week', (i: number) => i * 7 * day, 52],
    ['one hour a week, in candles of half an hour', (i: number) => Math.floor(i / 2) * 7 * day + (i % 2) * (hour / 2), 252],
  ] as const)('a year of a market that trades %s', (_name, offset, expected) => {
    const times = Float64Array.from({ length: 700 }, (_, i) => start + offset(i));
    expect(annualDays(dayEnds(times))).toBe(expected);
  });
});

describe('an equity curve kept in stretches', () => {
  // What is noted at some closes: capital, and a position or none.
  const notes = fc.uniqueArray(
    fc.record({
      index: fc.nat(59),
      balance: fc.integer({ min: 50, max: 150 }),
      side: fc.constantFrom(1, 0, -1),
      quantity: fc.integer({ min: 1, max: 3 }),
      entryPrice: fc.integer({ min: 8, max: 12 }),
    }),
    { selector: ({ index }) => index, maxLength: 12 },
  );

  it('has the values, the falls and the days of the curve with every close', () => {
    fc.assert(
      fc.property(notes, fc.array(fc.integer({ min: 5, max: 15 }), { minLength: 60, maxLength: 60 }), (unordered, prices) => {
        const closes = Float64Array.from(prices);
        const equity = new Equity(closes);
        equity.note(0, { balance: 100, position: { side: 0, quantity: 0, entryPrice: Number.NaN } });
        const ordered = [...unordered].sort((a, b) => a.index - b.index);
        for (const { index, balance, ...position } of ordered)
          equity.note(index, { balance, position: position as Holdings['position'] });
        const values = closes.map((close, i) => {
          const noted = ordered.findLast(({ index }) => index <= i);
          if (noted === undefined) return 100;
          return noted.balance + (noted.side === 0 ? 0 : noted.quantity * noted.side * (close - noted.entryPrice));
        });
        expect([...equity.column()]).toEqual([...values]);
        expect(equity.last).toBe(values[59]);
        expect(drawdown(100, equity)).toEqual(drawdown(100, Equity.of(values)));
        const some = Int32Array.of(0, 7, 30, 31, 59);
        expect([
          ...equity.at(
            some,
            Float64Array.from(some, (i) => closes[i]),
          ),
        ]).toEqual(Array.from(some, (i) => values[i]));
      }),
    );
  });

  it('grows with what is noted', () => {
    const many = 5_000;
    const equity = new Equity(new Float64Array(many));
    for (let i = 0; i < many; i++) equity.note(i, { balance: i, position: { side: 0, quantity: 0, entryPrice: Number.NaN } });
    expect([...equity.column()].findIndex((value, i) => value !== i)).toBe(-1);
  });
});
