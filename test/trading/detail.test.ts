import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BacktestSpec, runBacktest } from '../../src/trading/backtest.ts';
import type { Candles } from '../../src/trading/candle.ts';
import { Signal } from '../../src/trading/strategy.ts';
import { candlesOf, hour, plain, type Row, scripted, start } from './support/builders.ts';
import { randomCandles } from './support/random-candles.ts';

const quarter = hour / 4;

/** Four quarter-hour candles for each hour, and the hours that they make. */
function hoursOf(fine: Candles): Candles {
  const rows: Row[] = [];
  for (let i = 0; i + 4 <= fine.close.length; i += 4) {
    const part = (column: Float64Array): number[] => [...column.subarray(i, i + 4)];
    rows.push([fine.open[i], Math.max(...part(fine.high)), Math.min(...part(fine.low)), fine.close[i + 3]]);
  }
  return candlesOf(rows);
}

const still = (price: number): Row[] => Array.from({ length: 4 }, () => [price, price, price, price]);
const strategy = scripted({ 0: Signal.ENTER_LONG });
const bracket = { ...plain, strategy, stopLossPercent: 5, takeProfitPercent: 10, fillModel: 'DETAIL' } as const;

function run(rows: readonly Row[], options: Partial<BacktestSpec> = {}): ReturnType<typeof runBacktest> {
  const fine = candlesOf([...still(100), ...still(100), ...rows], start, quarter);
  return runBacktest(hoursOf(fine), { ...bracket, detail: { candles: fine, timeframe: 'M15' }, ...options });
}

