import { supertrend } from '../indicators/supertrend.ts';
import { defineStrategy, Signal } from '../strategy.ts';

/**
 * Follows the SuperTrend: long when it turns up, out when it turns down; on futures a turn makes a long position a short one at the same
 * moment, and the other way round. Only the turn counts: after a stop it waits for the next one.
 */
export const supertrendStrategy = defineStrategy({
  name: 'supertrend',
  description: 'SuperTrend: long when the trend turns up, out when it turns down; on futures short then.',
  parameters: {
    period: { type: 'INTEGER', description: 'Period of the ATR.', default: 10, min: 1, max: 1_000, step: 1 },
    multiplier: {
      type: 'NUMBER',
      description: 'Average true ranges between the line and the middle of the candle.',
      default: 3,
      min: 0,
      aboveMin: true,
      max: 100,
      step: 0.1,
    },
  },
  indicators: (parameters) => ({ direction: supertrend(parameters, 'direction') }),
  lookBack: 1,
  reverses: true,
  signals({ columns, shorts }) {
    const { direction } = columns;
    const down = Signal.EXIT_LONG | (shorts ? Signal.ENTER_SHORT : Signal.NONE);
    const up = Signal.EXIT_SHORT | Signal.ENTER_LONG;
    return (from, to, out) => {
      let before = direction[from - 1];
      for (let i = from; i < to; i++) {
        const now = direction[i];
        out[i] = now > before ? up : now < before ? down : Signal.NONE;
        before = now;
      }
    };
  },
});
