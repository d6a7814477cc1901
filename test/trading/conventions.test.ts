import { describe, expect, it } from 'vitest';
import { type BacktestSpec, runBacktest } from '../../src/trading/backtest.ts';
import { Signal } from '../../src/trading/strategy.ts';
import { candlesOf, longFrom, plain, type Row, scripted, shortFrom } from './support/builders.ts';

const signal: Row = [100, 100, 100, 100];
const calm: Row = [100, 101, 99, 100];
const inAndOut = scripted({ 0: Signal.ENTER_LONG, 1: Signal.EXIT_LONG });

describe('entryFee', () => {
  const rows: readonly Row[] = [signal, calm, [110, 110, 110, 110]];
  const half = { strategy: inAndOut, feePercent: 1, positionSizePercent: 50, quantityStep: 1e-6 } as const;

  it.each([
    ['covers the fee by default', {}, 4.950495],
    ['covers the fee', { entryFee: 'WITHIN_SIZE' }, 4.950495],
    ['is bought as a whole, the fee on top', { entryFee: 'ON_TOP' }, 5],
    ['of a fixed size is bought as a whole', { entryFee: 'ON_TOP', positionSizeFixed: 250 }, 2.5],
    ['with leverage is all margin', { entryFee: 'ON_TOP', marketType: 'FUTURES', leverage: 4 }, 20],
    ['with leverage covers the fee of the whole position', { marketType: 'FUTURES', leverage: 4 }, 19.230769],
  ] as const)('the amount %s', (_name, options, quantity) => {
    const [trade] = longFrom(rows, { ...half, ...options }).trades;
    expect(trade.quantity).toBe(quantity);
    expect(trade.fees).toBeCloseTo(quantity * 2.1, 10);
  });

  it('a fee that the rest of the capital cannot pay is no order, and counted', () => {
    const whole = { ...half, entryFee: 'ON_TOP', positionSizePercent: 99.5 } as const;
    const { trades, refusals, finalCapital } = longFrom(rows, whole);
    expect([trades.length, refusals, finalCapital]).toEqual([0, { INSUFFICIENT_BALANCE: 1 }, 1_000]);
    expect(longFrom(rows, { ...whole, positionSizePercent: 99 }).trades.length).toBe(1);
  });
});

describe('takeProfitOf', () => {
  const fees = { feePercent: 1, makerFeePercent: 0.5, positionSizePercent: 50, takeProfitPercent: 10 } as const;
  const far: readonly Row[] = [signal, calm, [100, 130, 100, 120]];
  const deep: readonly Row[] = [signal, calm, [100, 100, 70, 80]];

  it('PRICE: the target lies so far from the entry', () => {
    expect(longFrom(far, fees).trades[0].exitPrice).toBe(110);
    expect(shortFrom(deep, fees).trades[0].exitPrice).toBe(90);
  });

  it.each([
    ['long', longFrom(far, { ...fees, takeProfitOf: 'NET_PROFIT' }), (100 * 1.01 * 1.1) / 0.995, 1 + 0.01],
    ['short', shortFrom(deep, { ...fees, takeProfitOf: 'NET_PROFIT' }), (100 * 0.99 * 0.9) / 1.005, 1 - 0.01],
  ] as const)(
    'NET_PROFIT: what is left of a %s position after both fees is that share of what it cost',
    (_side, result, price, cost) => {
      const [trade] = result.trades;
      expect(trade.exitReason).toBe('TAKE_PROFIT');
      expect(trade.exitPrice).toBeCloseTo(price, 9);
      expect(trade.pnl / (trade.quantity * trade.entryPrice * cost)).toBeCloseTo(0.1, 10);
    },
  );

  it('NET_PROFIT of an entry by limit counts the maker fee twice', () => {
    const limit = { entryType: 'LIMIT', takeProfitOf: 'NET_PROFIT' } as const;
    expect(longFrom(far, { ...fees, ...limit }).trades[0].exitPrice).toBeCloseTo((100 * 1.005 * 1.1) / 0.995, 9);
  });

  it("a strategy's own target is left as it is", () => {
    const strategy = scripted({ 0: Signal.ENTER_LONG }, { target: 105 });
    expect(longFrom(far, { ...fees, takeProfitOf: 'NET_PROFIT', strategy }).trades[0].exitPrice).toBe(105);
  });
});

