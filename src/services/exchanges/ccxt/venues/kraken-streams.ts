import type { CcxtCandle, CcxtClient } from '../client.ts';

const url = 'wss://ws.kraken.com/v2';

interface Ohlc {
  readonly symbol: string;
  readonly interval_begin: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Minutes. */
  readonly interval: number;
}

interface Subscription {
  readonly channel: string;
  readonly symbol: readonly string[];
  readonly interval?: number;
  readonly depth?: number;
}

/**
 * Mends two things of Kraken's streams in ccxt: it keeps candles by market only, so that a second timeframe of a market would never be
 * subscribed to, and it cannot end a subscription.
 */
export function mendKrakenStreams(client: CcxtClient): void {
  const requestId = (): number => (client.options.reqid = Number(client.options.reqid ?? 0) + 1);
  const candleHash = (symbol: string, timeframe: string): string => `ohlcv@${symbol}#${timeframe}`;
  const candlesOf = (symbol: string, timeframe: string): Subscription => ({
    channel: 'ohlc',
    symbol: [symbol],
    interval: Number(client.timeframes[timeframe]),
  });

  // What came while nobody waited.
  const waiting = new Map<string, CcxtCandle[]>();
  client.watchOHLCV = async (symbol, timeframe) => {
    const hash = candleHash(symbol, timeframe);
    const message = { method: 'subscribe', params: candlesOf(symbol, timeframe), req_id: requestId() };
    if (!waiting.has(hash)) await client.watch(url, hash, message, hash);
    const rows = waiting.get(hash) ?? [];
    waiting.delete(hash);
    return rows;
  };
  client.handleOHLCV = (socket, message) => {
    const { data } = message as { readonly data: readonly Ohlc[] };
    for (const row of data) {
      const timeframe = Object.keys(client.timeframes).find((key) => Number(client.timeframes[key]) === row.interval);
      const hash = candleHash(row.symbol, timeframe ?? '');
      if (!(hash in socket.subscriptions)) continue;
      waiting.set(hash, [...(waiting.get(hash) ?? []), rowOf(row)]);
      socket.resolve(true, hash);
    }
  };

  const leave = async (hash: string, params: Subscription): Promise<void> => {
    const socket = client.clients[url];
    if (!socket || !(hash in socket.subscriptions)) return;
    delete socket.subscriptions[hash];
    waiting.delete(hash);
    if (hash in socket.futures) socket.reject(new Error(`${hash} is not watched any more`), hash);
    await socket.send({ method: 'unsubscribe', params, req_id: requestId() });
  };
  client.unWatchOHLCV = (symbol, timeframe) => leave(candleHash(symbol, timeframe), candlesOf(symbol, timeframe));
  client.unWatchTicker = (symbol) => leave(`ticker@${symbol}`, { channel: 'ticker', symbol: [symbol] });
  client.unWatchTrades = (symbol) => leave(`trade@${symbol}`, { channel: 'trade', symbol: [symbol] });
  client.unWatchOrderBook = (symbol, { limit }) =>
    leave(`orderbook@${symbol}`, { channel: 'book', symbol: [symbol], depth: limit });
}

function rowOf({ interval_begin, open, high, low, close, volume }: Ohlc): CcxtCandle {
  return [Date.parse(interval_begin), open, high, low, close, volume];
}
