import { describe, expect, it } from 'vitest';
import { candlesOf, longFrom, plain, type Row, scripted, shortFrom } from './support/builders.ts';
import { runBacktest } from '../../src/trading/backtest.ts';
import type { BacktestSpec } from '../../src/trading/backtest-types.ts';
import { compileRules, readRules } from '../../src/trading/rules/index.ts';
import { Signal } from '../../src/trading/strategy.ts';

const at = (price: number): Row => [price, price, price, price];

/** A long from 100 with its stop at 90 and its target at 110, or a short with both the other way round, in the third candle. */
function held(side: 'LONG' | 'SHORT', row: Row, options: Partial<BacktestSpec> = {}) {
  const run = side === 'LONG' ? longFrom : shortFrom;
  return run([at(100), at(100), row, at(100)], { stopLossPercent: 10, takeProfitPercent: 10, ...options });
}

describe('a level that is touched to the tick and no further', () => {
  it.each([
    ['LONG', [100, 105, 90, 105], 'STOP_LOSS', 90],
    ['LONG', [100, 110, 95, 100], 'TAKE_PROFIT', 110],
    ['SHORT', [100, 110, 95, 100], 'STOP_LOSS', 110],
    ['SHORT', [100, 105, 90, 105], 'TAKE_PROFIT', 90],
    ['LONG', [90, 95, 90, 95], 'STOP_LOSS', 90],
    ['SHORT', [110, 110, 105, 105], 'STOP_LOSS', 110],
    ['LONG', [110, 111, 105, 105], 'TAKE_PROFIT', 110],
    ['SHORT', [90, 95, 89, 95], 'TAKE_PROFIT', 90],
  ] as const)('is touched: %s, %j: %s', (side, row, exitReason, exitPrice) => {
    const { trades, ambiguousCandles } = held(side, row);
    expect(trades).toMatchObject([{ exitReason, exitPrice, exitIndex: 2 }]);
    expect(ambiguousCandles).toBe(0);
  });

  it.each([
    ['LONG', [100, 109.99, 90.01, 100]],
    ['SHORT', [100, 109.99, 90.01, 100]],
  ] as const)('is not touched by what stops a tick before it: %s, %j', (side, row) => {
    expect(held(side, row).trades).toEqual([]);
  });

  it.each(['LONG', 'SHORT'] as const)('counts as ambiguous where the other one is, too: %s', (side) => {
    const { trades, ambiguousCandles, profitBand } = held(side, [100, 110, 90, 100]);
    expect(trades).toMatchObject([{ exitReason: 'STOP_LOSS' }]);
    expect([ambiguousCandles, profitBand]).toEqual([1, { pessimistic: -100, optimistic: 100 }]);
  });

  it.each([
    ['LONG', [100, 110, 90, 100], 'STOP_LOSS'],
    ['SHORT', [100, 110, 90, 100], 'TAKE_PROFIT'],
    ['LONG', [100, 110, 90, 99], 'TAKE_PROFIT'],
    ['SHORT', [100, 110, 90, 99], 'STOP_LOSS'],
  ] as const)(
    'comes when the path of the candle comes to it; one that closes where it opened falls first: %s, %j',
    (side, row, exitReason) => {
      expect(held(side, row, { fillModel: 'OHLC_PATH' }).trades).toMatchObject([{ exitReason }]);
    },
  );
});

