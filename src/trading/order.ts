/** Direction of one order. */
export const OrderSide = { BUY: 'BUY', SELL: 'SELL' } as const;
export type OrderSide = (typeof OrderSide)[keyof typeof OrderSide];

export const OrderType = { MARKET: 'MARKET', LIMIT: 'LIMIT', STOP: 'STOP', STOP_LIMIT: 'STOP_LIMIT' } as const;
export type OrderType = (typeof OrderType)[keyof typeof OrderType];

/** How long an order waits: good till canceled, immediate or cancel, fill or kill, or only as a maker. */
export const TimeInForce = { GTC: 'GTC', IOC: 'IOC', FOK: 'FOK', POST_ONLY: 'POST_ONLY' } as const;
export type TimeInForce = (typeof TimeInForce)[keyof typeof TimeInForce];

/** Whether a fill took a resting order or was one; it decides the fee. */
export const Liquidity = { MAKER: 'MAKER', TAKER: 'TAKER' } as const;
export type Liquidity = (typeof Liquidity)[keyof typeof Liquidity];

/**
 * Where an order stands. INTENT: the row is written, nothing sent. SENT: handed to the exchange, no answer yet. UNKNOWN: the
 * answer never came, so it may or may not exist there. ABSENT: positive evidence that it never reached the exchange.
 * ABANDONED: given up before it was sent.
 */
export const OrderStatus = {
  INTENT: 'INTENT',
  SENT: 'SENT',
  ACCEPTED: 'ACCEPTED',
  PARTIALLY_FILLED: 'PARTIALLY_FILLED',
  FILLED: 'FILLED',
  REJECTED: 'REJECTED',
  UNKNOWN: 'UNKNOWN',
  CANCELED: 'CANCELED',
  EXPIRED: 'EXPIRED',
  ABSENT: 'ABSENT',
  ABANDONED: 'ABANDONED',
} as const;
export type OrderStatus = (typeof OrderStatus)[keyof typeof OrderStatus];

/**
 * The only ways an order moves. A fill may arrive before the exchange's answer, so a later state may be reached directly.
 * Canceling is not a state: until the exchange confirms it, a fill can win the race.
 */
export const orderTransitions: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  INTENT: ['SENT', 'ABANDONED'],
  SENT: ['ACCEPTED', 'PARTIALLY_FILLED', 'FILLED', 'REJECTED', 'UNKNOWN'],
  UNKNOWN: ['ACCEPTED', 'PARTIALLY_FILLED', 'FILLED', 'CANCELED', 'EXPIRED', 'REJECTED', 'ABSENT'],
  ACCEPTED: ['PARTIALLY_FILLED', 'FILLED', 'CANCELED', 'EXPIRED'],
  PARTIALLY_FILLED: ['FILLED', 'CANCELED', 'EXPIRED'],
  FILLED: [],
  REJECTED: [],
  CANCELED: [],
  EXPIRED: [],
  ABSENT: [],
  ABANDONED: [],
};

/** An order can no longer change. */
export function isTerminal(status: OrderStatus): boolean {
  return orderTransitions[status].length === 0;
}

export function canMoveOrder(from: OrderStatus, to: OrderStatus): boolean {
  return orderTransitions[from].includes(to);
}

/**
 * Moves an order along the table.
 * @returns the new status
 * @throws RangeError when the table has no such step
 */
export function moveOrder(from: OrderStatus, to: OrderStatus): OrderStatus {
  if (!canMoveOrder(from, to))
    throw new RangeError(
      `an order cannot go from ${from} to ${to}; from ${from} it may go to ${orderTransitions[from].join(', ') || 'nothing'}`,
    );
  return to;
}
