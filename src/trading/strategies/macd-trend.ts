import { ParameterError } from '../errors.ts';
import { ema } from '../indicators/ema.ts';
import type { Indicator } from '../indicators/indicator.ts';
import { macd } from '../indicators/macd.ts';
import { defineStrategy, Signal } from '../strategy.ts';

/**
 * Follows the turns of the MACD with the long trend, never against it. Long when the MACD crosses up through its signal line while the close is
 * above the EMA of `trendPeriod`; out when it crosses down. On futures short on a cross down while the close is below that EMA, at the same
 * moment as a long position ends; out on a cross up. A cross is strict on both sides: the histogram changes its sign.
 */
export const macdTrend = defineStrategy({
  name: 'macd-trend',
  description:
    'MACD cross in the direction of the long trend: long above the trend average, on futures short below; out on the cross back.',
  parameters: {
    fastPeriod: { type: 'INTEGER', description: 'Period of the fast EMA.', default: 12, min: 1, max: 1_000, step: 1 },
    slowPeriod: { type: 'INTEGER', description: 'Period of the slow EMA.', default: 26, min: 2, max: 5_000, step: 1 },
    signalPeriod: { type: 'INTEGER', description: 'Period of the signal line.', default: 9, min: 1, max: 1_000, step: 1 },
    trendPeriod: {
      type: 'INTEGER',
      description: 'Period of the EMA that the close must be above for a long entry, below for a short one; null: off.',
      default: 200,
      min: 2,
      max: 5_000,
      step: 10,
      nullable: true,
    },
  },
  check({ fastPeriod, slowPeriod }, path) {
    if (fastPeriod >= slowPeriod)
      throw new ParameterError(`fastPeriod ${fastPeriod} must be less than slowPeriod ${slowPeriod}`, [...path, 'fastPeriod'], {
        value: fastPeriod,
        limit: slowPeriod,
      });
  },
  indicators: ({ trendPeriod, ...periods }): Record<string, Indicator> => ({
    histogram: macd(periods, 'histogram'),
    ...(trendPeriod === null ? {} : { trend: ema(trendPeriod) }),
  }),
  lookBack: 1,
  reverses: true,
  signals({ candles: { close }, columns, shorts }) {
    const histogram = columns['histogram'];
    const trend: Float64Array | undefined = columns['trend'];
    const short = shorts ? Signal.ENTER_SHORT : Signal.NONE;
    return (from, to, out) => {
      let before = histogram[from - 1];
      for (let i = from; i < to; i++) {
        const now = histogram[i];
        let signal = 0;
        if (now * before < 0) {
          if (now > 0) signal = Signal.EXIT_SHORT | (trend === undefined || close[i] > trend[i] ? Signal.ENTER_LONG : 0);
          else signal = Signal.EXIT_LONG | (trend === undefined || close[i] < trend[i] ? short : 0);
        }
        before = now;
        out[i] = signal;
      }
    };
  },
});
