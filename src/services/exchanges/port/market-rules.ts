import type { Decimal } from '../../../trading/money.ts';
import type { MarketType } from '../../../trading/position.ts';

/** A market and its rules, as the exchange has them. Exact decimals; rates are fractions (0.001 is 0.1 %). */
export interface MarketRules {
  /** "BTC/USDT"; a perpetual carries its settlement: "BTC/USDT:USDT". */
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly kind: MarketType;
  /** False while the exchange has halted it: no orders are taken. It is not halted unless told. */
  readonly isActive?: boolean;
  /** Whether a stop and a target may be placed as one, where the exchange has such pairs at all; they may unless told. */
  readonly takesPairs?: boolean;
  /** Prices are multiples of this, in the quote asset. */
  readonly tickSize: Decimal;
  /** Amounts are multiples of this, in the base asset. */
  readonly stepSize: Decimal;
  /** The least that price × amount may be, in the quote asset; zero when there is no such rule. */
  readonly minNotional: Decimal;
  readonly makerFeeRate: Decimal;
  readonly takerFeeRate: Decimal;
  /** Of a perpetual whose rate is always the same; absent where there is no funding, or nobody knows it beforehand. */
  readonly funding?: FundingTerms;
}

/** What holders of one side of a perpetual pay the other, again and again. */
export interface FundingTerms {
  /** Of the position's value; positive: longs pay shorts. */
  readonly rate: Decimal;
  /** Between two payments, counted from midnight UTC. */
  readonly hours: number;
}
