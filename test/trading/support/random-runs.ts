import * as fc from 'fast-check';
import type { Candles } from '../../../src/trading/candle.ts';
import { defineStrategy, type StrategyDefinition } from '../../../src/trading/strategy.ts';
import { candlesOf, type Row } from './builders.ts';
import { randomLimits, randomMarket, randomOptions } from './random-candles.ts';
import { restless } from './restless.ts';

/** Numbers from 0 to 1 out of a seed (Park and Miller's generator). */
function numbersOf(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

interface Market {
  readonly seed: number;
  readonly length: number;
  readonly price: number;
  /** Largest move of a candle, as a fraction. */
  readonly swing: number;
  /** How often a candle opens away from the close before it. */
  readonly gaps: number;
  /** Usual volume of a candle, in quote currency; some have none and some a hundred times as much. */
  readonly turnover: number;
}

function marketOf({ seed, length, price, swing, gaps, turnover }: Market): Candles {
  const next = numbersOf(seed);
  let close = price;
  const volumes: number[] = [];
  const rows = Array.from({ length }, (): Row => {
    const open = next() < gaps ? close * (1 + (next() - 0.5) * swing) : close;
    close = open * (1 + (next() - 0.5) * swing);
    const kind = next();
    volumes.push(((kind < 0.15 ? 0 : kind > 0.9 ? 100 : kind) * turnover) / close);
    return [open, Math.max(open, close) * (1 + next() * swing * 0.5), Math.min(open, close) * (1 - next() * swing * 0.5), close];
  });
  return { ...candlesOf(rows), volume: Float64Array.from(volumes) };
}

/**
 * Markets that move in every candle and have volumes. All lengths are as likely as each other: fast-check's own lists are mostly short,
 * and a short market leads to no trade.
 */
export function livelyCandles(min: number, max: number): fc.Arbitrary<Candles> {
  return fc
    .record({
      seed: fc.noBias(fc.nat(1_000_000_000)),
      length: fc.noBias(fc.integer({ min, max })),
      price: fc.constantFrom(0.01, 100, 40_000),
      swing: fc.constantFrom(0.01, 0.06, 0.2),
      gaps: fc.constantFrom(0, 0.3),
      turnover: fc.constantFrom(100, 10_000, 1e9),
    })
    .map(marketOf);
}

/** Says something at every eighth candle or so: positions live long enough to be stopped. */
export const unhurried: StrategyDefinition = defineStrategy({
  name: 'unhurried',
  description: 'Reads its wishes off the digits of the close, now and then.',
  parameters: {},
  indicators: () => ({}),
  lookBack: 0,
  reverses: true,
  signals:
    ({ candles }) =>
    (from, to, out) => {
      for (let i = from; i < to; i++) {
        const digits = Math.floor(candles.close[i] * 1e4) % 128;
        out[i] = digits < 16 ? digits : 0;
      }
    },
});

const execution = fc.record({
  entryType: fc.constantFrom('MARKET', 'LIMIT', 'STOP'),
  entryOffsetPercent: fc.constantFrom(0, 0.5, 3),
  entryCandles: fc.constantFrom(1, 2, 10),
  limitTradeThrough: fc.constantFrom(0, 0.01),
  spreadPercent: fc.constantFrom(0, 0.2),
  maxVolumePercent: fc.constantFrom(null, null, 1, 25),
  stopLimitPercent: fc.constantFrom(null, 0.1, 1),
  fundingRatePercent: fc.constantFrom(0, 0.05, -0.5),
  fundingHours: fc.constantFrom(1, 8),
} as const);

/** Any run: a waiting entry goes with NEXT_OPEN, funding with FUTURES. */
export const anyRun = fc
  .tuple(fc.constantFrom(restless, unhurried), randomOptions, randomMarket, randomLimits, execution)
  .map(([strategy, options, market, limits, orders]) => ({
    strategy,
    ...options,
    ...market,
    ...limits,
    ...orders,
    ...(orders.entryType === 'MARKET' ? {} : { fillAt: 'NEXT_OPEN' as const }),
    ...(market.marketType === 'SPOT' ? { fundingRatePercent: 0 } : {}),
    initialCapital: 1_000,
    timeframe: 'H1' as const,
  }));
