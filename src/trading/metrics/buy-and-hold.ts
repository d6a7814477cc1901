/**
 * Return of holding the market over the same period, in percent: (last close − first close)/first close·100, without fees.
 * Source: backtesting.py, "Buy & Hold Return", which begins with the first candle at which its indicators have values.
 */
export function buyAndHoldReturnPercent(close: Float64Array): number {
  return close.length === 0 ? 0 : ((close[close.length - 1] - close[0]) / close[0]) * 100;
}
