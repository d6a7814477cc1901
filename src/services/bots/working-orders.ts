import type { Order } from '../../entities/trading/Order.ts';
import type { Decimal } from '../../trading/money.ts';
import { OrderPurpose, purposeOf } from '../orders/signal.ts';

/** An order that guards the position, as it stands at the exchange or is on its way there. */
export interface Guard {
  readonly orderId: string;
  readonly level: Decimal;
  readonly amount: Decimal;
}

/** Which of a bot's orders are open, by what they are for: one for the signal, one stop, one target. */
export class WorkingOrders {
  /** The order of the session's pending entry or exit. */
  pending: string | undefined;
  stop: Guard | undefined;
  target: Guard | undefined;

  /** Takes in an order that is on its way or open. */
  add(order: Order): void {
    const purpose = purposeOf(order.signalKey);
    const level = order.stopPrice ?? order.price;
    if (purpose === OrderPurpose.ENTRY || purpose === OrderPurpose.EXIT) this.pending = order.id;
    else if (purpose === OrderPurpose.STOP && level !== null) this.stop = { orderId: order.id, level, amount: order.amount };
    else if (purpose === OrderPurpose.TARGET && level !== null) this.target = { orderId: order.id, level, amount: order.amount };
  }

  /** Forgets an order that is done. */
  remove(orderId: string): void {
    if (this.pending === orderId) this.pending = undefined;
    if (this.stop?.orderId === orderId) this.stop = undefined;
    if (this.target?.orderId === orderId) this.target = undefined;
  }

  has(orderId: string): boolean {
    return this.pending === orderId || this.stop?.orderId === orderId || this.target?.orderId === orderId;
  }
}
