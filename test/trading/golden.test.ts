import { describe, expect, it } from 'vitest';
import { type BacktestResult, runBacktest } from '../../src/trading/backtest.ts';
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

/** The pairs that differ by more than 1e-9 of their size. */
function differing(pairs: Iterable<readonly [what: string, actual: number | undefined | null, expected: number]>): string[] {
  return [...pairs]
    .filter(([, actual, expected]) => !(Math.abs((actual ?? Number.NaN) - expected) <= 1e-9 * Math.max(1, Math.abs(expected))))
    .map(([what, actual, expected]) => `${what}: ${actual} instead of ${expected}`);
}

function run(golden: Golden, data: string, timeframe: Timeframe): BacktestResult {
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

describe.skipIf(sharedMissing).each(files)(`backtesting.py's %s${whyMissing}`, (file, data, timeframe) => {
  let loaded: readonly [Golden, BacktestResult] | undefined;
  const both = (): readonly [Golden, BacktestResult] => {
    const golden = goldenFile(file);
    return (loaded ??= [golden, run(golden, data, timeframe)]);
  };

  it('has the same trades at the same candles for the same reasons', () => {
    const [golden, result] = both();
    expect(result.candles).toBe(golden.rows);
    expect(result.trades.map((t) => [t.side, t.entryIndex, t.exitIndex, t.entryTime, t.exitTime, t.exitReason])).toEqual(
      golden.trades.map((t) => ['LONG', t.entryBar, t.exitBar, t.entryTime, t.exitTime, reasons[t.reason]]),
    );
  });

  it('has the same prices, quantities, fees and profits', () => {
    const [golden, { trades }] = both();
    const pairs = golden.trades.flatMap((theirs, i) => [
      [`entry price of trade ${i}`, trades[i].entryPrice, theirs.entryPrice] as const,
      [`exit price of trade ${i}`, trades[i].exitPrice, theirs.exitPrice] as const,
      [`quantity of trade ${i}`, trades[i].quantity, theirs.size] as const,
      [`fees of trade ${i}`, trades[i].fees, theirs.commission] as const,
      [`profit of trade ${i}`, trades[i].pnl, theirs.pnl] as const,
      [`return of trade ${i}`, trades[i].pnlPercent, theirs.returnPct * 100] as const,
    ]);
    expect(differing(pairs)).toEqual([]);
  });

  it('has the same equity at every sampled candle and at the end', () => {
    const [golden, result] = both();
    expect(differing(golden.equitySample.map(([index, equity]) => [`equity ${index}`, result.equity[index], equity]))).toEqual(
      [],
    );
    expect(differing([['final equity', result.finalCapital, golden.metrics.finalEquity]])).toEqual([]);
  });

  it('has the same position open at the end', () => {
    const [{ openAtEnd }, { openPosition }] = both();
    expect(openPosition && [openPosition.entryIndex, openPosition.entryTime]).toEqual(
      openAtEnd && [openAtEnd.entryBar, openAtEnd.entryTime],
    );
    const pairs =
      openAtEnd === null
        ? []
        : ([
            ['price', openPosition?.entryPrice, openAtEnd.entryPrice],
            ['quantity', openPosition?.quantity, openAtEnd.size],
          ] as const);
    expect(differing(pairs)).toEqual([]);
  });

  // Their formula has no meaning where next to nothing is left.
  it('has the same Sharpe ratio of compound returns', () => {
    const [golden, { metrics }] = both();
    const gone = golden.metrics.finalEquity < 100;
    expect(differing(gone ? [] : [['Sharpe ratio', metrics.geometricSharpeRatio, golden.metrics.sharpe]])).toEqual([]);
  });

  it('agrees on the metrics that both define alike', () => {
    const [golden, { metrics, openPosition }] = both();
    expect([metrics.trades, metrics.annualDays]).toEqual([golden.metrics.trades, golden.metrics.annualDays]);
    expect(
      differing([
        ['win rate', metrics.winRatePercent, golden.metrics.winRate * 100],
        ['maximum drawdown', metrics.maxDrawdownPercent, golden.metrics.maxDrawdown * 100],
        ['SQN', metrics.sqn, golden.metrics.sqn],
        // Theirs leave out what is still open.
        ['fees', metrics.fees - (openPosition?.fees ?? 0), golden.metrics.commissions],
        [
          'exposure',
          golden.openAtEnd === null ? metrics.exposurePercent : golden.metrics.exposurePct,
          golden.metrics.exposurePct,
        ],
      ]),
    ).toEqual([]);
  });
});
