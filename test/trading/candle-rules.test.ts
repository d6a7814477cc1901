import { describe, expect, it } from 'vitest';
import { candlesOf, longFrom, plain, type Row, scripted, shortFrom } from './support/builders.ts';
import { runBacktest } from '../../src/trading/backtest.ts';
import { Signal } from '../../src/trading/strategy.ts';

/** Decides at the close of 100; the entry fills at the next open, 100, on a candle of its own that touches nothing. */
const signal: Row = [100, 100, 100, 100];
const calm: Row = [100, 101, 99, 100];
const bracket = { stopLossPercent: 5, takeProfitPercent: 10 } as const;

const mirrored = ([open, high, low, close]: Row): Row => [200 - open, 200 - low, 200 - high, 200 - close];

describe('one candle against a long position from 100 with its stop at 95 and its target at 110', () => {
  const cases: readonly (readonly [name: string, row: Row, price: number, reason: string, ambiguous: number, path: number])[] = [
    ['both touched, closed high', [100, 112, 94, 111], 95, 'STOP_LOSS', 1, 95],
    ['both touched, closed low', [100, 112, 94, 96], 95, 'STOP_LOSS', 1, 110],
    ['gapped through the stop', [90, 93, 88, 92], 90, 'STOP_LOSS', 0, 90],
    ['gapped through the stop and came back', [93, 97, 92, 96], 93, 'STOP_LOSS', 0, 93],
    ['gapped through the stop and reached the target', [90, 115, 88, 114], 90, 'STOP_LOSS', 0, 90],
    ['gapped over the target', [115, 118, 113, 116], 110, 'TAKE_PROFIT', 0, 110],
    ['gapped over the target and fell to the stop', [115, 118, 94, 96], 95, 'STOP_LOSS', 1, 110],
    ['opened at the stop itself', [95, 111, 94, 100], 95, 'STOP_LOSS', 0, 95],
    ['stop touched exactly', [100, 101, 95, 100], 95, 'STOP_LOSS', 0, 95],
    ['target touched exactly', [100, 110, 99, 100], 110, 'TAKE_PROFIT', 0, 110],
  ];

  it.each(cases)('%s', (_name, row, price, reason, ambiguous) => {
    const { trades, ambiguousCandles } = longFrom([signal, calm, row], bracket);
    expect(trades.map((t) => [t.exitIndex, t.exitPrice, t.exitReason])).toEqual([[2, price, reason]]);
    expect(ambiguousCandles).toBe(ambiguous);
  });

  it.each(cases)('%s, along the path of open, high, low and close', (_name, row, _price, _reason, ambiguous, path) => {
    const { trades, ambiguousCandles } = longFrom([signal, calm, row], { ...bracket, fillModel: 'OHLC_PATH' });
    expect(trades.map((t) => t.exitPrice)).toEqual([path]);
    expect(ambiguousCandles).toBe(ambiguous);
  });

  it.each(cases)('%s, upside down against a short', (_name, row, price, reason, ambiguous) => {
    const { trades, ambiguousCandles } = shortFrom([signal, mirrored(calm), mirrored(row)], bracket);
    expect(trades.map((t) => [t.exitIndex, t.exitPrice, t.exitReason])).toEqual([[2, 200 - price, reason]]);
    expect(ambiguousCandles).toBe(ambiguous);
  });

  it.each([
    ['both touched, closed low: up first', [100, 106, 88, 90], 105],
    ['both touched, closed high: down first', [100, 106, 88, 104], 90],
  ] as const)('a short along the path: %s', (_name, row, price) => {
    const { trades } = shortFrom([signal, mirrored(calm), row], { ...bracket, fillModel: 'OHLC_PATH' });
    expect(trades.map((t) => t.exitPrice)).toEqual([price]);
  });

  it('a target takes the better open where that is asked for', () => {
    expect(longFrom([signal, calm, [115, 118, 113, 116]], { ...bracket, targetGap: 'OPEN' }).trades[0].exitPrice).toBe(115);
    expect(shortFrom([signal, calm, [85, 87, 82, 84]], { ...bracket, targetGap: 'OPEN' }).trades[0].exitPrice).toBe(85);
  });

  it('nothing touched, nothing done', () => {
    const { trades, openPosition } = longFrom([signal, calm, [100, 109.99, 95.01, 105]], bracket);
    expect(trades).toEqual([]);
    expect(openPosition).toMatchObject({
      side: 'LONG',
      entryIndex: 1,
      entryPrice: 100,
      markPrice: 105,
      stopPrice: 95,
      unrealizedPnl: 50,
    });
  });
});

