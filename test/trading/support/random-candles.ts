import * as fc from 'fast-check';
import type { Candles } from '../../../src/trading/candle.ts';
import { candlesOf, type Row } from './builders.ts';

const move = fc.double({ min: -0.08, max: 0.08, noNaN: true });
const wick = fc.double({ min: 0, max: 0.05, noNaN: true });

/** A market in a few hundred wild candles: gaps at the open, long wicks, sometimes no move at all. */
export function randomCandles(length: { readonly minLength: number; readonly maxLength: number }): fc.Arbitrary<Candles> {
  const steps = fc.array(fc.tuple(fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, move), move, wick, wick), length);
  return fc.tuple(fc.double({ min: 0.001, max: 50_000, noNaN: true }), steps).map(([price, all]) => {
    let close = price;
    const rows = all.map(([gap, change, up, down]): Row => {
      const open = close * (1 + gap);
      close = open * (1 + change);
      return [open, Math.max(open, close) * (1 + up), Math.min(open, close) * (1 - down), close];
    });
    return candlesOf(rows);
  });
}

/** Options of any kind of run, in and out of bounds of sense but not of the rules. */
export const randomOptions = fc.record({
  feePercent: fc.constantFrom(0, 0.1, 1),
  makerFeePercent: fc.constantFrom(null, 0, 0.02, -0.01),
  slippagePercent: fc.constantFrom(0, 0.05, 1),
  positionSizePercent: fc.constantFrom(100, 95, 10),
  stopLossPercent: fc.constantFrom(null, 0.5, 2, 10),
  takeProfitPercent: fc.constantFrom(null, 0.5, 4, 20),
  trailingStopPercent: fc.constantFrom(null, 1, 5),
  stopAnchor: fc.constantFrom('ENTRY_FILL', 'SIGNAL_CLOSE'),
  targetGap: fc.constantFrom('LEVEL', 'OPEN'),
  entryFee: fc.constantFrom('WITHIN_SIZE', 'ON_TOP'),
  takeProfitOf: fc.constantFrom('PRICE', 'NET_PROFIT'),
  guardsFrom: fc.constantFrom('ENTRY_CANDLE', 'NEXT_CANDLE'),
  fillModel: fc.constantFrom('PESSIMISTIC', 'OHLC_PATH'),
  fillAt: fc.constantFrom('NEXT_OPEN', 'SIGNAL_CLOSE'),
  quantityStep: fc.constantFrom(1e-8, 0.001),
  minNotional: fc.constantFrom(0, 10),
  closeAtEnd: fc.boolean(),
} as const);

/** The same on either market, with leverage where there is any. */
export const randomMarket = fc.constantFrom(
  { marketType: 'SPOT', leverage: 1 } as const,
  { marketType: 'FUTURES', leverage: 1 } as const,
  { marketType: 'FUTURES', leverage: 3 } as const,
  { marketType: 'FUTURES', leverage: 20 } as const,
);

export const randomLimits = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  fc.record({
    maxDailyLossPercent: fc.constantFrom(null, 1, 5),
    dailyTargetPercent: fc.constantFrom(null, 2),
    maxDailyTrades: fc.constantFrom(null, 1, 3),
    cooldownCandles: fc.constantFrom(0, 2, 10),
    stopLossGuardCount: fc.constantFrom(null, 2),
    stopLossGuardCandles: fc.constant(24),
    maxDrawdownPercent: fc.constantFrom(null, 20),
  }),
);
