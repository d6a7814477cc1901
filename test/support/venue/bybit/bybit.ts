import { createHmac } from 'node:crypto';
import { intervalMs } from '../candles.ts';
import type { Dialect, Peer, Told, VenueWorld } from '../dialect.ts';
import type { VenueError } from '../errors.ts';
import { bookOf, changesOf } from '../market.ts';
import { executionJson, levelsOf, orderJson, publicTradeEvent, tickerJson } from './json.ts';
import { answer } from './rest.ts';

interface Request {
  readonly op?: string;
  readonly req_id?: string;
  readonly args?: readonly string[];
}

const intervals: Readonly<Record<string, string>> = { '1m': '1', '5m': '5', '1h': '60' };
const depth = 200;

// bybit-exchange.github.io, V5, "Error codes".
const refusals: Readonly<Partial<Record<VenueError['kind'], readonly [code: number, message: string]>>> = {
  TIMESTAMP: [10_002, 'invalid request, please check your server timestamp or recv_window param'],
  SIGNATURE: [10_004, 'error sign! please check your signature generation algorithm.'],
  BAD_KEY: [10_003, 'API key is invalid.'],
  MISSING: [10_001, 'Request parameter error.'],
  BAD_SYMBOL: [170_121, 'Invalid symbol.'],
  LOT_SIZE: [170_137, 'Order volume decimal too long.'],
  PRICE_FILTER: [170_134, 'Order price decimal too long.'],
  NOTIONAL: [170_140, 'Order value exceeded lower limit.'],
  INSUFFICIENT: [170_131, 'Balance insufficient.'],
  FUNDING_INSUFFICIENT: [131_212, 'Insufficient balance'],
  TRANSFER_EXISTS: [131_214, 'TransferId exist'],
  NO_PERMISSION: [10_005, 'Permission denied, please check your API key permissions.'],
  DUPLICATE: [170_141, 'Duplicate clientOrderId.'],
  WOULD_TAKE: [170_218, 'LIMIT-MAKER order is rejected due to invalid price.'],
  WOULD_TRIGGER: [170_193, 'Buy order price cannot be higher than the trigger.'],
  UNKNOWN_ORDER: [170_213, 'Order does not exist.'],
  NO_SUCH_ORDER: [170_213, 'Order does not exist.'],
  HALTED: [170_210, 'New order rejected.'],
  TOO_MANY: [10_006, 'Too many visits. Exceeded the API Rate Limit.'],
};