describe('where engines disagree, with the same long from 100, stop at 95 and target at 110', () => {
  it.each([
    [[100, 112, 94, 111], 95, 1, 'Freqtrade 95, Jesse 95, Nautilus 110, backtesting.py 95'],
    [[100, 112, 94, 96], 95, 1, 'Freqtrade 95, Jesse 110, Nautilus 110, backtesting.py 95'],
    [[90, 93, 88, 92], 90, 0, 'Freqtrade 90, Jesse 95, Nautilus 90, backtesting.py 90'],
    [[93, 97, 92, 96], 93, 0, 'Freqtrade 95, Jesse 95, Nautilus 93, backtesting.py 93'],
    [[115, 118, 113, 116], 110, 0, 'Freqtrade 113, Jesse 110, Nautilus 110, backtesting.py 115'],
  ] as const)('%j leaves us at %d with %d ambiguous candles; %s', (row, price, ambiguous, _others) => {
    const { trades, ambiguousCandles } = longFrom([signal, calm, row], bracket);
    expect([trades.map((t) => t.exitPrice), ambiguousCandles]).toEqual([[price], ambiguous]);
  });
});

describe('the entry candle', () => {
  it.each([
    ['its stop is live', [100, 101, 94, 100], 'STOP_LOSS', 95],
    ['its target is live', [100, 111, 99, 100], 'TAKE_PROFIT', 110],
    ['unless the stop was touched too', [100, 111, 94, 100], 'STOP_LOSS', 95],
  ] as const)('%s when filled at the open', (_name, row, reason, price) => {
    const { trades } = longFrom([signal, row, calm], bracket);
    expect(trades.map((t) => [t.entryIndex, t.exitIndex, t.exitReason, t.exitPrice])).toEqual([[1, 1, reason, price]]);
  });

  it('filled at the close that decided, it cannot be stopped by what came before', () => {
    const { trades, equity } = longFrom([[100, 120, 80, 100], calm, [100, 100, 94, 94]], { ...bracket, fillAt: 'SIGNAL_CLOSE' });
    expect(trades.map((t) => [t.entryIndex, t.entryPrice, t.exitIndex, t.exitPrice])).toEqual([[0, 100, 2, 95]]);
    expect([...equity]).toEqual([1_000, 1_000, 950]);
  });

  it('fills at the open, whatever the close was', () => {
    const { trades } = longFrom([signal, [104, 105, 103, 104], [90, 90, 80, 85]], bracket);
    expect(trades[0]).toMatchObject({ entryPrice: 104, exitPrice: 90 });
  });

  it('a stop counted from the signal close can lie above the fill and ends it at the open', () => {
    const { trades } = longFrom([signal, [94, 96, 93, 95]], { ...bracket, stopAnchor: 'SIGNAL_CLOSE' });
    expect(trades[0]).toMatchObject({ entryPrice: 94, exitPrice: 94, entryIndex: 1, exitIndex: 1, exitReason: 'STOP_LOSS' });
  });

  it.each([
    ['ENTRY_FILL', 104 * 0.95],
    ['SIGNAL_CLOSE', 95],
  ] as const)('levels are counted from %s', (stopAnchor, stopPrice) => {
    const { openPosition } = longFrom([signal, [104, 105, 103, 104]], { ...bracket, stopAnchor });
    expect(openPosition?.stopPrice).toBeCloseTo(stopPrice, 10);
  });

  it('takes the levels a strategy asks for instead of the configured ones', () => {
    const strategy = scripted({ 0: Signal.ENTER_LONG }, { stop: 98, target: 103 });
    const { trades } = longFrom([signal, calm, [100, 104, 99, 103]], { ...bracket, strategy });
    expect(trades[0]).toMatchObject({ exitPrice: 103, exitReason: 'TAKE_PROFIT' });
    expect(longFrom([signal, calm, calm], { ...bracket, strategy }).openPosition).toMatchObject({
      stopPrice: 98,
      targetPrice: 103,
    });
  });
});

