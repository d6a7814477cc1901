import { describe, expect, it } from 'vitest';
import { type BacktestSpec, runBacktest } from '../../src/trading/backtest.ts';
import type { Candles } from '../../src/trading/candle.ts';
import { Decision, defineStrategy, Signal } from '../../src/trading/strategy.ts';
import { candlesOf, plain, type Row, scripted, type Script } from './support/builders.ts';

const at = (price: number): Row => [price, price, price, price];

function withVolume(rows: readonly Row[], volumes: readonly number[]): Candles {
  const candles = candlesOf(rows);
  volumes.forEach((volume, i) => (candles.volume[i] = volume));
  return candles;
}

/** 1,000 at 100: ten units are wanted. */
const run = (rows: readonly Row[], volumes: readonly number[], script: Script, options: Partial<BacktestSpec> = {}) =>
  runBacktest(withVolume(rows, volumes), { ...plain, strategy: scripted(script), maxVolumePercent: 10, ...options });

describe('a cap on the share of volume', () => {
  it('fills an entry over several candles, at their opens', () => {
    const { openPosition, trades } = run([at(100), at(100), at(80), at(120), at(100)], [1, 40, 40, 1_000, 1], {
      0: Signal.ENTER_LONG,
    });
    // 4 at 100, 4 at 80, and of the last two at 120 what the rest of the capital pays for.
    expect(trades).toEqual([]);
    expect(openPosition).toMatchObject({ quantity: 10, entryIndex: 1, entryPrice: (400 + 320 + 240) / 10 });
  });

  it('waits through candles without volume', () => {
    const { openPosition } = run([at(100), at(100), at(100), at(100)], [1, 0, 0, 1_000], { 0: Signal.ENTER_LONG });
    expect(openPosition).toMatchObject({ quantity: 10, entryIndex: 3 });
  });

  it('never spends more than there is', () => {
    const { openPosition } = run([at(100), at(100), at(900), at(900)], [1, 50, 1_000, 1_000], { 0: Signal.ENTER_LONG });
    expect(openPosition?.quantity).toBeCloseTo(5 + 500 / 900, 7);
  });

  it('fills an exit over several candles, as one trade', () => {
    const { trades } = run([at(100), at(100), at(100), at(110), at(120), at(130)], [1, 1_000, 1, 60, 30, 1_000], {
      0: Signal.ENTER_LONG,
      2: Signal.EXIT_LONG,
    });
    expect(trades).toMatchObject([
      { exitIndex: 5, exitPrice: (6 * 110 + 3 * 120 + 130) / 10, exitReason: 'SIGNAL', quantity: 10 },
    ]);
  });

  it('lets a stop go on at the next opens, and keeps its reason', () => {
    const { trades } = run([at(100), at(100), [100, 100, 80, 85], at(84), at(83)], [1, 1_000, 40, 40, 1_000], { 0: Signal.ENTER_LONG }, { stopLossPercent: 10 }); // prettier-ignore
    expect(trades).toMatchObject([{ exitPrice: (4 * 90 + 4 * 84 + 2 * 83) / 10, exitReason: 'STOP_LOSS', exitIndex: 4 }]);
  });

  it('lets a target rest for what it has not got', () => {
    const { trades } = run([at(100), at(100), [100, 110, 100, 105], at(105), [105, 112, 105, 105]], [1, 1_000, 40, 1_000, 1_000], { 0: Signal.ENTER_LONG }, { takeProfitPercent: 10 }); // prettier-ignore
    expect(trades).toMatchObject([{ exitPrice: 110, exitReason: 'TAKE_PROFIT', exitIndex: 4 }]);
  });

  it('a stop entry that was reached goes on at the market, wherever that is', () => {
    const { openPosition } = run([at(100), [100, 102, 100, 101], at(98), at(98)], [1, 40, 20, 1_000], { 0: Signal.ENTER_LONG }, { entryType: 'STOP', entryOffsetPercent: 1 }); // prettier-ignore
    // 1,000 at 101 are 9.90099009: 4 at 101, 2 at 98, the rest at 98.
    expect(openPosition?.quantity).toBeCloseTo(9.90099009, 8);
    expect(openPosition?.entryPrice).toBeCloseTo((4 * 101 + 5.90099009 * 98) / 9.90099009, 8);
  });

  it('a limit entry waits for the rest at its price', () => {
    const { openPosition } = run([at(100), [101, 101, 99, 101], at(101), [101, 101, 99, 101]], [1, 40, 1_000, 1_000], { 0: Signal.ENTER_LONG }, { entryType: 'LIMIT', entryOffsetPercent: 1, entryCandles: 5 }); // prettier-ignore
    expect(openPosition).toMatchObject({ quantity: expect.closeTo(10.1010101, 8), entryPrice: expect.closeTo(99, 9) });
  });

  it('an exit under way is no longer stopped, trailed or taken', () => {
    const rows: readonly Row[] = [at(100), at(100), at(100), [100, 120, 90, 110], [110, 130, 90, 100], at(100)];
    const { trades, ambiguousCandles } = run(rows, [1, 1_000, 1, 40, 40, 1_000], { 0: Signal.ENTER_LONG, 2: Signal.EXIT_LONG }, { stopLossPercent: 5, trailingStopPercent: 5, takeProfitPercent: 10 }); // prettier-ignore
    expect(trades).toMatchObject([{ exitReason: 'SIGNAL', exitIndex: 5, exitPrice: (4 * 100 + 4 * 110 + 2 * 100) / 10 }]);
    expect(ambiguousCandles).toBe(0);
  });

  it('what a stop could not sell is liquidated where the price falls on', () => {
    const rows: readonly Row[] = [at(100), at(100), [100, 100, 70, 75]];
    const { trades } = run(rows, [1, 1_000, 20], { 0: Signal.ENTER_LONG }, { marketType: 'FUTURES', leverage: 5, positionSizePercent: 20, stopLossPercent: 10, maintenanceMarginPercent: 0, liquidationFeePercent: 0 }); // prettier-ignore
    expect(trades).toMatchObject([{ exitReason: 'LIQUIDATION', exitIndex: 2, exitPrice: (2 * 90 + 8 * 80) / 10 }]);
  });

  it.each([
    // The path is open, high, low, close: the target first, and what it could not sell falls on.
    ['stopped', 85, { stopLossPercent: 10 }, 'STOP_LOSS', 4, (4 * 110 + 2 * 85 + 4 * 84) / 10],
    ['liquidated', 70, { maintenanceMarginPercent: 0, liquidationFeePercent: 0 }, 'LIQUIDATION', 2, (4 * 110 + 6 * 80) / 10],
  ] as const)(
    'what a target could not sell is %s later in its candle',
    (_name, low, options, exitReason, exitIndex, exitPrice) => {
      const rows: readonly Row[] = [at(100), at(100), [100, 112, low, low], at(85), at(84)];
      const { trades } = run(rows, [1, 1_000, 40, 20, 1_000], { 0: Signal.ENTER_LONG }, { marketType: 'FUTURES', leverage: 5, positionSizePercent: 20, takeProfitPercent: 10, fillModel: 'OHLC_PATH', ...options }); // prettier-ignore
      expect(trades).toMatchObject([{ exitReason, exitIndex, exitPrice: expect.closeTo(exitPrice, 9) }]);
    },
  );

  it('does not hold up a liquidation', () => {
    const { trades } = run([at(100), at(100), at(10)], [1, 1_000, 0], { 0: Signal.ENTER_LONG }, { marketType: 'FUTURES', leverage: 5, positionSizePercent: 10 }); // prettier-ignore
    expect(trades).toMatchObject([{ exitReason: 'LIQUIDATION', exitIndex: 2 }]);
  });

  it('enters no more once its target has begun to sell, and tells what that brought', () => {
    const rows: readonly Row[] = [at(100), at(100), [101, 102, 101, 101], [95, 101, 95, 101]];
    const { openPosition, equity } = run(rows, [1, 40, 20, 1_000], { 0: Signal.ENTER_LONG }, { entryType: 'LIMIT', entryCandles: 10, targetGap: 'OPEN', takeProfitPercent: 2 }); // prettier-ignore
    expect(openPosition).toMatchObject({ quantity: 2, entryPrice: 100, realizedPnl: 4, unrealizedPnl: 2 });
    expect(equity[3]).toBe(1_006);
  });

  it('goes on when the strategy says the same again, candle by candle', () => {
    const eager = defineStrategy({
      name: 'eager',
      description: 'Wants in, whatever it has.',
      parameters: {},
      indicators: () => ({}),
      lookBack: 0,
      decide: () => () => Decision.ENTER_LONG,
    });
    const { openPosition } = run([at(100), at(100), at(100), at(100)], [1, 30, 20, 1_000], {}, { strategy: eager });
    expect(openPosition?.quantity).toBe(10);
  });

  it('gives way to the strategy when it has enough of a half-filled entry', () => {
    const { trades } = run([at(100), at(100), at(100), at(100)], [1, 30, 0, 1_000], {
      0: Signal.ENTER_LONG,
      1: Signal.EXIT_LONG,
    });
    expect(trades).toMatchObject([{ quantity: 3, exitIndex: 3 }]);
  });
});

