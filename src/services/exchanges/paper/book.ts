import type { Candle } from '../../../trading/candle.ts';
import { bankruptcyPrice, fundingShare, liquidationFillPrice, liquidationPrice } from '../../../trading/fills.ts';
import { canonical, Decimal } from '../../../trading/money.ts';
import { Liquidity, OrderSide, OrderStatus, OrderType } from '../../../trading/order.ts';
import { entryPrice, MarketType, PositionSide } from '../../../trading/position.ts';
import type { FundingPayment } from '../port/exchange.ts';
import type { MarketRules } from '../port/market-rules.ts';
import type { Execution, OrderRequest } from '../port/orders.ts';
import type { PaperAccount } from './account.ts';
import type { PaperLedger } from './ledger.ts';
import { isOpen, move, type PaperOrder, reportOf } from './order.ts';
import { exact } from './prices.ts';

/** Where the futures position of a market would be liquidated. */
export interface Liquidation {
  /** Of the order that would close the position. */
  readonly side: OrderSide;
  readonly level: number;
  readonly bankruptcy: number;
  readonly entry: number;
}

export interface PaperBookOptions {
  readonly account: PaperAccount;
  readonly ledger: PaperLedger;
  readonly rulesOf: (symbol: string) => MarketRules;
  readonly now: () => number;
}

/** What is to be told: what became of an order, or funding that was paid. */
export type PaperNews =
  | { readonly execution: Execution; readonly payment?: undefined }
  | { readonly payment: FundingPayment; readonly execution?: undefined };

/** Fills, ends and liquidates orders of one account at prices that somebody else found: fees, balances, and the news of it. */
export class PaperBook {
  /** News to be told, oldest first; whoever tells it takes it out. */
  readonly news: PaperNews[] = [];
  private readonly account: PaperAccount;
  private readonly ledger: PaperLedger;
  private readonly rulesOf: (symbol: string) => MarketRules;
  private readonly now: () => number;

  constructor(options: PaperBookOptions) {
    this.account = options.account;
    this.ledger = options.ledger;
    this.rulesOf = options.rulesOf;
    this.now = options.now;
  }

  /** Enters an accepted order. */
  place(request: OrderRequest, activeFrom: number): PaperOrder {
    const order: PaperOrder = {
      request,
      exchangeOrderId: `paper-${this.account.id}-${this.ledger.nextId()}`,
      activeFrom,
      status: OrderStatus.ACCEPTED,
      filledAmount: new Decimal(0),
      triggered: false,
      reason: undefined,
      updatedAt: this.now(),
    };
    this.ledger.orders.set(request.clientOrderId, order);
    this.tell(order);
    return order;
  }

  /** Where the futures position of a market would be liquidated; `side` is the side of the order that would close it. */
  liquidation(symbol: string): Liquidation | undefined {
    const { marketType, leverage, maintenanceMarginPercent } = this.account;
    const position = this.ledger.position(symbol);
    const entry = entryPrice(position)?.toNumber();
    if (marketType !== MarketType.FUTURES || entry === undefined) return undefined;
    const long = position.side === PositionSide.LONG;
    const drawn = this.ledger.drawnOf(symbol).toNumber();
    if (long && leverage === 1 && drawn === 0) return undefined;
    const guarded = long ? 1 : -1;
    return {
      side: long ? OrderSide.SELL : OrderSide.BUY,
      level: liquidationPrice(guarded, entry, leverage, maintenanceMarginPercent / 100, drawn),
      bankruptcy: bankruptcyPrice(guarded, entry, leverage, drawn),
      entry,
    };
  }

  liquidate(symbol: string, { side, level, bankruptcy, entry }: Liquidation, candle: Candle): void {
    const rules = this.rulesOf(symbol);
    const amount = this.ledger.reducible(side, rules);
    if (!amount.gt(0)) return;
    const clientOrderId = `liquidation-${this.account.id}-${this.ledger.nextId()}`;
    const order = this.place({ clientOrderId, symbol, side, type: OrderType.MARKET, amount, reduceOnly: true }, candle.openTime);
    const guarded = side === OrderSide.SELL ? 1 : -1;
    const price = liquidationFillPrice(guarded, level, bankruptcy, candle.open);
    const quantity = amount.toNumber();
    const margin = (quantity * entry) / this.account.leverage - quantity * this.ledger.drawnOf(symbol).toNumber();
    const left = margin + quantity * (price - entry) * guarded;
    const fee = Math.min((quantity * price * this.account.liquidationFeePercent) / 100, Math.max(left, 0));
    this.execute(order, amount, price, fee, Liquidity.TAKER, candle.openTime);
  }

  /** A candle has opened: the funding that was due since the one before is paid for what is held, at its open. */
  fund(symbol: string, openTime: number, open: number): void {
    const rules = this.rulesOf(symbol);
    const { funding } = rules;
    const before = this.ledger.fundedUntil.get(symbol);
    this.ledger.fundedUntil.set(symbol, openTime);
    const { side, quantity } = this.ledger.position(symbol);
    if (!funding || before === undefined || side === null || this.account.marketType !== MarketType.FUTURES) return;
    const stepMs = funding.hours * 3_600_000;
    const times = Math.floor(openTime / stepMs) - Math.floor(before / stepMs);
    if (times <= 0) return;
    const ofLong = quantity.mul(exact(open)).mul(funding.rate).mul(times).toDecimalPlaces(18);
    const due = side === PositionSide.LONG ? ofLong : ofLong.neg();
    const free = this.ledger.free(rules.quote, this.rulesOf).toNumber();
    const share = fundingShare(due.toNumber(), free, this.ledger.margin(symbol).toNumber());
    const paid = share.paid < due.toNumber() ? exact(share.paid) : due;
    const payment = { symbol, at: Math.floor(openTime / stepMs) * stepMs, paid };
    this.ledger.payFunding(rules, payment, exact(share.drawn));
    this.news.push({ payment });
  }