describe('orders by signal', () => {
  const strategy = scripted({ 0: Signal.ENTER_LONG, 2: Signal.EXIT_LONG });
  const rows: readonly Row[] = [signal, [101, 103, 100, 102], [102, 104, 101, 103], [105, 106, 104, 105]];

  it('fill at the next open', () => {
    const { trades } = longFrom(rows, { strategy });
    expect(trades).toMatchObject([
      { entryIndex: 1, entryPrice: 101, exitIndex: 3, exitPrice: 105, exitReason: 'SIGNAL', candles: 2 },
    ]);
  });

  it('or at the close that decided', () => {
    const { trades } = longFrom(rows, { strategy, fillAt: 'SIGNAL_CLOSE' });
    expect(trades).toMatchObject([
      { entryIndex: 0, entryPrice: 100, exitIndex: 2, exitPrice: 103, exitReason: 'SIGNAL', candles: 2 },
    ]);
  });

  it('slip against us, in and out', () => {
    const { trades } = longFrom(rows, { strategy, slippagePercent: 1 });
    expect(trades[0].entryPrice).toBeCloseTo(102.01, 10);
    expect(trades[0].exitPrice).toBeCloseTo(103.95, 10);
  });

  it.each(['NEXT_OPEN', 'SIGNAL_CLOSE'] as const)('decided at the last close stay unfilled and are told (%s)', (fillAt) => {
    const { trades, openPosition, unfilledOrder } = longFrom(rows.slice(0, 3), { strategy, fillAt });
    expect([trades.length, openPosition?.side]).toEqual([0, 'LONG']);
    expect(unfilledOrder).toMatchObject({ leg: 'EXIT', side: 'SELL', positionSide: 'LONG' });
  });

  it('when the open gaps through the stop that stands, the stop comes first', () => {
    const { trades } = longFrom([...rows.slice(0, 3), [90, 92, 89, 91]], { strategy, stopLossPercent: 5 });
    expect(trades).toMatchObject([{ exitPrice: 90, exitReason: 'STOP_LOSS' }]);
  });

  it('but after the exit that waits for that open where targets get the open, too', () => {
    const gapped: readonly Row[] = [...rows.slice(0, 3), [90, 92, 89, 91]];
    const options = { stopLossPercent: 5, targetGap: 'OPEN' } as const;
    expect(longFrom(gapped, { strategy, ...options }).trades).toMatchObject([
      { exitPrice: 90, exitReason: 'SIGNAL', exitIndex: 3 },
    ]);
    const short = scripted({ 0: Signal.ENTER_SHORT, 2: Signal.EXIT_SHORT });
    expect(shortFrom([...rows.slice(0, 3), [111, 112, 110, 111]], { strategy: short, ...options }).trades).toMatchObject([
      { exitPrice: 111, exitReason: 'SIGNAL', exitIndex: 3 },
    ]);
  });

  it('and never before a liquidation', () => {
    const short = scripted({ 0: Signal.ENTER_SHORT, 2: Signal.EXIT_SHORT });
    const options = { strategy: short, leverage: 10, stopLossPercent: 5, targetGap: 'OPEN' } as const;
    expect(shortFrom([signal, calm, calm, [111, 112, 110, 111]], options).trades).toMatchObject([{ exitReason: 'LIQUIDATION' }]);
  });

  it.each([
    ['its stop', { stopLossPercent: 5 }, 'STOP_LOSS', 110],
    ['its liquidation', { leverage: 10 }, 'LIQUIDATION', 110],
  ] as const)('of a short come after the open that gaps through %s', (_name, options, exitReason, exitPrice) => {
    const short = scripted({ 0: Signal.ENTER_SHORT, 2: Signal.EXIT_SHORT });
    const { trades } = shortFrom([signal, calm, calm, [111, 112, 110, 111]], { strategy: short, ...options });
    expect(trades).toMatchObject([{ exitReason, exitIndex: 3 }]);
    expect(trades[0].exitPrice).toBeCloseTo(exitReason === 'STOP_LOSS' ? 111 : exitPrice, 10);
  });

  it('when the open gaps over the target, the market order gets the open', () => {
    const { trades } = longFrom([...rows.slice(0, 3), [120, 121, 119, 120]], { strategy, takeProfitPercent: 10 });
    expect(trades).toMatchObject([{ exitPrice: 120, exitReason: 'SIGNAL' }]);
  });
});

