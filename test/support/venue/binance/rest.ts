import { createHmac } from 'node:crypto';
import { decimal } from '../../../../src/trading/money.ts';
import type { VenueHttpRequest, VenueWorld } from '../dialect.ts';
import { venueErrors } from '../errors.ts';
import { klineRow } from './klines.ts';
import { aggTradeJson, bestJson, dayJson, depthJson } from './market-events.ts';
import { symbolInfo } from './symbol-info.ts';
import { canceledJson, orderJson, pairJson, placedJson, tradeJson, wire } from './wire.ts';

export type Params = Readonly<Record<string, string | undefined>>;
type Route = (world: VenueWorld, params: Params) => unknown;

const limitOf = (params: Params, standard: number): number => Math.min(Number(params.limit ?? standard), 1_000);
const timeOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

/** Orders that ended without an execution are kept so long. */
const archivedAfterMs = 90 * 86_400_000;

const open: Readonly<Record<string, Route>> = {
  'GET /api/v3/ping': () => ({}),
  'GET /api/v3/time': (world) => ({ serverTime: world.now() }),
  'GET /api/v3/exchangeInfo': (world) => ({
    timezone: 'UTC',
    serverTime: world.now(),
    rateLimits: [],
    exchangeFilters: [],
    symbols: world.ledger.symbols.map(symbolInfo),
  }),
  'GET /api/v3/klines': ({ candles, ledger }, params) => {
    const { id } = ledger.symbol(params.symbol);
    const { interval = '1m', startTime, endTime } = params;
    const [start, end] = [timeOf(startTime), timeOf(endTime)];
    const query = { ...(start !== undefined && { start }), ...(end !== undefined && { end }), limit: limitOf(params, 500) };
    return candles.page(id, interval, query).map((candle) => klineRow(candle, interval));
  },
  'GET /api/v3/depth': (world, params) => depthJson(world.moment(world.ledger.symbol(params.symbol).id)),
  'GET /api/v3/aggTrades': (world, params) => {
    const { startTime, endTime, fromId } = params;
    if (startTime !== undefined && endTime !== undefined && Number(endTime) - Number(startTime) > 3_600_000)
      throw venueErrors.tooLong();
    const trades = world
      .publicTrades(world.ledger.symbol(params.symbol).id)
      .filter(
        ({ id, at }) =>
          id >= Number(fromId ?? 0) && at >= Number(startTime ?? 0) && at <= Number(endTime ?? Number.POSITIVE_INFINITY),
      );
    const limit = limitOf(params, 500);
    return (startTime === undefined && fromId === undefined ? trades.slice(-limit) : trades.slice(0, limit)).map(aggTradeJson);
  },
  'GET /api/v3/ticker/24hr': (world, params) => dayJson(world.moment(world.ledger.symbol(params.symbol).id)),
  'GET /api/v3/ticker/bookTicker': (world, params) =>
    params.symbol === undefined
      ? world.ledger.symbols.map(({ id }) => bestJson(world.moment(id)))
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
  // "User Universal Transfer": of its directions the one from the funding wallet to the spot wallet.
  'POST /sapi/v1/asset/transfer': ({ ledger, restrictions }, { type, asset, amount }) => {
    if (type !== 'FUNDING_MAIN') throw venueErrors.missing('type');
    if (asset === undefined) throw venueErrors.missing('asset');
    if (amount === undefined) throw venueErrors.missing('amount');
    if (restrictions['permitsUniversalTransfer'] !== true) throw venueErrors.noPermission();
    return { tranId: ledger.bring(asset, decimal(amount)).id };
  },
  'GET /sapi/v1/asset/transfer': ({ ledger }, { type, startTime = '0', endTime, size = '10', current = '1' }) => {
    if (type !== 'FUNDING_MAIN') throw venueErrors.missing('type');
    const found = ledger.transfers.filter(
      ({ time }) => time >= Number(startTime) && time <= Number(endTime ?? Number.POSITIVE_INFINITY),
    );
    const from = (Number(current) - 1) * Number(size);
    const rows = found.toReversed().slice(from, from + Number(size));
    return {
      total: found.length,
      ...(rows.length > 0 && {
        rows: rows.map(({ id, asset, amount, time, status }) => ({
          asset,
          amount: amount.toFixed(),
          type,
          status: { DONE: 'CONFIRMED', PENDING: 'PENDING', FAILED: 'FAILED' }[status],
          tranId: id,
          timestamp: time,
        })),
      }),
    };
  },
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
  // "New Order list - OCO": of the kinds that it takes, a limit above the price and a stop at the market below it, to sell.
  'POST /api/v3/orderList/oco': ({ ledger }, params) => {
    const { symbol = '', side, quantity, aboveType, belowType, abovePrice, belowStopPrice } = params;
    if (side !== 'SELL') throw venueErrors.missing('side');
    if (quantity === undefined) throw venueErrors.missing('quantity');
    if (aboveType !== 'LIMIT_MAKER') throw venueErrors.missing('aboveType');
    if (belowType !== 'STOP_LOSS') throw venueErrors.missing('belowType');
    if (abovePrice === undefined) throw venueErrors.missing('abovePrice');
    if (belowStopPrice === undefined) throw venueErrors.missing('belowStopPrice');
    const idOf = (name: string): string => params[name] ?? `venue-${name}-${ledger.orders.length}`;
    const order = { symbol, side, quantity } as const;
    return pairJson(
      ledger.placePair(
        idOf('listClientOrderId'),
        { ...order, type: aboveType, price: abovePrice, clientOrderId: idOf('aboveClientOrderId') },
        { ...order, type: belowType, stopPrice: belowStopPrice, clientOrderId: idOf('belowClientOrderId') },
      ),
    );
  },
  'GET /api/v3/order': (world, params) => {
    const order = world.ledger.find(params.symbol, params.orderId, params.origClientOrderId);
    if (!order) throw venueErrors.noSuchOrder();
    const hasEnded = order.status === 'CANCELED' || order.status === 'EXPIRED';
    if (hasEnded && order.executed.eq(0) && order.updateTime < world.now() - archivedAfterMs) throw venueErrors.archived();
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
      throw venueErrors.tooLong();
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
export function answer(world: VenueWorld, { route, search, body, headers }: VenueHttpRequest): unknown {
  const query = [search, body].filter((part) => part !== '').join('&');
  const params = Object.fromEntries(new URLSearchParams(query));
  const handler = open[route] ?? signed[route];
  if (!handler) throw venueErrors.notHere(route);
  const key = headers['x-mbx-apikey'];
  if (route in signed) checkSignature(world, query, params, typeof key === 'string' ? key : undefined);
  return handler(world, params);
}

/** The checks of a signed request: the key, the signature over everything before it, and how old the request is. */
export function checkSignature(world: VenueWorld, signedText: string, params: Params, key: string | undefined): void {
  if (key !== world.apiKey) throw venueErrors.badKey();
  const payload = signedText.replace(/&?signature=[^&]*/, '');
  if (params.signature === undefined) throw venueErrors.missing('signature');
  if (createHmac('sha256', world.secret).update(payload).digest('hex') !== params.signature) throw venueErrors.badSignature();
  if (params.timestamp === undefined) throw venueErrors.missing('timestamp');
  const timestamp = Number(params.timestamp);
  if (timestamp > world.now() + 1_000) throw venueErrors.timestampAhead();
  if (world.now() - timestamp > Number(params.recvWindow ?? 5_000)) throw venueErrors.timestampLate();
}
