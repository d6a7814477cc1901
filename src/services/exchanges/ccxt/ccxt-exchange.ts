import { isTerminal } from '../../../trading/order.ts';
import { DomainError } from '../../errors.ts';
import type {
  Balance,
  Exchange,
  Execution,
  Fill,
  FundingWallet,
  MarketRules,
  OrderPair,
  OrderReport,
  OrderRequest,
  Unsubscribe,
} from '../port.ts';
import { type AccountClients, openAccount } from './account-clients.ts';
import { AccountNews } from './account-news.ts';
import { withDeadline } from './calls.ts';
import type { CcxtClient } from './client.ts';
import { ExecutionBook } from './execution-book.ts';
import { classify, domainErrorOf } from './failures.ts';
import { fundingWalletOf } from './funding-wallet.ts';
import { balancesOf, fillOf, reportOf } from './order-mapping.ts';
import { OrderRecords } from './order-records.ts';
import { orderRequestOf } from './order-request.ts';

export interface CcxtExchangeOptions {
  /** The exchange as ccxt calls it. */
  readonly exchange: string;
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase?: string | undefined;
  /** Our own deadline for each call, ms; 8 s unless told, so that an order's fate is known to be unknown before its caller gives up. */
  readonly deadlineMs?: number;
  /** Between two look-ups of open orders while the streams are well, ms; 30 s unless told. */
  readonly sweepEveryMs?: number;
  readonly prepare?: (client: CcxtClient) => void | Promise<void>;
  /** Told what went wrong while nobody waited for an answer. */
  readonly onTrouble?: (error: unknown) => void;
}

/** A spot account at a real exchange, through ccxt. */
export class CcxtExchange implements Exchange {
  readonly name: string;
  /** A spot order ties up what it sells. */
  readonly sharesReduceOnly = false;
  readonly clientOrderIdLength: number;
  readonly submitPair?: NonNullable<Exchange['submitPair']>;
  readonly fundingWallet?: FundingWallet;
  private readonly clients: AccountClients;
  private readonly records: OrderRecords;
  private readonly deadlineMs: number;
  private readonly onTrouble: (error: unknown) => void;
  private readonly listeners = new Set<(execution: Execution) => void>();
  private readonly book = new ExecutionBook((execution) => this.tell(execution));
  private readonly news: AccountNews;
  /** Orders that the streams have told of, with their markets, where streams are no more than that. */
  private readonly hints = new Map<string, string>();

  private constructor(options: CcxtExchangeOptions, clients: AccountClients) {
    const { profile, polls } = clients;
    this.name = profile.id;
    this.clientOrderIdLength = profile.clientOrderIdLength;
    this.clients = clients;
    if (profile.placePair) this.submitPair = (pair) => this.placePair(pair);
    if (profile.fundingWallet)
      this.fundingWallet = fundingWalletOf(profile.fundingWallet, polls, {
        once: (what, work) => this.ask(what, work),
        again: (what, work) => this.read(what, work),
      });
    this.deadlineMs = options.deadlineMs ?? 8_000;
    this.onTrouble = options.onTrouble ?? (() => undefined);
    this.records = new OrderRecords(polls, profile, () => this.now());
    this.news = new AccountNews({
      client: polls,
      takeOrder: (order) => {
        if (profile.hasExactStreams) this.take(reportOf(order, this.now()));
        else this.takeHint(order.id, order.symbol);
      },
      takeTrade: (trade) => {
        if (profile.hasExactStreams) this.takeFill(fillOf(trade, '', this.now()));
        else this.takeHint(trade.order, trade.symbol);
      },
      sweep: () => this.read('its open orders', () => this.sweep()),
      onTrouble: this.onTrouble,
      sweepEveryMs: options.sweepEveryMs ?? 30_000,
    });
  }

  /** @throws DomainError NOT_FOUND for an exchange that orders cannot be sent to, EXCHANGE_UNAVAILABLE when it does not answer */
  static async open(options: CcxtExchangeOptions): Promise<CcxtExchange> {
    return new CcxtExchange(options, await openAccount(options));
  }

  now(): number {
    return this.clients.time.now();
  }

  markets(): Promise<readonly MarketRules[]> {
    return Promise.resolve(this.clients.rules.all());
  }

  /**
   * Looks for the id first, because exchanges keep it unique among open orders only; then sends once. Whatever is not a clear answer is an
   * unknown outcome.
   */
  async submit(request: OrderRequest): Promise<OrderReport> {
    const { clientOrderId, symbol } = request;
    const { profile } = this.clients;
    const client = this.clientFor(request.isUrgent);
    const { type, side, amount, price, params } = orderRequestOf(request, this.clients.rules.of(symbol), profile, this.now());
    const sendUntil = performance.now() + (request.sendWithinMs ?? Infinity);
    const report = await this.ask(
      `order ${clientOrderId}`,
      async () => {
        const known = await this.inTime(() => this.records.find(symbol, clientOrderId, client), client);
        if (known) throw taken(known);
        if (performance.now() > sendUntil) throw tooLate(request);
        return reportOf(await client.createOrder(symbol, type, side, amount, price, params), this.now(), request);
      },
      request,
    );
    this.take(report);
    return report;
  }

