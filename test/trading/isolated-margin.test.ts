import { describe, expect, it } from 'vitest';
import { type BacktestSpec, runBacktest } from '../../src/trading/backtest.ts';
import { Signal } from '../../src/trading/strategy.ts';
import { candlesOf, closesOf, plain, type Row, scripted } from './support/builders.ts';
import { replay } from './support/replay.ts';

/** Ten times the capital at 100: 100 units, of which each has a margin of 10. */
const tenfold = {
  ...plain,
  marketType: 'FUTURES',
  leverage: 10,
  maintenanceMarginPercent: 0.5,
  liquidationFeePercent: 0,
} as const;
const level = (hours: number) => closesOf(Array.from({ length: hours }, () => 100));
const hold = (hours: number, side: 'LONG' | 'SHORT', options: Partial<BacktestSpec>) =>
  runBacktest(level(hours), {
    ...tenfold,
    strategy: scripted({ 0: side === 'LONG' ? Signal.ENTER_LONG : Signal.ENTER_SHORT }),
    fundingHours: 1,
    ...options,
  });

describe('funding that the free balance cannot pay', () => {
  it.each([
    // Entered at the open of the second hour, paid from the third one on: 1 for each unit.
    ['a long after one payment', 3, 'LONG', 1, (100 - 10 + 1) / 0.995],
    ['a long after five', 7, 'LONG', 1, (100 - 10 + 5) / 0.995],
    ['a short after five', 7, 'SHORT', -1, (100 + 10 - 5) / 1.005],
    ['a short that receives it', 7, 'SHORT', 1, (100 + 10) / 1.005],
  ] as const)('comes out of the margin and brings the liquidation nearer: %s', (_name, hours, side, rate, liquidation) => {
    const { openPosition } = hold(hours, side, { fundingRatePercent: rate });
    expect(openPosition?.liquidationPrice).toBeCloseTo(liquidation, 9);
  });

  it('comes out of what is free first', () => {
    // Half of 1,000 is free: ten payments of 50, and the eleventh takes 1 of each unit's margin.
    const after = (payments: number) =>
      hold(payments + 2, 'LONG', { fundingRatePercent: 1, positionSizePercent: 50 }).openPosition?.liquidationPrice;
    expect([after(0), after(10), after(11)].map((price) => price?.toFixed(6))).toEqual(
      [90 / 0.995, 90 / 0.995, 91 / 0.995].map((price) => price.toFixed(6)),
    );
  });

  it.each([
    ['LONG', 1],
    ['SHORT', -1],
  ] as const)('ends in the liquidation of a %s, and takes no more than there is', (side, rate) => {
    const { trades, equity, finalCapital } = hold(50, side, { fundingRatePercent: rate });
    // The margin that must remain is 0.5 of each unit: after ten payments there is none.
    expect(trades).toMatchObject([{ exitReason: 'LIQUIDATION', exitIndex: 11, funding: expect.closeTo(1_000, 9) }]);
    expect(Math.min(...equity)).toBeGreaterThanOrEqual(0);
    expect(finalCapital).toBeCloseTo(0, 9);
  });

  it('is forgotten with its position', () => {
    const candles = closesOf([100, 100, 100, 100, 100, 100, 100, 100]);
    const { openPosition } = runBacktest(candles, {
      ...tenfold,
      strategy: scripted({ 0: Signal.ENTER_LONG, 3: Signal.EXIT_LONG, 4: Signal.ENTER_LONG }),
      fundingHours: 3,
      fundingRatePercent: 1,
    });
    // Funding of the third hour; the second position is entered at the fifth, before that of the sixth.
    expect(openPosition).toMatchObject({ entryIndex: 5, funding: expect.closeTo(openPosition!.quantity, 9) });
    expect(openPosition?.liquidationPrice).toBeCloseTo(91 / 0.995, 9);
  });

  it('is remembered over a restart of a session', () => {
    const candles = level(8);
    const spec = { ...tenfold, strategy: scripted({ 0: Signal.ENTER_LONG }) };
    const [{ session }, other] = [replay(candles, spec), replay(candles, spec)];
    session.handle({ type: 'FUNDED', paid: 500 });
    other.session.restore(structuredClone(session.state()));
    expect(other.session.position.liquidation).toBeCloseTo(95 / 0.995, 9);
    expect(other.session.position.margin).toBeCloseTo(500, 9);
  });
});

describe('nobody pays what he does not have', () => {
  it.each([
    [
      'a stop that slips through its margin',
      { leverage: 100, stopLossPercent: 0.4, slippagePercent: 1, maintenanceMarginPercent: 0 },
    ],
    ['a fee that is more than the margin', { leverage: 50, feePercent: 5, maintenanceMarginPercent: 0 }],
  ] as const)('%s', (_name, options) => {
    const rows: readonly Row[] = [
      [100, 100, 100, 100],
      [100, 100, 100, 100],
      [100, 100, 98.5, 99],
      [99, 99, 99, 99],
    ];
    const { trades, finalCapital } = runBacktest(candlesOf(rows), {
      ...tenfold,
      feePercent: 0.1,
      strategy: scripted({ 0: Signal.ENTER_LONG, 1: Signal.EXIT_LONG }),
      ...options,
    });
    expect(trades).toHaveLength(1);
    expect(finalCapital).toBeGreaterThanOrEqual(0);
  });

  it('a limit entry leaves room for the fee of its maker', () => {
    const rows: readonly Row[] = [
      [100, 100, 100, 100],
      [100, 100, 99, 100],
      [100, 100, 100, 100],
    ];
    const { openPosition } = runBacktest(candlesOf(rows), {
      ...plain,
      strategy: scripted({ 0: Signal.ENTER_LONG }),
      entryType: 'LIMIT',
      makerFeePercent: 1,
    });
    expect(openPosition!.quantity * openPosition!.entryPrice + openPosition!.fees).toBeLessThanOrEqual(1_000);
  });
});

it('a target that no price can reach is none', () => {
  const { openPosition } = hold(4, 'SHORT', { takeProfitPercent: 150 });
  expect(openPosition?.targetPrice).toBeNull();
});
