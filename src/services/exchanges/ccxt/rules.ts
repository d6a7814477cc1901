import { Decimal, decimal } from '../../../trading/money.ts';
import type { MarketRules } from '../port/market-rules.ts';
import type { CcxtMarket, NumberText } from './client.ts';

/** ccxt's ways to say how exact a number may be. */
const decimalPlaces = 2;
const significantDigits = 3;

/** A market's rules with the bounds that only this adapter checks. Undefined where the exchange has no such bound. */
export interface VenueRules extends MarketRules {
  readonly minAmount: Decimal | undefined;
  readonly maxAmount: Decimal | undefined;
  readonly minPrice: Decimal | undefined;
  readonly maxPrice: Decimal | undefined;
  readonly maxNotional: Decimal | undefined;
}

/**
 * A number as the exchange wrote it, exactly; unlike `decimal` it takes exponents ("1e-8").
 * @throws RangeError when it is not a finite number
 */
export function exact(value: NumberText): Decimal {
  return decimal(new Decimal(value));
}

export function optional(value: NumberText | undefined | null): Decimal | undefined {
  return value === undefined || value === null ? undefined : exact(value);
}

/**
 * The rules of a spot market.
 * @param precisionMode how ccxt says precision for this exchange: tick sizes, or decimal places
 * @returns undefined when they cannot be said as a fixed tick and step: whoever traded without them would be refused or, worse, rounded
 */
export function rulesOf(market: CcxtMarket, precisionMode: number): VenueRules | undefined {
  const { symbol, base, quote, precision, limits, maker, taker } = market;
  const tickSize = multipleOf(precision.price, precisionMode);
  const stepSize = multipleOf(precision.amount, precisionMode);
  if (market.spot !== true || !tickSize?.gt(0) || !stepSize?.gt(0)) return undefined;
  return {
    symbol,
    base,
    quote,
    kind: 'SPOT',
    isActive: market.active !== false,
    // Binance tells it of each market.
    takesPairs: (market.info as { readonly ocoAllowed?: unknown } | undefined)?.ocoAllowed !== false,
    tickSize,
    stepSize,
    minNotional: optional(limits.cost?.min) ?? decimal(0),
    makerFeeRate: optional(maker) ?? decimal(0),
    takerFeeRate: optional(taker) ?? decimal(0),
    minAmount: optional(limits.amount?.min),
    maxAmount: optional(limits.amount?.max),
    minPrice: optional(limits.price?.min),
    maxPrice: optional(limits.price?.max),
    maxNotional: optional(limits.cost?.max),
  };
}

function multipleOf(precision: NumberText | undefined | null, mode: number): Decimal | undefined {
  if (precision === undefined || precision === null || mode === significantDigits) return undefined;
  return mode === decimalPlaces ? new Decimal(10).pow(exact(precision).neg()) : exact(precision);
}

/** Rounds to a multiple of `step`, towards zero or away from it. */
export function toMultiple(value: Decimal, step: Decimal, direction: 'DOWN' | 'UP'): Decimal {
  const steps = value.div(step);
  return (direction === 'DOWN' ? steps.floor() : steps.ceil()).mul(step);
}
