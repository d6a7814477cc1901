import { ParameterError } from '../errors.ts';
import { donchian } from '../indicators/donchian.ts';
import type { Indicator } from '../indicators/indicator.ts';
import { defineStrategy, Signal, type WriteSignals } from '../strategy.ts';

/**
 * The turtles' breakout: long when the close is above the highest high of the `entryPeriod` candles before it, out when it is below the lowest
 * low of the `exitPeriod` candles before it. On futures short when it is below the lowest low of the `entryPeriod` candles before it, which
 * also turns a long position, out when it is above the highest high of the `exitPeriod` candles before it.
 * Source: Curtis Faith, Way of the Turtle (2007), system 1 without its filter, pyramiding and stops.
 */
export const donchianBreakout = defineStrategy({
  name: 'donchian-breakout',
  description:
    'Donchian breakout: long above the highest high of the candles before, out below a shorter lowest low; on futures short below.',
  parameters: {
    entryPeriod: {
      type: 'INTEGER',
      description: 'Candles whose highest high a close must exceed for a long entry.',
      default: 20,
      min: 2,
      max: 5_000,
      step: 1,
    },
    exitPeriod: {
      type: 'INTEGER',
      description: 'Candles whose lowest low a close must undercut for a long exit; at most entryPeriod.',
      default: 10,
      min: 1,
      max: 5_000,
      step: 1,
    },
  },
  check({ entryPeriod, exitPeriod }, path) {
    if (exitPeriod > entryPeriod)
      throw new ParameterError(`exitPeriod ${exitPeriod} must not exceed entryPeriod ${entryPeriod}`, [...path, 'exitPeriod'], {
        value: exitPeriod,
        limit: entryPeriod,
      });
  },
  indicators: ({ entryPeriod, exitPeriod }, shorts): Record<string, Indicator> => ({
    highest: donchian(entryPeriod, 'upper'),
    exitLowest: donchian(exitPeriod, 'lower'),
    ...(shorts ? { lowest: donchian(entryPeriod, 'lower'), exitHighest: donchian(exitPeriod, 'upper') } : {}),
  }),
  lookBack: 1,
  reverses: true,
  signals({ candles: { close }, columns, shorts }) {
    const { highest, lowest, exitHighest, exitLowest } = columns;
    // The channel of candle i holds its own close, so a breakout is out of the channel of the candle before.
    const longs: WriteSignals = (from, to, out) => {
      for (let i = from; i < to; i++)
        out[i] = (close[i] > highest[i - 1] ? Signal.ENTER_LONG : 0) | (close[i] < exitLowest[i - 1] ? Signal.EXIT_LONG : 0);
    };
    if (!shorts) return longs;
    return (from, to, out) => {
      longs(from, to, out);
      for (let i = from; i < to; i++) {
        const now = close[i];
        out[i] |= (now < lowest[i - 1] ? Signal.ENTER_SHORT : 0) | (now > exitHighest[i - 1] ? Signal.EXIT_SHORT : 0);
      }
    };
  },
});
