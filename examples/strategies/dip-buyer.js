/**
 * Buys a dip in a rising market, and sells when it has gained enough, lost enough, or taken too long: decided candle by candle, because
 * the exit depends on the position.
 * @type {import('../../src/services/strategies/plugins/toolkit.ts').StrategyPlugin}
 */
export default ({ defineStrategy, indicators, Decision }) =>
  defineStrategy({
    name: 'dip-buyer',
    description:
      'Buys when a short RSI dips while the close is above a long average; sells at a gain, at a loss, or after some time.',
    parameters: {
      average: { type: 'INTEGER', description: 'Period of the long SMA.', default: 100, min: 10, max: 1_000, step: 10 },
      rsiPeriod: { type: 'INTEGER', description: 'Period of the RSI.', default: 4, min: 2, max: 100, step: 1 },
      dip: { type: 'NUMBER', description: 'RSI under which it buys.', default: 30, min: 1, max: 60, step: 1 },
      gainPercent: { type: 'NUMBER', description: 'Gain at which it sells.', default: 3, min: 0.1, max: 100, step: 0.1 },
      lossPercent: { type: 'NUMBER', description: 'Loss at which its stop stands.', default: 2, min: 0.1, max: 50, step: 0.1 },
      patience: { type: 'INTEGER', description: 'Candles after which it sells.', default: 48, min: 1, max: 10_000, step: 1 },
    },
    indicators: ({ average, rsiPeriod }) => ({ long: indicators.sma(average), rsi: indicators.rsi(rsiPeriod) }),
    lookBack: 0,
    decide: ({ candles: { close }, columns: { long, rsi }, parameters: { dip, gainPercent, lossPercent, patience } }) => {
      return (i, position, levels) => {
        if (position.side === 0) {
          if (close[i] <= long[i] || rsi[i] >= dip) return Decision.HOLD;
          levels.stop = close[i] * (1 - lossPercent / 100);
          return Decision.ENTER_LONG;
        }
        const hasGained = close[i] >= position.entryPrice * (1 + gainPercent / 100);
        return hasGained || position.candles >= patience ? Decision.EXIT : Decision.HOLD;
      };
    },
  });