describe('what a stopped trade saw before its stop', () => {
  it.each([
    ['LONG', 'PESSIMISTIC', [100, 108, 85, 88], 0],
    ['LONG', 'OHLC_PATH', [100, 108, 85, 88], 8],
    ['LONG', 'OHLC_PATH', [100, 108, 85, 105], 0],
    ['LONG', 'OHLC_PATH', [89, 108, 85, 88], 0],
    ['SHORT', 'PESSIMISTIC', [100, 115, 92, 112], 0],
    ['SHORT', 'OHLC_PATH', [100, 115, 92, 112], 8],
    ['SHORT', 'OHLC_PATH', [100, 115, 92, 95], 0],
    ['SHORT', 'OHLC_PATH', [111, 115, 92, 112], 0],
  ] as const)('%s, %s, %j: %d %% in its favour', (side, fillModel, row, mfePercent) => {
    const { trades } = held(side, row, { fillModel });
    expect(trades).toMatchObject([{ exitReason: 'STOP_LOSS', mfePercent }]);
  });

  it.each([
    ['LONG', [100, 112, 95, 105], 5],
    ['LONG', [110, 112, 95, 105], 0],
    ['SHORT', [100, 105, 88, 95], 5],
    ['SHORT', [90, 105, 88, 95], 0],
  ] as const)('and one that reached its target, to the pessimist: %s, %j: %d %% against it', (side, row, maePercent) => {
    expect(held(side, row).trades).toMatchObject([{ exitReason: 'TAKE_PROFIT', maePercent }]);
  });
});

describe('a liquidation', () => {
  // Without maintenance margin, a position of twice its margin is gone at half of the price, or at half more than it.
  const twice = { leverage: 2, maintenanceMarginPercent: 0, liquidationFeePercent: 0, marketType: 'FUTURES' } as const;

  it.each([
    ['LONG', [100, 100, 50, 60], 50],
    ['SHORT', [100, 150, 100, 140], 150],
    ['LONG', [50, 60, 50, 60], 50],
    ['SHORT', [150, 150, 140, 140], 150],
  ] as const)('comes at the very price: %s, %j', (side, row, exitPrice) => {
    const { trades } = held(side, row, { ...twice, stopLossPercent: null, takeProfitPercent: null });
    expect(trades).toMatchObject([{ exitReason: 'LIQUIDATION', exitPrice, exitIndex: 2 }]);
  });

  it.each([
    ['LONG', [100, 100, 50.01, 60]],
    ['SHORT', [100, 149.99, 100, 140]],
  ] as const)('does not come a tick before it: %s, %j', (side, row) => {
    expect(held(side, row, { ...twice, stopLossPercent: null, takeProfitPercent: null }).trades).toEqual([]);
  });

  it.each([
    ['LONG', Signal.ENTER_LONG, Signal.EXIT_LONG, 50],
    ['SHORT', Signal.ENTER_SHORT, Signal.EXIT_SHORT, 150],
  ] as const)('at the open comes before the market order of that open: %s', (_side, enter, exit, price) => {
    const { trades } = runBacktest(candlesOf([at(100), at(100), at(price), at(price)]), {
      ...plain,
      ...twice,
      strategy: scripted({ 0: enter, 1: exit }),
    });
    expect(trades).toMatchObject([{ exitReason: 'LIQUIDATION', exitIndex: 2 }]);
  });

  it.each([
    ['LONG', 50, 'STOP_LOSS', [100, 100, 40, 60]],
    ['SHORT', 50, 'STOP_LOSS', [100, 160, 100, 140]],
    ['LONG', 51, 'LIQUIDATION', [100, 100, 40, 60]],
    ['SHORT', 51, 'LIQUIDATION', [100, 160, 100, 140]],
    ['LONG', 49, 'LIQUIDATION', [50, 60, 40, 60]],
    ['SHORT', 49, 'LIQUIDATION', [150, 160, 140, 140]],
    ['LONG', 49, 'STOP_LOSS', [50.5, 60, 40, 60]],
    ['SHORT', 49, 'STOP_LOSS', [149.5, 160, 140, 140]],
  ] as const)('of a %s with its stop %d %% away: %s in %j', (side, stopLossPercent, exitReason, row) => {
    const { trades } = held(side, row, { ...twice, stopLossPercent, takeProfitPercent: null });
    expect(trades).toMatchObject([{ exitReason }]);
  });
});

