import type { VenueExecution, VenueOrder, VenuePair, VenueTrade } from '../ledger.ts';
import type { Decimal } from '../../../../src/trading/money.ts';

/** Amounts have eight decimal places on the wire. */
export const wire = (value: Decimal): string => value.toFixed(8);

/** An order as `GET /api/v3/order` answers it. */
export function orderJson(order: VenueOrder): Record<string, unknown> {
  const { request, symbol } = order;
  return {
    symbol: symbol.id,
    orderId: order.id,
    orderListId: order.list?.id ?? -1,
    clientOrderId: request.clientOrderId,
    price: wire(order.price),
    origQty: wire(order.quantity),
    executedQty: wire(order.executed),
    origQuoteOrderQty: '0.00000000',
    cummulativeQuoteQty: wire(order.quoteExecuted),
    status: order.status,
    timeInForce: request.timeInForce ?? 'GTC',
    type: request.type,
    side: request.side,
    ...(order.stopPrice.gt(0) && { stopPrice: wire(order.stopPrice) }),
    icebergQty: '0.00000000',
    time: order.time,
    updateTime: order.updateTime,
    isWorking: order.isWorking,
    workingTime: order.isWorking ? order.time : -1,
    selfTradePreventionMode: 'EXPIRE_MAKER',
  };
}

/** An order as `POST /api/v3/order` answers it with newOrderRespType=FULL. */
export function placedJson(order: VenueOrder): Record<string, unknown> {
  const { time, updateTime, isWorking: _, ...rest } = orderJson(order);
  return {
    ...rest,
    transactTime: updateTime ?? time,
    fills: order.trades.map((trade) => ({
      price: wire(trade.price),
      qty: wire(trade.quantity),
      commission: wire(trade.commission),
      commissionAsset: trade.commissionAsset,
      tradeId: trade.id,
    })),
  };
}

/** A pair as `POST /api/v3/orderList/oco` answers it. */
export function pairJson({ id, clientOrderId, orders }: VenuePair): Record<string, unknown> {
  const [first] = orders;
  return {
    orderListId: id,
    contingencyType: 'OCO',
    listStatusType: 'EXEC_STARTED',
    listOrderStatus: 'EXECUTING',
    listClientOrderId: clientOrderId,
    transactionTime: first?.time,
    symbol: first?.symbol.id,
    orders: orders.map((order) => ({
      symbol: order.symbol.id,
      orderId: order.id,
      clientOrderId: order.request.clientOrderId,
    })),
    orderReports: orders.map((order) => {
      const { fills: _, ...report } = placedJson(order);
      return report;
    }),
  };
}

/** An order as `DELETE /api/v3/order` answers it: its own id is the original one, the client order id is the cancel's. */
export function canceledJson(order: VenueOrder, cancelId: string): Record<string, unknown> {
  const { time: _, updateTime, isWorking: __, clientOrderId, ...rest } = orderJson(order);
  return { ...rest, origClientOrderId: clientOrderId, clientOrderId: cancelId, transactTime: updateTime };
}

/** A trade as `GET /api/v3/myTrades` answers it. It does not carry the client order id. */
export function tradeJson(trade: VenueTrade): Record<string, unknown> {
  return {
    symbol: trade.symbol,
    id: trade.id,
    orderId: trade.orderId,
    orderListId: -1,
    price: wire(trade.price),
    qty: wire(trade.quantity),
    quoteQty: wire(trade.price.mul(trade.quantity)),
    commission: wire(trade.commission),
    commissionAsset: trade.commissionAsset,
    time: trade.time,
    isBuyer: trade.isBuyer,
    isMaker: trade.isMaker,
    isBestMatch: true,
  };
}

/** News of an order, as the user data stream tells it. */
export function executionReport({ kind, order, trade, status, executed, at }: VenueExecution): Record<string, unknown> {
  const { request } = order;
  const isCancel = kind === 'CANCELED';
  return {
    e: 'executionReport',
    E: at,
    s: order.symbol.id,
    c: isCancel ? `cancel-${order.id}` : request.clientOrderId,
    S: request.side,
    o: request.type,
    f: request.timeInForce ?? 'GTC',
    q: wire(order.quantity),
    p: wire(order.price),
    P: wire(order.stopPrice),
    F: '0.00000000',
    g: order.list?.id ?? -1,
    C: isCancel ? request.clientOrderId : '',
    x: kind,
    X: status,
    r: 'NONE',
    i: order.id,
    l: trade ? wire(trade.quantity) : '0.00000000',
    z: wire(executed),
    L: trade ? wire(trade.price) : '0.00000000',
    n: trade ? wire(trade.commission) : '0',
    N: trade ? trade.commissionAsset : null,
    T: at,
    t: trade?.id ?? -1,
    v: 3,
    I: 8641984,
    w: order.isWorking && (status === 'NEW' || status === 'PARTIALLY_FILLED'),
    m: trade?.isMaker ?? false,
    M: false,
    O: order.time,
    Z: wire(order.quoteExecuted),
    Y: trade ? wire(trade.price.mul(trade.quantity)) : '0.00000000',
    Q: '0.00000000',
    W: order.time,
    V: 'EXPIRE_MAKER',
  };
}
