import { createHmac } from 'node:crypto';
import { klineRow, type VenueCandles } from './candles.ts';
import { VenueError, venueErrors } from './errors.ts';
import type { VenueLedger } from './ledger.ts';
import { bestJson, dayJson, depthJson, type Moment } from './market-events.ts';
import { symbolInfo } from './symbols.ts';
import { canceledJson, orderJson, placedJson, tradeJson, wire } from './wire.ts';

/** What the routes work on. */
export interface RestWorld {
  readonly ledger: VenueLedger;
  readonly candles: VenueCandles;
  readonly apiKey: string;
  readonly secret: string;
  /** What the key may do, as Binance tells it. */
  readonly restrictions: Readonly<Record<string, unknown>>;
  /** The venue's clock, ms UTC. */
  now(): number;
  /** How a market stands. */
  moment(symbol: string): Moment;
}

export type Params = Readonly<Record<string, string | undefined>>;
type Route = (world: RestWorld, params: Params) => unknown;

const limitOf = (params: Params, standard: number): number => Math.min(Number(params.limit ?? standard), 1_000);
const timeOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

const open: Readonly<Record<string, Route>> = {
  'GET /api/v3/ping': () => ({}),
  'GET /api/v3/time': (world) => ({ serverTime: world.now() }),
  'GET /api/v3/exchangeInfo': (world) => ({
    timezone: 'UTC',
    serverTime: world.now(),
    rateLimits: [],
    exchangeFilters: [],
    symbols: [...world.ledger.symbols.values()].map(symbolInfo),
  }),
  'GET /api/v3/klines': ({ candles, ledger }, params) => {
    const { id } = ledger.symbol(params.symbol);
    const { interval = '1m', startTime, endTime } = params;
    const [start, end] = [timeOf(startTime), timeOf(endTime)];
    const query = { ...(start !== undefined && { start }), ...(end !== undefined && { end }), limit: limitOf(params, 500) };
    return candles.page(id, interval, query).map((candle) => klineRow(candle, interval));
  },
  'GET /api/v3/depth': (world, params) => depthJson(world.moment(world.ledger.symbol(params.symbol).id)),
  'GET /api/v3/trades': (world, params) => [
    {
      id: 1,
      price: wire(world.ledger.price(world.ledger.symbol(params.symbol).id)),
      qty: '1.00000000',
      quoteQty: wire(world.ledger.price(world.ledger.symbol(params.symbol).id)),
      time: world.now(),
      isBuyerMaker: false,
      isBestMatch: true,
    },
  ],
  'GET /api/v3/ticker/24hr': (world, params) => dayJson(world.moment(world.ledger.symbol(params.symbol).id)),
  'GET /api/v3/ticker/bookTicker': (world, params) =>
    params.symbol === undefined
      ? [...world.ledger.symbols.keys()].map((id) => bestJson(world.moment(id)))
      : bestJson(world.moment(world.ledger.symbol(params.symbol).id)),
};

const signed: Readonly<Record<string, Route>> = {
  'GET /api/v3/account': (world) => ({
    makerCommission: 10,
    takerCommission: 10,
    canTrade: true,
    accountType: 'SPOT',
    updateTime: world.now(),
    balances: [...world.ledger.balances].map(([asset, { free, locked }]) => ({
      asset,
      free: wire(free),
      locked: wire(locked),
    })),
    permissions: ['SPOT'],
  }),
  'GET /sapi/v1/account/apiRestrictions': ({ restrictions }) => restrictions,
  'POST /api/v3/order': ({ ledger }, params) => {
    const { symbol = '', side, type, quantity, price, stopPrice, timeInForce, newClientOrderId } = params;
    if (side !== 'BUY' && side !== 'SELL') throw venueErrors.missing('side');
    if (type === undefined) throw venueErrors.missing('type');
    if (quantity === undefined) throw venueErrors.missing('quantity');
    if (type === 'LIMIT' && timeInForce === undefined) throw venueErrors.missing('timeInForce');
    const order = ledger.place({
      symbol,
      side,
      type,
      quantity,
      ...(price !== undefined && { price }),
      ...(stopPrice !== undefined && { stopPrice }),
      ...(timeInForce !== undefined && { timeInForce }),
      clientOrderId: newClientOrderId ?? `venue-${ledger.orders.length}`,
    });
    return placedJson(order);
  },
  'GET /api/v3/order': ({ ledger }, params) => {
    const order = ledger.find(params.symbol, params.orderId, params.origClientOrderId);
    if (!order) throw venueErrors.noSuchOrder();
    return orderJson(order);
  },
  'DELETE /api/v3/order': ({ ledger }, params) => {
    const order = ledger.cancel(params.symbol, params.orderId, params.origClientOrderId);
    return canceledJson(order, `cancel-${order.id}`);
  },
  'GET /api/v3/openOrders': ({ ledger }, params) => {
    if (params.symbol !== undefined) ledger.symbol(params.symbol);
    return ledger.openOrders(params.symbol).map(orderJson);
  },
  'GET /api/v3/allOrders': ({ ledger }, params) => {
    const { id } = ledger.symbol(params.symbol);
    const orders = ledger.orders.filter(
      (order) => order.symbol.id === id && order.id >= Number(params.orderId ?? 0) && order.time >= Number(params.startTime ?? 0),
    );
    return orders
      .slice(params.orderId === undefined ? -limitOf(params, 500) : 0)
      .slice(0, limitOf(params, 500))
      .map(orderJson);
  },
  'GET /api/v3/myTrades': ({ ledger }, params) => {
    const { id } = ledger.symbol(params.symbol);
    const { startTime, endTime, fromId, orderId } = params;
    if (startTime !== undefined && endTime !== undefined && Number(endTime) - Number(startTime) > 86_400_000)
      throw new VenueError(-1127, 'More than 24 hours between startTime and endTime.');
    const trades = ledger.trades.filter(
      (trade) =>
        trade.symbol === id &&
        trade.time >= Number(startTime ?? 0) &&
        trade.time <= Number(endTime ?? Number.POSITIVE_INFINITY) &&
        trade.id >= Number(fromId ?? 0) &&
        (orderId === undefined || trade.orderId === Number(orderId)),
    );
    const isNewest = startTime === undefined && fromId === undefined;
    const limit = limitOf(params, 500);
    return (isNewest ? trades.slice(-limit) : trades.slice(0, limit)).map(tradeJson);
  },
};

/** Answers one request. @throws VenueError as Binance would answer it */
export function answer(world: RestWorld, route: string, query: string, key: string | undefined): unknown {
  const params = Object.fromEntries(new URLSearchParams(query));
  const handler = open[route] ?? signed[route];
  if (!handler) throw venueErrors.notHere(route);
  if (route in signed) checkSignature(world, query, params, key);
  return handler(world, params);
}

/** The checks of a signed request: the key, the signature over everything before it, and how old the request is. */
export function checkSignature(world: RestWorld, signedText: string, params: Params, key: string | undefined): void {
  if (key !== world.apiKey) throw venueErrors.badKey();
  const payload = signedText.replace(/&?signature=[^&]*/, '');
  if (params.signature === undefined) throw venueErrors.missing('signature');
  if (createHmac('sha256', world.secret).update(payload).digest('hex') !== params.signature) throw venueErrors.badSignature();
  if (params.timestamp === undefined) throw venueErrors.missing('timestamp');
  const timestamp = Number(params.timestamp);
  if (timestamp > world.now() + 1_000) throw venueErrors.timestampAhead();
  if (world.now() - timestamp > Number(params.recvWindow ?? 5_000)) throw venueErrors.timestampLate();
}
