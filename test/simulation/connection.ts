import { DomainError } from '../../src/services/errors.ts';
import type { Balance, Exchange, FundingPayment } from '../../src/services/exchanges/port/exchange.ts';
import type { FundingWallet, TransferRequest } from '../../src/services/exchanges/port/funding-wallet.ts';
import type { MarketRules } from '../../src/services/exchanges/port/market-rules.ts';
import type { Execution, Fill, OrderPair, OrderReport, OrderRequest } from '../../src/services/exchanges/port/orders.ts';
import type { Unsubscribe } from '../../src/services/exchanges/port/subscription.ts';
import { Decimal } from '../../src/trading/money.ts';
import { OrderSide } from '../../src/trading/order.ts';
import type { Dice } from './dice.ts';
import { CallFault, type Faults, NewsFault } from './faults.ts';
import { type Gate, never } from './gate.ts';
import { type GuardKind, isOpen, market, reportOf, type Venue, VenueRefusal } from './venue.ts';
import type { VirtualTime } from './virtual-time.ts';
import { walletBehind, type WalletLine } from './wallet.ts';

/** Where a process may die while an order is on its way. */
export type FlightPoint = 'in flight' | 'at the venue' | 'answered';

/** The venue refuses a request that arrives so long after it was signed, ms. */
export const receiveWindowMs = 5_000;
/** News that nothing has happened to is so quick, ms. */
const newsMs = 80;
/** The adapter gives up so long after it has asked, ms. */
const adapterDeadlineMs = 8_000;

/** The cable between the programs and one account: what is true at the venue, and how the news of it travels. */
export class Wire {
  /** The venue wants to be left alone until then. */
  bannedUntil = 0;
  /** The stream lives, and tells nothing. */
  isMute = false;
  /** What is sent arrives nowhere, and no connection ends. */
  isBlackHole = false;
  /** While much is told at once: of what comes, the stream keeps so many last pieces of news, and tells them when that is over. */
  private burst: { readonly kept: number; readonly news: Execution[] } | undefined;
  readonly listeners = new Set<(execution: Execution) => void>();
  readonly fundingListeners = new Set<(payment: FundingPayment) => void>();

  constructor(
    readonly venue: Venue,
    readonly time: VirtualTime,
    readonly dice: Dice,
    readonly faults: Faults,
  ) {
    venue.onNews = ({ report, fill }) => this.carry({ order: report, ...(fill && { fill }) });
    // Only the program's own paper accounts pay funding, and their news comes in order and is never lost.
    venue.onFunding = (payment) =>
      this.time.after(newsMs, () => {
        for (const listener of this.fundingListeners) listener(payment);
      });
  }

  bursts(kept: number, forMs: number): void {
    this.burst ??= { kept, news: [] };
    this.time.after(forMs, () => {
      const { news } = this.burst ?? { news: [] };
      this.burst = undefined;
      for (const execution of news) for (const listener of this.listeners) listener(execution);
    });
  }

  /** Streams are quick and forgetful. */
  private carry(execution: Execution): void {
    if (this.isMute || this.isBlackHole) return;
    if (this.burst) {
      this.burst.news.push(execution);
      if (this.burst.news.length > this.burst.kept && this.burst.news.shift()) this.faults.note('news dropped in a burst');
      return;
    }
    const fault = this.faults.strikes(Object.values(NewsFault));
    if (fault === NewsFault.MISSED) return;
    const latency = fault === NewsFault.LATE ? this.dice.between(1_000, 30_000) : this.dice.between(0, newsMs);
    for (let copies = fault === NewsFault.DOUBLED ? 2 : 1; copies > 0; copies--)
      this.time.after(latency, () => {
        for (const listener of this.listeners) listener(execution);
      });
  }
}

export interface ConnectionParts {
  readonly wire: Wire;
  readonly gate: Gate;
  /** What the venue's clock is ahead of the world's, ms; the adapter has measured it. */
  readonly skewMs: number;
  readonly guards: GuardKind;
  readonly hasFunding: boolean;
  /** A process may be made to die here. */
  readonly passes: (point: FlightPoint) => void;
  /** Told of every order that leaves the process, before anything can go wrong with it. */
  readonly onSent: (request: OrderRequest) => void;
  /** The same of every transfer. */
  readonly onAsked: (request: TransferRequest) => void;
}

/** One process's connection to an account, with the answers that the real adapter gives for each thing that can go wrong. */
export class Connection implements Exchange {
  readonly name = 'sim';
  readonly sharesReduceOnly: boolean;
  readonly submitPair?: NonNullable<Exchange['submitPair']>;
  readonly fundingSince?: NonNullable<Exchange['fundingSince']>;
  readonly fundingWallet?: FundingWallet;
  private readonly parts: ConnectionParts;
  private readonly subscriptions = new Set<Unsubscribe>();
  /** As the adapter knows it: it asks again when an order was refused. */
  private tickSize: Decimal;

