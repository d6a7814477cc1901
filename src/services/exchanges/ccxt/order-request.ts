import { canonical, type Decimal } from '../../../trading/money.ts';
import { OrderSide, OrderType, TimeInForce } from '../../../trading/order.ts';
import { DomainError } from '../../errors.ts';
import type { OrderRequest } from '../port/orders.ts';
import { toMultiple, type VenueRules } from './rules.ts';
import type { VenueProfile } from './venues.ts';

/** An order in ccxt's words. */
export interface CcxtOrderRequest {
  readonly type: 'market' | 'limit';
  readonly side: 'buy' | 'sell';
  readonly amount: string;
  readonly price: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * Checks an order against the market's rules and puts it into ccxt's words. An amount must be on its step. A price between ticks is
 * rounded so that it is never worse than what was asked for: a BUY down, a SELL up; a stop so that it goes off no later: a BUY down, a SELL up.
 * @param now the exchange's clock, ms UTC
 * @throws DomainError EXCHANGE_REJECTED naming the rule and the value
 */
export function orderRequestOf(request: OrderRequest, rules: VenueRules, profile: VenueProfile, now: number): CcxtOrderRequest {
  const { clientOrderId, symbol, side, type, amount, timeInForce = TimeInForce.GTC } = request;
  const refuse = refusal(clientOrderId);
  if (rules.isActive === false) refuse(`trading in ${symbol} is halted at ${profile.id}`);
  if (!profile.clientOrderId.test(clientOrderId))
    refuse(`client order id "${clientOrderId}" does not match ${profile.clientOrderId.source} as ${profile.id} wants it`);
  if (!amount.gt(0)) refuse(`amount ${canonical(amount)} must be above 0`);
  if (!amount.mod(rules.stepSize).isZero())
    refuse(`amount ${canonical(amount)} is not a multiple of the step ${canonical(rules.stepSize)} of ${symbol}`);
  between(refuse, `amount of ${symbol}`, amount, rules.minAmount, rules.maxAmount);
  const wantsPrice = type === OrderType.LIMIT || type === OrderType.STOP_LIMIT;
  const wantsStop = type === OrderType.STOP || type === OrderType.STOP_LIMIT;
  const price = level(refuse, 'price', request, request.price, wantsPrice, rules);
  const stopPrice = level(refuse, 'stop price', request, request.stopPrice, wantsStop, rules);
  if (timeInForce !== TimeInForce.GTC && type !== OrderType.LIMIT) refuse(`${timeInForce} is for LIMIT orders, not ${type}`);
  if (!profile.timesInForce.includes(timeInForce)) refuse(`${profile.id} has no ${timeInForce} orders`);
  const worth = price ?? stopPrice;
  if (worth) between(refuse, `value of the order in ${symbol}`, worth.mul(amount), rules.minNotional, rules.maxNotional);
  if (request.reduceOnly && side === OrderSide.BUY)
    refuse(`there is no short position in ${symbol} that a BUY could reduce: it is a spot market`);
  return {
    type: wantsPrice ? 'limit' : 'market',
    side: side === OrderSide.BUY ? 'buy' : 'sell',
    amount: canonical(amount),
    price: price && canonical(price),
    params: {
      ...profile.orderParams(now),
      clientOrderId,
      ...(stopPrice && { [profile.stopParam]: canonical(stopPrice) }),
      ...(timeInForce === TimeInForce.POST_ONLY ? { postOnly: true } : wantsPrice && { timeInForce }),
    },
  };
}

type Refuse = (message: string) => never;

function refusal(clientOrderId: string): Refuse {
  return (message) => {
    throw new DomainError('EXCHANGE_REJECTED', message, { details: { clientOrderId } });
  };
}

/** A price of the order on its tick; undefined when this type of order has none. */
function level(
  refuse: Refuse,
  name: string,
  { type, side, symbol }: OrderRequest,
  value: Decimal | undefined,
  isWanted: boolean,
  { tickSize, minPrice, maxPrice }: VenueRules,
): Decimal | undefined {
  if (isWanted !== (value !== undefined)) refuse(`a ${type} order ${isWanted ? 'needs a' : 'takes no'} ${name}`);
  if (!value) return undefined;
  if (!value.gt(0)) refuse(`${name} ${canonical(value)} must be above 0`);
  const rounded = toMultiple(value, tickSize, side === OrderSide.BUY ? 'DOWN' : 'UP');
  if (!rounded.gt(0)) refuse(`${name} ${canonical(value)} is below the tick ${canonical(tickSize)} of ${symbol}`);
  between(refuse, `${name} of ${symbol}`, rounded, minPrice, maxPrice);
  return rounded;
}

/** Exchanges write 0 where there is no bound. */
function between(refuse: Refuse, name: string, value: Decimal, least: Decimal | undefined, most: Decimal | undefined): void {
  if (least?.gt(0) && value.lt(least)) refuse(`${name}: ${canonical(value)} is below the least, ${canonical(least)}`);
  if (most?.gt(0) && value.gt(most)) refuse(`${name}: ${canonical(value)} is above the most, ${canonical(most)}`);
}