/** Bybit's spot REST and WebSocket format of version 5, with a unified account. */
export const bybit: Dialect = {
  id: 'bybit',
  hosts: ['api.bybit.com', 'stream.bybit.com'],
  secret: 'venue-secret',
  routes: {
    place: 'POST /v5/order/create',
    cancel: 'POST /v5/order/cancel',
    find: 'GET /v5/order/realtime',
    openOrders: 'GET /v5/order/realtime',
    fills: 'GET /v5/execution/list',
    balances: 'GET /v5/account/wallet-balance',
    transfer: 'POST /v5/asset/transfer/inter-transfer',
    transfers: 'GET /v5/asset/transfer/query-inter-transfer-list',
    candles: 'GET /v5/market/kline',
    trades: 'GET /v5/market/recent-trade',
    book: 'GET /v5/market/orderbook',
    ticker: 'GET /v5/market/tickers',
    markets: 'GET /v5/market/instruments-info',
  },
  answer,
  // Refusals come with 200 too.
  refusal: ({ kind, status, message }) => {
    const [retCode, retMsg] = refusals[kind] ?? [10_404, message];
    return {
      status: status === 429 || status === 418 ? status : 200,
      json: { retCode, retMsg, result: {}, retExtInfo: {}, time: Date.now() },
    };
  },
  topics: {
    candles: (symbol, interval) => `kline.${intervals[interval]}.${symbol}`,
    ticker: (symbol) => `tickers.${symbol}`,
    book: (symbol) => `orderbook.${depth}.${symbol}`,
    trades: (symbol) => `publicTrade.${symbol}`,
  },
  channelOf: (address) => (address.includes('/v5/private') ? 'user' : 'market'),
  receive(world, peer, message) {
    const { op, req_id, args = [] } = message as Request;
    if (op === 'ping') return peer.reply({ success: true, ret_msg: 'pong', op, req_id, conn_id: 'venue' });
    if (op === 'auth') return signIn(world, peer, args);
    for (const topic of args) {
      if (op === 'unsubscribe') peer.topics.delete(topic);
      else peer.topics.add(topic);
    }
    // Signed in and told of both: whatever happens to an order now is heard.
    if (['signed', 'order', 'execution'].every((topic) => peer.topics.has(topic))) peer.topics.add('user');
    peer.reply({ success: true, ret_msg: op, op, req_id, conn_id: 'venue' });
    if (op !== 'subscribe') return;
    for (const topic of args) for (const snapshot of snapshotOf(world, topic)) peer.reply(snapshot);
  },
  candle(world, symbol, interval, candle, confirm) {
    const topic = bybit.topics.candles(symbol, interval);
    const { openTime: start, open, high, low, close, volume } = candle;
    const texts = {
      open: String(open),
      high: String(high),
      low: String(low),
      close: String(close),
      volume: String(volume),
      turnover: '0',
    };
    const times = { start, end: start + (intervalMs[interval] ?? 0) - 1, interval: intervals[interval], timestamp: world.now() };
    return [[topic, { topic, type: 'snapshot', ts: world.now(), data: [{ ...times, ...texts, confirm }] }]];
  },
  moved(before, after, trade): Told[] {
    const { symbol, at: ts, updateId } = after;
    const changes = changesOf(before, after);
    const book = { s: symbol, b: levelsOf(changes.bids), a: levelsOf(changes.asks), u: updateId, seq: updateId };
    const tell = (topic: string, type: string, data: unknown): Told => [topic, { topic, type, ts, data }];
    return [
      tell(bybit.topics.trades(symbol), 'snapshot', [publicTradeEvent(trade)]),
      tell(bybit.topics.ticker(symbol), 'snapshot', tickerJson(after)),
      tell(bybit.topics.book(symbol), 'delta', book),
    ];
  },
  execution({ ledger }, { order, trade, status, executed, at }) {
    const creationTime = at;
    const news: Told[] = [['user', { id: 'x', topic: 'order', creationTime, data: [orderJson(order, { status, executed })] }]];
    if (trade) news.push(['user', { id: 'x', topic: 'execution', creationTime, data: [executionJson(trade, ledger)] }]);
    return news;
  },
};

function snapshotOf(world: VenueWorld, topic: string): unknown[] {
  const [name, ...rest] = topic.split('.');
  const symbol = rest.at(-1) ?? '';
  if (name !== 'orderbook' && name !== 'tickers') return [];
  const moment = world.moment(symbol);
  if (name === 'tickers') return [{ topic, type: 'snapshot', ts: moment.at, data: tickerJson(moment) }];
  const { bids, asks } = bookOf(moment);
  const data = { s: symbol, b: levelsOf(bids), a: levelsOf(asks), u: moment.updateId, seq: moment.updateId };
  return [{ topic, type: 'snapshot', ts: moment.at, data }];
}

function signIn(world: VenueWorld, peer: Peer, [key, expires, signature]: readonly string[]): void {
  const right = createHmac('sha256', world.secret).update(`GET/realtime${expires}`).digest('hex');
  const isRight = key === world.apiKey && signature === right && Number(expires) > world.now();
  if (isRight) peer.topics.add('signed');
  peer.reply({ success: isRight, ret_msg: isRight ? '' : 'Params Error', op: 'auth', conn_id: 'venue' });
}