  constructor(parts: ConnectionParts) {
    this.parts = parts;
    this.tickSize = parts.wire.venue.rules.tickSize;
    const { guards } = parts;
    this.sharesReduceOnly = guards === 'SHARED';
    if (guards === 'PAIRS') this.submitPair = (pair) => this.sendPair(pair);
    const { onAsked } = parts;
    const { wallet } = parts.wire.venue;
    const refused = (): Error => new DomainError('INSUFFICIENT_BALANCE', 'the funding wallet has insufficient balance');
    const call: WalletLine['call'] = (what, isOrder, work) => this.call(what, isOrder, work);
    if (wallet) this.fundingWallet = walletBehind({ wallet, call, onAsked, refused });
    if (parts.hasFunding)
      this.fundingSince = (_symbol, since) =>
        this.call('funding', false, () => parts.wire.venue.payments.filter(({ at }) => at >= since));
  }

  now(): number {
    return this.parts.wire.time.now + this.parts.skewMs;
  }

  markets(): Promise<readonly MarketRules[]> {
    return Promise.resolve([]);
  }

  submit(request: OrderRequest): Promise<OrderReport> {
    const { wire, onSent } = this.parts;
    const { venue } = wire;
    onSent(request);
    return this.call(`order ${request.clientOrderId}`, true, () => {
      const known = venue.find(request.clientOrderId);
      if (known) throw new VenueRefusal('DUPLICATE', `client order id ${request.clientOrderId} is taken, ${known.status}`);
      return reportOf(venue.place(this.onTick(request)));
    });
  }

  private sendPair(pair: OrderPair): Promise<readonly [OrderReport, OrderReport]> {
    const { wire, onSent } = this.parts;
    const { venue } = wire;
    const ids = [pair.stop, pair.target].map(({ clientOrderId }) => clientOrderId);
    for (const request of [pair.stop, pair.target]) onSent(request);
    return this.call(`pair ${ids.join(' and ')}`, true, () => {
      const known = ids.find((id) => venue.find(id));
      if (known !== undefined) throw new VenueRefusal('DUPLICATE', `client order id ${known} is taken`);
      const [stop, target] = venue.placePair({ stop: this.onTick(pair.stop), target: this.onTick(pair.target) });
      return [reportOf(stop), reportOf(target)] as const;
    });
  }

  /** Prices between ticks are rounded so that they are never worse than what was asked for. */
  private onTick(request: OrderRequest): OrderRequest {
    const rounded = (level: Decimal): Decimal =>
      level
        .div(this.tickSize)
        .toDecimalPlaces(0, request.side === OrderSide.BUY ? Decimal.ROUND_DOWN : Decimal.ROUND_UP)
        .mul(this.tickSize);
    const { price, stopPrice } = request;
    return { ...request, ...(price && { price: rounded(price) }), ...(stopPrice && { stopPrice: rounded(stopPrice) }) };
  }

  cancel(symbol: string, clientOrderId: string): Promise<OrderReport> {
    return this.call(`canceling ${clientOrderId}`, false, () => {
      const order = this.parts.wire.venue.cancel(clientOrderId);
      if (order) return reportOf(order);
      throw new DomainError('NOT_FOUND', `no order ${clientOrderId} in ${symbol}`);
    });
  }

  order(_symbol: string, clientOrderId: string): Promise<OrderReport | undefined> {
    return this.call(`looking up ${clientOrderId}`, false, () => {
      const order = this.parts.wire.venue.find(clientOrderId);
      return order && reportOf(order);
    });
  }

  openOrders(): Promise<readonly OrderReport[]> {
    return this.call('open orders', false, () => this.parts.wire.venue.orders.filter(isOpen).map(reportOf));
  }

  fillsSince(_symbol: string, since: number): Promise<readonly Fill[]> {
    return this.call('trades', false, () => this.parts.wire.venue.fills.filter(({ at }) => at >= since));
  }

  balances(): Promise<readonly Balance[]> {
    return this.call('balances', false, () =>
      [...this.parts.wire.venue.balances].map(([asset, total]) => ({ asset, free: total, total })),
    );
  }

