import { canonical, decimal, type Decimal } from '../../../trading/money.ts';
import { isTerminal, moveOrder, type OrderStatus, OrderType, TimeInForce } from '../../../trading/order.ts';
import { DomainError } from '../../errors.ts';
import type { MarketRules } from '../port/market-rules.ts';
import type { Fill, OrderReport, OrderRequest } from '../port/orders.ts';

/** An order of the paper exchange. */
export interface PaperOrder {
  readonly request: OrderRequest;
  readonly exchangeOrderId: string;
  /** Open time of the first candle whose whole range may fill it; a resting order placed inside a candle starts with the next. */
  activeFrom: number;
  status: OrderStatus;
  filledAmount: Decimal;
  /** A stop-limit order whose stop was reached. */
  triggered: boolean;
  reason: string | undefined;
  updatedAt: number;
}

export function isOpen(order: PaperOrder): boolean {
  return !isTerminal(order.status);
}

export function move(order: PaperOrder, status: OrderStatus, at: number, reason?: string): void {
  order.status = moveOrder(order.status, status);
  order.updatedAt = at;
  order.reason = reason;
}

export function reportOf(order: PaperOrder): OrderReport {
  const { clientOrderId, symbol, side, type, amount, price, stopPrice, reduceOnly } = order.request;
  return {
    clientOrderId,
    exchangeOrderId: order.exchangeOrderId,
    symbol,
    side,
    type,
    amount,
    filledAmount: order.filledAmount,
    ...(price && { price }),
    ...(stopPrice && { stopPrice }),
    reduceOnly: reduceOnly ?? false,
    status: order.status,
    ...(order.reason !== undefined && { reason: order.reason }),
    updatedAt: order.updatedAt,
  };
}

const zero = decimal(0);

/**
 * Checks an order against the market's rules. Amounts keep to the step; prices may lie between ticks, because the levels of a backtest do,
 * and the same candles must give the same trades.
 * @param lastPrice to value a market order by, if one is known
 * @throws DomainError EXCHANGE_REJECTED naming the rule and the value
 */
export function checkOrder(request: OrderRequest, rules: MarketRules, lastPrice: number | undefined): void {
  const refuse = (message: string): never => {
    throw new DomainError('EXCHANGE_REJECTED', message, { details: { clientOrderId: request.clientOrderId } });
  };
  const { type, amount, price, stopPrice, symbol } = request;
  if (request.clientOrderId === '') refuse('the client order id is empty');
  if (!amount.gt(zero)) refuse(`amount ${canonical(amount)} must be above 0`);
  if (!amount.mod(rules.stepSize).isZero())
    refuse(`amount ${canonical(amount)} is not a multiple of the step ${canonical(rules.stepSize)} of ${symbol}`);
  const wantsPrice = type === OrderType.LIMIT || type === OrderType.STOP_LIMIT;
  const wantsStop = type === OrderType.STOP || type === OrderType.STOP_LIMIT;
  if (wantsPrice !== (price !== undefined)) refuse(`a ${type} order ${wantsPrice ? 'needs a' : 'takes no'} price`);
  if (wantsStop !== (stopPrice !== undefined)) refuse(`a ${type} order ${wantsStop ? 'needs a' : 'takes no'} stop price`);
  for (const level of [price, stopPrice]) if (level && !level.gt(zero)) refuse(`price ${canonical(level)} must be above 0`);
  if (request.timeInForce !== undefined && request.timeInForce !== TimeInForce.GTC && type !== OrderType.LIMIT)
    refuse(`${request.timeInForce} is for LIMIT orders, not ${type}`);
  const value = price ?? stopPrice ?? (lastPrice === undefined ? undefined : decimal(lastPrice));
  if (value && !request.reduceOnly && value.mul(amount).lt(rules.minNotional))
    refuse(
      `${canonical(value)} × ${canonical(amount)} is below the least order value ${canonical(rules.minNotional)} of ${symbol}`,
    );
}

/** Order and fill as plain JSON and back. Decimals are canonical text. */
export interface PaperOrderState {
  readonly [key: string]: unknown;
}

export function orderToJson(order: PaperOrder): PaperOrderState {
  const { amount, price, stopPrice, ...request } = order.request;
  const { reason, ...rest } = order;
  return {
    ...rest,
    ...(reason !== undefined && { reason }),
    request: {
      ...request,
      amount: canonical(amount),
      ...(price && { price: canonical(price) }),
      ...(stopPrice && { stopPrice: canonical(stopPrice) }),
    },
    filledAmount: canonical(order.filledAmount),
  };
}

export function orderFromJson(json: PaperOrderState): PaperOrder {
  const state = json as unknown as Omit<PaperOrder, 'request' | 'filledAmount'> & {
    readonly request: Omit<OrderRequest, 'amount' | 'price' | 'stopPrice'> & {
      amount: string;
      price?: string;
      stopPrice?: string;
    };
    readonly filledAmount: string;
  };
  const { amount, price, stopPrice, ...request } = state.request;
  return {
    ...state,
    reason: state.reason,
    request: {
      ...request,
      amount: decimal(amount),
      ...(price !== undefined && { price: decimal(price) }),
      ...(stopPrice !== undefined && { stopPrice: decimal(stopPrice) }),
    },
    filledAmount: decimal(state.filledAmount),
  };
}

/** A fill, and when it was recorded: a fill inside a candle is dated at the candle's open but known at its close. */
export interface RecordedFill {
  readonly fill: Fill;
  readonly recordedAt: number;
}

export function fillToJson({ fill, recordedAt }: RecordedFill): PaperOrderState {
  return { ...fill, price: canonical(fill.price), amount: canonical(fill.amount), fee: canonical(fill.fee), recordedAt };
}

export function fillFromJson(json: PaperOrderState): RecordedFill {
  const { recordedAt, price, amount, fee, ...fill } = json as unknown as Omit<Fill, 'price' | 'amount' | 'fee'> & {
    price: string;
    amount: string;
    fee: string;
    recordedAt: number;
  };
  return { fill: { ...fill, price: decimal(price), amount: decimal(amount), fee: decimal(fee) }, recordedAt };
}
