import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BacktestSpec, runBacktest } from '../../src/trading/backtest.ts';
import { FundingSchedule } from '../../src/trading/funding.ts';
import { Signal } from '../../src/trading/strategy.ts';
import { candlesOf, closesOf, hour, plain, scripted, start } from './support/builders.ts';
import { randomCandles } from './support/random-candles.ts';

const futures = { ...plain, marketType: 'FUTURES' } as const;
/** Twenty hours at 100, held from the open of hour `from + 1` to that of hour `to + 1`. */
const held = (from: number, to: number, side: 'LONG' | 'SHORT', options: Partial<BacktestSpec>) =>
  runBacktest(closesOf(Array.from({ length: 20 }, () => 100)), {
    ...futures,
    strategy: scripted({
      [from]: side === 'LONG' ? Signal.ENTER_LONG : Signal.ENTER_SHORT,
      [to]: Signal.EXIT_LONG | Signal.EXIT_SHORT,
    }),
    ...options,
  });

const rates = (...pairs: readonly (readonly [hours: number, rate: number])[]) => ({
  time: Float64Array.from(pairs, ([hours]) => start + hours * hour),
  rate: Float64Array.from(pairs, ([, rate]) => rate),
});

describe('funding', () => {
  it.each([
    ['a long pays a positive rate', 0, 12, 'LONG', { fundingRatePercent: 0.1 }, 1],
    ['a short receives it', 0, 12, 'SHORT', { fundingRatePercent: 0.1 }, -1],
    ['a negative rate goes the other way', 0, 12, 'LONG', { fundingRatePercent: -0.1 }, -1],
    ['both boundaries of the day', 0, 18, 'LONG', { fundingRatePercent: 0.1 }, 2],
    ['once an hour where the market says so', 0, 3, 'LONG', { fundingRatePercent: 0.1, fundingHours: 1 }, 3],
    ['not to who enters at the boundary', 7, 12, 'LONG', { fundingRatePercent: 0.1 }, 0],
    ['to who leaves at the boundary', 0, 7, 'LONG', { fundingRatePercent: 0.1 }, 1],
    ['not without a rate', 0, 12, 'LONG', {}, 0],
    ['rates as they were', 0, 12, 'LONG', { funding: rates([4, 0.001], [8, -0.003], [15, 0.05]) }, -2],
    ['between candles: at the next open', 0, 12, 'LONG', { funding: rates([3.5, 0.001]) }, 1],
    ['two in one candle', 0, 12, 'LONG', { funding: rates([3.2, 0.001], [3.5, 0.001]) }, 2],
    [
      'nothing from before the first candle or after the last',
      0,
      19,
      'LONG',
      { funding: rates([-5, 0.01], [0, 0.01], [40, 0.01]) },
      0,
    ],
    ['given rates instead of the constant one', 0, 12, 'LONG', { funding: rates([4, 0.002]), fundingRatePercent: 5 }, 2],
  ] as const)('%s', (_name, from, to, side, options, paid) => {
    const { trades, metrics, finalCapital, openPosition } = held(from, to, side, options);
    const [one] = trades.length > 0 ? trades : [openPosition];
    expect(one?.funding).toBeCloseTo(paid, 9);
    expect(metrics.funding).toBeCloseTo(paid, 9);
    expect(finalCapital).toBeCloseTo(1_000 - paid, 9);
  });

  it('is of the value at the open, whatever was paid for it', () => {
    const candles = candlesOf([[100, 100, 100, 100], [100, 160, 100, 150], [150, 150, 150, 150], [150, 150, 150, 150]], start + 6 * hour); // prettier-ignore
    const { equity, openPosition } = runBacktest(candles, {
      ...futures,
      strategy: scripted({ 0: Signal.ENTER_LONG }),
      fundingRatePercent: 1,
    });
    expect(openPosition?.funding).toBeCloseTo(15, 9);
    expect([...equity].map((value) => Math.round(value))).toEqual([1_000, 1_500, 1_485, 1_485]);
  });

  it('comes before what the open gaps through', () => {
    const rows = Array.from({ length: 9 }, () => [100, 100, 100, 100] as const);
    const { trades } = runBacktest(candlesOf([...rows.slice(0, 8), [80, 80, 80, 80]]), {
      ...futures,
      strategy: scripted({ 0: Signal.ENTER_LONG }),
      stopLossPercent: 10,
      fundingRatePercent: 1,
    });
    expect(trades).toMatchObject([
      { exitReason: 'STOP_LOSS', exitPrice: 80, funding: expect.closeTo(8, 9), pnl: expect.closeTo(-208, 9) },
    ]);
  });

  it('has its own place in the result’s name', () => {
    const hash = (options: Partial<BacktestSpec>) => held(0, 12, 'LONG', options).resultHash;
    const all = [
      hash({}),
      hash({ fundingRatePercent: 0.1 }),
      hash({ funding: rates([4, 0.001]) }),
      hash({ funding: rates([4, 0.002]) }),
      hash({ funding: rates([5, 0.001]) }),
    ];
    expect(new Set(all).size).toBe(5);
    expect(held(0, 12, 'LONG', { funding: rates([4, 0.001]) }).fundingFingerprint).toMatch(/^[0-9a-f]{32}$/);
    expect(held(0, 12, 'LONG', {}).fundingFingerprint).toBeNull();
  });

  it.each([
    ['on spot', { marketType: 'SPOT', fundingRatePercent: 0.01 }, ['fundingRatePercent'], /only FUTURES have funding/],
    ['rates on spot', { marketType: 'SPOT', funding: rates([1, 0]) }, ['funding'], /only FUTURES have funding/],
    ['a rate in percent', { funding: rates([1, 0.5]) }, ['funding', 'rate', '0'], /fraction from -0.1 to 0.1, not 0.5/],
    ['a rate that is no number', { funding: rates([1, Number.NaN]) }, ['funding', 'rate', '0'], /not NaN/],
    ['times out of order', { funding: rates([2, 0], [1, 0]) }, ['funding', 'time', '1'], /must come after/],
    [
      'columns of different length',
      { funding: { time: new Float64Array(2), rate: new Float64Array(1) } },
      ['funding'],
      /same length/,
    ],
    ['a constant rate beyond belief', { fundingRatePercent: 11 }, ['fundingRatePercent'], /exceeds its limit 10/],
    ['no hours', { fundingHours: 0 }, ['fundingHours'], /must be at least 1/],
  ] as const)('is refused: %s', (_name, options, path, message) => {
    expect(() => held(0, 12, 'LONG', options as Partial<BacktestSpec>)).toThrowError(
      expect.objectContaining({ name: 'ParameterError', path, message: expect.stringMatching(message) }),
    );
  });

  it('takes from equity what the positions of the moment owe, and from nothing else', () => {
    const restless = scripted({}, { reverses: true });
    const strategy = {
      ...restless,
      signals:
        ({ candles }: { candles: { close: Float64Array } }) =>
        (from: number, to: number, out: Uint8Array) => {
          for (let i = from; i < to; i++) out[i] = Math.floor(candles.close[i] * 1e4) % 16;
        },
    };
    fc.assert(
      fc.property(
        randomCandles({ minLength: 2, maxLength: 80 }),
        fc.record({
          stopLossPercent: fc.constantFrom(null, 2),
          trailingStopPercent: fc.constantFrom(null, 3),
          leverage: fc.constantFrom(1, 5),
          fundingHours: fc.constantFrom(1, 3, 8),
          fundingRatePercent: fc.constantFrom(-1, 0.2),
        }),
        (candles, { fundingRatePercent, ...options }) => {
          // A fixed size, far under the capital: funding changes no quantity.
          const spec = { ...futures, strategy, initialCapital: 1e6, positionSizeFixed: 100, ...options };
          const free = runBacktest(candles, spec);
          const { trades, equity, openPosition, finalCapital } = runBacktest(candles, { ...spec, fundingRatePercent });
          const paid = new Float64Array(candles.openTime.length);
          const positions = [
            ...free.trades,
            ...(free.openPosition ? [{ ...free.openPosition, exitIndex: candles.openTime.length - 1 }] : []),
          ];
          const due = FundingSchedule.every(candles.openTime, options.fundingHours, fundingRatePercent / 100).cursor();
          for (let i = 1; i < paid.length; i++) {
            const rate = due.rateAt(i);
            for (const { side, quantity, entryIndex, exitIndex } of positions)
              if (entryIndex < i && i <= exitIndex) paid[i] += quantity * candles.open[i] * rate * (side === 'LONG' ? 1 : -1);
          }
          let owed = 0;
          free.equity.forEach((value, i) => {
            owed += paid[i];
            expect(equity[i]).toBeCloseTo(value - owed, 6);
          });
          const funding = trades.reduce((sum, trade) => sum + trade.funding, openPosition?.funding ?? 0);
          expect(funding).toBeCloseTo(owed, 6);
          expect(finalCapital).toBeCloseTo(
            1e6 +
              trades.reduce((sum, { pnl }) => sum + pnl, 0) +
              (openPosition ? openPosition.unrealizedPnl - openPosition.fees - openPosition.funding : 0),
            6,
          );
        },
      ),
    );
  });

  it('every so many hours is the same as those rates one by one', () => {
    fc.assert(
      fc.property(randomCandles({ minLength: 2, maxLength: 100 }), fc.integer({ min: 1, max: 24 }), (candles, hours) => {
        const times: number[] = [];
        for (let time = start; time <= candles.openTime[candles.openTime.length - 1]; time += hour)
          if (time % (hours * hour) === 0) times.push(time);
        const listed = FundingSchedule.of(candles.openTime, {
          time: Float64Array.from(times),
          rate: new Float64Array(times.length).fill(0.01),
        }).cursor();
        const constant = FundingSchedule.every(candles.openTime, hours, 0.01).cursor();
        for (let i = 0; i < candles.openTime.length; i++) expect(constant.rateAt(i)).toBe(listed.rateAt(i));
      }),
    );
  });
});
