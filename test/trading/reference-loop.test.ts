import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runBacktest } from '../../src/trading/backtest.ts';
import { livelyCandles } from './support/random-runs.ts';
import { referenceRun, type ReferenceOptions } from './support/reference-loop.ts';

const options: fc.Arbitrary<ReferenceOptions> = fc
  .record({
    emaFast: fc.constantFrom(1, 2, 5),
    gap: fc.constantFrom(1, 2, 8),
    rsiPeriod: fc.constantFrom(2, 5, 14),
    rsiOversold: fc.constantFrom(0, 30),
    rsiOverbought: fc.constantFrom(60, 70, 100),
    rsiExit: fc.constantFrom(null, 80, 95),
    shorts: fc.boolean(),
    atClose: fc.boolean(),
    share: fc.constantFrom(0.95, 0.3),
    fee: fc.constantFrom(0, 0.001),
    stop: fc.constantFrom(null, 0.003, 0.02),
    target: fc.constantFrom(null, 0.006, 0.04),
    trail: fc.constantFrom(null, null, 0.01),
  })
  .map(({ gap, ...rest }) => ({ ...rest, emaSlow: rest.emaFast + gap }));

const percent = (fraction: number | null): number | null => (fraction === null ? null : fraction * 100);

/** The places at which two rows of numbers differ by more than 1e-9 of their size. */
function differing(actual: Iterable<number>, expected: readonly number[]): string[] {
  const numbers = [...actual];
  return expected.flatMap((value, i) =>
    Math.abs(numbers[i] - value) <= 1e-9 * Math.max(Math.abs(value), 1e-3) ? [] : [`${i}: ${numbers[i]} instead of ${value}`],
  );
}

describe('the engine and a plain loop that shares nothing with it', () => {
  it('make the same trades and the same equity at every candle of any market', () => {
    const reasons = new Set<string>();
    fc.assert(
      fc.property(livelyCandles(10, 300), options, (candles, chosen) => {
        const { emaFast, emaSlow, rsiPeriod, rsiOversold, rsiOverbought, rsiExit } = chosen;
        const expected = referenceRun(candles, chosen);
        const result = runBacktest(candles, {
          strategy: 'ema-rsi',
          parameters: { emaFast, emaSlow, rsiPeriod, rsiOversold, rsiOverbought, rsiExit },
          timeframe: 'H1',
          marketType: chosen.shorts ? 'FUTURES' : 'SPOT',
          maintenanceMarginPercent: 0,
          initialCapital: 10_000,
          positionSizePercent: chosen.share * 100,
          feePercent: chosen.fee * 100,
          stopLossPercent: percent(chosen.stop),
          takeProfitPercent: percent(chosen.target),
          trailingStopPercent: percent(chosen.trail),
          fillAt: chosen.atClose ? 'SIGNAL_CLOSE' : 'NEXT_OPEN',
          stopAnchor: 'SIGNAL_CLOSE',
          targetGap: 'OPEN',
        });
        const { trades, openPosition, equity } = result;
        expect(trades.map((t) => [t.side === 'LONG' ? 1 : -1, t.entryIndex, t.exitIndex, t.exitReason])).toEqual(
          expected.trades.map((t) => [t.side, t.entryIndex, t.exitIndex, t.exitReason]),
        );
        for (const figure of ['entryPrice', 'exitPrice', 'quantity'] as const)
          expect(
            differing(
              trades.map((t) => t[figure]),
              expected.trades.map((t) => t[figure]),
            ),
          ).toEqual([]);
        // A profit is the small difference of large amounts: it is measured by what was staked.
        const staked = expected.trades.map((t) => t.quantity * t.entryPrice);
        const gains = (list: readonly { readonly pnl: number }[]): number[] => list.map(({ pnl }, i) => 1 + pnl / staked[i]);
        expect(differing(gains(trades), gains(expected.trades))).toEqual([]);
        expect(differing(equity, expected.equity)).toEqual([]);
        expect(openPosition?.entryIndex).toBe(expected.open?.entryIndex);
        if (openPosition !== null && expected.open !== null)
          expect(
            differing([openPosition.entryPrice, openPosition.quantity], [expected.open.entryPrice, expected.open.quantity]),
          ).toEqual([]);
        for (const { exitReason } of trades) reasons.add(exitReason);
      }),
      { numRuns: 500 },
    );
    expect([...reasons].sort()).toEqual(['SIGNAL', 'STOP_LOSS', 'TAKE_PROFIT', 'TRAILING_STOP']);
  });
});