describe('a trailing stop', () => {
  it('stands in a candle where the candles before put it, never where its own high would', () => {
    // The third candle rises to 120 and falls to 109: a stop moved by its own high would stand at 114 and be hit.
    const rows: readonly Row[] = [signal, calm, [110, 120, 109, 115], [115, 116, 113, 114]];
    const { trades } = longFrom(rows, { trailingStopPercent: 5 });
    expect(trades).toMatchObject([{ exitIndex: 3, exitPrice: 114, exitReason: 'TRAILING_STOP' }]);
  });

  it('only ever tightens', () => {
    const rows: readonly Row[] = [signal, calm, [119, 120, 119, 120], [118, 119, 116, 118], [117, 118, 110, 111]];
    expect(longFrom(rows, { trailingStopPercent: 5 }).trades).toMatchObject([{ exitIndex: 4, exitPrice: 114 }]);
  });

  it('starts at the entry, and gives way to a tighter fixed stop', () => {
    expect(longFrom([signal, [100, 100, 94, 95]], { trailingStopPercent: 5 }).trades).toMatchObject([
      { exitPrice: 95, exitReason: 'TRAILING_STOP' },
    ]);
    expect(longFrom([signal, [100, 100, 94, 95]], { trailingStopPercent: 5, stopLossPercent: 3 }).trades).toMatchObject([
      { exitPrice: 97, exitReason: 'STOP_LOSS' },
    ]);
  });

  it('follows a short down', () => {
    const rows: readonly Row[] = [signal, calm, [100, 100, 80, 81], [81, 85, 81, 84]];
    expect(shortFrom(rows, { trailingStopPercent: 5 }).trades).toMatchObject([
      { exitIndex: 3, exitPrice: 84, exitReason: 'TRAILING_STOP' },
    ]);
  });

  it('filled at a close, does not know the high of the candle before the fill', () => {
    const rows: readonly Row[] = [
      [100, 130, 100, 100],
      [100, 101, 96, 100],
      [100, 100, 95.5, 96],
    ];
    expect(longFrom(rows, { trailingStopPercent: 5, fillAt: 'SIGNAL_CLOSE' }).trades).toMatchObject([
      { exitIndex: 2, exitPrice: 95.95 },
    ]);
  });
});

describe('what a trade lived through', () => {
  it('is taken from the candles it was open in, and only as far as is certain', () => {
    const rows: readonly Row[] = [
      [100, 200, 50, 100],
      [100, 106, 97, 104],
      [104, 108, 96, 100],
      [100, 150, 94, 100],
    ];
    const [trade] = longFrom(rows, { stopLossPercent: 5 }).trades;
    // The high of 150 came, to the pessimist, after the stop.
    expect([trade.maePercent, trade.mfePercent]).toEqual([5, 8]);
  });

  it('a target is reached after the low of its candle, to the pessimist', () => {
    const [trade] = longFrom([signal, calm, [100, 112, 96, 111]], { takeProfitPercent: 10 }).trades;
    expect([trade.maePercent, trade.mfePercent]).toEqual([4, 10]);
  });

  it('a market exit at the open saw nothing of that candle', () => {
    const strategy = scripted({ 0: Signal.ENTER_LONG, 1: Signal.EXIT_LONG });
    const [trade] = longFrom([signal, calm, [102, 150, 50, 100]], { strategy }).trades;
    expect([trade.maePercent, trade.mfePercent]).toEqual([1, 2]);
  });

  it('is mirrored for a short', () => {
    const strategy = scripted({ 0: Signal.ENTER_SHORT, 1: Signal.EXIT_SHORT });
    const [trade] = shortFrom([signal, [100, 103, 94, 98], [98, 150, 50, 100]], { strategy }).trades;
    expect([trade.maePercent, trade.mfePercent]).toEqual([3, 6]);
  });
});

