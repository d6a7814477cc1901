import { defineStrategy } from '../../../src/trading/strategy.ts';

/** Says something at every candle, from its numbers alone. */
export const restless = defineStrategy({
  name: 'restless',
  description: 'Reads its wishes off the digits of the close.',
  parameters: {},
  indicators: () => ({}),
  lookBack: 0,
  reverses: true,
  signals:
    ({ candles }) =>
    (from, to, out) => {
      for (let i = from; i < to; i++) out[i] = Math.floor(candles.close[i] * 1e4) % 16;
    },
});
