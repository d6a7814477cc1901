import type { Indicator, StrategyPlugin } from '../../src/services/strategies/plugins/toolkit.ts';

/**
 * Kaufman's efficiency ratio: how far the close came in `period` candles, over the way it took to get there; 1 is a straight line,
 * 0 is going nowhere. Source: Perry Kaufman, Smarter Trading (1995).
 */
function efficiency(period: number): Indicator {
  return {
    key: `EFFICIENCY(${period})`,
    warmUp: period,
    // Bit for bit what the stream gives, because it is the stream.
    batch(candles, out) {
      const stream = this.stream();
      for (let i = 0; i < out.length; i++) out[i] = stream.next(candles, i);
    },
    stream() {
      const closes: number[] = [];
      return {
        next({ close }, index) {
          closes.push(close[index]);
          if (closes.length > period + 1) closes.shift();
          if (closes.length <= period) return Number.NaN;
          let way = 0;
          for (let i = 1; i <= period; i++) way += Math.abs(closes[i] - closes[i - 1]);
          return way === 0 ? 0 : Math.abs(closes[period] - closes[0]) / way;
        },
      };
    },
  };
}

/** Follows a trend that goes straight: on the right side of an average, and only while the market wastes little of its way. */
const plugin: StrategyPlugin = ({ defineStrategy, indicators, ParameterError, Signal }) =>
  defineStrategy({
    name: 'efficient-trend',
    description:
      'Follows the side of an EMA that the close is on, while the market moves in a straight line; the stop is ATRs away.',
    parameters: {
      average: { type: 'INTEGER', description: 'Period of the EMA.', default: 50, min: 2, max: 1_000, step: 1 },
      window: { type: 'INTEGER', description: 'Candles of the efficiency ratio.', default: 20, min: 2, max: 500, step: 1 },
      straight: { type: 'NUMBER', description: 'Least ratio for an entry.', default: 0.35, min: 0, max: 1, step: 0.05 },
      crooked: { type: 'NUMBER', description: 'Ratio under which a position is left.', default: 0.1, min: 0, max: 1, step: 0.05 },
      stopRanges: { type: 'NUMBER', description: 'ATRs between entry and stop.', default: 3, min: 0.5, max: 20, step: 0.5 },
    },
    check({ straight, crooked }, path) {
      if (crooked >= straight)
        throw new ParameterError(`crooked ${crooked} must be less than straight ${straight}`, [...path, 'crooked'], {
          value: crooked,
          limit: straight,
        });
    },
    indicators: ({ average, window }) => ({
      trend: indicators.ema(average),
      ratio: efficiency(window),
      range: indicators.atr(14),
    }),
    lookBack: 0,
    signals({ candles: { close }, columns: { trend, ratio }, parameters: { straight, crooked }, shorts }) {
      return (from, to, out) => {
        for (let i = from; i < to; i++) {
          const isAbove = close[i] > trend[i];
          let signal: number = isAbove ? Signal.EXIT_SHORT : Signal.EXIT_LONG;
          if (ratio[i] >= straight) signal |= isAbove ? Signal.ENTER_LONG : shorts ? Signal.ENTER_SHORT : Signal.NONE;
          else if (ratio[i] < crooked) signal |= Signal.EXIT_LONG | Signal.EXIT_SHORT;
          // Every candle gets a byte, also one that says nothing.
          out[i] = signal;
        }
      };
    },
    levels:
      ({ candles: { close }, columns: { range }, parameters: { stopRanges } }) =>
      (i, side, levels) => {
        levels.stop = close[i] - side * stopRanges * range[i];
      },
  });

export default plugin;
