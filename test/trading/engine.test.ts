import { describe, expect, it } from 'vitest';
import { runBacktest } from '../../src/trading/backtest.ts';
import { checkedCandles } from '../../src/trading/checked-candles.ts';
import { CanceledError } from '../../src/trading/errors.ts';
import { ColumnCache } from '../../src/trading/indicators/columns.ts';
import { periodResults } from '../../src/trading/metrics/periods.ts';
import { Signal } from '../../src/trading/strategy.ts';
import { candlesOf, closesOf, hour, longFrom, plain, type Row, scripted, shortFrom, start } from './support/builders.ts';

const signal: Row = [100, 100, 100, 100];
const calm: Row = [100, 101, 99, 100];
const inAndOut = scripted({ 0: Signal.ENTER_LONG, 1: Signal.EXIT_LONG });

describe('fees and sizes', () => {
  const rows: readonly Row[] = [signal, calm, [110, 110, 110, 110]];

  it('the taker fee is paid on both market orders, and the budget covers the entry fee', () => {
    const { trades, finalCapital } = longFrom(rows, { strategy: inAndOut, feePercent: 1, quantityStep: 0.0001 });
    // 1000 / (100 + 1) = 9.90099 cut to four places.
    expect(trades[0]).toMatchObject({ quantity: 9.9009, entryPrice: 100, exitPrice: 110 });
    expect(trades[0].fees).toBeCloseTo(9.9009 + 9.9009 * 1.1, 10);
    expect(trades[0].pnl).toBeCloseTo(9.9009 * 10 - 9.9009 * 2.1, 10);
    expect(trades[0].pnlPercent).toBeCloseTo((trades[0].pnl / 990.09) * 100, 10);
    expect(finalCapital).toBeCloseTo(1_000 + trades[0].pnl, 10);
  });

  it('a target pays the maker fee, a stop the taker fee', () => {
    const fees = { feePercent: 1, makerFeePercent: 0.1, positionSizeFixed: 101, quantityStep: 1 } as const;
    const [target] = longFrom([signal, calm, [100, 120, 100, 110]], { ...fees, takeProfitPercent: 10 }).trades;
    const [stop] = longFrom([signal, calm, [100, 100, 80, 90]], { ...fees, stopLossPercent: 10 }).trades;
    expect([target.fees, stop.fees]).toEqual([1 + 0.11, 1 + 0.9]);
  });

  it('a maker rebate is a negative fee', () => {
    const [trade] = longFrom([signal, calm, [100, 120, 100, 110]], { makerFeePercent: -0.1, takeProfitPercent: 10 }).trades;
    expect(trade.fees).toBeCloseTo(-1.1, 10);
  });

  it('a fixed amount is put in, whatever the capital', () => {
    expect(longFrom(rows, { strategy: inAndOut, positionSizeFixed: 250 }).trades[0].quantity).toBe(2.5);
  });

  it.each([
    ['a budget above the balance', { positionSizeFixed: 1_000.01 }, 'INSUFFICIENT_BALANCE'],
    ['less than one step', { quantityStep: 11 }, 'ZERO_QUANTITY'],
    ['less than the smallest notional', { positionSizeFixed: 9, minNotional: 10 }, 'MIN_NOTIONAL'],
  ] as const)('%s is no order, and counted', (_name, options, reason) => {
    const { trades, refusals, finalCapital } = longFrom(rows, { strategy: inAndOut, ...options });
    expect([trades.length, refusals, finalCapital]).toEqual([0, { [reason]: 1 }, 1_000]);
  });

  it('the smallest notional itself is enough', () => {
    expect(longFrom(rows, { strategy: inAndOut, positionSizeFixed: 10, minNotional: 10 }).trades.length).toBe(1);
  });

  it('a short on spot is refused and counted', () => {
    const { trades, refusals } = shortFrom(rows, { marketType: 'SPOT' });
    expect([trades.length, refusals]).toEqual([0, { SHORT_NOT_ALLOWED: 1 }]);
  });
});

