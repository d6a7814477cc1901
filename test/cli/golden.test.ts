import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Golden, goldenFile, sharedMissing, whyMissing } from '../trading/support/shared-data.ts';
import { cli } from './support.ts';

const reasons = { signal: 'SIGNAL', stop_loss: 'STOP_LOSS', take_profit: 'TAKE_PROFIT' } as const;
const csv = join(import.meta.dirname, '../../../shared/data/BTCUSDT-1h.csv');

interface Printed {
  readonly finalCapital: number;
  readonly candles: number;
  readonly metrics: { readonly trades: number; readonly winRatePercent: number; readonly maxDrawdownPercent: number };
  readonly trades: readonly (Record<'entryTime' | 'exitTime' | 'exitReason', string> &
    Record<'entryPrice' | 'exitPrice' | 'quantity' | 'pnl' | 'fees', number>)[];
  readonly openPosition: { readonly entryTime: string; readonly entryPrice: number; readonly quantity: number } | null;
}

async function run({ params }: Golden, fillAt: string): Promise<Printed> {
  const options = {
    strategy: 'ema-rsi',
    csv,
    'initial-capital': params.cash,
    'fee-percent': params.fee * 100,
    'fill-at': fillAt,
    'position-size-percent': params.sizeFraction * 100,
    'quantity-step': params.sizeUnit,
    'stop-loss-percent': params.stopLoss * 100,
    'take-profit-percent': params.takeProfit * 100,
    'stop-anchor': 'SIGNAL_CLOSE',
    'target-gap': 'OPEN',
  };
  const parameters = { emaFast: params.fast, emaSlow: params.slow, rsiPeriod: params.rsi };
  const { code, out } = await cli([
    'backtest',
    'run',
    '--json',
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]),
  ]);
  expect(code).toBe(0);
  return JSON.parse(out) as Printed;
}

/** Within 1e-9 of its size, or of 1 for what is smaller. */
const close = (actual: number, expected: number): boolean =>
  Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected));

describe.skipIf(sharedMissing).each([
  ['btpy-BTCUSDT-1h-open.json', 'NEXT_OPEN'],
  ['btpy-BTCUSDT-1h-close.json', 'SIGNAL_CLOSE'],
  ['btpy-BTCUSDT-1h-tight-open.json', 'NEXT_OPEN'],
])(`the command reproduces backtesting.py's %s${whyMissing}`, (file, fillAt) => {
  it('trade for trade', async () => {
    const golden = goldenFile(file);
    const result = await run(golden, fillAt);
    expect(result.candles).toBe(golden.rows);
    expect(result.trades.map((t) => [Date.parse(t.entryTime), Date.parse(t.exitTime), t.exitReason])).toEqual(
      golden.trades.map((t) => [t.entryTime, t.exitTime, reasons[t.reason]]),
    );
    const different = result.trades.filter((t, i) => {
      const theirs = golden.trades[i];
      return !(
        close(t.entryPrice, theirs.entryPrice) &&
        close(t.exitPrice, theirs.exitPrice) &&
        close(t.quantity, theirs.size) &&
        close(t.pnl, theirs.pnl) &&
        close(t.fees, theirs.commission)
      );
    });
    expect(different).toEqual([]);
  });

  it('and in the end', async () => {
    const golden = goldenFile(file);
    const { finalCapital, metrics, openPosition } = await run(golden, fillAt);
    expect(close(finalCapital, golden.metrics.finalEquity)).toBe(true);
    expect(close(metrics.maxDrawdownPercent, golden.metrics.maxDrawdown * 100)).toBe(true);
    expect(close(metrics.winRatePercent, golden.metrics.winRate * 100)).toBe(true);
    expect(openPosition && Date.parse(openPosition.entryTime)).toBe(golden.openAtEnd && golden.openAtEnd.entryTime);
  });
});
