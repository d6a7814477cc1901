import { isTerminal } from '../../../trading/order.ts';
import type { Execution, Fill, OrderReport } from '../port/orders.ts';
import type { Unsubscribe } from '../port/subscription.ts';
import type { AccountClients } from './account-clients.ts';
import type { AccountCalls } from './account-calls.ts';
import { AccountNews } from './account-news.ts';
import { ExecutionBook } from './execution-book.ts';
import { fillOf, reportOf } from './order-mapping.ts';
import type { OrderRecords } from './order-records.ts';

export interface AccountExecutionsParts {
  readonly clients: AccountClients;
  readonly calls: AccountCalls;
  readonly records: OrderRecords;
  /** Between two look-ups of open orders while the streams are well, ms. */
  readonly sweepEveryMs: number;
  /** Told what went wrong while nobody waited for an answer. */
  readonly onTrouble: (error: unknown) => void;
}

/** What an account's streams, answers and look-ups tell of its orders, told to its listeners as one story. */
export class AccountExecutions {
  private readonly parts: AccountExecutionsParts;
  private readonly listeners = new Set<(execution: Execution) => void>();
  private readonly book = new ExecutionBook((execution) => this.tell(execution));
  private readonly news: AccountNews;
  /** Orders that the streams have told of, with their markets, where streams are no more than that. */
  private readonly hints = new Map<string, string>();

  constructor(parts: AccountExecutionsParts) {
    this.parts = parts;
    const { clients, calls, sweepEveryMs, onTrouble } = parts;
    const { profile, polls, time } = clients;
    this.news = new AccountNews({
      client: polls,
      takeOrder: (order) => {
        if (profile.hasExactStreams) this.take(reportOf(order, time.now()));
        else this.takeHint(order.id, order.symbol);
      },
      takeTrade: (trade) => {
        if (profile.hasExactStreams) this.takeFill(fillOf(trade, '', time.now()));
        else this.takeHint(trade.order, trade.symbol);
      },
      sweep: () => calls.again('its open orders', () => this.sweep()),
      onTrouble,
      sweepEveryMs,
    });
  }

  subscribe(listener: (execution: Execution) => void): Unsubscribe {
    const entry = (execution: Execution): void => listener(execution);
    this.listeners.add(entry);
    this.news.start();
    return () => this.listeners.delete(entry);
  }

  stop(): void {
    this.news.stop();
    this.listeners.clear();
  }

  /** What the exchange says of an order. */
  take(report: OrderReport): void {
    this.parts.records.remember(report);
    this.book.takeReport(report);
    this.expectRest(report.exchangeOrderId);
  }

  /** What was asked for is no news, unless it is of an order that is still to be watched. */
  takeAnswer(report: OrderReport): void {
    if (this.book.knows(report.exchangeOrderId) || !isTerminal(report.status)) this.take(report);
  }

  private takeFill(fill: Fill): void {
    this.book.takeFill(fill);
    this.expectRest(fill.exchangeOrderId);
  }

  /** Something happened to an order; what, its record tells. */
  private takeHint(exchangeOrderId: string | undefined, symbol: string | undefined): void {
    if (exchangeOrderId === undefined || symbol === undefined) return;
    this.hints.set(exchangeOrderId, symbol);
    this.news.sweepSoon();
  }

  private async sweep(): Promise<void> {
    for (const [symbol, hints] of Map.groupBy(this.hints, ([, of]) => of)) {
      const ids = hints.map(([id]) => id);
      for (const id of ids) this.hints.delete(id);
      try {
        for (const report of await this.parts.records.byExchangeId(symbol, ids)) this.book.takeReport(report);
      } catch (error) {
        for (const id of ids) this.hints.set(id, symbol);
        throw error;
      }
    }
    await this.parts.records.complete(this.book);
  }

  private expectRest(exchangeOrderId: string): void {
    if (this.book.isIncomplete(exchangeOrderId)) this.news.expectMore();
  }

  private tell(execution: Execution): void {
    for (const listener of this.listeners) {
      try {
        listener(execution);
      } catch (error) {
        // One listener's mistake must not cost the others their news.
        this.parts.onTrouble(error);
      }
    }
  }
}