describe('guardsFrom NEXT_CANDLE', () => {
  const guards = { stopLossPercent: 5, takeProfitPercent: 10 } as const;
  const later = { ...guards, guardsFrom: 'NEXT_CANDLE' } as const;
  const exitOf = (rows: readonly Row[], options: Partial<BacktestSpec>, from = longFrom): unknown =>
    from(rows, options).trades.map(({ exitIndex, exitPrice, exitReason }) => [exitIndex, exitPrice, exitReason])[0];

  it.each<[string, Row, unknown]>([
    ['the stop', [100, 101, 90, 99], [1, 95, 'STOP_LOSS']],
    ['the target', [100, 120, 99, 101], [1, 110, 'TAKE_PROFIT']],
    ['both', [100, 120, 90, 100], [1, 95, 'STOP_LOSS']],
  ])('%s inside the candle of the entry leads to nothing', (_name, first, byDefault) => {
    const rows: readonly Row[] = [signal, first, calm];
    expect([exitOf(rows, guards), exitOf(rows, later)]).toEqual([byDefault, undefined]);
  });

  it.each<[string, Row, unknown]>([
    ['the stop', [100, 101, 90, 99], [2, 95, 'STOP_LOSS']],
    ['the stop that its open is beyond', [92, 93, 90, 91], [2, 92, 'STOP_LOSS']],
    ['the target', [100, 120, 99, 101], [2, 110, 'TAKE_PROFIT']],
    ['both', [100, 120, 90, 100], [2, 95, 'STOP_LOSS']],
  ])('%s inside the next candle is hit', (_name, second, exit) => {
    expect(exitOf([signal, [100, 120, 90, 100], second], later)).toEqual(exit);
  });

  it('a trailing stop knows the best price of the candle of the entry', () => {
    const rows: readonly Row[] = [signal, [100, 120, 90, 118], [118, 119, 100, 101]];
    expect(exitOf(rows, { trailingStopPercent: 5, guardsFrom: 'NEXT_CANDLE' })).toEqual([2, 114, 'TRAILING_STOP']);
  });

  it('a short position has it likewise', () => {
    const rows: readonly Row[] = [signal, [100, 120, 80, 100], [100, 106, 99, 100]];
    expect(exitOf(rows, later, shortFrom)).toEqual([2, 105, 'STOP_LOSS']);
  });

  it.each([
    ['LIMIT', 1, 99],
    ['STOP', 0.5, 100.5],
  ] as const)('an entry by %s inside a candle has no stop for the rest of it', (entryType, entryOffsetPercent, price) => {
    const rows: readonly Row[] = [signal, [100, 101, 90, 91], [99, 100, 98, 99]];
    const entry = { entryType, entryOffsetPercent } as const;
    expect(exitOf(rows, { ...guards, ...entry })).toEqual([1, price * 0.95, 'STOP_LOSS']);
    const { trades, openPosition } = longFrom(rows, { ...later, ...entry });
    expect([trades.length, openPosition?.entryPrice, openPosition?.stopPrice]).toEqual([0, price, price * 0.95]);
  });

  it('what is filled at a close has its guards in the next candle, as always', () => {
    const rows: readonly Row[] = [signal, [100, 101, 90, 99], calm];
    const atClose = { fillAt: 'SIGNAL_CLOSE' } as const;
    expect(exitOf(rows, { ...later, ...atClose })).toEqual([1, 95, 'STOP_LOSS']);
  });

  it('a liquidation waits for nobody', () => {
    const leveraged = { ...later, marketType: 'FUTURES', leverage: 20, stopLossPercent: 1 } as const;
    expect(exitOf([signal, [100, 101, 90, 99], calm], leveraged)).toMatchObject([1, expect.any(Number), 'LIQUIDATION']);
  });

  it('an exit that has begun in the candle of the entry does not get its guards back', () => {
    // Half of the position leaves at the open of candle 2, for want of volume, and the rest at that of candle 3.
    const candles = candlesOf([signal, calm, [100, 101, 90, 99], [99, 99, 99, 99], calm]);
    candles.volume.set([10, 10, 5, 10, 10]);
    const strategy = scripted({ 0: Signal.ENTER_LONG, 1: Signal.EXIT_LONG });
    const { trades } = runBacktest(candles, { ...plain, ...later, strategy, maxVolumePercent: 100 });
    expect(trades.map(({ exitIndex, exitReason }) => [exitIndex, exitReason])).toEqual([[3, 'SIGNAL']]);
  });
});

it.each([
  ['entryFee', 'SOMETIMES', 'WITHIN_SIZE, ON_TOP'],
  ['takeProfitOf', 'GROSS', 'PRICE, NET_PROFIT'],
  ['guardsFrom', 'NEVER', 'ENTRY_CANDLE, NEXT_CANDLE'],
])('%s "%s" is refused with what there is', (name, value, known) => {
  expect(() => longFrom([signal, calm], { [name]: value })).toThrow(
    expect.objectContaining({ name: 'ParameterError', path: [name], message: expect.stringContaining(known) }),
  );
});
