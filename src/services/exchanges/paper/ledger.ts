import { canonical, decimal, Decimal } from '../../../trading/money.ts';
import { type Liquidity, OrderSide, OrderStatus, OrderType } from '../../../trading/order.ts';
import { applyFill, entryPrice, flat, MarketType, type Position, PositionSide } from '../../../trading/position.ts';
import type { Balance, FundingPayment } from '../port/exchange.ts';
import type { MarketRules } from '../port/market-rules.ts';
import type { Fill } from '../port/orders.ts';
import type { PaperAccount } from './account.ts';
import {
  fillFromJson,
  fillToJson,
  isOpen,
  move,
  orderFromJson,
  orderToJson,
  type PaperOrder,
  type PaperOrderState,
  type RecordedFill,
} from './order.ts';

const zero = new Decimal(0);
/** Orders that are done, and fills, that the exchange still answers for. */
const kept = 500;

/** A position as plain JSON. */
interface PositionState {
  readonly symbol: string;
  readonly side: PositionSide | null;
  readonly quantity: string;
  readonly cost: string;
  readonly grossPnl: string;
  readonly fees: string;
}

interface LedgerState {
  readonly balances: Readonly<Record<string, string>>;
  readonly positions: readonly PositionState[];
  readonly orders: readonly PaperOrderState[];
  readonly fills: readonly PaperOrderState[];
  readonly sequence: number;
  readonly lastCandle: Readonly<Record<string, number>>;
  /** Absent in states of releases that knew no funding. */
  readonly fundedUntil?: Readonly<Record<string, number>>;
  readonly funding?: readonly { readonly symbol: string; readonly at: number; readonly paid: string }[];
  /** Absent in states of releases in which funding left margins alone. */
  readonly drawn?: Readonly<Record<string, string>>;
}

/** What the paper exchange knows of one account: balances, positions, orders and fills, in exact decimals. */
export class PaperLedger {
  readonly orders = new Map<string, PaperOrder>();
  fills: RecordedFill[] = [];
  /** Open time of the last closed candle that was matched, per symbol. */
  readonly lastCandle = new Map<string, number>();
  /** Open time of the newest candle that was looked at for funding, per symbol. */
  readonly fundedUntil = new Map<string, number>();
  /** What was paid, oldest first. */
  funding: FundingPayment[] = [];
  private readonly account: PaperAccount;
  private readonly balances = new Map<string, Decimal>();
  private readonly positions = new Map<string, Position>();
  /** Funding that was taken out of the margin of a position, per unit of base currency, by symbol. */
  private readonly drawn = new Map<string, Decimal>();
  private sequence = 0;

  private constructor(account: PaperAccount) {
    this.account = account;
  }

  /** @param state what `toJson` gave, or undefined for a new account */
  static open(account: PaperAccount, state: unknown): PaperLedger {
    const ledger = new PaperLedger(account);
    if (state === undefined)
      for (const [asset, amount] of Object.entries(account.initialBalances)) ledger.balances.set(asset, amount);
    else ledger.restore(state as LedgerState);
    return ledger;
  }

  position(symbol: string): Position {
    return this.positions.get(symbol) ?? flat;
  }

  openOrders(symbol?: string): PaperOrder[] {
    return [...this.orders.values()].filter(
      (order) => isOpen(order) && (symbol === undefined || order.request.symbol === symbol),
    );
  }

  /** Symbols with open orders or a futures position: the exchange must watch them. */
  busySymbols(): Set<string> {
    const busy = new Set(this.openOrders().map((order) => order.request.symbol));
    for (const [symbol, position] of this.positions) if (position.side !== null) busy.add(symbol);
    return busy;
  }

  /** How much a reduce-only order of this side could take: what is held of the base asset on spot, the position on futures. */
  reducible(side: OrderSide, rules: MarketRules): Decimal {
    if (this.account.marketType === MarketType.SPOT) return side === OrderSide.SELL ? this.total(rules.base) : zero;
    const position = this.position(rules.symbol);
    return position.side === (side === OrderSide.SELL ? PositionSide.LONG : PositionSide.SHORT) ? position.quantity : zero;
  }

