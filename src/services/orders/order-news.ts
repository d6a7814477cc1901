import { Order } from '../../entities/trading/Order.ts';
import { canonical } from '../../trading/money.ts';
import { isTerminal, OrderStatus } from '../../trading/order.ts';
import { ExitReason } from '../../trading/position.ts';
import { logLine } from '../events/log-line.ts';
import type { Execution, OrderReport } from '../exchanges/port/orders.ts';
import { bookFill, fillEvents } from './fill-ledger.ts';
import type { LedgerTransaction, OrderDeskParts } from './order-desk-parts.ts';
import { adoptOrder, applyReport, orderChanged } from './order-ledger.ts';

/** What the exchange tells of an account's orders, written down: executions booked once each, states moved along their table. */
export class OrderNews {
  readonly #parts: OrderDeskParts;

  constructor(parts: OrderDeskParts) {
    this.#parts = parts;
  }

  /** Takes news of the account. Repeated and late news change nothing. */
  take(execution: Execution): Promise<void> {
    return this.#parts.transact((tx) => this.#take(tx, execution));
  }

  /** Takes whatever else was told meanwhile, in the transaction of what it is news of. */
  async takeWaiting(tx: LedgerTransaction): Promise<void> {
    const next = this.#parts.nextNews;
    for (let news = next?.(); news; news = next?.()) await this.#take(tx, news);
  }

  async #take(tx: LedgerTransaction, { order: report, fill }: Execution): Promise<void> {
    const { context, listener, logger } = this.#parts;
    const bot = context.botId;
    const order = await this.#ours(tx, report);
    if (!order) {
      logger.info({ bot, clientOrderId: report.clientOrderId }, 'news of an order that is not ours was left alone');
      return;
    }
    const before = order.status;
    const booked = fill && (await bookFill(tx.em, context, order, fill));
    if (booked) {
      tx.events.push(...fillEvents(booked, before));
      const trouble = troubleOf(order, before);
      if (trouble) {
        logger.warn({ bot, order: order.id, status: before }, trouble);
        tx.events.push(logLine(context.userId, 'WARN', trouble, { botId: bot }, booked.trade.executedAt));
      }
      await listener.filled(tx, booked);
    }
    await this.change(tx, order, () => void applyReport(order, report));
  }

  /**
   * Takes over an order's state, without its executions.
   * @returns whether the exchange has filled more than is booked
   */
  takeReport(report: OrderReport): Promise<boolean> {
    return this.#parts.transact((tx) => this.takeReportIn(tx, report));
  }

  /** As `takeReport`, inside a transaction. */
  async takeReportIn(tx: LedgerTransaction, report: OrderReport): Promise<boolean> {
    const order = await this.#ours(tx, report);
    let isMissing = false;
    if (order)
      await this.change(tx, order, () => {
        isMissing = applyReport(order, report);
      });
    return isMissing;
  }

  /** Changes an order, tells it if its status moved, and lets the listener know when that was its end. */
  async change(tx: LedgerTransaction, order: Order, change: () => void): Promise<void> {
    const before = order.status;
    change();
    await tx.em.flush();
    if (order.status === before) return;
    tx.events.push(orderChanged(order, before));
    if (isTerminal(order.status) && order.status !== OrderStatus.FILLED) await this.#parts.listener.ended(tx, order);
  }

  async #ours(tx: LedgerTransaction, report: OrderReport): Promise<Order | null> {
    const { context } = this.#parts;
    const order = await tx.em.findOne(Order, { bot: context.botId, clientOrderId: report.clientOrderId });
    if (order) return order;
    // A paper account is the bot's alone: an order that it did not place is the venue closing its position.
    if (!context.isPaper || !report.reduceOnly) return null;
    const adopted = adoptOrder(tx.em, context, report, ExitReason.LIQUIDATION);
    await tx.em.flush();
    tx.events.push(orderChanged(adopted, null));
    return adopted;
  }
}

/** What is odd about an execution that was just booked: its owner should know, though the books are right. */
function troubleOf({ side, amount, symbol, filledAmount }: Order, before: OrderStatus): string | null {
  const name = `the order to ${side} ${canonical(amount)} ${symbol}`;
  if (filledAmount.gt(amount)) return `${name} was executed beyond its amount: ${canonical(filledAmount)} in all; it is booked`;
  return isTerminal(before) ? `${name} was executed after its end (${before}); it is booked` : null;
}
