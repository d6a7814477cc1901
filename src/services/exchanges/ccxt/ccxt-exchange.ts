import { DomainError } from '../../errors.ts';
import type { Balance, Exchange } from '../port/exchange.ts';
import type { FundingWallet } from '../port/funding-wallet.ts';
import type { MarketRules } from '../port/market-rules.ts';
import type { Execution, Fill, OrderPair, OrderReport, OrderRequest } from '../port/orders.ts';
import type { Unsubscribe } from '../port/subscription.ts';
import { AccountCalls } from './account-calls.ts';
import { type AccountClients, openAccount } from './account-clients.ts';
import { AccountExecutions } from './account-executions.ts';
import type { CcxtClient } from './client.ts';
import { classify } from './failures.ts';
import { fundingWalletOf } from './funding-wallet.ts';
import { balancesOf, reportOf } from './order-mapping.ts';
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
  private readonly calls: AccountCalls;
  private readonly executions: AccountExecutions;

  private constructor(options: CcxtExchangeOptions, clients: AccountClients) {
    const { profile, polls } = clients;
    this.name = profile.id;
    this.clientOrderIdLength = profile.clientOrderIdLength;
    this.clients = clients;
    if (profile.placePair) this.submitPair = (pair) => this.placePair(pair);
    const { deadlineMs = 8_000, sweepEveryMs = 30_000, onTrouble = () => undefined } = options;
    const calls = new AccountCalls(clients, deadlineMs, onTrouble);
    this.calls = calls;
    if (profile.fundingWallet) this.fundingWallet = fundingWalletOf(profile.fundingWallet, polls, calls);
    this.records = new OrderRecords(polls, profile, () => this.now());
    this.executions = new AccountExecutions({ clients, calls, records: this.records, sweepEveryMs, onTrouble });
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
    const report = await this.calls.once(
      `order ${clientOrderId}`,
      async () => {
        const known = await this.calls.inTime(() => this.records.find(symbol, clientOrderId, client), client);
        if (known) throw taken(known);
        if (performance.now() > sendUntil) throw tooLate(request);
        return reportOf(await client.createOrder(symbol, type, side, amount, price, params), this.now(), request);
      },
      request,
    );
    this.executions.take(report);
    return report;
  }

  /** As `submit` does it, for both at once. */
  private async placePair({ stop, target }: OrderPair): Promise<readonly [OrderReport, OrderReport]> {
    const { symbol } = stop;
    const { orders, polls, profile, rules } = this.clients;
    const below = orderRequestOf(stop, rules.of(symbol), profile, this.now());
    const above = orderRequestOf(target, rules.of(symbol), profile, this.now());
    const pair = {
      amount: below.amount,
      stop: { clientOrderId: stop.clientOrderId, stopPrice: String(below.params[profile.stopParam]) },
      target: { clientOrderId: target.clientOrderId, price: above.price ?? '' },
    };
    const sendUntil = performance.now() + (stop.sendWithinMs ?? Infinity);
    const reports = await this.calls.once(
      `the pair of orders ${stop.clientOrderId} and ${target.clientOrderId}`,
      async () => {
        for (const { clientOrderId } of [stop, target]) {
          const known = await this.calls.inTime(() => this.records.find(symbol, clientOrderId, orders), polls);
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
    for (const report of reports) this.executions.take(report);
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
    const report = await this.calls.again(`canceling ${clientOrderId}`, work, client);
    if (!report) throw new DomainError('NOT_FOUND', `no order ${clientOrderId} in ${symbol}`, { details: { clientOrderId } });
    this.executions.take(report);
    return report;
  }

  async order(symbol: string, clientOrderId: string): Promise<OrderReport | undefined> {
    if (!this.clients.rules.find(symbol)) return undefined;
    const report = await this.calls.again(`order ${clientOrderId}`, () => this.records.find(symbol, clientOrderId));
    if (report) this.executions.takeAnswer(report);
    return report;
  }

  async openOrders(symbol?: string): Promise<readonly OrderReport[]> {
    const reports = await this.calls.again('its open orders', () => this.records.open(symbol));
    for (const report of reports) this.executions.takeAnswer(report);
    return reports;
  }

  fillsSince(symbol: string, since: number): Promise<readonly Fill[]> {
    this.clients.rules.of(symbol);
    return this.calls.again(`the trades in ${symbol}`, () => this.records.fills(symbol, since));
  }

  async balances(): Promise<readonly Balance[]> {
    return balancesOf(await this.calls.again('its balances', () => this.clients.polls.fetchBalance()));
  }

  subscribeExecutions(listener: (execution: Execution) => void): Unsubscribe {
    return this.executions.subscribe(listener);
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.executions.stop();
    await this.clients.close();
  }

  private clientFor(isUrgent = false): CcxtClient {
    return isUrgent ? this.clients.halts : this.clients.orders;
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
