import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candles } from '../../src/trading/candle.ts';
import { ParameterError } from '../../src/trading/errors.ts';
import { ColumnCache } from '../../src/trading/indicators/columns.ts';
import { candleAt, CandleSeries, sliceCandles } from '../../src/trading/series.ts';
import { builtInStrategies } from '../../src/trading/strategies/index.ts';
import { bindStrategy, type BoundStrategy, Signal } from '../../src/trading/strategy.ts';
import { marketCandles, parametersOf } from './indicators/support.ts';

describe.each(builtInStrategies.map((strategy) => [strategy.name, strategy] as const))('%s', (_name, strategy) => {
  /** Its parameters at any value that makes sense on a few hundred candles. */
  const bound = parametersOf(strategy.parameters)
    .map((parameters) => {
      try {
        return bindStrategy(strategy, parameters);
      } catch (error) {
        if (error instanceof ParameterError) return null;
        throw error;
      }
    })
    .filter((bound) => bound !== null);

  function signals({ indicators, parameters, firstDecision }: BoundStrategy, candles: Candles, shorts: boolean): number[] {
    const columns = new ColumnCache(candles).columns(indicators);
    const out = new Uint8Array(candles.openTime.length);
    const write = strategy.signals?.({ candles, columns, parameters, shorts });
    if (firstDecision < out.length) write?.(firstDecision, out.length, out);
    return [...out];
  }

  it('never looks ahead', () => {
    fc.assert(
      fc.property(marketCandles, bound, fc.nat(200), fc.boolean(), (candles, strategy, length, shorts) => {
        expect(signals(strategy, sliceCandles(candles, 0, length), shorts)).toEqual(
          signals(strategy, candles, shorts).slice(0, length),
        );
      }),
    );
  });

  it('says the same when it is asked candle by candle, from a window that moves on', () => {
    fc.assert(
      fc.property(marketCandles, bound, fc.boolean(), (candles, strategy, shorts) => {
        const { definition, indicators, parameters, firstDecision } = strategy;
        const series = new CandleSeries(indicators, definition.lookBack);
        const write = definition.signals?.({ candles: series.candles, columns: series.columns, parameters, shorts });
        const out = new Uint8Array(series.candles.openTime.length);
        const said = Array.from(candles.openTime, (_, i) => {
          const place = series.append(candleAt(candles, i));
          if (i < firstDecision) return 0;
          write?.(place, place + 1, out);
          return out[place];
        });
        expect(said).toEqual(signals(strategy, candles, shorts));
      }),
    );
  });

  it('has no wish to go short where there is no short', () => {
    fc.assert(
      fc.property(marketCandles, bound, (candles, strategy) => {
        expect(signals(strategy, candles, false).some((signal) => signal & Signal.ENTER_SHORT)).toBe(false);
      }),
    );
  });
});
