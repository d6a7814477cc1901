import { defineStrategy, Signal } from '../strategy.ts';

/** The baseline every other strategy has to beat: buys on the first candle and never sells. A stop, where set, lets it buy again. */
export const buyAndHold = defineStrategy({
  name: 'buy-and-hold',
  description: 'The baseline: buys at once and holds.',
  parameters: {},
  indicators: () => ({}),
  lookBack: 0,
  signals: () => (from, to, out) => out.fill(Signal.ENTER_LONG, from, to),
});
