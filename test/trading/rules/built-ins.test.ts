import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BacktestResult, type BacktestSpec, runBacktest } from '../../../src/trading/backtest.ts';
import type { Candles } from '../../../src/trading/candle.ts';
import { compileRules, readRules } from '../../../src/trading/rules/index.ts';
import { emptyCandles } from '../../../src/trading/series.ts';
import { randomCandles, randomMarket, randomOptions } from '../support/random-candles.ts';
import { sharedCandles, sharedMissing, whyMissing } from '../support/shared-data.ts';
import { asRules } from './builders.ts';

const pairs = Object.entries(asRules).map(([name, rules]) => [name, compileRules(readRules(rules))] as const);

/** Everything that a strategy decides. */
const outcome = ({ trades, finalCapital, openPosition, refusals, firstDecision }: BacktestResult): unknown => ({
  trades,
  finalCapital,
  openPosition,
  refusals,
  firstDecision,
});

function run(candles: Candles, strategy: BacktestSpec['strategy'], options: Partial<BacktestSpec> = {}): BacktestResult {
  return runBacktest(candles, { timeframe: 'H1', initialCapital: 1_000, maxMissingPercent: null, ...options, strategy });
}

/** Swings of several lengths, so that every strategy finds something; the same each time. */
function swings(count: number): Candles {
  const candles = emptyCandles(count);
  let close = 100;
  for (let i = 0; i < count; i++) {
    const open = close;
    close = 100 + 20 * Math.sin(i / 40) + 6 * Math.sin(i / 7) + 2 * Math.sin(i * 1.7);
    candles.openTime[i] = 1_700_000_400_000 - (1_700_000_400_000 % 3_600_000) + i * 3_600_000;
    candles.open[i] = open;
    candles.close[i] = close;
    candles.high[i] = Math.max(open, close) + Math.abs(Math.sin(i * 3));
    candles.low[i] = Math.min(open, close) - Math.abs(Math.cos(i * 5));
    candles.volume[i] = 1 + (i % 7);
  }
  return candles;
}

describe.each(pairs)('rules that say the same as %s', (name, strategy) => {
  it.each(['SPOT', 'FUTURES'] as const)('trade the same on %s', (marketType) => {
    const candles = swings(5_000);
    const theirs = run(candles, name, { marketType });
    expect(theirs.trades.length + (theirs.openPosition ? 1 : 0)).toBeGreaterThan(0);
    expect(outcome(run(candles, strategy, { marketType }))).toEqual(outcome(theirs));
  });

  it('trade the same on any candles with any options', () => {
    fc.assert(
      fc.property(randomCandles({ minLength: 2, maxLength: 300 }), randomOptions, randomMarket, (candles, options, market) => {
        const all = { ...options, ...market };
        expect(outcome(run(candles, strategy, all))).toEqual(outcome(run(candles, name, all)));
      }),
      { numRuns: 40 },
    );
  });

  it.skipIf(sharedMissing).each([
    ['BTCUSDT-1h', 'H1'],
    ['EURUSD-1h', 'H1'],
    ['ETH_BTC-5m', 'M5'],
  ] as const)(`trade the same on %s${whyMissing}`, (file, timeframe) => {
    const candles = sharedCandles(file);
    for (const marketType of ['SPOT', 'FUTURES'] as const) {
      const options = { marketType, timeframe, stopLossPercent: 3 };
      expect(outcome(run(candles, strategy, options))).toEqual(outcome(run(candles, name, options)));
    }
  });
});
