import { Decimal } from '../../trading/money.ts';
import { OrderSide } from '../../trading/order.ts';
import { type LedgerFill, MarketType, type Position as HeldPosition, PositionSide } from '../../trading/position.ts';
import type { OrderContext } from './order-context.ts';

/* What is too little to be sold, and whether it may be given up for that. */

const zero = new Decimal(0);

/** What the exchange asks of an order that would sell what is left. */
export interface ExitTerms {
  /** At which it would be sold. */
  readonly price: Decimal;
  /** The least that an order must be worth, in quote currency. */
  readonly minNotional: Decimal;
  /** Whether that holds for orders, too, that only close a position. */
  readonly holdsExits: boolean;
}

/** A step, where the asset itself is held; a contract is closed to the last digit. */
export function leastSold({ marketType, stepSize }: OrderContext): Decimal {
  return marketType === MarketType.SPOT ? stepSize : zero;
}

/** Whether something is held, but less than an order can sell. */
export function isDust({ side, quantity }: HeldPosition, step: Decimal): boolean {
  return side === PositionSide.LONG && quantity.lt(step);
}

/** The rest of a position is small beside what was bought: no more than a part of so many. */
const restParts = 4;

/**
 * Whether what is held is less than a step, and was left by fees or by exits. What the step has outgrown since it was bought is not: that is worth
 * as much as ever.
 */
export function isRest(held: HeldPosition, fills: readonly LedgerFill[], step: Decimal): boolean {
  return isDust(held, step) && (bought(fills).mod(step).isZero() || isSmall(held, fills));
}

function isSmall(held: HeldPosition, fills: readonly LedgerFill[]): boolean {
  return held.quantity.mul(restParts).lte(bought(fills));
}

function bought(fills: readonly LedgerFill[]): Decimal {
  return fills.reduce<Decimal>((sum, { side, quantity }) => (side === OrderSide.BUY ? sum.add(quantity) : sum), zero);
}

/** What is worth more than an order must be is kept, unless it is a rest; a rest is given up where it is worth less. */
export function isGivenUp(
  held: HeldPosition,
  fills: readonly LedgerFill[],
  step: Decimal,
  { price, minNotional, holdsExits }: ExitTerms,
): boolean {
  const isWorthless = held.quantity.mul(price).lt(minNotional);
  if (isDust(held, step)) return isWorthless || isRest(held, fills, step);
  return holdsExits && held.side === PositionSide.LONG && isWorthless && isSmall(held, fills);
}