describe('futures', () => {
  it('leverage multiplies the position, not the capital put in', () => {
    const { trades, finalCapital } = longFrom([signal, calm, [110, 110, 110, 110]], {
      strategy: inAndOut,
      marketType: 'FUTURES',
      leverage: 5,
    });
    expect(trades[0]).toMatchObject({ quantity: 50, pnl: 500, pnlPercent: 50 });
    expect(finalCapital).toBe(1_500);
  });

  it('margin and entry fee together stay within the capital', () => {
    const { trades } = longFrom([signal, calm, signal], {
      strategy: inAndOut,
      marketType: 'FUTURES',
      leverage: 10,
      feePercent: 1,
    });
    expect((trades[0].quantity * 100) / 10 + trades[0].quantity * 100 * 0.01).toBeCloseTo(1_000, 5);
  });

  it('a short gains when the price falls', () => {
    const strategy = scripted({ 0: Signal.ENTER_SHORT, 1: Signal.EXIT_SHORT });
    expect(shortFrom([signal, calm, [90, 90, 90, 90]], { strategy }).trades[0]).toMatchObject({ side: 'SHORT', pnl: 100 });
  });

  const leveraged = { marketType: 'FUTURES', leverage: 10, maintenanceMarginPercent: 0.5, liquidationFeePercent: 0.2 } as const;
  // Long: 100·0.9/0.995; short: 100·1.1/1.005.
  const liquidation = 90.45226130653266;

  it('is liquidated at the price the exchange says, with its fee', () => {
    const [trade] = longFrom([signal, calm, [100, 100, 90, 95]], leveraged).trades;
    expect(trade).toMatchObject({ exitReason: 'LIQUIDATION', exitIndex: 2 });
    expect(trade.exitPrice).toBeCloseTo(liquidation, 10);
    expect(trade.fees).toBeCloseTo(100 * liquidation * 0.002, 8);
  });

  it('a liquidation never costs more than the margin, fee and gap included', () => {
    const options = { ...leveraged, liquidationFeePercent: 5, positionSizePercent: 50 };
    const [inside] = longFrom([signal, calm, [100, 100, 90, 95]], options).trades;
    const [gapped] = longFrom([signal, calm, [50, 60, 40, 45]], options).trades;
    expect([inside.pnl, gapped.pnl, gapped.exitPrice]).toEqual([expect.closeTo(-500, 8), expect.closeTo(-500, 8), 90]);
  });

  it('a short is liquidated above its entry', () => {
    const [trade] = shortFrom([signal, calm, [100, 110, 100, 105]], leveraged).trades;
    expect([trade.exitReason, trade.exitPrice]).toEqual(['LIQUIDATION', expect.closeTo(109.45273631840796, 10)]);
  });

  it.each([
    ['the stop where it lies nearer', 5, [100, 100, 80, 85], 'STOP_LOSS', 95],
    ['the liquidation where that lies nearer', 20, [100, 100, 70, 85], 'LIQUIDATION', liquidation],
    ['the liquidation where the open is beyond both', 5, [90.2, 91, 70, 85], 'LIQUIDATION', 90.2],
    ['the stop where the open is between both', 5, [92, 93, 70, 85], 'STOP_LOSS', 92],
  ] as const)('ends by %s', (_name, stopLossPercent, row, reason, price) => {
    const [trade] = longFrom([signal, calm, row], { ...leveraged, stopLossPercent }).trades;
    expect([trade.exitReason, trade.exitPrice]).toEqual([reason, expect.closeTo(price, 10)]);
  });

  it('a long without leverage cannot be liquidated', () => {
    const { trades, openPosition } = longFrom([signal, calm, [100, 100, 0.001, 1]], { marketType: 'FUTURES' });
    expect([trades.length, openPosition?.liquidationPrice]).toEqual([0, null]);
  });

  it('a short without leverage can', () => {
    const [trade] = shortFrom([signal, calm, [100, 250, 100, 240]], {}).trades;
    expect([trade.exitReason, trade.exitPrice]).toEqual(['LIQUIDATION', expect.closeTo(200 / 1.005, 10)]);
  });

  it('a candle that reaches both the target and the liquidation is ambiguous', () => {
    const { trades, ambiguousCandles, profitBand } = longFrom([signal, calm, [100, 112, 90, 100]], {
      ...leveraged,
      takeProfitPercent: 10,
    });
    expect([trades[0].exitReason, ambiguousCandles, profitBand.optimistic > profitBand.pessimistic]).toEqual([
      'LIQUIDATION',
      1,
      true,
    ]);
  });

  it('an exit at a price beyond the whole margin costs the margin', () => {
    const strategy = scripted({ 0: Signal.ENTER_LONG, 1: Signal.EXIT_LONG });
    const { finalCapital, trades } = longFrom([signal, calm, [60, 61, 59, 60]], {
      ...leveraged,
      strategy,
      liquidationFeePercent: 0,
    });
    expect([trades[0].exitReason, finalCapital]).toEqual(['LIQUIDATION', expect.closeTo(0, 8)]);
  });
});

