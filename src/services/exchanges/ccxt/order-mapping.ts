import { type Decimal, decimal } from '../../../trading/money.ts';
import { isTerminal, Liquidity, OrderSide, OrderStatus, OrderType } from '../../../trading/order.ts';
import type { Balance } from '../port/exchange.ts';
import type { Fill, OrderReport, OrderRequest } from '../port/orders.ts';
import type { CcxtOrder, CcxtTrade } from './client.ts';
import { optional } from './rules.ts';

const zero = decimal(0);

/**
 * An order as ccxt tells it, in the port's words. Exchanges may answer a new order with hardly more than its id: what is missing comes from the
 * request, and a status that is not told means that it was accepted.
 * @param now counts where the exchange tells no time, ms UTC
 * @throws TypeError when it is not an order: the answer was cut, empty, or something else
 */
export function reportOf(order: CcxtOrder, now: number, request?: OrderRequest): OrderReport {
  const id = order.id ?? undefined;
  const symbol = order.symbol ?? request?.symbol;
  const amount = optional(order.amount) ?? request?.amount;
  if (id === undefined || symbol === undefined || amount === undefined)
    throw new TypeError('the answer is not an order: it has no id, symbol or amount');
  // ccxt tells what was filled of an order that is done, if the exchange does: where it does not, all was.
  const filledAmount = optional(order.filled) ?? (order.status === 'closed' ? amount : zero);
  const type = request?.type ?? typeOf(order);
  const price = type === OrderType.LIMIT || type === OrderType.STOP_LIMIT ? (positive(order.price) ?? request?.price) : undefined;
  const stopPrice =
    type === OrderType.STOP || type === OrderType.STOP_LIMIT ? (triggerOf(order) ?? request?.stopPrice) : undefined;
  const status = statusOf(order.status, filledAmount, amount);
  const reason = isTerminal(status) && status !== OrderStatus.FILLED ? reasonOf(order.info) : undefined;
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
    reduceOnly: order.reduceOnly ?? request?.reduceOnly ?? false,
    status,
    ...(reason !== undefined && { reason }),
    updatedAt: order.lastUpdateTimestamp ?? order.lastTradeTimestamp ?? order.timestamp ?? now,
  };
}

/**
 * @param now counts where the exchange tells no time, ms UTC
 * @throws TypeError when it lacks what a fill is made of
 */
export function fillOf(trade: CcxtTrade, clientOrderId: string, now: number): Fill {
  const { id, order, symbol, timestamp } = trade;
  const price = optional(trade.price);
  const amount = optional(trade.amount);
  if (!id || !order || !symbol || !price || !amount)
    throw new TypeError('a trade of the exchange has no id, order, symbol, price or amount');
  return {
    exchangeTradeId: id,
    exchangeOrderId: order,
    clientOrderId,
    symbol,
    side: sideOf(trade.side),
    price,
    amount,
    ...feeOf(trade, symbol),
    liquidity: trade.takerOrMaker === 'maker' ? Liquidity.MAKER : Liquidity.TAKER,
    at: timestamp ?? now,
  };
}

/**
 * What an execution cost. Exchanges may take it in several pieces; of several assets the one that was traded counts, because what can be sold
 * again depends on it.
 */
function feeOf({ fee, fees = [] }: CcxtTrade, symbol: string): Pick<Fill, 'fee' | 'feeCurrency'> {
  const [base = '', quote = ''] = symbol.split(/[/:]/);
  const pieces = (fees.length > 0 ? fees : fee ? [fee] : []).flatMap(({ cost, currency }) => {
    const amount = optional(cost);
    return amount && !amount.isZero() ? [{ amount, currency: currency ?? quote }] : [];
  });
  const feeCurrency = (pieces.find(({ currency }) => currency === base) ?? pieces[0])?.currency ?? fee?.currency ?? quote;
  const sum = pieces.reduce((total, { amount, currency }) => (currency === feeCurrency ? total.add(amount) : total), zero);
  return { fee: sum, feeCurrency };
}

type BalanceEntry = Readonly<Record<string, string | number | undefined>>;

/** Balances that are not zero, by asset name. */
export function balancesOf(answer: Readonly<Record<string, unknown>>): Balance[] {
  const balances: Balance[] = [];
  for (const [asset, entry] of Object.entries(answer)) {
    if (typeof entry !== 'object' || entry === null || !('free' in entry) || !('total' in entry)) continue;
    const [free, used, total] = ['free', 'used', 'total'].map((key) => optional((entry as BalanceEntry)[key]));
    const balance = { asset, free: free ?? zero, total: total ?? (free ?? zero).add(used ?? zero) };
    if (!balance.total.isZero()) balances.push(balance);
  }
  return balances.sort((a, b) => (a.asset < b.asset ? -1 : 1));
}

function statusOf(status: string | undefined, filled: Decimal, amount: Decimal): OrderStatus {
  // Done without being filled: the exchange has canceled the rest. Bybit says that of market orders, and ccxt calls it closed.
  if (status === 'closed') return filled.lt(amount) ? OrderStatus.CANCELED : OrderStatus.FILLED;
  if (status === 'canceled') return OrderStatus.CANCELED;
  if (status === 'expired') return OrderStatus.EXPIRED;
  if (status === 'rejected') return OrderStatus.REJECTED;
  return filled.gt(0) ? OrderStatus.PARTIALLY_FILLED : OrderStatus.ACCEPTED;
}

/** Why an order ended, in the exchange's words. Kraken: `reason`; Bybit: `rejectReason`, which is EC_NoError where there is none. */
function reasonOf(info: unknown): string | undefined {
  if (typeof info !== 'object' || info === null) return undefined;
  const { reason, rejectReason } = info as { readonly reason?: unknown; readonly rejectReason?: unknown };
  return [reason, rejectReason].find((text): text is string => typeof text === 'string' && text !== '' && text !== 'EC_NoError');
}

/** Where it goes off, whatever the exchange calls that. */
function triggerOf({ triggerPrice, stopLossPrice, takeProfitPrice }: CcxtOrder): Decimal | undefined {
  return positive(triggerPrice) ?? positive(stopLossPrice) ?? positive(takeProfitPrice);
}

function typeOf(order: CcxtOrder): OrderType {
  const type = order.type ?? '';
  const isLimit = /limit/.test(type);
  // One that trails the market has no fixed trigger.
  if (triggerOf(order) || /stop|profit|trail/.test(type)) return isLimit ? OrderType.STOP_LIMIT : OrderType.STOP;
  // Other kinds that rest at a price, as an iceberg does.
  return isLimit || (type !== 'market' && positive(order.price)) ? OrderType.LIMIT : OrderType.MARKET;
}

function sideOf(side: string | undefined): OrderSide {
  if (side !== 'buy' && side !== 'sell') throw new TypeError(`the exchange told the side "${side}"`);
  return side === 'buy' ? OrderSide.BUY : OrderSide.SELL;
}

function positive(value: string | number | null | undefined): Decimal | undefined {
  const number = optional(value);
  return number?.gt(0) ? number : undefined;
}
