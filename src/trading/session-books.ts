import { Account } from './account.ts';
import type { EntryStyle } from './entry-order.ts';
import { entryBudget, fundingShare, QuantityGrid } from './fills.ts';
import type { LevelOptions } from './held-levels.ts';
import { HeldPosition } from './held.ts';
import type { EntryGuard } from './limits.ts';
import { EntryFee, EntryType, type SimulationOptions, type TradingOptions } from './options.ts';
import { ExitReason } from './position.ts';
import { type Execution, IdleReason, OrderLeg, type OrderRequest, RefusalReason } from './session-types.ts';
import { TradeLog } from './trade-log.ts';

/** A bot's options; a backtest's say how entries are made, and by which conventions, too. */
export type SessionOptions = TradingOptions &
  Partial<EntryStyle> &
  Partial<Pick<SimulationOptions, 'entryCandles' | 'entryFee'>> &
  LevelOptions;

/** What a session has and owes: its capital, its position, the order under way, what it may enter with; told of fills by `fill`. */
export class SessionBooks {
  readonly options: SessionOptions;
  /** What is held; read it, never write it. */
  readonly position: HeldPosition;
  /** The order under way, if any. A market order stays until `fill` completes it or `orderEnded` ends it. */
  pending: OrderRequest | null = null;
  /** Round trips completed. Who fills by `Matcher` takes them out of here; who tells executions gets each as a CLOSED effect instead. */
  readonly closed = new TradeLog();
  /** Wanted entries that were not made, by reason. */
  readonly refusals: Partial<Record<RefusalReason, number>> = {};
  /** Candles seen. */
  count = 0;

  readonly #grid: QuantityGrid;
  readonly #size: Pick<TradingOptions, 'positionSizeFixed' | 'positionSizePercent'>;
  readonly #minNotional: number;
  readonly #leverage: number;
  readonly #feeRate: number;
  readonly #isFeeOnTop: boolean;
  protected readonly account: Account;
  protected readonly guard: EntryGuard | null;
  /** Whether somebody else keeps the orders, so that parts of them may still be on their way. */
  protected readonly isLive: boolean;
  /** The entry that follows the pending exit of a reversal. */
  protected following: OrderRequest | null = null;
  /** Why the last candle led to nothing. */
  protected idle: IdleReason = IdleReason.HOLD;

  protected constructor(options: SessionOptions, isLive: boolean, account: Account | undefined) {
    this.options = options;
    this.position = new HeldPosition(options);
    this.isLive = isLive;
    this.account = account ?? new Account(options, isLive);
    this.account.join(this);
    this.guard = this.account.guard;
    this.#grid = new QuantityGrid(options.quantityStep);
    const { positionSizeFixed, positionSizePercent } = options;
    this.#size = { positionSizeFixed, positionSizePercent };
    this.#minNotional = options.minNotional;
    this.#leverage = options.leverage;
    const { feePercent, makerFeePercent } = options;
    this.#feeRate =
      (options.entryType === EntryType.LIMIT ? Math.max(feePercent, makerFeePercent ?? feePercent) : feePercent) / 100;
    this.#isFeeOnTop = options.entryFee === EntryFee.ON_TOP;
  }

  /** Capital without the profit of open positions, in quote currency; shared where the account is. */
  get balance(): number {
    return this.account.balance;
  }

  set balance(amount: number) {
    this.account.balance = amount;
  }

  /** Whether an entry is under way and nothing of it filled. */
  get isEntering(): boolean {
    return this.following !== null || (this.position.side === 0 && this.pending?.leg === OrderLeg.ENTRY);
  }

  /** Capital with the open position at a price, in quote currency. */
  equity(price: number): number {
    return this.balance + this.position.unrealized(price);
  }

  /** Profit since the UTC day began; 0 in a backtest without limits. */
  get dailyPnl(): number {
    return this.guard?.dailyPnl ?? 0;
  }

  /** Entries since the UTC day began; 0 in a backtest without limits. */
  get dailyTrades(): number {
    return this.guard?.dailyTrades ?? 0;
  }

  /** Whether the drawdown limit has stopped all entries. */
  get halted(): boolean {
    return this.guard?.halted ?? false;
  }

  /** Lets a halted session enter again. */
  releaseHalt(): void {
    this.guard?.release();
  }