describe('limits of the bot', () => {
  const always = scripted(
    Object.fromEntries(Array.from({ length: 100 }, (_, i) => [i, Signal.ENTER_LONG | (i % 2 ? Signal.EXIT_LONG : 0)])),
  );
  const eager = scripted(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [i, Signal.ENTER_LONG])));
  const flatRows = (count: number): readonly Row[] => Array.from({ length: count }, () => signal);

  it('so many entries a day, and again the next day', () => {
    const { trades, refusals } = longFrom(flatRows(48), { strategy: always, maxDailyTrades: 2, closeAtEnd: true });
    expect(trades.map((trade) => Math.floor((trade.entryTime - start) / (24 * hour)))).toEqual([0, 0, 1, 1]);
    expect(refusals.DAILY_TRADES_LIMIT).toBeGreaterThan(10);
  });

  it('no entry for some candles after an exit', () => {
    const { trades } = longFrom(flatRows(20), { strategy: always, cooldownCandles: 5 });
    const pauses = trades.slice(1).map((trade, i) => trade.entryIndex - trades[i].exitIndex);
    expect(pauses.length).toBeGreaterThan(0);
    expect(Math.min(...pauses)).toBeGreaterThan(5);
  });

  it('no entry for the rest of a day that lost too much, open losses included', () => {
    const rows: readonly Row[] = [
      signal,
      calm,
      [100, 100, 90, 90],
      [90, 90, 90, 90],
      ...Array.from({ length: 30 }, (): Row => [90, 90, 90, 90]),
    ];
    const { trades, openPosition, refusals } = longFrom(rows, { strategy: eager, stopLossPercent: 10, maxDailyLossPercent: 5 });
    expect(trades[0]).toMatchObject({ exitReason: 'STOP_LOSS', exitIndex: 2 });
    expect([trades.length, ((openPosition?.entryTime ?? 0) - start) / hour]).toEqual([1, 24]);
    expect(refusals.DAILY_LOSS_LIMIT).toBeGreaterThan(5);
  });

  it('no entry for the rest of a day that reached its target', () => {
    const rows: readonly Row[] = [
      signal,
      calm,
      [100, 110, 100, 110],
      ...Array.from({ length: 10 }, (): Row => [110, 110, 110, 110]),
    ];
    const { trades, refusals } = longFrom(rows, { strategy: eager, takeProfitPercent: 10, dailyTargetPercent: 9 });
    expect([trades.length, refusals]).toEqual([1, { DAILY_TARGET_REACHED: expect.any(Number) }]);
  });

  it('a day that has not reached its target goes on', () => {
    const rows: readonly Row[] = [signal, calm, [100, 105, 100, 105], [105, 105, 105, 105], [105, 105, 105, 105]];
    const { refusals, openPosition } = longFrom(rows, { strategy: eager, takeProfitPercent: 5, dailyTargetPercent: 6 });
    expect([refusals, openPosition?.entryIndex]).toEqual([{}, 3]);
  });

  it('no entry while too many stops were hit lately', () => {
    const falling = Array.from({ length: 40 }, (_, i): Row => {
      const open = 100 * 0.95 ** i;
      return [open, open, open * 0.95, open * 0.95];
    });
    const { trades, refusals } = longFrom(falling, {
      strategy: eager,
      stopLossPercent: 3,
      stopLossGuardCount: 2,
      stopLossGuardCandles: 10,
    });
    expect(trades.map((trade) => trade.exitReason)).toEqual(trades.map(() => 'STOP_LOSS'));
    // In any ten candles no more than the two that were allowed, and the one already on its way.
    const most = Math.max(
      ...trades.map(({ exitIndex }) => trades.filter((t) => t.exitIndex >= exitIndex && t.exitIndex < exitIndex + 10).length),
    );
    expect([most, refusals.STOP_LOSS_GUARD]).toEqual([2, expect.any(Number)]);
  });

  it('of the stops that the guard counts, profits and exits by signal are none', () => {
    const rising = Array.from({ length: 20 }, (_, i): Row => {
      const open = 100 * 1.05 ** i;
      return [open, open * 1.05, open, open * 1.05];
    });
    const { trades, refusals } = longFrom(rising, { strategy: eager, takeProfitPercent: 3, stopLossGuardCount: 1 });
    expect(trades.length).toBeGreaterThan(5);
    expect([new Set(trades.map((trade) => trade.exitReason)), refusals]).toEqual([new Set(['TAKE_PROFIT']), {}]);
  });

  it.each([
    ['a stop', { stopLossPercent: 3 }, 'STOP_LOSS'],
    ['a trailing stop', { trailingStopPercent: 3 }, 'TRAILING_STOP'],
    ['a liquidation', { marketType: 'FUTURES', leverage: 25, positionSizePercent: 50 }, 'LIQUIDATION'],
  ] as const)('the guard counts %s', (_name, options, exitReason) => {
    const rows: readonly Row[] = [signal, calm, [100, 100, 90, 90], ...Array.from({ length: 9 }, (): Row => [90, 90, 90, 90])];
    const { trades, refusals } = longFrom(rows, { strategy: eager, stopLossGuardCount: 1, stopLossGuardCandles: 5, ...options });
    expect(trades).toMatchObject([{ exitReason }]);
    // In five candles, the one of the stop among them.
    expect(refusals).toEqual({ STOP_LOSS_GUARD: 5 });
  });

  it('no entry any more after too deep a fall', () => {
    const rows: readonly Row[] = [signal, calm, [100, 100, 70, 70], ...Array.from({ length: 50 }, (): Row => [70, 70, 70, 70])];
    const { trades, refusals } = longFrom(rows, { strategy: eager, stopLossPercent: 30, maxDrawdownPercent: 20 });
    expect([trades.length, refusals]).toEqual([1, { DRAWDOWN_HALT: expect.any(Number) }]);
  });
});

