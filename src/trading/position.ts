import { Decimal } from './money.ts';
import { OrderSide } from './order.ts';

/** Which way a position gains. */
export const PositionSide = { LONG: 'LONG', SHORT: 'SHORT' } as const;
export type PositionSide = (typeof PositionSide)[keyof typeof PositionSide];

/** Spot: long only, no leverage. Futures: linear perpetuals, margined and settled in the quote currency. */
export const MarketType = { SPOT: 'SPOT', FUTURES: 'FUTURES' } as const;
export type MarketType = (typeof MarketType)[keyof typeof MarketType];

/** Why a position was closed. */
export const ExitReason = {
  SIGNAL: 'SIGNAL',
  STOP_LOSS: 'STOP_LOSS',
  TAKE_PROFIT: 'TAKE_PROFIT',
  TRAILING_STOP: 'TRAILING_STOP',
  LIQUIDATION: 'LIQUIDATION',
  MANUAL: 'MANUAL',
  RISK_LIMIT: 'RISK_LIMIT',
  END_OF_DATA: 'END_OF_DATA',
} as const;
export type ExitReason = (typeof ExitReason)[keyof typeof ExitReason];

/** One fill as the ledger has it, exact. */
export interface LedgerFill {
  readonly side: OrderSide;
  readonly price: Decimal;
  /** Base currency, positive. */
  readonly quantity: Decimal;
  /** Value of the fee in quote currency, whatever it was paid in. */
  readonly fee: Decimal;
  /** Part of the bought quantity that the exchange kept as its fee; zero when the fee was paid in another currency. */
  readonly baseFee?: Decimal;
}

/** A position as its fills make it. Quantities in base, the rest in quote currency. */
export interface Position {
  /** Null while flat. */
  readonly side: PositionSide | null;
  readonly quantity: Decimal;
  /** What the open quantity cost (long) or brought (short), without fees. */
  readonly cost: Decimal;
  /** Price differences realised so far, without fees. */
  readonly grossPnl: Decimal;
  /** All fees so far. */
  readonly fees: Decimal;
}

const zero = new Decimal(0);

/** Nothing held, nothing earned. */
export const flat: Position = { side: null, quantity: zero, cost: zero, grossPnl: zero, fees: zero };

/** Average price of what is held; null while flat. */
export function entryPrice(position: Position): Decimal | null {
  return position.side === null ? null : position.cost.div(position.quantity);
}

/** Realised profit after fees, the fees of the open part included. */
export function realizedPnl(position: Position): Decimal {
  return position.grossPnl.sub(position.fees);
}

/** Profit of the open part at `price`, before the fee of closing it. */
export function unrealizedPnl(position: Position, price: Decimal): Decimal {
  if (position.side === null) return zero;
  const value = price.mul(position.quantity);
  return position.side === PositionSide.LONG ? value.sub(position.cost) : position.cost.sub(value);
}

function opened(position: Position, side: PositionSide, quantity: Decimal, price: Decimal): Position {
  if (quantity.isZero()) return position;
  return { ...position, side, quantity: position.quantity.add(quantity), cost: position.cost.add(quantity.mul(price)) };
}

/**
 * The position after one more fill. A fill against the position closes it first; what is left over opens the other side.
 * The cost of a part that closes is its share of the whole cost, so a full close is exact to the last digit.
 */
export function applyFill(position: Position, fill: LedgerFill): Position {
  const fees = position.fees.add(fill.fee);
  const side = fill.side === OrderSide.BUY ? PositionSide.LONG : PositionSide.SHORT;
  // A base fee of a buy never arrives; it is worth nothing to the position, and its value already stands in `fee`.
  const quantity = fill.quantity.sub(fill.side === OrderSide.BUY ? (fill.baseFee ?? zero) : zero);
  if (position.side === null || position.side === side) return opened({ ...position, fees }, side, quantity, fill.price);

  const closing = Decimal.min(quantity, position.quantity);
  const full = closing.eq(position.quantity);
  const released = full ? position.cost : position.cost.mul(closing).div(position.quantity);
  const value = closing.mul(fill.price);
  const gain = position.side === PositionSide.LONG ? value.sub(released) : released.sub(value);
  const rest: Position = {
    side: full ? null : position.side,
    quantity: position.quantity.sub(closing),
    cost: position.cost.sub(released),
    grossPnl: position.grossPnl.add(gain),
    fees,
  };
  return opened(rest, side, quantity.sub(closing), fill.price);
}

/**
 * The position once what is left of it is given up, such as less of a spot asset than an order can sell: nothing was brought for it,
 * so its cost is a loss.
 */
export function writtenOff(position: Position): Position {
  return { ...position, side: null, quantity: zero, cost: zero, grossPnl: position.grossPnl.sub(position.cost) };
}

/** The position that a list of fills makes, in their order: the same fills, the same position. */
export function positionOf(fills: readonly LedgerFill[]): Position {
  return fills.reduce(applyFill, flat);
}
