import { describe, expect, it } from 'vitest';
import { runBacktest } from '../../src/trading/backtest.ts';
import type { Timeframe } from '../../src/trading/timeframe.ts';
import { type Golden, goldenFile, sharedCandles, sharedMissing, whyMissing } from './support/shared-data.ts';

const files: readonly (readonly [file: string, data: string, timeframe: Timeframe])[] = [
  ['btpy-BTCUSDT-1h-open.json', 'BTCUSDT-1h', 'H1'],
  ['btpy-BTCUSDT-1h-close.json', 'BTCUSDT-1h', 'H1'],
  ['btpy-BTCUSDT-1h-tight-open.json', 'BTCUSDT-1h', 'H1'],
  ['btpy-GOOG-1d-open.json', 'GOOG-1d', 'D1'],
  ['btpy-ac-BTCUSDT-5m-open.json', 'ac-BTCUSDT-5m', 'M5'],
];
const reasons = { signal: 'SIGNAL', stop_loss: 'STOP_LOSS', take_profit: 'TAKE_PROFIT' } as const;

function expectClose(actual: number, expected: number, what: string): void {
  expect(Math.abs(actual - expected), `${what}: ${actual} instead of ${expected}`).toBeLessThanOrEqual(
    1e-9 * Math.max(1, Math.abs(expected)),
  );
}

function run(golden: Golden, data: string, timeframe: Timeframe) {
  const { params, variant } = golden;
  return runBacktest(sharedCandles(data), {
    strategy: 'ema-rsi',
    parameters: {
      emaFast: params.fast,
      emaSlow: params.slow,
      rsiPeriod: params.rsi,
      rsiOverbought: params.rsiEntryBelow,
      rsiExit: params.rsiExitAbove,
    },
    timeframe,
    initialCapital: params.cash,
    feePercent: params.fee * 100,
    positionSizePercent: params.sizeFraction * 100,
    stopLossPercent: params.stopLoss * 100,
    takeProfitPercent: params.takeProfit * 100,
    quantityStep: params.sizeUnit,
    stopAnchor: 'SIGNAL_CLOSE',
    targetGap: 'OPEN',
    fillAt: variant.includes('next open') ? 'NEXT_OPEN' : 'SIGNAL_CLOSE',
  });
}

describe.skipIf(sharedMissing)(`results of backtesting.py${whyMissing}`, () => {
  for (const [file, data, timeframe] of files) {
    describe(file, () => {
      const golden = goldenFile(file);
      const result = run(golden, data, timeframe);

      it('has the same trades at the same candles for the same reasons', () => {
        expect(result.candles).toBe(golden.rows);
        expect(result.trades.map((t) => [t.side, t.entryIndex, t.exitIndex, t.entryTime, t.exitTime, t.exitReason])).toEqual(
          golden.trades.map((t) => ['LONG', t.entryBar, t.exitBar, t.entryTime, t.exitTime, reasons[t.reason]]),
        );
      });

      it('has the same prices, quantities, fees and profits', () => {
        golden.trades.forEach((expected, i) => {
          const trade = result.trades[i];
          expectClose(trade.entryPrice, expected.entryPrice, `entry price of trade ${i}`);
          expectClose(trade.exitPrice, expected.exitPrice, `exit price of trade ${i}`);
          expectClose(trade.quantity, expected.size, `quantity of trade ${i}`);
          expectClose(trade.fees, expected.commission, `fees of trade ${i}`);
          expectClose(trade.pnl, expected.pnl, `profit of trade ${i}`);
          expectClose(trade.pnlPercent, expected.returnPct * 100, `return of trade ${i}`);
        });
      });

      it('has the same equity at every sampled candle and at the end', () => {
        for (const [index, equity] of golden.equitySample) expectClose(result.equity[index], equity, `equity at candle ${index}`);
        expectClose(result.finalCapital, golden.metrics.finalEquity, 'final equity');
      });

      it('has the same position open at the end', () => {
        const { openAtEnd } = golden;
        if (openAtEnd === null) {
          expect(result.openPosition).toBeNull();
          return;
        }
        expect([result.openPosition?.entryIndex, result.openPosition?.entryTime]).toEqual([
          openAtEnd.entryBar,
          openAtEnd.entryTime,
        ]);
        expectClose(result.openPosition?.entryPrice ?? 0, openAtEnd.entryPrice, 'entry price');
        expectClose(result.openPosition?.quantity ?? 0, openAtEnd.size, 'quantity');
      });

      it('agrees on the metrics that both define alike', () => {
        const { metrics } = golden;
        expect([result.metrics.trades, result.metrics.annualDays]).toEqual([metrics.trades, metrics.annualDays]);
        expectClose(result.metrics.winRatePercent ?? 0, metrics.winRate * 100, 'win rate');
        expectClose(result.metrics.maxDrawdownPercent, metrics.maxDrawdown * 100, 'maximum drawdown');
        // Theirs leave out what is still open.
        expectClose(result.metrics.fees - (result.openPosition?.fees ?? 0), metrics.commissions, 'fees');
        if (golden.openAtEnd === null) expectClose(result.metrics.exposurePercent, metrics.exposurePct, 'exposure');
        expectClose(result.metrics.sqn ?? 0, metrics.sqn, 'SQN');
      });
    });
  }
});
