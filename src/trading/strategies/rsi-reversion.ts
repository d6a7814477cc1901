import { ParameterError } from '../errors.ts';
import { rsi } from '../indicators/rsi.ts';
import { defineStrategy, Signal } from '../strategy.ts';

/**
 * Bets on the return to the mean: long when the RSI comes back up through `oversold`, out at `exitLevel` or above; on futures short
 * when it comes back down through `overbought`, out at `exitLevel` or below.
 */
export const rsiReversion = defineStrategy({
  name: 'rsi-reversion',
  description: 'RSI reversion: buys the recovery from oversold, sells at the middle; on futures also the other way round.',
  parameters: {
    rsiPeriod: { type: 'INTEGER', description: 'Period of the RSI.', default: 14, min: 2, max: 1_000, step: 1 },
    oversold: {
      type: 'NUMBER',
      description: 'Longs are entered when the RSI rises through this.',
      default: 30,
      min: 0,
      max: 100,
      step: 1,
    },
    overbought: {
      type: 'NUMBER',
      description: 'Shorts are entered when the RSI falls through this.',
      default: 70,
      min: 0,
      max: 100,
      step: 1,
    },
    exitLevel: { type: 'NUMBER', description: 'The middle at which positions are left.', default: 50, min: 0, max: 100, step: 1 },
  },
  check({ oversold, exitLevel, overbought }, path) {
    if (oversold >= exitLevel)
      throw new ParameterError(`oversold ${oversold} must be less than exitLevel ${exitLevel}`, [...path, 'oversold'], {
        value: oversold,
        limit: exitLevel,
      });
    if (overbought <= exitLevel)
      throw new ParameterError(`overbought ${overbought} must be above exitLevel ${exitLevel}`, [...path, 'overbought'], {
        value: overbought,
        limit: exitLevel,
      });
  },
  indicators: ({ rsiPeriod }) => ({ rsi: rsi(rsiPeriod) }),
  lookBack: 1,
  signals({ columns, parameters, shorts }) {
    const { rsi } = columns;
    const { oversold, overbought, exitLevel } = parameters;
    const short = shorts ? Signal.ENTER_SHORT : Signal.NONE;
    return (from, to, out) => {
      for (let i = from; i < to; i++) {
        const now = rsi[i];
        const before = rsi[i - 1];
        let signal = (now >= exitLevel ? Signal.EXIT_LONG : Signal.NONE) | (now <= exitLevel ? Signal.EXIT_SHORT : Signal.NONE);
        if (before <= oversold && now > oversold) signal |= Signal.ENTER_LONG;
        if (before >= overbought && now < overbought) signal |= short;
        out[i] = signal;
      }
    };
  },
});