  /** As `submit` does it, for both at once. */
  private async placePair({ stop, target }: OrderPair): Promise<readonly [OrderReport, OrderReport]> {
    const { symbol } = stop;
    const { orders, profile, rules } = this.clients;
    const below = orderRequestOf(stop, rules.of(symbol), profile, this.now());
    const above = orderRequestOf(target, rules.of(symbol), profile, this.now());
    const pair = {
      amount: below.amount,
      stop: { clientOrderId: stop.clientOrderId, stopPrice: String(below.params[profile.stopParam]) },
      target: { clientOrderId: target.clientOrderId, price: above.price ?? '' },
    };
    const sendUntil = performance.now() + (stop.sendWithinMs ?? Infinity);
    const reports = await this.ask(
      `the pair of orders ${stop.clientOrderId} and ${target.clientOrderId}`,
      async () => {
        for (const { clientOrderId } of [stop, target]) {
          const known = await this.inTime(() => this.records.find(symbol, clientOrderId, orders));
          if (known) throw taken(known);
        }
        if (performance.now() > sendUntil) throw tooLate(stop);
        const placed = await profile.placePair?.(orders, symbol, pair);
        const [first, second] = placed ?? [];
        if (!first || !second) throw new TypeError(`${this.name} has answered with less than a pair of orders`);
        return [reportOf(first, this.now(), stop), reportOf(second, this.now(), target)] as const;
      },
      stop,
    );
    for (const report of reports) this.take(report);
    return reports;
  }

  async cancel(symbol: string, clientOrderId: string, isUrgent = false): Promise<OrderReport> {
    this.clients.rules.of(symbol);
    const { profile } = this.clients;
    const client = this.clientFor(isUrgent);
    const work = async (): Promise<OrderReport | undefined> => {
      try {
        await profile.cancelOrder(client, symbol, clientOrderId);
      } catch (error) {
        // It may be done already: what it is now, only its record says.
        if (!isRefusal(error)) throw error;
      }
      return this.records.find(symbol, clientOrderId, client);
    };
    const report = await this.ask(`canceling ${clientOrderId}`, () => this.inTime(work, client));
    if (!report) throw new DomainError('NOT_FOUND', `no order ${clientOrderId} in ${symbol}`, { details: { clientOrderId } });
    this.take(report);
    return report;
  }

  async order(symbol: string, clientOrderId: string): Promise<OrderReport | undefined> {
    if (!this.clients.rules.find(symbol)) return undefined;
    const report = await this.read(`order ${clientOrderId}`, () => this.records.find(symbol, clientOrderId));
    if (report) this.takeAnswer(report);
    return report;
  }

  async openOrders(symbol?: string): Promise<readonly OrderReport[]> {
    const reports = await this.read('its open orders', () => this.records.open(symbol));
    for (const report of reports) this.takeAnswer(report);
    return reports;
  }

  fillsSince(symbol: string, since: number): Promise<readonly Fill[]> {
    this.clients.rules.of(symbol);
    return this.read(`the trades in ${symbol}`, () => this.records.fills(symbol, since));
  }

  async balances(): Promise<readonly Balance[]> {
    return balancesOf(await this.read('its balances', () => this.clients.polls.fetchBalance()));
  }

  subscribeExecutions(listener: (execution: Execution) => void): Unsubscribe {
    const entry = (execution: Execution): void => listener(execution);
    this.listeners.add(entry);
    this.news.start();
    return () => this.listeners.delete(entry);
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.news.stop();
    this.listeners.clear();
    await this.clients.close();
  }

  private take(report: OrderReport): void {
    this.records.remember(report);
    this.book.takeReport(report);
    this.expectRest(report.exchangeOrderId);
  }

  /** What was asked for is no news, unless it is of an order that is still to be watched. */
  private takeAnswer(report: OrderReport): void {
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
        for (const report of await this.records.byExchangeId(symbol, ids)) this.book.takeReport(report);
      } catch (error) {
        for (const id of ids) this.hints.set(id, symbol);
        throw error;
      }
    }
    await this.records.complete(this.book);
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
        this.onTrouble(error);
      }
    }
  }

  /** For what may be asked twice. */
  private read<T>(what: string, work: () => Promise<T>): Promise<T> {
    return this.ask(what, () => this.inTime(work));
  }

  private clientFor(isUrgent = false): CcxtClient {
    return isUrgent ? this.clients.halts : this.clients.orders;
  }

  /** Asks again with the right time when the exchange finds ours wrong: it has refused the first request unread. */
  private async inTime<T>(work: () => Promise<T>, client = this.clients.polls): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (classify(error).kind !== 'CLOCK') throw error;
      await this.clients.time.measure(client);
      return work();
    }
  }

  private async ask<T>(what: string, work: () => Promise<T>, request?: OrderRequest): Promise<T> {
    try {
      return await withDeadline(`${what} at ${this.name}`, this.deadlineMs, work);
    } catch (error) {
      const { kind, message } = classify(error);
      // An order is not sent again here, but the next call shall carry the right time.
      if (kind === 'CLOCK') void this.clients.time.measure(this.clients.polls).catch(this.onTrouble);
      // The rules allowed what was refused: they may have changed.
      if (kind === 'REJECTED' && request) void this.clients.rules.refreshIfSuspicious().catch(this.onTrouble);
      if (kind === 'INSUFFICIENT_FUNDS' && request?.reduceOnly)
        throw new DomainError('EXCHANGE_REJECTED', `there is nothing free in ${request.symbol} to reduce: ${message}`, {
          details: { clientOrderId: request.clientOrderId, kind },
        });
      throw domainErrorOf(error, `${this.name}, ${what}`);
    }
  }
}

function isRefusal(error: unknown): boolean {
  const { kind } = classify(error);
  return kind === 'NOT_FOUND' || kind === 'REJECTED';
}

function taken({ clientOrderId, status }: OrderReport): DomainError {
  return new DomainError('EXCHANGE_UNAVAILABLE', `client order id ${clientOrderId} is taken by an order that is ${status}`, {
    details: { clientOrderId, kind: 'DUPLICATE' },
  });
}

function tooLate({ clientOrderId }: OrderRequest): DomainError {
  return new DomainError('EXCHANGE_REJECTED', `order ${clientOrderId} was not sent: its time had passed before it could be`, {
    details: { clientOrderId },
  });
}
