import type { VenueCandle } from '../candles.ts';
import type { VenueLedger, VenueOrder, VenueTrade } from '../ledger.ts';
import { bookOf, type Level, type Moment, type PublicTrade } from '../market.ts';
import type { VenueSymbol } from '../symbols.ts';

export function instrumentJson(symbol: VenueSymbol): Record<string, unknown> {
  return {
    symbol: symbol.id,
    baseCoin: symbol.base,
    quoteCoin: symbol.quote,
    innovation: '0',
    status: symbol.isHalted ? 'PreLaunch' : 'Trading',
    marginTrading: 'none',
    lotSizeFilter: {
      basePrecision: symbol.stepSize,
      quotePrecision: '0.00000001',
      minOrderQty: symbol.minQty,
      maxOrderQty: symbol.maxQty,
      minOrderAmt: symbol.minNotional,
      maxOrderAmt: '9000000',
    },
    priceFilter: { tickSize: symbol.tickSize },
  };
}

export function tickerJson(moment: Moment): Record<string, unknown> {
  const { bids, asks } = bookOf(moment);
  const last = moment.price.toString();
  return {
    symbol: moment.symbol,
    bid1Price: bids[0]![0].toString(),
    bid1Size: '1',
    ask1Price: asks[0]![0].toString(),
    ask1Size: '1',
    lastPrice: last,
    prevPrice24h: last,
    price24hPcnt: '0',
    highPrice24h: last,
    lowPrice24h: last,
    turnover24h: '100000',
    volume24h: '10',
    usdIndexPrice: last,
  };
}

export const levelsOf = (levels: readonly Level[]): string[][] =>
  levels.map(([price, quantity]) => [price.toString(), quantity.toString()]);

export function klineRow({ openTime, open, high, low, close, volume }: VenueCandle): string[] {
  return [openTime, open, high, low, close, volume, 0].map(String);
}

const execIdOf = ({ id }: PublicTrade): string => `22900000000${id}`;
const sideOf = (isBuyer: boolean): string => (isBuyer ? 'Buy' : 'Sell');

export function publicTradeJson(trade: PublicTrade): Record<string, unknown> {
  const { symbol, price, quantity, side, at } = trade;
  return {
    execId: execIdOf(trade),
    symbol,
    price: price.toString(),
    size: quantity.toString(),
    side: sideOf(side === 'BUY'),
    time: String(at),
    isBlockTrade: false,
  };
}

export function publicTradeEvent(trade: PublicTrade): Record<string, unknown> {
  const { symbol, price, quantity, side, at } = trade;
  return {
    i: execIdOf(trade),
    T: at,
    p: price.toString(),
    v: quantity.toString(),
    S: sideOf(side === 'BUY'),
    s: symbol,
    BT: false,
  };
}

const statuses: Readonly<Record<VenueOrder['status'], string>> = {
  NEW: 'New',
  PARTIALLY_FILLED: 'PartiallyFilled',
  FILLED: 'Filled',
  CANCELED: 'Cancelled',
  EXPIRED: 'Cancelled',
};

/** An order as `order/realtime`, `order/history` and the stream have it. */
export function orderJson(
  order: VenueOrder,
  at: { status?: VenueOrder['status']; executed?: VenueOrder['executed'] } = {},
): Record<string, unknown> {
  const { request, symbol } = order;
  const { status = order.status, executed = order.executed } = at;
  const isLimit = order.price.gt(0);
  return {
    category: 'spot',
    orderId: String(order.id),
    orderLinkId: request.clientOrderId,
    symbol: symbol.id,
    side: sideOf(request.side === 'BUY'),
    orderType: isLimit ? 'Limit' : 'Market',
    price: isLimit ? order.price.toString() : '0',
    qty: order.quantity.toString(),
    marketUnit: isLimit ? '' : 'baseCoin',
    cumExecQty: executed.toString(),
    cumExecValue: order.quoteExecuted.toString(),
    cumExecFee: '0',
    leavesQty: order.quantity.sub(executed).toString(),
    avgPrice: executed.gt(0) ? order.quoteExecuted.div(order.executed).toFixed(8) : '',
    orderStatus: !order.isWorking && status === 'NEW' ? 'Untriggered' : statuses[status],
    timeInForce: request.timeInForce ?? 'GTC',
    triggerPrice: order.stopPrice.gt(0) ? order.stopPrice.toString() : '',
    triggerDirection: 0,
    stopOrderType: order.stopPrice.gt(0) ? 'Stop' : '',
    tpslMode: '',
    reduceOnly: false,
    rejectReason: 'EC_NoError',
    createdTime: String(order.time),
    updatedTime: String(order.updateTime),
  };
}

/** A trade of the account. Its fee may be in a third asset, which only `feeCurrency` tells. */
export function executionJson(trade: VenueTrade, ledger: VenueLedger): Record<string, unknown> {
  const order = ledger.orders.find(({ id }) => id === trade.orderId);
  return {
    category: 'spot',
    symbol: trade.symbol,
    orderId: String(trade.orderId),
    orderLinkId: order?.request.clientOrderId ?? '',
    side: sideOf(trade.isBuyer),
    orderPrice: order?.price.toString() ?? '0',
    orderQty: order?.quantity.toString() ?? '0',
    orderType: order?.price.gt(0) ? 'Limit' : 'Market',
    leavesQty: '0',
    execId: `2100000000007${trade.id}`,
    execPrice: trade.price.toString(),
    execQty: trade.quantity.toString(),
    execValue: trade.price.mul(trade.quantity).toString(),
    execFee: trade.commission.toString(),
    feeCurrency: trade.commissionAsset,
    feeRate: '0.001',
    execType: 'Trade',
    execTime: String(trade.time),
    isMaker: trade.isMaker,
  };
}
