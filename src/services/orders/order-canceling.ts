import { CancelOutcome, type Order } from '../../entities/trading/Order.ts';
import { isTerminal, OrderStatus } from '../../trading/order.ts';
import { DomainError } from '../errors.ts';
import type { LedgerTransaction, OrderDeskParts } from './order-desk-parts.ts';
import { markAbandoned, orderRow, requestCancel } from './order-ledger.ts';
import type { OrderLookup } from './order-lookup.ts';
import type { OrderNews } from './order-news.ts';
import type { Waiting } from './waiting.ts';

/** Asks the exchange to cancel orders, and writes down what became of them; one that was not sent yet is given up. */
export class OrderCanceling {
  readonly #parts: OrderDeskParts;
  readonly #waiting: Waiting;
  readonly #news: OrderNews;
  readonly #lookup: OrderLookup;

  constructor(parts: OrderDeskParts, news: OrderNews, lookup: OrderLookup, waiting: Waiting) {
    this.#parts = parts;
    this.#news = news;
    this.#lookup = lookup;
    this.#waiting = waiting;
  }

  /** Each has an answer of its own; what is written down of them is written together. @param isUrgent see `Exchange.cancel` */
  async cancel(orderIds: readonly string[], isUrgent: boolean): Promise<void> {
    const { exchange, transact } = this.#parts;
    const orders = await transact(async (tx) => {
      const wanted: Order[] = [];
      for (const orderId of orderIds) if (await this.#requestCancel(tx, orderId)) wanted.push(await orderRow(tx.em, orderId));
      return wanted;
    });
    if (orders.length === 0) return;
    const answers = await Promise.allSettled(
      orders.map(({ symbol, clientOrderId: id }) =>
        this.#waiting.inTime(exchange.cancel(symbol, id, isUrgent), `canceling order ${id} at ${exchange.name}`, isUrgent),
      ),
    );
    const missing = await transact(async (tx) => {
      const found: string[] = [];
      for (const [index, { id }] of orders.entries()) {
        const answer = answers[index];
        if (answer.status === 'rejected') await this.#cancelFailed(tx, id, answer.reason);
        else if (await this.#news.takeReportIn(tx, answer.value)) found.push(id);
      }
      await this.#news.takeWaiting(tx);
      return found;
    });
    // They may have been filled in part before: those executions belong to their end.
    for (const orderId of missing) await this.#lookup.resolve(orderId);
  }

  /** @returns whether the exchange is to be asked */
  async #requestCancel(tx: LedgerTransaction, orderId: string): Promise<boolean> {
    const row = await orderRow(tx.em, orderId);
    if (isTerminal(row.status)) return false;
    if (row.status === OrderStatus.INTENT) {
      await this.#news.change(tx, row, () => markAbandoned(row, 'canceled before it was sent'));
      return false;
    }
    this.#lookup.beUnsure();
    requestCancel(row, new Date(this.#parts.exchange.now()));
    await tx.em.flush();
    return true;
  }

  /** A refusal is an answer, everything else says nothing: the order is looked up later. */
  async #cancelFailed(tx: LedgerTransaction, orderId: string, error: unknown): Promise<void> {
    const { logger, context } = this.#parts;
    const isRefused = error instanceof DomainError && error.code === 'EXCHANGE_REJECTED';
    logger.warn({ bot: context.botId, order: orderId, err: error }, `canceling was ${isRefused ? 'refused' : 'not answered'}`);
    const order = await orderRow(tx.em, orderId);
    if (!isTerminal(order.status)) order.cancelOutcome = isRefused ? CancelOutcome.REFUSED : CancelOutcome.UNKNOWN;
    await tx.em.flush();
  }
}