  /** What an order of this value takes of which asset, fee included. */
  need(side: OrderSide, amount: Decimal, price: Decimal, fee: Decimal, rules: MarketRules): { asset: string; amount: Decimal } {
    if (this.account.marketType === MarketType.FUTURES)
      return { asset: rules.quote, amount: price.mul(amount).div(this.account.leverage).add(fee) };
    if (side === OrderSide.SELL) return { asset: rules.base, amount };
    return { asset: rules.quote, amount: price.mul(amount).add(fee) };
  }

  nextId(): number {
    return ++this.sequence;
  }

  total(asset: string): Decimal {
    return this.balances.get(asset) ?? zero;
  }

  /** What a new order may use: the total less what open orders and futures positions hold. */
  free(asset: string, rulesOf: (symbol: string) => MarketRules, except?: PaperOrder): Decimal {
    let held = zero;
    for (const [symbol, position] of this.positions)
      if (this.account.marketType === MarketType.FUTURES && rulesOf(symbol).quote === asset)
        held = held.add(this.margin(symbol, position));
    for (const order of this.openOrders())
      if (order !== except) held = held.add(this.heldBy(order, rulesOf(order.request.symbol), asset));
    return this.total(asset).sub(held);
  }

  allBalances(rulesOf: (symbol: string) => MarketRules): Balance[] {
    return [...this.balances.entries()].map(([asset, total]) => ({ asset, total, free: this.free(asset, rulesOf) }));
  }

  /** Books one execution. `known` is when it became known, ms UTC; the fill itself is dated `at`. */
  book(order: PaperOrder, rules: MarketRules, execution: Execution): Fill {
    const { price, amount, fee, liquidity, at, known } = execution;
    const { request } = order;
    if (this.account.marketType === MarketType.SPOT) {
      const cost = price.mul(amount);
      const buys = request.side === OrderSide.BUY;
      this.credit(rules.base, buys ? amount : amount.neg());
      this.credit(rules.quote, (buys ? cost.neg() : cost).sub(fee));
    } else {
      const before = this.position(rules.symbol);
      const after = applyFill(before, { side: request.side, price, quantity: amount, fee });
      this.positions.set(rules.symbol, after);
      this.spread(rules.symbol, before, after);
      this.credit(rules.quote, after.grossPnl.sub(before.grossPnl).sub(fee));
    }
    order.filledAmount = order.filledAmount.add(amount);
    move(order, order.filledAmount.gte(request.amount) ? OrderStatus.FILLED : OrderStatus.PARTIALLY_FILLED, known);
    const fill: Fill = {
      exchangeTradeId: `paper-${this.account.id}-${this.nextId()}`,
      exchangeOrderId: order.exchangeOrderId,
      clientOrderId: request.clientOrderId,
      symbol: rules.symbol,
      side: request.side,
      price,
      amount,
      fee,
      feeCurrency: rules.quote,
      liquidity,
      at,
    };
    this.fills.push({ fill, recordedAt: known });
    return fill;
  }

  /** Books funding of the position in a market. @param drawn part of it that comes out of its margin */
  payFunding({ quote, symbol }: MarketRules, payment: FundingPayment, drawn: Decimal): void {
    this.credit(quote, payment.paid.neg());
    this.funding.push(payment);
    if (drawn.gt(0)) this.drawn.set(symbol, this.drawnOf(symbol).add(drawn.div(this.position(symbol).quantity)));
  }

  /** Funding that was taken out of the margin of a position, per unit of base currency. */
  drawnOf(symbol: string): Decimal {
    return this.drawn.get(symbol) ?? zero;
  }

  /** What was drawn from a margin is shared by all units of the position, and forgotten with it. */
  private spread(symbol: string, before: Position, after: Position): void {
    if (after.side === null || after.side !== before.side) this.drawn.delete(symbol);
    else if (after.quantity.gt(before.quantity) && this.drawn.has(symbol))
      this.drawn.set(symbol, this.drawnOf(symbol).mul(before.quantity).div(after.quantity));
  }