describe('the profit band', () => {
  const rows: readonly Row[] = [signal, calm, [100, 112, 94, 96], [96, 97, 95, 96]];

  it('is the profit with the stop first and with the target first', () => {
    const { profitBand, ambiguousCandles } = longFrom(rows, bracket);
    expect([ambiguousCandles, profitBand]).toEqual([1, { pessimistic: -50, optimistic: 100 }]);
  });

  it('stays the same whichever model was asked for', () => {
    const { profitBand, finalCapital } = longFrom(rows, { ...bracket, fillModel: 'OHLC_PATH' });
    expect([finalCapital, profitBand]).toEqual([1_100, { pessimistic: -50, optimistic: 100 }]);
  });

  it('is one number where the candles leave no doubt', () => {
    expect(longFrom([signal, calm, [100, 112, 99, 111]], bracket).profitBand).toEqual({ pessimistic: 100, optimistic: 100 });
  });

  it('does not give the optimist what the open has gapped through', () => {
    expect(longFrom([signal, calm, [90, 115, 88, 114]], bracket).profitBand).toEqual({ pessimistic: -100, optimistic: -100 });
  });
});

describe('the end of the data', () => {
  const rows: readonly Row[] = [signal, [100, 105, 99, 104]];

  it('leaves a position open and marked', () => {
    const { trades, openPosition, finalCapital } = longFrom(rows);
    expect([trades.length, openPosition?.unrealizedPnl, finalCapital]).toEqual([0, 40, 1_040]);
  });

  it('closes it where that is asked for, with its fee and slippage', () => {
    const { trades, openPosition, finalCapital, equity } = longFrom(rows, {
      closeAtEnd: true,
      feePercent: 1,
      slippagePercent: 1,
    });
    expect([openPosition, trades[0].exitReason, trades[0].exitPrice]).toEqual([null, 'END_OF_DATA', 104 * 0.99]);
    expect(finalCapital).toBeCloseTo(1_000 + trades[0].pnl, 9);
    expect(equity[1]).toBe(finalCapital);
  });
});

describe('reversal', () => {
  const strategy = scripted({ 0: Signal.ENTER_LONG, 2: Signal.ENTER_SHORT }, { reverses: true });
  const rows: readonly Row[] = [signal, calm, [100, 111, 99, 110], [112, 113, 100, 101], [101, 102, 99, 100]];
  const futures = { ...plain, strategy, marketType: 'FUTURES' } as const;

  it('closes and opens at the same price and moment', () => {
    const { trades, openPosition } = runBacktest(candlesOf(rows), futures);
    expect(trades).toMatchObject([{ side: 'LONG', exitIndex: 3, exitPrice: 112, exitReason: 'SIGNAL', pnl: 120 }]);
    expect(openPosition).toMatchObject({ side: 'SHORT', entryIndex: 3, entryPrice: 112, quantity: 10 });
  });

  it('still opens when the stop closed the position at that very open', () => {
    const gap: readonly Row[] = [signal, calm, calm, [90, 91, 85, 86]];
    const { trades, openPosition } = runBacktest(candlesOf(gap), { ...futures, stopLossPercent: 5 });
    expect(trades).toMatchObject([{ exitReason: 'STOP_LOSS', exitPrice: 90 }]);
    expect(openPosition).toMatchObject({ side: 'SHORT', entryPrice: 90 });
  });

  it('is an exit where shorts are not allowed, and the refusal is counted', () => {
    const { trades, openPosition, refusals } = runBacktest(candlesOf(rows), { ...futures, marketType: 'SPOT' });
    expect([trades.length, openPosition, refusals]).toEqual([1, null, { SHORT_NOT_ALLOWED: 1 }]);
  });

  it('does not happen to a strategy that does not reverse', () => {
    const { openPosition } = runBacktest(candlesOf(rows), {
      ...futures,
      strategy: scripted({ 0: Signal.ENTER_LONG, 2: Signal.ENTER_SHORT }),
    });
    expect(openPosition).toMatchObject({ side: 'LONG', entryIndex: 1 });
  });
});