describe('finer candles', () => {
  it.each([
    [
      'the target came first',
      [
        [100, 111, 99, 108],
        [108, 109, 90, 91],
        [91, 92, 91, 92],
        [92, 92, 92, 92],
      ],
      'TAKE_PROFIT',
      110,
      0,
    ],
    [
      'the stop came first',
      [
        [100, 101, 94, 96],
        [96, 112, 96, 111],
        [111, 111, 111, 111],
        [111, 111, 111, 111],
      ],
      'STOP_LOSS',
      95,
      0,
    ],
    [
      'one of them touched both',
      [
        [100, 111, 94, 100],
        [100, 100, 100, 100],
        [100, 100, 100, 100],
        [100, 100, 100, 100],
      ],
      'STOP_LOSS',
      95,
      1,
    ],
    [
      'the stop was jumped over inside the hour',
      [
        [100, 101, 99, 100],
        [92, 93, 91, 92],
        [92, 92, 92, 92],
        [92, 111, 92, 111],
      ],
      'STOP_LOSS',
      92,
      0,
    ],
  ] as const)('%s', (_name, rows, reason, price, ambiguous) => {
    const { trades, ambiguousCandles } = run(rows);
    expect(trades).toMatchObject([{ exitReason: reason, exitPrice: price, exitIndex: 2 }]);
    expect(ambiguousCandles).toBe(ambiguous);
  });

  it('where they are missing, the pessimist decides', () => {
    const rows: readonly Row[] = [
      [100, 111, 94, 100],
      [100, 100, 100, 100],
      [100, 100, 100, 100],
      [100, 100, 100, 100],
    ];
    const fine = candlesOf([...still(100), ...still(100)], start, quarter);
    const whole = candlesOf([...still(100), ...still(100), ...rows], start, quarter);
    const { trades, ambiguousCandles } = runBacktest(hoursOf(whole), { ...bracket, detail: { candles: fine, timeframe: 'M15' } });
    expect([trades[0].exitPrice, ambiguousCandles]).toEqual([95, 1]);
  });

  it('of the next hour have no say', () => {
    // The second hour is missing from the fine candles, and the first quarter of the third one touches the target.
    const rows: readonly Row[] = [[100, 101, 94, 100], ...still(100).slice(1), [100, 111, 100, 111], ...still(111).slice(1)];
    const whole = candlesOf([...still(100), ...still(100), ...rows], start, quarter);
    const kept = Array.from({ length: 16 }, (_, i) => i).filter((i) => i < 8 || i >= 12);
    const fine = Object.fromEntries(
      Object.entries(whole).map(([name, column]: [string, Float64Array]) => [name, Float64Array.from(kept, (i) => column[i])]),
    );
    const { trades } = runBacktest(hoursOf(whole), { ...bracket, detail: { candles: { ...whole, ...fine }, timeframe: 'M15' } });
    expect(trades).toMatchObject([{ exitIndex: 2, exitReason: 'STOP_LOSS' }]);
  });

  it('narrow the profit band to what even they leave open', () => {
    const doubt: readonly Row[] = [
      [100, 111, 94, 100],
      [100, 100, 100, 100],
      [100, 100, 100, 100],
      [100, 100, 100, 100],
    ];
    const clear: readonly Row[] = [
      [100, 111, 99, 108],
      [108, 109, 90, 91],
      [91, 92, 91, 92],
      [92, 92, 92, 92],
    ];
    expect(run(doubt).profitBand).toEqual({ pessimistic: -50, optimistic: 100 });
    expect(run(clear).profitBand).toEqual({ pessimistic: 100, optimistic: 100 });
  });

  it('count what the position lived through up to its end', () => {
    const [trade] = run([
      [100, 104, 97, 100],
      [100, 101, 94, 96],
      [96, 130, 96, 111],
      [111, 111, 111, 111],
    ]).trades;
    expect([trade.maePercent, trade.mfePercent]).toEqual([5, 4]);
  });

  it('are part of what a result is named by', () => {
    const rows: readonly Row[] = [
      [100, 101, 99, 100],
      [100, 101, 99, 100],
      [100, 101, 99, 100],
      [100, 101, 99, 100],
    ];
    const other: readonly Row[] = [
      [100, 101, 99.5, 100],
      [100, 101, 99, 100],
      [100, 101, 99, 100],
      [100, 101, 99, 100],
    ];
    expect(run(rows).dataFingerprint).toBe(run(other).dataFingerprint);
    expect(run(rows).resultHash).not.toBe(run(other).resultHash);
  });

  it('change nothing where they are asked for nothing: the same trades as the pessimist, unless an hour touched both levels', () => {
    fc.assert(
      fc.property(randomCandles({ minLength: 12, maxLength: 200 }), (fine) => {
        const quarters = { ...fine, openTime: fine.openTime.map((_, i) => start + i * quarter) };
        const hours = hoursOf(quarters);
        const wide = { ...bracket, stopLossPercent: 8, takeProfitPercent: 20 };
        const detailed = runBacktest(hours, { ...wide, detail: { candles: quarters, timeframe: 'M15' } });
        const plainly = runBacktest(hours, { ...wide, fillModel: 'PESSIMISTIC' });
        const [mine, theirs] = [detailed.trades[0], plainly.trades[0]];
        expect(mine?.exitIndex).toBe(theirs?.exitIndex);
        expect(plainly.ambiguousCandles > 0 || mine?.exitReason === theirs?.exitReason).toBe(true);
      }),
    );
  });

  it.each([
    ['none', undefined, 'detail', 'fillModel DETAIL needs candles of a finer timeframe in detail'],
    [
      'no finer ones',
      { candles: candlesOf(still(1)), timeframe: 'H1' },
      'detail.timeframe',
      'detail candles of 1h do not divide candles of 1h',
    ],
    [
      'impossible ones',
      {
        candles: candlesOf([
          [1, 1, 1, 1],
          [1, 0, 1, 1],
        ]),
        timeframe: 'M15',
      },
      'detail.candles.high.1',
      'detail: candle 1 of',
    ],
  ] as const)('%s are refused', (_name, detail, path, message) => {
    const attempt = (): unknown => runBacktest(candlesOf(still(100)), { ...bracket, ...(detail ? { detail } : {}) });
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ path: path.split('.') }));
  });
});