describe('a stop with a limit', () => {
  const stopped = (rows: readonly Row[], options: Partial<BacktestSpec> = {}) =>
    runBacktest(candlesOf([at(100), at(100), ...rows]), {
      ...plain,
      strategy: scripted({ 0: Signal.ENTER_LONG }),
      stopLossPercent: 10,
      stopLimitPercent: 2,
      ...options,
    });

  it.each([
    ['fills at its level when the price passes it', [[100, 100, 80, 85]], {}, [90, 2]],
    ['fills at the open between level and limit', [[89, 89, 80, 85]], {}, [89, 2]],
    ['fills no worse than the limit', [[100, 100, 80, 85]], { slippagePercent: 5 }, [105 * 0.9 * 0.98, 2]],
    ['waits beyond the limit, until the price is back', [at(80), at(85), [85, 90, 85, 90]], {}, [88.2, 4]],
    ['is back within the same candle', [[80, 89, 79, 85]], {}, [88.2, 2]],
    ['fills at its limit where the open is better', [at(80), at(95)], {}, [88.2, 3]],
    ['fills at the better open where that is believed', [at(80), at(95)], { targetGap: 'OPEN' }, [95, 3]],
    [
      'must be traded through where that is asked',
      [at(80), [85, 88.2, 85, 88], [85, 88.3, 85, 88]],
      { limitTradeThrough: 0.1 },
      [88.2, 4],
    ],
  ] as const)('%s', (_name, rows, options, [price, index]) => {
    const { trades } = stopped(rows, options);
    expect(trades).toMatchObject([{ exitPrice: expect.closeTo(price, 9), exitIndex: index, exitReason: 'STOP_LOSS' }]);
  });

  it('gives way to the strategy when it wants out', () => {
    const { trades } = stopped([at(80), at(81), at(82)], { strategy: scripted({ 0: Signal.ENTER_LONG, 3: Signal.EXIT_LONG }) });
    expect(trades).toMatchObject([{ exitPrice: 82, exitIndex: 4, exitReason: 'SIGNAL' }]);
  });

  it('forgets the entry of a reversal whose exit it has become', () => {
    const { trades, openPosition, unfilledOrder } = stopped([at(80), at(81), at(90), at(91)], {
      strategy: scripted({ 0: Signal.ENTER_LONG, 1: Signal.ENTER_SHORT }, { reverses: true }),
      marketType: 'FUTURES',
    });
    expect(trades).toMatchObject([{ exitPrice: 88.2, exitIndex: 4, exitReason: 'STOP_LOSS' }]);
    expect([openPosition, unfilledOrder]).toEqual([null, null]);
  });

  it('may wait for ever, with the position open and nothing else to close it', () => {
    const { trades, openPosition, unfilledOrder } = stopped([at(80), at(70), at(60)], { takeProfitPercent: 5 });
    expect([trades, openPosition?.quantity, unfilledOrder?.leg]).toEqual([[], 10, 'EXIT']);
  });

  it.each([
    ['PESSIMISTIC', 'LIQUIDATION', [85, 89, 70, 80]],
    ['OHLC_PATH', 'STOP_LOSS', [85, 89, 70, 80]],
    ['OHLC_PATH', 'LIQUIDATION', [85, 89, 70, 87]],
  ] as const)('and a liquidation price in one candle are read as %s reads it: %s', (fillModel, reason, row) => {
    const { trades, ambiguousCandles } = stopped([at(85), row], { marketType: 'FUTURES', leverage: 5, fillModel });
    expect([trades[0].exitReason, ambiguousCandles]).toEqual([reason, 1]);
  });

  it('comes back within its candle where finer candles say so', () => {
    const fine = (rows: readonly Row[]) => ({
      candles: candlesOf([at(100), at(100), at(100), at(100), ...rows], undefined, 1_800_000),
      timeframe: 'M30' as const,
    });
    const coarse: Row = [100, 100, 80, 95];
    const exits = (rows: readonly Row[]) =>
      stopped([coarse, at(95)], { fillModel: 'DETAIL', detail: fine([...rows, at(95), at(95)]) }).trades.map(
        ({ exitPrice, exitIndex }) => [exitPrice, exitIndex],
      );
    // The second half hour opens beyond the limit of 88.2, and comes back to it.
    expect(exits([[100, 100, 92, 92], [80, 95, 80, 95]])).toEqual([[88.2, 2]]); // prettier-ignore
    expect(exits([[100, 100, 89, 89], [89, 95, 80, 95]])).toEqual([[90, 2]]); // prettier-ignore
  });

  it('is overtaken by a liquidation', () => {
    const { trades } = stopped([at(85), at(70)], { marketType: 'FUTURES', leverage: 5 });
    expect(trades).toMatchObject([{ exitReason: 'LIQUIDATION', exitIndex: 3 }]);
  });
});

it.each([
  ['no volume at all', { maxVolumePercent: 0 }, ['maxVolumePercent'], /above 0/],
  ['more than the volume', { maxVolumePercent: 101 }, ['maxVolumePercent'], /exceeds its limit 100/],
  ['a limit at the stop', { stopLimitPercent: 0 }, ['stopLimitPercent'], /above 0/],
] as const)('%s is refused', (_name, options, path, message) => {
  expect(() => run([at(1), at(1)], [1, 1], {}, options)).toThrowError(
    expect.objectContaining({ name: 'ParameterError', path, message: expect.stringMatching(message) }),
  );
});
