import { isTerminal, orderTransitions, type OrderStatus } from '../../src/trading/order.ts';
import type { TransferRequest } from '../../src/services/exchanges/port/funding-wallet.ts';
import { canonical } from '../../src/trading/money.ts';
import type { OrderRequest } from '../../src/services/exchanges/port/orders.ts';
import type { CommittedOrder } from './process-database.ts';

/** An order leaves so soon after its row says so, or never, ms: whoever looks for it must know when it cannot come any more. */
const latestMs = 6_000;

/** Looks on while a world runs: what is committed, what is sent, and whether the one came before the other. */
export class Watch {
  readonly violations: string[] = [];
  /** Orders that left a process, by client order id. */
  readonly sent = new Map<string, OrderRequest>();
  private readonly asked = new Set<string>();
  private readonly committed = new Map<string, CommittedOrder>();
  /** When orders became SENT, ms. */
  private readonly sentAt = new Map<string, number>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  committedOrders(orders: readonly CommittedOrder[]): void {
    for (const order of orders) {
      const before = this.committed.get(order.clientOrderId);
      if (before && before.status !== order.status && !leadsTo(before.status, order.status))
        this.violations.push(`order ${order.clientOrderId} went from ${before.status} to ${order.status}`);
      if (order.status === 'SENT' && before?.status !== 'SENT') this.sentAt.set(order.clientOrderId, this.now());
      this.committed.set(order.clientOrderId, order);
    }
  }

  /**
   * The database was put back: what rows said before counts no more. The id of an order that has ended without a fill may be used once more, since
   * nobody knows of it; what was traded twice would show in the books.
   */
  forgetRows(): void {
    this.committed.clear();
    this.sentAt.clear();
    this.sent.clear();
  }

  /** A transfer leaves a process. */
  asks({ id, amount }: TransferRequest): void {
    if (this.asked.has(id)) this.violations.push(`transfer ${id} of ${canonical(amount)} was asked for twice`);
    this.asked.add(id);
  }

  /** An order leaves a process. */
  sends(request: OrderRequest): void {
    const { clientOrderId } = request;
    const known = this.committed.get(clientOrderId);
    if (known?.status !== 'SENT')
      this.violations.push(`order ${clientOrderId} was sent while its row was ${known?.status ?? 'not committed'}`);
    const waited = this.now() - (this.sentAt.get(clientOrderId) ?? this.now());
    if (waited > latestMs) this.violations.push(`order ${clientOrderId} left ${waited} ms after it was written down as sent`);
    if (this.sent.has(clientOrderId)) this.violations.push(`order ${clientOrderId} was sent twice`);
    this.sent.set(clientOrderId, request);
    this.checkEarlierAttempts(known);
  }

  /** Another attempt at a signal is made only when the earlier ones are known to have come to nothing. */
  private checkEarlierAttempts(order: CommittedOrder | undefined): void {
    const signal = signalOf(order);
    if (!order || signal === undefined || !/ENTRY|EXIT/.test(signal)) return;
    for (const other of this.committed.values())
      if (other.clientOrderId !== order.clientOrderId && signalOf(other) === signal && !isOver(other.status))
        this.violations.push(`signal ${order.signalKey} was sent while ${other.signalKey} was ${other.status}`);
  }
}

function isOver(status: OrderStatus): boolean {
  return isTerminal(status) && status !== 'FILLED';
}

/** The signal without its attempt. */
function signalOf(order: CommittedOrder | undefined): string | undefined {
  return order?.signalKey?.replace(/:\d+$/, '');
}

/** Whether the table leads from one state to another, in one or more steps of one transaction. */
export function leadsTo(from: OrderStatus, to: OrderStatus): boolean {
  return orderTransitions[from].some((next) => next === to || leadsTo(next, to));
}
