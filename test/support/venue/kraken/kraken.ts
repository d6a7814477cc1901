import type { Dialect, Told, VenueWorld } from '../dialect.ts';
import { bookOf, changesOf, type Level } from '../market.ts';
import { btcusdt, ethusdt, type VenueSymbol } from '../symbols.ts';
import { ohlcEvent, orderIdOf, orderTypeOf, tradeIdOf } from './json.ts';
import { refusalText, streamSymbolOf, symbolOf } from './names.ts';
import { answer } from './rest.ts';

interface Request {
  readonly method?: string;
  readonly req_id?: number;
  readonly params?: {
    readonly channel?: string;
    readonly symbol?: readonly string[];
    readonly interval?: number;
    readonly token?: string;
  };
}

const minutes: Readonly<Record<string, number>> = { '1m': 1, '5m': 5, '1h': 60 };
const nameOf = (id: string): string => streamSymbolOf([btcusdt, ethusdt].find((symbol) => symbol.id === id) as VenueSymbol);
const rows = (levels: readonly Level[]): unknown[] =>
  levels.map(([price, quantity]) => ({ price: price.toNumber(), qty: quantity.toNumber() }));
const iso = (at: number): string => new Date(at).toISOString();

/** A subscription begins with the last ten candles, the forming one among them. */
function lastCandles(world: VenueWorld, id: string, interval: number | undefined): unknown {
  const [name = ''] = Object.entries(minutes).find(([, length]) => length === interval) ?? [];
  const data = world.candles
    .page(id, name, { limit: 10 })
    .map((candle) => ohlcEvent(world.ledger.symbol(id), name, candle, world.now()));
  return { channel: 'ohlc', type: 'snapshot', timestamp: iso(world.now()), data };
}

/** Kraken's spot REST format and its WebSocket format of version 2; the account's executions on a connection of their own. */
export const kraken: Dialect = {
  id: 'kraken',
  hosts: ['api.kraken.com', 'ws.kraken.com', 'ws-auth.kraken.com'],
  secret: Buffer.from('venue-secret').toString('base64'),
  routes: {
    place: 'POST /0/private/AddOrder',
    cancel: 'POST /0/private/CancelOrder',
    find: 'POST /0/private/OpenOrders',
    openOrders: 'POST /0/private/OpenOrders',
    fills: 'POST /0/private/TradesHistory',
    balances: 'POST /0/private/BalanceEx',
    candles: 'GET /0/public/OHLC',
    trades: 'GET /0/public/Trades',
    book: 'GET /0/public/Depth',
    ticker: 'GET /0/public/Ticker',
    markets: 'GET /0/public/AssetPairs',
  },
  answer,
  // Refusals come with 200 too.
  refusal: (error) => ({
    status: error.status === 429 || error.status === 418 ? error.status : 200,
    json: { error: [refusalText(error)] },
  }),
  topics: {
    candles: (symbol, interval) => `ohlc ${nameOf(symbol)} ${minutes[interval]}`,
    ticker: (symbol) => `ticker ${nameOf(symbol)}`,
    book: (symbol) => `book ${nameOf(symbol)}`,
    trades: (symbol) => `trade ${nameOf(symbol)}`,
  },
  channelOf: (address) => (address.startsWith('ws-auth') ? 'user' : 'market'),
  receive(world, peer, message) {
    const { method, params = {}, req_id } = message as Request;
    if (method === 'ping') return peer.reply({ method: 'pong', req_id, time_in: iso(world.now()), time_out: iso(world.now()) });
    const { channel = '', symbol = [], interval } = params;
    if (channel === 'executions' && params.token !== 'venue-token')
      return peer.reply({ method, req_id, success: false, error: 'ESession:Invalid session' });
    const topics =
      channel === 'executions' ? ['user'] : symbol.map((name) => [channel, name, interval].filter(Boolean).join(' '));
    for (const topic of topics) {
      if (method === 'subscribe') peer.topics.add(topic);
      else peer.topics.delete(topic);
    }
    peer.reply({ method, req_id, success: true, result: { channel, snapshot: true } });
    if (method !== 'subscribe') return;
    for (const name of symbol) {
      const { id } = symbolOf(world, name);
      if (channel === 'ohlc') peer.reply(lastCandles(world, id, interval));
      const moment = world.moment(id);
      const { bids, asks } = bookOf(moment);
      if (channel === 'book')
        peer.reply({ channel, type: 'snapshot', data: [{ symbol: name, bids: rows(bids), asks: rows(asks), checksum: 1 }] });
    }
  },
  candle(world, symbol, interval, candle) {
    const { ledger } = world;
    const data = [ohlcEvent(ledger.symbol(symbol), interval, candle, world.now())];
    return [[kraken.topics.candles(symbol, interval), { channel: 'ohlc', type: 'update', timestamp: iso(world.now()), data }]];
  },
  moved(before, after, trade): Told[] {
    const symbol = nameOf(after.symbol);
    const last = after.price.toNumber();
    const { bids, asks } = bookOf(after);
    const changes = changesOf(before, after);
    const best = { bid: bids[0]![0].toNumber(), bid_qty: 1, ask: asks[0]![0].toNumber(), ask_qty: 1 };
    const day = { volume: 10, vwap: last, low: last, high: last, change: 0, change_pct: 0 };
    const { id: trade_id, side, price, quantity, at } = trade;
    const told = {
      symbol,
      side: side.toLowerCase(),
      price: price.toNumber(),
      qty: quantity.toNumber(),
      ord_type: 'market',
      trade_id,
    };
    const book = { symbol, bids: rows(changes.bids), asks: rows(changes.asks), checksum: 1, timestamp: iso(after.at) };
    return [
      [`trade ${symbol}`, { channel: 'trade', type: 'update', data: [{ ...told, timestamp: iso(at) }] }],
      [`ticker ${symbol}`, { channel: 'ticker', type: 'update', data: [{ symbol, ...best, last, ...day }] }],
      [`book ${symbol}`, { channel: 'book', type: 'update', data: [book] }],
    ];
  },
  execution(_, { kind, order, trade, executed, at }) {
    const types = { NEW: 'new', TRADE: 'trade', CANCELED: 'canceled', EXPIRED: 'expired' } as const;
    const data = {
      order_id: orderIdOf(order),
      cl_ord_id: order.request.clientOrderId,
      exec_type: types[kind],
      order_status: kind === 'TRADE' ? (executed.eq(order.quantity) ? 'filled' : 'partially_filled') : types[kind],
      symbol: streamSymbolOf(order.symbol),
      side: order.request.side.toLowerCase(),
      order_type: orderTypeOf(order),
      order_qty: order.quantity.toNumber(),
      cum_qty: executed.toNumber(),
      timestamp: iso(at),
      ...(trade && {
        exec_id: tradeIdOf(trade),
        trade_id: trade.id,
        last_qty: trade.quantity.toNumber(),
        last_price: trade.price.toNumber(),
        cost: trade.price.mul(trade.quantity).toNumber(),
        liquidity_ind: trade.isMaker ? 'm' : 't',
        fees: [{ asset: trade.commissionAsset, qty: trade.commission.toNumber() }],
      }),
    };
    return [['user', { channel: 'executions', type: 'update', data: [data], sequence: 1 }]];
  },
};
