import { type Decimal, decimal } from '../../../src/trading/money.ts';

/** A market at one moment: its last price, and a book of three levels on each side, a tick apart. */
export interface Moment {
  readonly symbol: string;
  readonly price: Decimal;
  readonly tickSize: string;
  /** Counts the changes of the book. */
  readonly updateId: number;
  readonly at: number;
}

/** What somebody traded with somebody. */
export interface PublicTrade {
  readonly id: number;
  readonly symbol: string;
  readonly price: Decimal;
  readonly quantity: Decimal;
  /** Of whoever took the resting order. */
  readonly side: 'BUY' | 'SELL';
  readonly at: number;
}

export type Level = readonly [price: Decimal, quantity: Decimal];

const levels = [1, 2, 3];

export function bookOf({ price, tickSize }: Moment): { bids: Level[]; asks: Level[] } {
  const side = (sign: 1 | -1): Level[] => levels.map((n) => [price.add(decimal(tickSize).mul(sign * n)), decimal(n)]);
  return { bids: side(-1), asks: side(1) };
}

/** What changes between two moments: gone levels have a quantity of nothing. */
export function changesOf(before: Moment, after: Moment): { bids: Level[]; asks: Level[] } {
  const [old, now] = [bookOf(before), bookOf(after)];
  const side = (was: readonly Level[], is: readonly Level[]): Level[] => [
    ...was.filter(([price]) => !is.some(([other]) => other.eq(price))).map(([price]): Level => [price, decimal(0)]),
    ...is,
  ];
  return { bids: side(old.bids, now.bids), asks: side(old.asks, now.asks) };
}
