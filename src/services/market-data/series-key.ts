import type { Timeframe } from '../../trading/timeframe.ts';
import { timeframeText } from '../../trading/timeframe.ts';

/** Which candles: one market at one exchange, one candle length. */
export interface SeriesKey {
  /** The exchange's name in the catalogue. */
  readonly exchange: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
}

/** "binance BTC/USDT 1h", for messages and as a key of maps. */
export function seriesName({ exchange, symbol, timeframe }: SeriesKey): string {
  return `${exchange} ${symbol} ${timeframeText(timeframe)}`;
}
