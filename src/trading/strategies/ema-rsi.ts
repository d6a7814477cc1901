import { ParameterError } from '../errors.ts';
import { ema } from '../indicators/ema.ts';
import { rsi } from '../indicators/rsi.ts';
import { defineStrategy, Signal } from '../strategy.ts';

/**
 * Follows a fresh trend while it is not yet overstretched. Long on a cross up of the fast over the slow EMA while the RSI is under
 * `rsiOverbought`; out on a cross down or above `rsiExit`. Short (futures only) on a cross down while the RSI is above `rsiOversold`;
 * out on a cross up or under 100 − `rsiExit`. A cross is strict on both sides: an exact tie before it is none. One decision per
 * candle: a cross that closes a position does not open the other one.
 */
export const emaRsi = defineStrategy({
  name: 'ema-rsi',
  description: 'EMA cross with an RSI filter: enters on a fresh cross that is not overstretched, leaves on the opposite cross.',
  parameters: {
    emaFast: { type: 'INTEGER', description: 'Period of the fast EMA.', default: 9, min: 1, max: 1_000, step: 1 },
    emaSlow: { type: 'INTEGER', description: 'Period of the slow EMA.', default: 21, min: 2, max: 5_000, step: 1 },
    rsiPeriod: { type: 'INTEGER', description: 'Period of the RSI.', default: 14, min: 2, max: 1_000, step: 1 },
    rsiOversold: {
      type: 'NUMBER',
      description: 'Shorts are entered only above this RSI.',
      default: 30,
      min: 0,
      max: 100,
      step: 1,
    },
    rsiOverbought: {
      type: 'NUMBER',
      description: 'Longs are entered only below this RSI.',
      default: 70,
      min: 0,
      max: 100,
      step: 1,
    },
    rsiExit: {
      type: 'NUMBER',
      description: 'Longs are left above this RSI, shorts below 100 minus it; null: off.',
      default: 80,
      min: 0,
      max: 100,
      step: 1,
      nullable: true,
    },
  },
  check({ emaFast, emaSlow }, path) {
    if (emaFast >= emaSlow)
      throw new ParameterError(`emaFast ${emaFast} must be less than emaSlow ${emaSlow}`, [...path, 'emaFast'], {
        value: emaFast,
        limit: emaSlow,
      });
  },
  indicators: ({ emaFast, emaSlow, rsiPeriod }) => ({ fast: ema(emaFast), slow: ema(emaSlow), rsi: rsi(rsiPeriod) }),
  lookBack: 1,
  signals({ columns, parameters, shorts }) {
    const { fast, slow, rsi } = columns;
    const { rsiOversold, rsiOverbought } = parameters;
    const longExit = parameters.rsiExit ?? Number.POSITIVE_INFINITY;
    // Where nothing is sold short there is nothing to say about it either: each thing to say costs time.
    const shortExit = shorts ? 100 - longExit : Number.NEGATIVE_INFINITY;
    const short = shorts ? Signal.ENTER_SHORT : Signal.NONE;
    return (from, to, out) => {
      const [quick, steady, strengths] = [fast, slow, rsi];
      const [most, highest, lowest] = [rsiOverbought, longExit, shortExit];
      out.fill(Signal.NONE, from, to);
      for (let i = from; i < to; i++) {
        // Most candles say nothing: the averages stay on their side and the RSI between its limits, of which the lower one counts only for
        // shorts. Those are passed over in a loop each.
        const isAbove = quick[i - 1] > steady[i - 1];
        if (shorts) {
          if (isAbove) while (i < to && quick[i] > steady[i] && strengths[i] <= highest && strengths[i] >= lowest) i++;
          else while (i < to && quick[i] < steady[i] && strengths[i] <= highest && strengths[i] >= lowest) i++;
        } else if (isAbove) while (i < to && quick[i] > steady[i] && strengths[i] <= highest) i++;
        else while (i < to && quick[i] < steady[i] && strengths[i] <= highest) i++;
        if (i === to) return;
        const now = quick[i] - steady[i];
        const strength = strengths[i];
        let signal = 0;
        if (now * (quick[i - 1] - steady[i - 1]) < 0) {
          if (now > 0) signal = strength < most ? Signal.EXIT_SHORT | Signal.ENTER_LONG : Signal.EXIT_SHORT;
          else signal = strength > rsiOversold ? Signal.EXIT_LONG | short : Signal.EXIT_LONG;
        }
        if (strength > highest) signal |= Signal.EXIT_LONG;
        if (strength < lowest) signal |= Signal.EXIT_SHORT;
        out[i] = signal;
      }
    };
  },
});
