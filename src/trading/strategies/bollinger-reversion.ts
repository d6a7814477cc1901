import { bollinger } from '../indicators/bollinger.ts';
import { defineStrategy, Signal } from '../strategy.ts';

/**
 * Bets on the return to the mean: long when the close comes back up through the lower band, unless it is at the middle already; out at the
 * middle or above. On futures short when it comes back down through the upper band; out at the middle or below.
 */
export const bollingerReversion = defineStrategy({
  name: 'bollinger-reversion',
  description:
    'Bollinger reversion: buys the return from below the lower band, sells at the middle; on futures also the other way round.',
  parameters: {
    period: { type: 'INTEGER', description: 'Period of the bands.', default: 20, min: 2, max: 1_000, step: 1 },
    deviations: {
      type: 'NUMBER',
      description: 'Standard deviations between the middle and the bands.',
      default: 2,
      min: 0,
      aboveMin: true,
      max: 10,
      step: 0.1,
    },
  },
  indicators: (parameters) => ({ place: bollinger(parameters, 'percentB') }),
  lookBack: 1,
  signals({ columns, shorts }) {
    // 0 at the lower band, 0.5 at the middle, 1 at the upper band.
    const { place } = columns;
    const short = shorts ? Signal.ENTER_SHORT : Signal.NONE;
    return (from, to, out) => {
      let before = place[from - 1];
      for (let i = from; i < to; i++) {
        const now = place[i];
        let signal = (now >= 0.5 ? Signal.EXIT_LONG : Signal.NONE) | (now <= 0.5 ? Signal.EXIT_SHORT : Signal.NONE);
        if (before < 0 && now >= 0 && now < 0.5) signal |= Signal.ENTER_LONG;
        if (before > 1 && now <= 1 && now > 0.5) signal |= short;
        before = now;
        out[i] = signal;
      }
    };
  },
});