  subscribeExecutions(listener: (execution: Execution) => void, onFunding?: (payment: FundingPayment) => void): Unsubscribe {
    const { wire, gate } = this.parts;
    const heard = (execution: Execution): void => gate.run(() => listener(execution));
    const paid = (payment: FundingPayment): void => gate.run(() => onFunding?.(payment));
    wire.listeners.add(heard);
    wire.fundingListeners.add(paid);
    const end = (): void => {
      wire.listeners.delete(heard);
      wire.fundingListeners.delete(paid);
    };
    this.subscriptions.add(end);
    return end;
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    for (const end of this.subscriptions) end();
    return Promise.resolve();
  }

  /** One request and its answer, each on its own way. Once it has left, the request arrives whatever becomes of the process. */
  private call<T>(what: string, isOrder: boolean, work: () => T): Promise<T> {
    const { wire, passes } = this.parts;
    const { time, faults, dice } = wire;
    const signedAt = time.now;
    if (wire.isBlackHole) return never;
    if (faults.isOn && wire.bannedUntil > time.now)
      return this.fails(0, unavailable(what, 'THROTTLED', wire.bannedUntil - time.now));
    const fault = faults.strikes(Object.values(CallFault));
    const [there, back] = [dice.between(5, 200), dice.between(5, 200)];
    const arrive = (delay: number): Promise<Outcome<T>> =>
      new Promise((resolve) => time.after(delay, () => resolve(this.arrived(isOrder, signedAt, work))));
    switch (fault) {
      case CallFault.RESET_BEFORE:
        return this.fails(there, unavailable(what));
      case CallFault.UNAVAILABLE_BEFORE:
        return this.fails(there + back, unavailable(what));
      case CallFault.THROTTLED:
        wire.bannedUntil = time.now + dice.between(2_000, 20_000);
        return this.fails(there + back, unavailable(what, 'THROTTLED', wire.bannedUntil - time.now));
      case CallFault.CLOCK:
        return this.fails(there + back, unavailable(what, 'CLOCK'));
      case CallFault.STUCK:
        void arrive(dice.between(200, receiveWindowMs - 1));
        return this.fails(dice.between(50, 1_000), unavailable(what));
      case CallFault.SILENT:
        void arrive(there);
        return never;
      case CallFault.STALLED:
        void arrive(there);
        return this.fails(adapterDeadlineMs, unavailable(what));
      case CallFault.RESET_AFTER:
      case CallFault.UNAVAILABLE_AFTER:
      case CallFault.HTML:
      case CallFault.EMPTY:
      case CallFault.TRUNCATED:
        void arrive(there);
        return this.fails(there + back, spoiled(fault, what));
      case undefined:
        if (isOrder) passes('in flight');
        return this.answered(arrive(there), back, isOrder);
    }
  }

  private arrived<T>(isOrder: boolean, signedAt: number, work: () => T): Outcome<T> {
    const { wire, passes } = this.parts;
    if (wire.time.now - signedAt > receiveWindowMs) return { error: unavailable('a late request', 'CLOCK') };
    try {
      return { value: work() };
    } catch (error) {
      if (!(error instanceof VenueRefusal)) return { error };
      this.tickSize = wire.venue.rules.tickSize;
      return { error: refused(error) };
    } finally {
      if (isOrder) passes('at the venue');
    }
  }

  private async answered<T>(outcome: Promise<Outcome<T>>, back: number, isOrder: boolean): Promise<T> {
    const { wire, gate, passes } = this.parts;
    const result = await outcome;
    await wire.time.wait(back);
    await gate.pass();
    if (isOrder) passes('answered');
    if (gate.isDead) return never;
    if ('error' in result) throw result.error;
    return result.value;
  }

  private async fails(delay: number, error: unknown): Promise<never> {
    await this.parts.wire.time.wait(delay);
    await this.parts.gate.pass();
    throw error;
  }
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

function rejected(message: string): DomainError {
  return new DomainError('EXCHANGE_REJECTED', message);
}

function refused({ kind, message }: VenueRefusal): DomainError {
  if (kind === 'FUNDS') return new DomainError('INSUFFICIENT_BALANCE', message);
  if (kind === 'DUPLICATE') return unavailable(message, 'DUPLICATE');
  return rejected(message);
}

function unavailable(what: string, kind = 'UNKNOWN', retryAfterMs?: number): DomainError {
  return new DomainError('EXCHANGE_UNAVAILABLE', `sim, ${what}: no answer`, {
    details: { kind, ...(retryAfterMs !== undefined && { retryAfterMs }) },
  });
}

/** Most answers that cannot be read come out of the adapter sorted; a mistake in it would let the parser's own error through. */
function spoiled(fault: CallFault, what: string): Error {
  if (fault === CallFault.TRUNCATED) return new SyntaxError(`Unexpected end of JSON input of ${market.symbol}`);
  if (fault === CallFault.EMPTY) return new TypeError("Cannot read properties of undefined (reading 'orderId')");
  return unavailable(what);
}
