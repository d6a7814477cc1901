import { priceAt } from './fills.ts';
import { EntryType } from './options.ts';
import { OrderSide } from './order.ts';
import { PositionSide } from './position.ts';
import { OrderLeg, type OrderRequest } from './session-types.ts';
import type { DecisionLevels } from './strategy.ts';

/** How entries are made. */
export interface EntryStyle {
  readonly entryType: EntryType;
  /** Distance of a level from the close that decides, in percent. */
  readonly entryOffsetPercent: number;
}

/** Whether a level is a price on that side of the entry. On the other one a stop would end the position at once, and a target sell it under its price. */
function isBeyond(entry: number, level: number, direction: number): boolean {
  return level > 0 && level < Infinity && direction * (level - entry) > 0;
}

/**
 * The order that enters a position: at the market, or at a level counted from the close that decided. A stop or target that is no price, or on
 * the wrong side of where it enters, is not asked for.
 */
export function entryOrder(
  side: 1 | -1,
  close: number,
  candleTime: number,
  { stop, target }: DecisionLevels,
  { entryType, entryOffsetPercent }: EntryStyle,
): OrderRequest {
  const away = entryType === EntryType.STOP ? side : -side;
  const price = entryType === EntryType.MARKET ? null : priceAt(close, away * entryOffsetPercent);
  return {
    leg: OrderLeg.ENTRY,
    positionSide: side > 0 ? PositionSide.LONG : PositionSide.SHORT,
    side: side > 0 ? OrderSide.BUY : OrderSide.SELL,
    type: entryType,
    price,
    quantity: null,
    referencePrice: close,
    reason: null,
    candleTime,
    stop: isBeyond(price ?? close, stop, -side) ? stop : null,
    target: isBeyond(price ?? close, target, side) ? target : null,
  };
}
