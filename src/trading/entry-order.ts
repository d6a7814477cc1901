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

/** The order that enters a position: at the market, or at a level counted from the close that decided. */
export function entryOrder(
  side: 1 | -1,
  close: number,
  candleTime: number,
  { stop, target }: DecisionLevels,
  { entryType, entryOffsetPercent }: EntryStyle,
): OrderRequest {
  const away = entryType === EntryType.STOP ? side : -side;
  return {
    leg: OrderLeg.ENTRY,
    positionSide: side > 0 ? PositionSide.LONG : PositionSide.SHORT,
    side: side > 0 ? OrderSide.BUY : OrderSide.SELL,
    type: entryType,
    price: entryType === EntryType.MARKET ? null : priceAt(close, away * entryOffsetPercent),
    quantity: null,
    referencePrice: close,
    reason: null,
    candleTime,
    stop: Number.isNaN(stop) ? null : stop,
    target: Number.isNaN(target) ? null : target,
  };
}