  /**
   * Quantity that an entry at `price` may have, or 0 with the refusal counted: the budget covers margin and entry fee, or the margin alone where the
   * fee is paid on top.
   * Pure apart from the count; a runner asks it with the price it is about to send at.
   */
  entryQuantity(price: number): number {
    const budget = entryBudget(this.#size, this.balance);
    if (budget > this.account.free) return this.refuse(RefusalReason.INSUFFICIENT_BALANCE);
    const [margin, fee] = [price / this.#leverage, price * this.#feeRate];
    const quantity = this.#grid.floor(budget / (this.#isFeeOnTop ? margin : margin + fee));
    if (quantity === 0) return this.refuse(RefusalReason.ZERO_QUANTITY);
    if (this.#isFeeOnTop && quantity * (margin + fee) > this.account.free) return this.refuse(RefusalReason.INSUFFICIENT_BALANCE);
    return quantity * price < this.#minNotional ? this.refuse(RefusalReason.MIN_NOTIONAL) : quantity;
  }

  /** The most that may be bought or sold short at a price with what is free; 0 when it is less than a step. */
  affordable(price: number): number {
    return this.#grid.floor(this.account.free / (price / this.#leverage + price * this.#feeRate));
  }

  /** A quantity cut down to the market's step. */
  stepped(quantity: number): number {
    return this.#grid.floor(quantity);
  }

  /** Why what happened last has led to nothing. */
  get idleReason(): IdleReason {
    return this.idle;
  }

  protected refuse(reason: RefusalReason): 0 {
    this.refusals[reason] = (this.refusals[reason] ?? 0) + 1;
    this.idle = reason;
    return 0;
  }

  /** Funding is due at a price: with a positive rate longs pay shorts. */
  fund(rate: number, price: number): void {
    const { position } = this;
    if (position.side === 0) return;
    this.funded(position.quantity * price * rate * position.side);
  }

  /** Funding was paid for the position; negative: received. */
  protected funded(due: number): void {
    const { position } = this;
    const { paid, drawn } = fundingShare(due, this.account.free, position.margin);
    // What an exchange says was paid is paid.
    const taken = this.isLive ? due : paid;
    position.pay(taken, drawn);
    this.balance -= taken;
  }

  /** The most that closing a part of the position at a price can pay for it: what is free, and what that leaves of its margin. */
  payable(quantity: number, price: number): number {
    const { position } = this;
    const freed = (position.margin * quantity) / position.quantity;
    return Math.max(0, this.account.free + freed + quantity * (price - position.entryPrice) * position.side);
  }

  /** The pending order was dropped or will not fill any further. */
  orderEnded(): void {
    this.pending = null;
    this.following = null;
  }

  /**
   * An order of this session was filled, wholly or in part.
   * @param index number of the candle it happened in; by default the one that is forming
   * @returns whether it completed a round trip, which is in `closed` then
   * @throws RangeError when it is an exit of nothing, or of more than is held
   */
  fill(execution: Execution, index = this.count): boolean {
    return execution.leg === OrderLeg.ENTRY ? this.#entered(execution, index) : this.#exited(execution, index);
  }

  #entered(execution: Execution, index: number): boolean {
    if (this.position.side === 0) this.guard?.entered();
    const order = this.pending?.leg === OrderLeg.ENTRY ? this.pending : null;
    this.position.enter(order, execution, index);
    this.balance -= execution.fee;
    if (execution.complete) this.pending = null;
    return false;
  }

  /**
   * What is left of a quantity when nothing is held any more. Where an exact ledger keeps the position that is what doubles lose of it: the market's
   * step may have grown while an exit fills, and what it leaves for a moment is not nothing because of that.
   */
  #restAfter(quantity: number): number {
    return this.isLive ? quantity * 1e-9 : this.#grid.step / 2;
  }

  #exited(execution: Execution, index: number): boolean {
    const { position } = this;
    if (position.side === 0 || execution.quantity > position.quantity * (1 + 1e-12) + this.#grid.step / 2)
      throw new RangeError(`an exit of ${execution.quantity} was filled, but the position holds ${position.quantity}`);
    const reason = execution.reason ?? this.pending?.reason ?? ExitReason.SIGNAL;
    const { dust = 0 } = execution;
    this.balance += execution.quantity * (execution.price - position.entryPrice) * position.side - execution.fee;
    if (dust > 0) this.balance -= dust * position.entryPrice;
    const isClosed = position.exit(execution, reason, index, this.#restAfter(position.quantity), this.closed);
    if (isClosed) this.guard?.exited(reason);
    if (isClosed || (execution.complete && this.pending?.leg === OrderLeg.EXIT)) {
      this.pending = isClosed ? this.following : null;
      this.following = null;
    } else if (!this.isLive && this.pending?.leg === OrderLeg.ENTRY) this.orderEnded();
    return isClosed;
  }
}
