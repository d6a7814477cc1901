import type { Candle } from '../../../trading/candle.ts';
import type { CcxtCandle } from './client.ts';

/** A row of ccxt's as a candle. Candles are market data: here the exchange's text becomes doubles. */
export function candleOf([openTime, open, high, low, close, volume]: CcxtCandle): Candle {
  return {
    openTime,
    open: Number(open),
    high: Number(high),
    low: Number(low),
    close: Number(close),
    volume: Number(volume ?? 0),
  };
}