  /** Fills what is left of an order, or what its position lets it reduce. */
  fill(order: PaperOrder, price: number, liquidity: Liquidity, at: number): void {
    if (!isOpen(order)) return;
    const { request } = order;
    const rules = this.rulesOf(request.symbol);
    const left = request.amount.sub(order.filledAmount);
    const amount = request.reduceOnly ? Decimal.min(left, this.ledger.reducible(request.side, rules)) : left;
    if (!amount.gt(0)) return;
    const shortage = request.reduceOnly ? undefined : this.shortage(request, amount, price, order);
    if (shortage) return this.end(order, OrderStatus.CANCELED, shortage);
    const clamped = this.clamped(order, price);
    const fee = amount.toNumber() * clamped * this.feeRate(liquidity, rules);
    const reduces = this.account.marketType === MarketType.FUTURES && request.reduceOnly === true;
    this.execute(order, amount, clamped, reduces ? Math.min(fee, this.payable(rules, amount, clamped)) : fee, liquidity, at);
  }

  /** The most that closing a part of a futures position at a price can pay for it: what is free, and what that leaves of its margin. */
  private payable({ symbol, quote }: MarketRules, amount: Decimal, price: number): number {
    const position = this.ledger.position(symbol);
    const entry = entryPrice(position)?.toNumber() ?? price;
    const freed = this.ledger.margin(symbol).mul(amount).div(position.quantity).toNumber();
    const gained = amount.toNumber() * (price - entry) * (position.side === PositionSide.LONG ? 1 : -1);
    return Math.max(0, this.ledger.free(quote, this.rulesOf).toNumber() + freed + gained);
  }

  /** Nobody loses more than an isolated position's margin. */
  private clamped({ request }: PaperOrder, price: number): number {
    const liquidation = this.liquidation(request.symbol);
    if (!liquidation || liquidation.side !== request.side) return price;
    return request.side === OrderSide.SELL ? Math.max(price, liquidation.bankruptcy) : Math.min(price, liquidation.bankruptcy);
  }

  private execute(order: PaperOrder, amount: Decimal, price: number, fee: number, liquidity: Liquidity, at: number): void {
    const rules = this.rulesOf(order.request.symbol);
    const fill = this.ledger.book(order, rules, {
      price: exact(price),
      amount,
      fee: exact(fee),
      liquidity,
      at,
      known: this.now(),
    });
    this.news.push({ execution: { order: reportOf(order), fill } });
    this.expireReduceOnly(order.request.symbol);
  }

  /**
   * Why an order cannot be paid for; undefined when it can.
   * @param placed the order itself, if it is in the book already: what it holds is its own
   */
  shortage(request: OrderRequest, amount: Decimal, price: number, placed?: PaperOrder): string | undefined {
    const { side, symbol, type } = request;
    const rules = this.rulesOf(symbol);
    const grows = this.account.marketType === MarketType.SPOT || !this.ledger.reducible(side, rules).gte(amount);
    if (!grows) return undefined;
    const liquidity = type === OrderType.LIMIT ? Liquidity.MAKER : Liquidity.TAKER;
    const fee = exact(amount.toNumber() * price * this.feeRate(liquidity, rules));
    const need = this.ledger.need(side, amount, exact(price), fee, rules);
    const free = this.ledger.free(need.asset, this.rulesOf, placed);
    // Orders are sized in doubles: a shortage in the sixteenth digit is rounding, not debt.
    if (need.amount.sub(free).lte(free.mul(1e-12))) return undefined;
    return `${side} ${canonical(amount)} ${symbol} needs ${canonical(need.amount)} ${need.asset}, free are ${canonical(free)}`;
  }

  private feeRate(liquidity: Liquidity, rules: MarketRules): number {
    const { feePercent, makerFeePercent } = this.account;
    const taker = feePercent === null ? rules.takerFeeRate.toNumber() : feePercent / 100;
    if (liquidity === Liquidity.TAKER) return taker;
    if (makerFeePercent !== null) return makerFeePercent / 100;
    return feePercent === null ? rules.makerFeeRate.toNumber() : taker;
  }

  /** A reduce-only order ends with the position that it was to reduce. */
  private expireReduceOnly(symbol: string): void {
    const rules = this.rulesOf(symbol);
    for (const order of this.ledger.openOrders(symbol))
      if (order.request.reduceOnly && this.ledger.reducible(order.request.side, rules).lt(rules.stepSize))
        this.end(order, OrderStatus.EXPIRED, `the position in ${symbol} is closed`);
  }

  end(order: PaperOrder, status: OrderStatus, reason?: string): void {
    move(order, status, this.now(), reason);
    this.tell(order);
  }

  private tell(order: PaperOrder): void {
    this.news.push({ execution: { order: reportOf(order) } });
  }
}
