import type { Dialect, Peer, VenueWorld } from '../dialect.ts';
import { VenueError, venueErrors } from '../errors.ts';
import { klineEvent } from './klines.ts';
import { eventsOf } from './market-events.ts';
import { answer, checkSignature } from './rest.ts';
import { executionReport, wire } from './wire.ts';

interface Request {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: unknown;
}

const stream = (symbol: string, name: string): string => `${symbol.toLowerCase()}@${name}`;

/** Binance's spot REST and WebSocket wire format; news of the account by the WebSocket API. */
export const binance: Dialect = {
  id: 'binance',
  hosts: ['api.binance.com', 'stream.binance.com', 'ws-api.binance.com'],
  secret: 'venue-secret',
  routes: {
    place: 'POST /api/v3/order',
    cancel: 'DELETE /api/v3/order',
    find: 'GET /api/v3/order',
    openOrders: 'GET /api/v3/openOrders',
    fills: 'GET /api/v3/myTrades',
    balances: 'GET /api/v3/account',
    transfer: 'POST /sapi/v1/asset/transfer',
    transfers: 'GET /sapi/v1/asset/transfer',
    candles: 'GET /api/v3/klines',
    trades: 'GET /api/v3/aggTrades',
    book: 'GET /api/v3/depth',
    ticker: 'GET /api/v3/ticker/24hr',
    markets: 'GET /api/v3/exchangeInfo',
  },
  answer,
  refusal: ({ status, code, message }) => ({ status, json: { code, msg: message } }),
  topics: {
    candles: (symbol, interval) => stream(symbol, `kline_${interval}`),
    ticker: (symbol) => stream(symbol, 'miniTicker'),
    book: (symbol) => stream(symbol, 'depth@100ms'),
    trades: (symbol) => stream(symbol, 'aggTrade'),
  },
  channelOf: (address) => (address.includes('/ws-api/') ? 'user' : 'market'),
  receive(world, peer, message) {
    const request = message as Request;
    if (peer.channel === 'user') return signIn(world, peer, request);
    const topics = Array.isArray(request.params) ? request.params.map(String) : [];
    if (request.method === 'SUBSCRIBE') for (const topic of topics) peer.topics.add(topic);
    else if (request.method === 'UNSUBSCRIBE') for (const topic of topics) peer.topics.delete(topic);
    peer.reply({ id: request.id, result: null });
  },
  candle: (world, symbol, interval, candle, isClosed) => [
    [stream(symbol, `kline_${interval}`), klineEvent(symbol, interval, candle, isClosed, world.now())],
  ],
  moved: (before, after, trade) =>
    eventsOf(before, after, trade).map(([name, message]) => [stream(after.symbol, name), message] as const),
  execution(world, execution) {
    const { symbol } = execution.order;
    const assets = [symbol.base, symbol.quote].map((asset) => {
      const { free, locked } = world.ledger.balance(asset);
      return { a: asset, f: wire(free), l: wire(locked) };
    });
    const at = world.now();
    return [
      ['user', { subscriptionId: 0, event: executionReport(execution) }],
      ['user', { subscriptionId: 0, event: { e: 'outboundAccountPosition', E: at, u: at, B: assets } }],
    ];
  },
};

function signIn(world: VenueWorld, peer: Peer, { id, method, params }: Request): void {
  try {
    if (method !== 'userDataStream.subscribe.signature') throw venueErrors.notHere(String(method));
    const texts = Object.fromEntries(Object.entries(params as object).map(([key, value]) => [key, String(value)]));
    const signed = Object.keys(texts)
      .filter((key) => key !== 'signature')
      .sort()
      .map((key) => `${key}=${texts[key]}`)
      .join('&');
    checkSignature(world, signed, texts, texts.apiKey);
    peer.topics.add('user');
    peer.reply({ id, status: 200, result: { subscriptionId: 0 } });
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
    peer.reply({ id, status: error.status, error: { code: error.code, msg: error.message } });
  }
}
