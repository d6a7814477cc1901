import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BacktestResult, type BacktestSpec, runBacktest } from '../../src/trading/backtest.ts';
import { sliceCandles } from '../../src/trading/series.ts';
import { builtInStrategies } from '../../src/trading/strategies/index.ts';
import { Decision, defineStrategy, Signal, type StrategyDefinition } from '../../src/trading/strategy.ts';
import { randomCandles, randomLimits, randomMarket, randomOptions } from './support/random-candles.ts';
import { replay } from './support/replay.ts';
import { restless } from './support/restless.ts';

type Parameters = Readonly<Record<string, number>>;
const smaQuick: Parameters = { fastPeriod: 2, slowPeriod: 4 };
const strategies: readonly (readonly [StrategyDefinition, Parameters])[] = [
  [restless, {}],
  ...builtInStrategies.map((strategy) => [strategy, strategy.name === 'sma-cross' ? smaQuick : {}] as const),
];
const quick = { emaFast: 2, emaSlow: 4, rsiPeriod: 3 };

const anyStrategy = fc.constantFrom(...strategies).map(([strategy, parameters]) => ({
  strategy,
  parameters: strategy.name === 'ema-rsi' ? quick : strategy.name === 'rsi-reversion' ? { rsiPeriod: 3 } : parameters,
}));

const spec: fc.Arbitrary<BacktestSpec> = fc
  .tuple(anyStrategy, randomOptions, randomMarket, randomLimits)
  .map(([strategy, options, market, limits]) => ({
    ...strategy,
    ...options,
    ...market,
    ...limits,
    initialCapital: 1_000,
    timeframe: 'H1',
  }));
const candles = randomCandles({ minLength: 2, maxLength: 150 });
const runs = { numRuns: 400 };

const close = (a: number, b: number, scale: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, scale);

/** The trades without what depends on where the run ended. */
const facts = ({ trades }: Pick<BacktestResult, 'trades'>): unknown => trades.map((trade) => ({ ...trade }));

describe('money is conserved', () => {
  it('the end is the beginning plus all profit, realised and not', () => {
    fc.assert(
      fc.property(candles, spec, (series, run) => {
        const { trades, openPosition, finalCapital, metrics } = runBacktest(series, run);
        const realised = trades.reduce((sum, trade) => sum + trade.pnl, 0);
        const open = openPosition === null ? 0 : openPosition.unrealizedPnl - openPosition.fees;
        expect(close(finalCapital, 1_000 + realised + open, metrics.turnover)).toBe(true);
        expect(close(metrics.netPnl, realised + open, metrics.turnover)).toBe(true);
      }),
      runs,
    );
  });

  it('at every close, equity is what trades made of it so far plus the mark of what is held', () => {
    fc.assert(
      fc.property(candles, spec, (series, run) => {
        const { trades, openPosition, equity, options, metrics } = runBacktest(series, run);
        const atClose = options.fillAt === 'SIGNAL_CLOSE';
        const last = equity.length - 1;
        const held = [
          ...trades,
          ...(openPosition === null ? [] : [{ ...openPosition, exitIndex: Infinity, pnl: 0, exitReason: '', exitPrice: 0 }]),
        ];
        const expected = Array.from(equity, (_, i) => {
          let value = 1_000;
          for (const t of held) {
            // A fill at the close of a candle comes after its mark, unless it ended the run.
            const exited = t.exitIndex < i || (t.exitIndex === i && !(atClose && t.exitReason === 'SIGNAL'));
            const entered = t.entryIndex < i || (t.entryIndex === i && !atClose);
            const entryFee = t.quantity * t.entryPrice * (options.feePercent / 100);
            if (exited) value += t.pnl;
            else if (entered) value += t.quantity * (series.close[i] - t.entryPrice) * (t.side === 'LONG' ? 1 : -1) - entryFee;
          }
          return value;
        });
        expect([...equity].findIndex((value, i) => i < last && !close(value, expected[i], metrics.turnover))).toBe(-1);
      }),
      runs,
    );
  });

  it('every trade adds up by itself', () => {
    fc.assert(
      fc.property(candles, spec, (series, run) => {
        for (const t of runBacktest(series, run).trades) {
          const gross = t.quantity * (t.exitPrice - t.entryPrice) * (t.side === 'LONG' ? 1 : -1);
          expect(close(t.pnl, gross - t.fees, t.quantity * t.entryPrice)).toBe(true);
          expect(t.exitIndex >= t.entryIndex && t.quantity > 0 && t.candles <= t.exitIndex - t.entryIndex + 1).toBe(true);
          expect(t.maePercent >= 0 && t.mfePercent >= 0).toBe(true);
        }
      }),
      runs,
    );
  });

  it('nobody loses more than the capital', () => {
    fc.assert(
      fc.property(candles, spec, (series, run) => {
        const { equity } = runBacktest(series, { ...run, feePercent: 0, makerFeePercent: null, liquidationFeePercent: 5 });
        expect(Math.min(...equity)).toBeGreaterThanOrEqual(-1e-6);
      }),
      runs,
    );
  });
});

