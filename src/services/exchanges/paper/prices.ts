import type { Candle } from '../../../trading/candle.ts';
import { slipped, stopFillPrice, targetFillPrice } from '../../../trading/fills.ts';
import { decimal, type Decimal } from '../../../trading/money.ts';
import { OrderSide } from '../../../trading/order.ts';
import type { PaperOrder } from './order.ts';

/*
 * Which orders a candle fills, and at what price. The prices themselves come from the core, in doubles, exactly as in a backtest. In its words a sell
 * order guards a long position (1) and a buy order a short one (−1).
 */

function guarded(side: OrderSide): 1 | -1 {
  return side === OrderSide.SELL ? 1 : -1;
}

/** Whether a price has reached a stop. */
export function reachesStop(side: OrderSide, stop: number, price: number): boolean {
  return side === OrderSide.SELL ? price <= stop : price >= stop;
}

/** Whether a price has reached a limit. */
export function reachesLimit(side: OrderSide, limit: number, price: number): boolean {
  return side === OrderSide.SELL ? price >= limit : price <= limit;
}

/** The candle's extreme that a stop fears, and the one that a limit hopes for. */
export function adverseExtreme(side: OrderSide, candle: Candle): number {
  return side === OrderSide.SELL ? candle.low : candle.high;
}

export function favourableExtreme(side: OrderSide, candle: Candle): number {
  return side === OrderSide.SELL ? candle.high : candle.low;
}

export function stopPrice(side: OrderSide, stop: number, candle: Candle, slippage: number): number {
  return stopFillPrice(guarded(side), stop, candle.open, adverseExtreme(side, candle), slippage);
}

export function limitPrice(side: OrderSide, limit: number, open: number, atOpen: boolean): number {
  return targetFillPrice(guarded(side), limit, open, atOpen);
}

export function marketPrice(side: OrderSide, price: number, slippage: number): number {
  return slipped(price, side === OrderSide.BUY, slippage);
}

/** A double as the ledger has it: its shortest text, cut to the 18 decimal places that a ledger column holds. */
export function exact(value: number): Decimal {
  return decimal(value).toDecimalPlaces(18);
}

/** Stops in the order in which an adverse move meets them. */
export function nearestFirst(stops: readonly PaperOrder[]): PaperOrder[] {
  return stops.toSorted((a, b) => distance(a) - distance(b));
}

function distance({ request }: PaperOrder): number {
  return (request.stopPrice?.toNumber() ?? 0) * -guarded(request.side);
}
