import type { Order } from '../../entities/trading/Order.ts';
import type { Decimal } from '../../trading/money.ts';
import type { OrderSide } from '../../trading/order.ts';
import { OrderPurpose, purposeOf } from '../orders/signal.ts';

/** An order that guards the position, as it stands at the exchange or is on its way there. */
export interface Guard {
  readonly orderId: string;
  readonly level: Decimal;
  readonly amount: Decimal;
}

/** An open order that a person has placed. */
export interface ByHand {
  readonly side: OrderSide;
  readonly reduceOnly: boolean;
  readonly amount: Decimal;
}

/** Which of a bot's orders are open, by what they are for: one for the signal, one stop, one target, and those placed by hand. */
export class WorkingOrders {
  /** The order of the session's pending entry or exit. */
  pending: string | undefined;
  stop: Guard | undefined;
  target: Guard | undefined;
  readonly byHand = new Map<string, ByHand>();

  /**
   * Takes in an order that is on its way or open.
   * @returns the id of another guard of the same kind whose place it has taken
   */
  add(order: Order): string | undefined {
    const purpose = purposeOf(order.signalKey);
    if (purpose === OrderPurpose.MANUAL) this.byHand.set(order.id, order);
    const level = order.stopPrice ?? order.price;
    if (purpose === OrderPurpose.ENTRY || purpose === OrderPurpose.EXIT) this.pending = order.id;
    if (level === null || (purpose !== OrderPurpose.STOP && purpose !== OrderPurpose.TARGET)) return undefined;
    const kind = purpose === OrderPurpose.STOP ? 'stop' : 'target';
    const before = this[kind]?.orderId;
    this[kind] = { orderId: order.id, level, amount: order.amount };
    return before === order.id ? undefined : before;
  }

  /**
   * Begins anew with these orders, oldest first.
   * @returns guards that another one of the same kind has taken the place of
   */
  reset(open: readonly Order[]): string[] {
    this.pending = undefined;
    this.stop = undefined;
    this.target = undefined;
    this.byHand.clear();
    return open.flatMap((order) => this.add(order) ?? []);
  }

  /** Forgets an order that is done. */
  remove(orderId: string): void {
    this.byHand.delete(orderId);
    if (this.pending === orderId) this.pending = undefined;
    if (this.stop?.orderId === orderId) this.stop = undefined;
    if (this.target?.orderId === orderId) this.target = undefined;
  }

  has(orderId: string): boolean {
    return (
      this.pending === orderId || this.stop?.orderId === orderId || this.target?.orderId === orderId || this.byHand.has(orderId)
    );
  }
}
