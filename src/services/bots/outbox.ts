import type { OrderDesk } from '../orders/order-desk.ts';

/** Something to do outside of any transaction. */
export type Action = () => Promise<void>;

/** What was decided and is to be asked of the exchange after the commit, one after the other in the order of the decisions. */
export class Outbox {
  readonly #desk: OrderDesk;
  readonly #actions: Action[] = [];
  /** Orders that the exchange was asked to take back, and has not answered for. */
  readonly #takingBack = new Set<string>();

  constructor(desk: OrderDesk) {
    this.#desk = desk;
  }

  get isEmpty(): boolean {
    return this.#actions.length === 0;
  }

  next(): Action | undefined {
    return this.#actions.shift();
  }

  add(action: Action): void {
    this.#actions.push(action);
  }

  /** @param decidedAt see `OrderRequest`; as in `sendEach` */
  send(orderId: string, decidedAt?: number): void {
    this.add(() => this.#desk.send(orderId, decidedAt));
  }

  sendEach(orderIds: readonly string[], decidedAt: number | undefined): void {
    if (orderIds.length > 0) this.add(() => this.#desk.sendEach(orderIds, decidedAt));
  }

  sendPair(stopId: string, targetId: string): void {
    this.add(() => this.#desk.sendPair(stopId, targetId));
  }

  /** @param isUrgent see `OrderDesk.cancel`; as in `cancelEach` and `takeBack` */
  cancel(orderId: string, isUrgent = false): void {
    this.add(() => this.#desk.cancel(orderId, isUrgent));
  }

  cancelEach(orderIds: readonly string[], isUrgent: boolean): void {
    if (orderIds.length > 0) this.add(() => this.#desk.cancelEach(orderIds, isUrgent));
  }

  /**
   * Cancels once until `forgetTakingBack`, or an exchange that refuses at once would be asked without a pause. A halt asks although a
   * person has: its request has a connection of its own.
   */
  takeBack(orderId: string, isUrgent: boolean): void {
    const request = isUrgent ? `${orderId}, urgent` : orderId;
    if (this.#takingBack.has(request)) return;
    this.#takingBack.add(request);
    this.cancel(orderId, isUrgent);
  }

  /** What was asked to be taken back and is still open may be asked for once more. */
  forgetTakingBack(): void {
    this.#takingBack.clear();
  }
}
