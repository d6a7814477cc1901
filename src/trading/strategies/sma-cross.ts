import { ParameterError } from '../errors.ts';
import { sma } from '../indicators/sma.ts';
import { defineStrategy, Signal } from '../strategy.ts';

/**
 * The plainest trend follower: long from the cross of the fast over the slow SMA until the cross back. On futures a cross down turns
 * a long position into a short one at the same moment, and the other way round. A cross is strict on both sides.
 */
export const smaCross = defineStrategy({
  name: 'sma-cross',
  description: 'SMA cross: long above, out below; on futures short below.',
  parameters: {
    fastPeriod: { type: 'INTEGER', description: 'Period of the fast SMA.', default: 20, min: 1, max: 1_000, step: 1 },
    slowPeriod: { type: 'INTEGER', description: 'Period of the slow SMA.', default: 50, min: 2, max: 5_000, step: 1 },
  },
  check({ fastPeriod, slowPeriod }, path) {
    if (fastPeriod >= slowPeriod)
      throw new ParameterError(`fastPeriod ${fastPeriod} must be less than slowPeriod ${slowPeriod}`, [...path, 'fastPeriod'], {
        value: fastPeriod,
        limit: slowPeriod,
      });
  },
  indicators: ({ fastPeriod, slowPeriod }) => ({ fast: sma(fastPeriod), slow: sma(slowPeriod) }),
  lookBack: 1,
  reverses: true,
  signals({ columns, shorts }) {
    const { fast, slow } = columns;
    const down = Signal.EXIT_LONG | (shorts ? Signal.ENTER_SHORT : Signal.NONE);
    const up = Signal.EXIT_SHORT | Signal.ENTER_LONG;
    return (from, to, out) => {
      let before = Math.sign(fast[from - 1] - slow[from - 1]);
      for (let i = from; i < to; i++) {
        const now = Math.sign(fast[i] - slow[i]);
        out[i] = now > 0 && before < 0 ? up : now < 0 && before > 0 ? down : Signal.NONE;
        before = now;
      }
    };
  },
});