describe('a stop with a limit on a short', () => {
  const stopped = (rows: readonly Row[], options: Partial<BacktestSpec> = {}) =>
    shortFrom([at(100), at(100), ...rows], { stopLossPercent: 10, stopLimitPercent: 10, ...options });

  it.each([
    ['opens at the limit and fills there', [[121, 125, 121, 125]], [121, 2]],
    ['opens a tick beyond it and waits', [[121.01, 125, 121.01, 125], at(130)], null],
    ['waits until the price touches it', [at(130), [130, 130, 121, 125]], [121, 3]],
    ['is not reached a tick before it', [at(130), [130, 130, 121.01, 125]], null],
    ['is back within the same candle', [[130, 135, 120, 125]], [121, 2]],
  ] as const)('%s', (_name, rows, exit) => {
    const { trades } = stopped(rows);
    expect(trades.map(({ exitPrice, exitIndex, exitReason }) => [exitPrice, exitIndex, exitReason])).toEqual(
      exit === null ? [] : [[expect.closeTo(exit[0], 9), exit[1], 'STOP_LOSS']],
    );
  });

  it('opens at its limit with the price never back, and is still no order that waits', () => {
    const { trades, unfilledOrder } = stopped([[121, 140, 121, 140], at(150)]);
    expect([trades.length, unfilledOrder]).toEqual([1, null]);
  });
});

it.each([
  ['LONG', Signal.ENTER_LONG, Signal.EXIT_LONG, 101, 99],
  ['SHORT', Signal.ENTER_SHORT, Signal.EXIT_SHORT, 99, 101],
] as const)('market orders of a %s slip against it, both ways', (_side, enter, exit, entryPrice, exitPrice) => {
  const { trades } = runBacktest(candlesOf([at(100), at(100), at(100)]), {
    ...plain,
    strategy: scripted({ 0: enter, 1: exit }),
    marketType: 'FUTURES',
    slippagePercent: 1,
  });
  expect(trades).toMatchObject([{ entryPrice, exitPrice, exitReason: 'SIGNAL' }]);
});

it('rules that reverse turn a position round, others only end it', () => {
  const price = { price: { source: 'CLOSE' as const, offset: 0 } };
  const rules = {
    enterLong: { above: { left: price, right: { constant: 100 } } },
    enterShort: { below: { left: price, right: { constant: 100 } } },
  };
  const turned = (reverses: boolean) => {
    const strategy = compileRules(readRules({ ...rules, reverses }));
    expect([strategy.name, strategy.reverses ?? false]).toEqual(['rules', reverses]);
    return runBacktest(candlesOf([at(101), at(101), at(99), at(99)]), { ...plain, strategy, marketType: 'FUTURES' });
  };
  expect(turned(true)).toMatchObject({
    trades: [{ side: 'LONG', exitPrice: 99 }],
    openPosition: { side: 'SHORT', entryPrice: 99 },
  });
  expect(turned(false)).toMatchObject({ trades: [], openPosition: { side: 'LONG' } });
});

describe('a half-filled exit and what comes after it', () => {
  const rows: readonly Row[] = [at(100), at(100), [100, 100, 80, 85], [85, 85, 60, 65], at(65)];
  function ended(side: 'LONG' | 'SHORT', volumes: readonly number[]) {
    const mirrored = side === 'LONG' ? rows : rows.map(([o, h, l, c]): Row => [200 - o, 200 - l, 200 - h, 200 - c]);
    const candles = candlesOf(mirrored);
    candles.volume.set(volumes);
    return runBacktest(candles, {
      ...plain,
      strategy: scripted({ 0: side === 'LONG' ? Signal.ENTER_LONG : Signal.ENTER_SHORT }),
      marketType: 'FUTURES',
      stopLossPercent: 10,
      maxVolumePercent: 10,
    });
  }

  it.each(['LONG', 'SHORT'] as const)('a stop that the volume fills in part goes on at the market: %s', (side) => {
    const { trades } = ended(side, [1e3, 1e3, 40, 1e3, 1e3]);
    expect(trades).toHaveLength(1);
    // Four of the ten at the stop, six at the next open.
    expect(trades[0]).toMatchObject({
      exitIndex: 3,
      quantity: 10,
      exitPrice: expect.closeTo(side === 'LONG' ? (4 * 90 + 6 * 85) / 10 : (4 * 110 + 6 * 115) / 10, 9),
    });
  });
});
