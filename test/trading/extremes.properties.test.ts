import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runBacktest } from '../../src/trading/backtest.ts';
import { priceBounds } from '../../src/trading/quality.ts';
import { candlesOf } from '../../src/trading/series.ts';
import { builtInStrategies } from '../../src/trading/strategies/index.ts';
import { Signal } from '../../src/trading/strategy.ts';
import { candlesOf as rowsOf, hour, plain, scripted } from './support/builders.ts';

const price = fc.oneof(
  fc.constantFrom(priceBounds.lowest, priceBounds.highest, 1),
  fc.double({ min: priceBounds.lowest, max: priceBounds.highest, noNaN: true }),
  fc.integer({ min: -12, max: 12 }).map((exponent) => 10 ** exponent),
);
const rows = fc.array(fc.tuple(price, price, price, price, fc.constantFrom(0, 1e-8, priceBounds.mostVolume)), {
  minLength: 2,
  maxLength: 60,
});

/** Where in plain data a number is that JSON cannot write. */
function notFinite(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} is ${value}`];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => notFinite(part, `${path}.${key}`));
}

it('the wildest candles that are possible leave no number that JSON cannot write', () => {
  fc.assert(
    fc.property(
      rows,
      fc.constantFrom(...builtInStrategies.map(({ name }) => name)),
      fc.record(
        {
          marketType: fc.constantFrom('SPOT', 'FUTURES'),
          initialCapital: fc.constantFrom(1e-8, 1, 1e12),
          feePercent: fc.constantFrom(0, 10),
          slippagePercent: fc.constantFrom(0, 10),
          stopLossPercent: fc.constantFrom(null, 0.1, 99),
          takeProfitPercent: fc.constantFrom(null, 0.1, 10_000),
          trailingStopPercent: fc.constantFrom(null, 0.1, 99),
          positionSizePercent: fc.constantFrom(0.001, 100),
          quantityStep: fc.constantFrom(1e-18, 1e-8, 1e6),
          fillModel: fc.constantFrom('PESSIMISTIC', 'OHLC_PATH'),
          targetGap: fc.constantFrom('LEVEL', 'OPEN'),
          closeAtEnd: fc.boolean(),
        } as const,
        { requiredKeys: [] },
      ),
      fc.boolean(),
      (list, strategy, options, leveraged) => {
        const candles = candlesOf(
          list.map(([open, a, b, close, volume], i) => ({
            openTime: i * 86_400_000,
            open,
            high: Math.max(open, a, b, close),
            low: Math.min(open, a, b, close),
            close,
            volume,
          })),
        );
        const short = { emaFast: 2, emaSlow: 3, rsiPeriod: 2 };
        const result = runBacktest(candles, {
          ...options,
          strategy,
          timeframe: 'D1',
          ...(strategy === 'ema-rsi' ? { parameters: short } : {}),
          ...(options.marketType === 'FUTURES' && leveraged ? { leverage: 50 } : {}),
        });
        expect(notFinite(result)).toEqual([]);
      },
    ),
    { numRuns: 1_000 },
  );
});

it('a growth that no year can be made of is null, and says why', () => {
  const [low, high] = [priceBounds.lowest, priceBounds.highest];
  const prices = [low, low, high, high, low, low, ...Array.from({ length: 30 }, () => high)];
  const { metrics, undefinedMetrics } = runBacktest(
    rowsOf(
      prices.map((p) => [p, p, p, p]),
      undefined,
      24 * hour,
    ),
    {
      ...plain,
      timeframe: 'D1',
      strategy: scripted({ 0: Signal.ENTER_LONG, 2: Signal.EXIT_LONG, 4: Signal.ENTER_LONG }),
    },
  );
  expect([metrics.cagrPercent, undefinedMetrics.cagrPercent]).toEqual([null, 'OUT_OF_RANGE']);
});
