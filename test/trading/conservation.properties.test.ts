import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runBacktest } from '../../src/trading/backtest.ts';
import { sliceCandles } from '../../src/trading/series.ts';
import { ledgerOf, type LedgerFill } from './support/ledger.ts';
import { anyRun, livelyCandles } from './support/random-runs.ts';

const series = livelyCandles(2, 150);
const runs = { numRuns: 600 };
const near = (a: number, b: number, scale: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, scale);
const turnoverOf = (fills: readonly LedgerFill[]): number =>
  fills.reduce((sum, { price, quantity }) => sum + price * quantity, 1_000);

/** Every kind of order, market, limit and stop entries, caps, stop limits and funding together. */
describe('against a second set of books', () => {
  it('equity is cash plus the value of what is held, at every close', () => {
    fc.assert(
      fc.property(series, anyRun, (candles, run) => {
        const { equity } = runBacktest(candles, run);
        const books = ledgerOf(candles, run);
        const scale = turnoverOf(books.fills);
        expect([...equity].findIndex((value, i) => !near(value, books.equity[i], scale))).toBe(-1);
      }),
      runs,
    );
  });

  it('the end is the beginning plus the profit of trades and of what is open, what it has paid and realised included', () => {
    fc.assert(
      fc.property(series, anyRun, (candles, run) => {
        const { trades, openPosition: open, finalCapital, metrics } = runBacktest(candles, run);
        const realised = trades.reduce((sum, { pnl }) => sum + pnl, 0);
        const unrealised = open === null ? 0 : open.unrealizedPnl + open.realizedPnl - open.fees - open.funding;
        expect(near(finalCapital, 1_000 + realised + unrealised, 1_000 + metrics.turnover)).toBe(true);
      }),
      runs,
    );
  });

  it('each trade is the sum of its fills', () => {
    fc.assert(
      fc.property(series, anyRun, (candles, run) => {
        const { trades } = runBacktest(candles, run);
        const { fills } = ledgerOf(candles, run);
        let next = 0;
        for (const trade of trades) {
          const own: LedgerFill[] = [];
          let held = 0;
          do {
            const fill = fills[next++];
            own.push(fill);
            held += fill.leg === 'ENTRY' ? fill.quantity : -fill.quantity;
          } while (held > 1e-12 * own[0].quantity);
          const side = trade.side === 'LONG' ? 1 : -1;
          const flow = own.reduce((sum, f) => sum + (f.leg === 'ENTRY' ? -side : side) * f.price * f.quantity - f.fee, 0);
          const scale = turnoverOf(own);
          expect(near(trade.pnl, flow - trade.funding, scale)).toBe(true);
          expect(near(trade.pnl, side * trade.quantity * (trade.exitPrice - trade.entryPrice) - trade.fees - trade.funding, scale)).toBe(true); // prettier-ignore
          const entered = own.filter(({ leg }) => leg === 'ENTRY').reduce((sum, { quantity }) => sum + quantity, 0);
          expect(near(trade.quantity, entered, trade.quantity)).toBe(true);
          expect([own[0].index, own[own.length - 1].index]).toEqual([trade.entryIndex, trade.exitIndex]);
        }
      }),
      runs,
    );
  });
});

it('nobody ends up owing, whatever fees, funding and volumes do', () => {
  fc.assert(
    fc.property(series, anyRun, fc.constantFrom(0.1, 5), (candles, run, fundingRatePercent) => {
      const { equity } = ledgerOf(candles, { ...run, fundingRatePercent: run.marketType === 'SPOT' ? 0 : fundingRatePercent });
      expect(Math.min(...equity)).toBeGreaterThanOrEqual(-1e-6);
    }),
    runs,
  );
});

describe('fills', () => {
  it('have prices of their candle, whatever the order, but for liquidations', () => {
    fc.assert(
      fc.property(series, anyRun, (candles, run) => {
        const { fills } = ledgerOf(candles, {
          ...run,
          slippagePercent: 0,
          spreadPercent: 0,
          targetGap: 'OPEN',
        });
        for (const { index, price, reason } of fills) {
          if (reason !== null && run.leverage > 1) continue;
          expect(reason === 'LIQUIDATION' || price >= candles.low[index] * (1 - 1e-12)).toBe(true);
          expect(reason === 'LIQUIDATION' || price <= candles.high[index] * (1 + 1e-12)).toBe(true);
        }
      }),
      runs,
    );
  });

  it('of a candle are together no more than their share of its volume, but for liquidations and the end', () => {
    fc.assert(
      fc.property(series, anyRun, fc.constantFrom(0.5, 5, 50), (candles, run, maxVolumePercent) => {
        const { fills } = ledgerOf(candles, { ...run, maxVolumePercent });
        const taken = new Float64Array(candles.openTime.length);
        for (const { index, quantity, reason } of fills)
          if (reason !== 'LIQUIDATION' && reason !== 'END_OF_DATA') taken[index] += quantity;
        taken.forEach((sum, i) => expect(sum).toBeLessThanOrEqual(candles.volume[i] * (maxVolumePercent / 100) * (1 + 1e-9)));
      }),
      runs,
    );
  });

  it('pay the fee of what they are: resting limits the maker’s, all else the taker’s', () => {
    fc.assert(
      fc.property(series, anyRun, (candles, run) => {
        const { fills } = ledgerOf(candles, run);
        const { feePercent, makerFeePercent } = run;
        for (const { price, quantity, fee, liquidity, reason, type } of fills) {
          if (reason === 'LIQUIDATION') continue;
          const rests = type === 'LIMIT' || reason === 'TAKE_PROFIT';
          expect(liquidity).toBe(rests ? 'MAKER' : 'TAKER');
          const full = (price * quantity * (rests ? (makerFeePercent ?? feePercent) : feePercent)) / 100;
          // Whoever leaves with a margin that is gone pays what is left.
          const isShort = run.leverage > 1 && reason !== null && fee < full;
          expect(isShort || near(fee, full, price * quantity)).toBe(true);
        }
      }),
      runs,
    );
  });
});

it('a prefix of the candles makes the same trades and the same equity', () => {
  fc.assert(
    fc.property(series, anyRun, fc.integer({ min: 2, max: 150 }), (candles, run, cut) => {
      const spec = { ...run, closeAtEnd: false };
      const whole = runBacktest(candles, spec);
      const end = Math.min(cut, candles.openTime.length);
      const part = runBacktest(sliceCandles(candles, 0, end), spec);
      expect([...part.equity]).toEqual([...whole.equity.subarray(0, end)]);
      expect(part.trades).toEqual(whole.trades.slice(0, part.trades.length));
      // What is decided at the last close of the prefix has no market after it; all else is there.
      const certain = run.fillAt === 'SIGNAL_CLOSE' ? end - 1 : end;
      expect(whole.trades.filter(({ exitIndex }) => exitIndex < certain).length).toBeLessThanOrEqual(part.trades.length);
    }),
    runs,
  );
});