describe('the result', () => {
  const candles = closesOf(Array.from({ length: 24 * 80 }, (_, i) => 100 + 10 * Math.sin(i / 9) + i / 100));
  const spec = { ...plain, strategy: 'ema-rsi', stopLossPercent: 3, feePercent: 0.1 } as const;

  it('is plain data that survives being posted to another thread', () => {
    const result = runBacktest(candles, spec);
    expect(structuredClone(result)).toEqual(result);
    expect(JSON.stringify(result)).not.toContain('NaN');
  });

  it('tells what ran: complete parameters and options', () => {
    const result = runBacktest(candles, { ...spec, parameters: { emaFast: 5 } });
    expect(result.strategy).toEqual({
      name: 'ema-rsi',
      parameters: { emaFast: 5, emaSlow: 21, rsiPeriod: 14, rsiOversold: 30, rsiOverbought: 70, rsiExit: 80 },
    });
    expect(result.options).toMatchObject({
      feePercent: 0.1,
      makerFeePercent: null,
      fillModel: 'PESSIMISTIC',
      quantityStep: 1e-8,
    });
    expect([result.candles, result.from, result.to, result.firstDecision]).toEqual([1_920, start, start + 1_919 * hour, 21]);
  });

  it('has the days and months that add up to its profit', () => {
    const { daily, monthly, finalCapital, trades } = runBacktest(candles, spec);
    for (const columns of [daily, monthly]) {
      const rows = periodResults(1_000, columns);
      expect(rows.reduce((sum, row) => sum + row.pnl, 0)).toBeCloseTo(finalCapital - 1_000, 9);
      expect(rows.reduce((sum, row) => sum + row.trades, 0)).toBe(trades.length);
    }
    expect([daily.start.length, [...monthly.start].map((time) => new Date(time).toISOString().slice(0, 10))]).toEqual([
      80,
      ['2024-01-01', '2024-02-01', '2024-03-01'],
    ]);
  });

  it('has rows for its days and months as one would count them', () => {
    const rows: readonly Row[] = [
      [100, 100, 100, 100],
      [100, 130, 100, 120],
      [120, 120, 90, 90],
      [90, 99, 90, 99],
    ];
    const strategy = scripted({ 0: Signal.ENTER_LONG, 1: Signal.EXIT_LONG });
    const days = candlesOf(rows, Date.UTC(2024, 0, 30), 24 * hour);
    const { daily, monthly } = runBacktest(days, { ...plain, timeframe: 'D1', strategy });
    expect(
      periodResults(1_000, daily).map(({ equity, pnl, returnPercent, trades }) => [equity, pnl, returnPercent, trades]),
    ).toEqual([
      [1_000, 0, 0, 0],
      [1_200, 200, 20, 0],
      [1_200, 0, 0, 1],
      [1_200, 0, 0, 0],
    ]);
    expect(periodResults(1_000, monthly)).toEqual([
      { start: Date.UTC(2024, 0, 1), equity: 1_200, pnl: 200, returnPercent: 20, trades: 0 },
      { start: Date.UTC(2024, 1, 1), equity: 1_200, pnl: 0, returnPercent: 0, trades: 1 },
    ]);
  });

  it('has the metrics of a run one can follow by hand', () => {
    const rows: readonly Row[] = [signal, [100, 100, 100, 100], [110, 110, 110, 110], [110, 110, 99, 99], [99, 121, 99, 121]];
    const strategy = scripted({ 0: Signal.ENTER_LONG, 1: Signal.EXIT_LONG, 2: Signal.ENTER_LONG });
    const { metrics, undefinedMetrics, openPosition } = longFrom(rows, {
      strategy,
      feePercent: 1,
      positionSizeFixed: 101,
      quantityStep: 0.5,
    });
    expect(openPosition).toMatchObject({ quantity: 0.5, entryIndex: 3, entryPrice: 110 });
    expect(metrics).toMatchObject({
      trades: 1,
      winningTrades: 1,
      fees: expect.closeTo(1 + 1.1 + 0.55, 10),
      turnover: 100 + 110 + 55,
      exposurePercent: 80,
      maxDrawdownDurationMs: 2 * hour,
      netPnl: expect.closeTo(7.9 + 5.5 - 0.55, 10),
      averageCandlesHeld: 1,
      profitFactor: null,
      cagrPercent: null,
    });
    expect(undefinedMetrics).toMatchObject({
      profitFactor: 'NO_LOSSES',
      cagrPercent: 'PERIOD_TOO_SHORT',
      sharpeRatio: 'TOO_FEW_DAYS',
    });
  });

  it('has one hash for one run, and another when anything that matters changes', () => {
    const hash = (change: object = {}, on = candles): string => runBacktest(on, { ...spec, ...change }).resultHash;
    const other = { ...candles, volume: candles.volume.map((v, i) => (i === 700 ? v + 1 : v)) };
    const hashes = [
      hash(),
      hash({ feePercent: 0.2 }),
      hash({ parameters: { emaFast: 8 } }),
      hash({ timeframe: 'M30' }),
      hash({}, other),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hash()).toBe(hashes[0]);
    expect(hash({ makerFeePercent: null, leverage: 1 })).toBe(hashes[0]);
  });

  it('keeps its hash from release to release', () => {
    expect(runBacktest(candlesOf([signal, calm, [101, 103, 98, 102]]), { ...plain, strategy: 'buy-and-hold' })).toMatchObject({
      dataFingerprint: 'd152341a9367146c4e19343463b3af03',
      resultHash: '42a0dc6307350f388d6f49e730d25633',
    });
  });

  it('keeps the hash of trades, too', () => {
    const rows: readonly Row[] = [signal, calm, [100, 111, 99, 110], [110, 111, 80, 82], [82, 83, 81, 82]];
    const strategy = scripted({ 0: Signal.ENTER_LONG, 2: Signal.ENTER_LONG });
    const { resultHash, trades } = longFrom(rows, { strategy, stopLossPercent: 5, takeProfitPercent: 10 });
    expect([trades.map((t) => t.exitReason), resultHash]).toEqual([
      ['TAKE_PROFIT', 'STOP_LOSS'],
      '3d8d7f2f5072e22f45aead8570267b5e',
    ]);
  });

  it('reports a single missing candle', () => {
    const times = [0, 1, 3, 4].map((i) => start + i * hour);
    const holed = { ...closesOf([1, 2, 3, 4]), openTime: Float64Array.from(times) };
    expect(runBacktest(holed, spec).gaps).toEqual([{ from: start + 2 * hour, to: start + 3 * hour, missing: 1 }]);
  });

  it('reports gaps, and refuses too many where that is asked for', () => {
    const times = [0, 1, 2, 5, 6, 7].map((i) => start + i * hour);
    const holed = { ...closesOf([1, 2, 3, 4, 5, 6]), openTime: Float64Array.from(times) };
    expect(runBacktest(holed, spec)).toMatchObject({
      missingCandles: 2,
      gaps: [{ from: start + 3 * hour, to: start + 5 * hour, missing: 2 }],
    });
    expect(() => runBacktest(holed, { ...spec, maxMissingPercent: 20 })).toThrow(
      '2 of 8 candles are missing (25.00 %), more than maxMissingPercent 20',
    );
    expect(runBacktest(holed, { ...spec, maxMissingPercent: 25 }).missingCandles).toBe(2);
  });

  it('is the same on candles that were checked before, and on shared columns', () => {
    const cache = new ColumnCache(candles);
    const once = runBacktest(candles, spec);
    expect(runBacktest(checkedCandles(candles, 'H1'), spec)).toEqual(once);
    expect([runBacktest(candles, spec, undefined, cache), runBacktest(candles, spec, undefined, cache)]).toEqual([once, once]);
  });

  it('refuses columns of other candles, and candles checked as another timeframe', () => {
    expect(() => runBacktest(candles, spec, undefined, new ColumnCache(closesOf([1, 2])))).toThrow('belong to other candles');
    expect(() => runBacktest(checkedCandles(candles, 'M30'), spec)).toThrow('the candles were checked as M30, not as H1');
  });
});

describe('progress', () => {
  const candles = closesOf(Array.from({ length: 100_000 }, (_, i) => 100 + Math.sin(i)));
  const spec = { ...plain, strategy: 'buy-and-hold' } as const;

  it('is told from 0 to 1, never backwards', () => {
    const told: number[] = [];
    runBacktest(candles, spec, (fraction) => void told.push(fraction));
    expect([told[0], told.at(-1), told.length > 5]).toEqual([0, 1, true]);
    expect([...told].sort((a, b) => a - b)).toEqual(told);
  });

  it('cancels the run when it is answered with false', () => {
    const half = (): unknown => runBacktest(candles, spec, (fraction) => fraction < 0.5);
    expect(half).toThrow(CanceledError);
    expect(half).toThrow(/canceled after \d\d\.\d % of the candles/);
  });
});
