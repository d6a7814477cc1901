import { intervalMs, type VenueCandle } from '../candles.ts';
import type { VenueOrder, VenueTrade } from '../ledger.ts';
import { bookOf, type Level, type Moment, type PublicTrade } from '../market.ts';
import type { VenueSymbol } from '../symbols.ts';
import { pairOf, streamSymbolOf, wsNameOf } from './names.ts';

const seconds = (ms: number): number => ms / 1_000;
const places = (step: string): number => step.split('.')[1]?.length ?? 0;

/** One pair of `AssetPairs`. */
export function pairJson(symbol: VenueSymbol): Record<string, unknown> {
  return {
    altname: pairOf(symbol),
    wsname: wsNameOf(symbol),
    aclass_base: 'currency',
    base: pairOf({ ...symbol, quote: '' }),
    aclass_quote: 'currency',
    quote: symbol.quote,
    lot: 'unit',
    cost_decimals: 5,
    pair_decimals: places(symbol.tickSize),
    lot_decimals: places(symbol.stepSize),
    lot_multiplier: 1,
    leverage_buy: [],
    leverage_sell: [],
    fees: [[0, 0.4]],
    fees_maker: [[0, 0.25]],
    fee_volume_currency: 'ZUSD',
    margin_call: 80,
    margin_stop: 40,
    ordermin: symbol.minQty,
    costmin: symbol.minNotional,
    tick_size: symbol.tickSize,
    status: symbol.isHalted ? 'cancel_only' : 'online',
  };
}

export function tickerJson(moment: Moment): Record<string, unknown> {
  const { bids, asks } = bookOf(moment);
  const last = moment.price.toString();
  const row = ([price]: Level): string[] => [price.toString(), '1', '1.000'];
  return {
    a: row(asks[0]!),
    b: row(bids[0]!),
    c: [last, '0.50000000'],
    v: ['10.00000000', '10.00000000'],
    p: [last, last],
    t: [1, 1],
    l: [last, last],
    h: [last, last],
    o: last,
  };
}

export function depthJson(moment: Moment): Record<string, unknown> {
  const { bids, asks } = bookOf(moment);
  const rows = (levels: readonly Level[]): unknown[] =>
    levels.map(([price, quantity]) => [price.toString(), quantity.toString(), Math.floor(seconds(moment.at))]);
  return { asks: rows(asks), bids: rows(bids) };
}

export function publicTradeRow({ price, quantity, side, at, id }: PublicTrade): unknown[] {
  return [price.toString(), quantity.toString(), seconds(at), side === 'BUY' ? 'b' : 's', 'm', '', id];
}

export function ohlcRow({ openTime, open, high, low, close, volume }: VenueCandle): unknown[] {
  const text = (value: number): string => value.toFixed(8);
  return [seconds(openTime), text(open), text(high), text(low), text(close), text(close), text(volume), 10];
}

export const orderIdOf = (order: Pick<VenueOrder, 'id'>): string => `OQCLML-BW3P3-${order.id}`;
export const tradeIdOf = (trade: Pick<VenueTrade, 'id'>): string => `TZX2WP-XSEOP-${trade.id}`;

const orderTypes: Readonly<Record<string, string>> = {
  MARKET: 'market',
  LIMIT: 'limit',
  LIMIT_MAKER: 'limit',
  STOP_LOSS: 'stop-loss',
  STOP_LOSS_LIMIT: 'stop-loss-limit',
};
const statuses: Readonly<Record<VenueOrder['status'], string>> = {
  NEW: 'open',
  PARTIALLY_FILLED: 'open',
  FILLED: 'closed',
  CANCELED: 'canceled',
  EXPIRED: 'expired',
};

export const orderTypeOf = ({ request }: VenueOrder): string => orderTypes[request.type] ?? 'limit';
export const statusOf = (status: VenueOrder['status']): string => statuses[status];

export function describe(order: VenueOrder): Record<string, unknown> {
  const { request, symbol } = order;
  const type = orderTypeOf(order);
  const isStop = type.startsWith('stop');
  const [price, price2] = isStop ? [order.stopPrice, order.price] : [order.price, undefined];
  const side = request.side.toLowerCase();
  const limit = `limit ${order.price}`;
  const words = isStop ? `stop loss ${price}${order.price.gt(0) ? ` -> ${limit}` : ''}` : type === 'limit' ? limit : type;
  return {
    pair: pairOf(symbol),
    type: side,
    ordertype: type,
    price: price.toString(),
    price2: price2?.gt(0) ? price2.toString() : '0',
    leverage: 'none',
    order: `${side} ${order.quantity.toFixed(8)} ${pairOf(symbol)} @ ${words}`,
    close: '',
  };
}

/** An order as `OpenOrders`, `ClosedOrders` and `QueryOrders` have it. */
export function orderJson(order: VenueOrder): Record<string, unknown> {
  const isDone = !['NEW', 'PARTIALLY_FILLED'].includes(order.status);
  const fee = order.trades.reduce((sum, trade) => sum.add(trade.commission), order.quantity.sub(order.quantity));
  return {
    refid: null,
    userref: 0,
    cl_ord_id: order.request.clientOrderId,
    status: statusOf(order.status),
    opentm: seconds(order.time),
    starttm: 0,
    expiretm: 0,
    ...(isDone && { closetm: seconds(order.updateTime), reason: null }),
    descr: describe(order),
    vol: order.quantity.toFixed(8),
    vol_exec: order.executed.toFixed(8),
    cost: order.quoteExecuted.toString(),
    fee: fee.toString(),
    price: order.executed.gt(0) ? order.quoteExecuted.div(order.executed).toFixed(5) : '0.00000',
    stopprice: '0.00000',
    limitprice: '0.00000',
    misc: '',
    oflags: 'fciq',
    trades: order.trades.map(tradeIdOf),
  };
}

/** A trade as `TradesHistory` has it. */
export function tradeJson(trade: VenueTrade, symbol: VenueSymbol): Record<string, unknown> {
  return {
    ordertxid: orderIdOf({ id: trade.orderId }),
    postxid: 'TKH2SE-M7IF5-CFI7LT',
    pair: pairOf(symbol),
    time: seconds(trade.time),
    type: trade.isBuyer ? 'buy' : 'sell',
    ordertype: 'market',
    price: trade.price.toString(),
    cost: trade.price.mul(trade.quantity).toString(),
    fee: trade.commission.toString(),
    vol: trade.quantity.toFixed(8),
    margin: '0.00000',
    leverage: '0',
    misc: '',
    trade_id: trade.id,
    maker: trade.isMaker,
  };
}

/** A candle as the stream has it: JSON numbers, no word of its end. */
export function ohlcEvent(symbol: VenueSymbol, interval: string, candle: VenueCandle, at: number): Record<string, unknown> {
  const { openTime, ...prices } = candle;
  const minutes = (intervalMs[interval] ?? 0) / 60_000;
  return {
    symbol: streamSymbolOf(symbol),
    ...prices,
    trades: 10,
    vwap: candle.close,
    interval_begin: new Date(openTime).toISOString().replace('.000Z', '.000000000Z'),
    interval: minutes,
    timestamp: new Date(at).toISOString(),
  };
}