  /** Plain JSON; forgets the oldest of what is done and over. */
  toJson(): unknown {
    this.fills = this.fills.slice(-kept);
    this.funding = this.funding.slice(-kept);
    const done = [...this.orders.values()].filter((order) => !isOpen(order));
    for (const order of done.slice(0, Math.max(0, done.length - kept))) this.orders.delete(order.request.clientOrderId);
    const state: LedgerState = {
      balances: Object.fromEntries([...this.balances].map(([asset, amount]) => [asset, canonical(amount)])),
      positions: [...this.positions].map(([symbol, { side, quantity, cost, grossPnl, fees }]) => ({
        symbol,
        side,
        quantity: canonical(quantity),
        cost: canonical(cost),
        grossPnl: canonical(grossPnl),
        fees: canonical(fees),
      })),
      orders: [...this.orders.values()].map(orderToJson),
      fills: this.fills.map(fillToJson),
      sequence: this.sequence,
      lastCandle: Object.fromEntries(this.lastCandle),
      fundedUntil: Object.fromEntries(this.fundedUntil),
      funding: this.funding.map((payment) => ({ ...payment, paid: canonical(payment.paid) })),
      drawn: Object.fromEntries([...this.drawn].map(([symbol, amount]) => [symbol, canonical(amount)])),
    };
    return state;
  }

  private restore(state: LedgerState): void {
    for (const [asset, amount] of Object.entries(state.balances)) this.balances.set(asset, decimal(amount));
    for (const { symbol, side, quantity, cost, grossPnl, fees } of state.positions)
      this.positions.set(symbol, {
        side,
        quantity: decimal(quantity),
        cost: decimal(cost),
        grossPnl: decimal(grossPnl),
        fees: decimal(fees),
      });
    for (const order of state.orders.map(orderFromJson)) this.orders.set(order.request.clientOrderId, order);
    this.fills = state.fills.map(fillFromJson);
    this.sequence = state.sequence;
    for (const [symbol, at] of Object.entries(state.lastCandle)) this.lastCandle.set(symbol, at);
    for (const [symbol, at] of Object.entries(state.fundedUntil ?? state.lastCandle)) this.fundedUntil.set(symbol, at);
    this.funding = (state.funding ?? []).map((payment) => ({ ...payment, paid: decimal(payment.paid) }));
    for (const [symbol, amount] of Object.entries(state.drawn ?? {})) this.drawn.set(symbol, decimal(amount));
  }

  private credit(asset: string, amount: Decimal): void {
    this.balances.set(asset, this.total(asset).add(amount));
  }

  /** What a futures position ties up. */
  margin(symbol: string, position = this.position(symbol)): Decimal {
    const price = entryPrice(position);
    if (price === null) return zero;
    return price.mul(position.quantity).div(this.account.leverage).sub(this.drawnOf(symbol).mul(position.quantity));
  }

  /** Orders that only reduce a position hold nothing, and market orders are gone before anything else is asked. */
  private heldBy(order: PaperOrder, rules: MarketRules, asset: string): Decimal {
    const { side, type, amount, price, stopPrice, reduceOnly } = order.request;
    if (reduceOnly || type === OrderType.MARKET) return zero;
    const left = amount.sub(order.filledAmount);
    const value = left.mul(price ?? stopPrice ?? zero);
    if (this.account.marketType === MarketType.FUTURES) return asset === rules.quote ? value.div(this.account.leverage) : zero;
    if (side === OrderSide.SELL) return asset === rules.base ? left : zero;
    return asset === rules.quote ? value : zero;
  }
}

/** One execution to be booked. */
export interface Execution {
  readonly price: Decimal;
  readonly amount: Decimal;
  readonly fee: Decimal;
  readonly liquidity: Liquidity;
  readonly at: number;
  readonly known: number;
}