describe('fills are possible', () => {
  it('no price lies outside its candle but for slippage, a level at its gap, and a whole margin', () => {
    fc.assert(
      fc.property(candles, spec, (series, run) => {
        const { trades, options } = runBacktest(series, { ...run, slippagePercent: 0, targetGap: 'OPEN' });
        for (const { entryIndex, entryPrice, exitIndex, exitPrice, exitReason } of trades) {
          const inside = (index: number, price: number): boolean =>
            price >= series.low[index] * (1 - 1e-12) && price <= series.high[index] * (1 + 1e-12);
          expect(inside(entryIndex, entryPrice)).toBe(true);
          expect(exitReason === 'LIQUIDATION' || options.leverage > 1 || inside(exitIndex, exitPrice)).toBe(true);
        }
      }),
      runs,
    );
  });

  it('the profit band is one number unless some candle was ambiguous', () => {
    fc.assert(
      fc.property(candles, spec, (series, run) => {
        const one = { ...run, fillModel: 'PESSIMISTIC' } as const;
        const { ambiguousCandles, profitBand, finalCapital } = runBacktest(series, one);
        expect(profitBand.pessimistic).toBe(finalCapital - 1_000);
        expect(ambiguousCandles > 0 || profitBand.optimistic === profitBand.pessimistic).toBe(true);
      }),
      runs,
    );
  });
});

describe('nothing looks ahead', () => {
  it.each(strategies.map(([strategy]) => [strategy.name, strategy] as const))(
    '%s signals the same on a prefix as on the whole',
    (_name, strategy) => {
      fc.assert(
        fc.property(
          randomCandles({ minLength: 80, maxLength: 160 }),
          fc.integer({ min: 2, max: 160 }),
          spec,
          (series, cut, run) => {
            const prefix = sliceCandles(series, 0, cut);
            const mine = { ...run, strategy, parameters: strategy.name === 'ema-rsi' ? quick : {}, closeAtEnd: false };
            const whole = runBacktest(series, mine);
            const part = runBacktest(prefix, mine);
            const n = prefix.openTime.length;
            // A fill at the last close of the prefix is left out, because the prefix has no market after it.
            expect(facts(part)).toEqual(whole.trades.slice(0, part.trades.length));
            expect(whole.trades.filter((trade) => trade.exitIndex < n - 1).length).toBeLessThanOrEqual(part.trades.length);
            expect([...part.equity]).toEqual([...whole.equity.subarray(0, n)]);
          },
        ),
        { numRuns: 40 },
      );
    },
  );

  it('a strategy that does is found out by a prefix', () => {
    const cheat = defineStrategy({
      ...restless,
      name: 'cheat',
      signals:
        ({ candles: { close: closes } }) =>
        (from, to, out) => {
          for (let i = from; i < to; i++) out[i] = closes[i + 1] > closes[i] ? Signal.ENTER_LONG : Signal.EXIT_LONG;
        },
    });
    const series = fc.sample(randomCandles({ minLength: 100, maxLength: 100 }), { numRuns: 1, seed: 7 })[0];
    const run = { strategy: cheat, timeframe: 'H1' } as const;
    const whole = runBacktest(series, run).equity;
    const cuts = Array.from({ length: 60 }, (_, i) => i + 20);
    expect(
      cuts.some(
        (n) =>
          runBacktest(sliceCandles(series, 0, n), run).unfilledOrder?.leg !==
          runBacktest(sliceCandles(series, 0, n + 1), run).unfilledOrder?.leg,
      ),
    ).toBe(true);
    expect(whole.length).toBe(100);
  });
});

describe('one brain', () => {
  it('a paper bot on the same candles makes the same trades to the last digit', () => {
    fc.assert(
      fc.property(candles, spec, fc.boolean(), (series, run, ticks) => {
        const nextOpen = { ...run, fillAt: 'NEXT_OPEN', closeAtEnd: false } as const;
        const backtest = runBacktest(series, nextOpen);
        const paper = replay(series, nextOpen, { ticks });
        expect(paper.trades).toEqual(facts(backtest));
        expect(paper.session.equity(series.close[series.close.length - 1])).toBe(backtest.finalCapital);
        expect(paper.session.refusals).toEqual(backtest.refusals);
      }),
      runs,
    );
  });

  it('and so does one that is stopped and restored from what it stored every few candles', () => {
    fc.assert(
      fc.property(candles, spec, fc.integer({ min: 1, max: 9 }), (series, run, restartEvery) => {
        const nextOpen = { ...run, fillAt: 'NEXT_OPEN', closeAtEnd: false } as const;
        expect(replay(series, nextOpen, { restartEvery }).trades).toEqual(facts(runBacktest(series, nextOpen)));
      }),
      runs,
    );
  });

  it('a strategy that decides candle by candle trades like one that writes signals', () => {
    const perCandle = defineStrategy({
      name: 'restless',
      description: restless.description,
      parameters: {},
      indicators: () => ({}),
      lookBack: 0,
      decide:
        ({ candles: { close: closes } }) =>
        (index, { side }) => {
          const signal = Math.floor(closes[index] * 1e4) % 16;
          if (side <= 0 && signal & Signal.ENTER_LONG) return Decision.ENTER_LONG;
          if (side >= 0 && signal & Signal.ENTER_SHORT) return Decision.ENTER_SHORT;
          const exit = side > 0 ? Signal.EXIT_LONG : side < 0 ? Signal.EXIT_SHORT : 0;
          return signal & exit ? Decision.EXIT : Decision.HOLD;
        },
    });
    fc.assert(
      fc.property(candles, spec, (series, run) => {
        const bySignals = runBacktest(series, { ...run, strategy: restless, parameters: {} });
        const byDecisions = runBacktest(series, { ...run, strategy: perCandle, parameters: {} });
        expect(byDecisions).toEqual(bySignals);
      }),
      runs,
    );
  });

  it('the same input gives the same bytes', () => {
    fc.assert(
      fc.property(candles, spec, (series, run) => {
        expect(runBacktest(series, run)).toEqual(runBacktest(series, run));
      }),
      { numRuns: 30 },
    );
  });
});
