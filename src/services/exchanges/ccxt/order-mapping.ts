import { type Decimal, decimal } from '../../../trading/money.ts';
import { Liquidity, OrderSide, OrderStatus, OrderType } from '../../../trading/order.ts';
import type { Balance, Fill, OrderReport, OrderRequest } from '../port.ts';
import type { CcxtOrder, CcxtTrade } from './client.ts';
import { exact, optional } from './rules.ts';

const zero = decimal(0);

/**
 * An order as ccxt tells it, in the port's words. Exchanges may answer a new order with hardly more than its id: what is missing comes from the
 * request, and a status that is not told means that it was accepted.
 * @throws TypeError when it is not an order: the answer was cut, empty, or something else
 */
export function reportOf(order: CcxtOrder, request?: OrderRequest): OrderReport {
  const { id, symbol = request?.symbol } = order;
  const amount = optional(order.amount) ?? request?.amount;
  if (id === undefined || symbol === undefined || amount === undefined)
    throw new TypeError('the answer is not an order: it has no id, symbol or amount');
  const filledAmount = optional(order.filled) ?? zero;
  const type = request?.type ?? typeOf(order);
  const price = type === OrderType.LIMIT || type === OrderType.STOP_LIMIT ? (positive(order.price) ?? request?.price) : undefined;
  const stopPrice =
    type === OrderType.STOP || type === OrderType.STOP_LIMIT ? (triggerOf(order) ?? request?.stopPrice) : undefined;
  return {
    clientOrderId: request?.clientOrderId ?? order.clientOrderId ?? '',
    exchangeOrderId: id,
    symbol,
    side: request?.side ?? sideOf(order.side),
    type,
    amount,
    filledAmount,
    ...(price && { price }),
    ...(stopPrice && { stopPrice }),
    reduceOnly: order.reduceOnly ?? false,
    status: statusOf(order.status, filledAmount),
    updatedAt: order.lastUpdateTimestamp ?? order.lastTradeTimestamp ?? order.timestamp ?? 0,
  };
}

/** @throws TypeError when it lacks what a fill is made of */
export function fillOf(trade: CcxtTrade, clientOrderId: string): Fill {
  const { id, order, symbol, price, amount, fee, timestamp } = trade;
  if (id === undefined || order === undefined || symbol === undefined || price === undefined || amount === undefined)
    throw new TypeError('a trade of the exchange has no id, order, symbol, price or amount');
  return {
    exchangeTradeId: id,
    exchangeOrderId: order,
    clientOrderId,
    symbol,
    side: sideOf(trade.side),
    price: exact(price),
    amount: exact(amount),
    fee: optional(fee?.cost) ?? zero,
    feeCurrency: fee?.currency ?? symbol.split('/')[1] ?? '',
    liquidity: trade.takerOrMaker === 'maker' ? Liquidity.MAKER : Liquidity.TAKER,
    at: timestamp ?? 0,
  };
}

/** Balances that are not zero, by asset name. */
export function balancesOf(answer: Readonly<Record<string, unknown>>): Balance[] {
  const balances: Balance[] = [];
  for (const [asset, entry] of Object.entries(answer)) {
    if (typeof entry !== 'object' || entry === null || !('free' in entry) || !('total' in entry)) continue;
    const { free, total } = entry as { free?: string | number; total?: string | number };
    const balance = { asset, free: optional(free) ?? zero, total: optional(total) ?? zero };
    if (!balance.total.isZero()) balances.push(balance);
  }
  return balances.sort((a, b) => (a.asset < b.asset ? -1 : 1));
}

function statusOf(status: string | undefined, filled: Decimal): OrderStatus {
  if (status === 'closed') return OrderStatus.FILLED;
  if (status === 'canceled') return OrderStatus.CANCELED;
  if (status === 'expired') return OrderStatus.EXPIRED;
  if (status === 'rejected') return OrderStatus.REJECTED;
  return filled.gt(0) ? OrderStatus.PARTIALLY_FILLED : OrderStatus.ACCEPTED;
}

/** Where it goes off, whatever the exchange calls that. */
function triggerOf({ triggerPrice, stopLossPrice, takeProfitPrice }: CcxtOrder): Decimal | undefined {
  return positive(triggerPrice) ?? positive(stopLossPrice) ?? positive(takeProfitPrice);
}

function typeOf(order: CcxtOrder): OrderType {
  const isLimit = /limit/.test(order.type ?? '');
  if (triggerOf(order)) return isLimit ? OrderType.STOP_LIMIT : OrderType.STOP;
  return isLimit ? OrderType.LIMIT : OrderType.MARKET;
}

function sideOf(side: string | undefined): OrderSide {
  if (side !== 'buy' && side !== 'sell') throw new TypeError(`the exchange told the side "${side}"`);
  return side === 'buy' ? OrderSide.BUY : OrderSide.SELL;
}

function positive(value: string | number | undefined): Decimal | undefined {
  const number = optional(value);
  return number?.gt(0) ? number : undefined;
}
