import type { BotState } from '../../entities/trading/BotState.ts';
import type { Order } from '../../entities/trading/Order.ts';
import type { TradingOptions } from '../../trading/options.ts';
import type { OrderSide } from '../../trading/order.ts';
import type { RiskRefusal } from '../../trading/risk.ts';
import type { OrderLeg, OrderRequest, Protection } from '../../trading/session.ts';
import type { OrderDesk } from '../orders/order-desk.ts';
import type { FundsDesk } from './funds-desk.ts';
import { Guards } from './guards.ts';
import { HandOrders } from './hand-orders.ts';
import { Holdings } from './holdings.ts';
import type { ManualOrder } from './manual-order.ts';
import { OrderWriter } from './order-writer.ts';
import { type Action, Outbox } from './outbox.ts';
import type { Planned } from './planned.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';
import { SignalOrders } from './signal-orders.ts';
import type { WorkingOrders } from './working-orders.ts';

export interface OrderPlannerParts {
  readonly parts: RunnerParts;
  readonly desk: OrderDesk;
  readonly orders: WorkingOrders;
  readonly options: TradingOptions;
  /** Brings what an entry lacks, where the account has a wallet to bring it from. */
  readonly funds: FundsDesk | undefined;
  readonly transact: <T>(work: (tx: RunnerTransaction) => Promise<T>) => Promise<T>;
  readonly bot: Planned;
}

/**
 * Turns what a session and its people want into orders: sized, approved, written down inside the transaction of the wish, sent after its commit.
 * What was decided at a candle's close is sized and sent at the first price of the next one, as a backtest fills it.
 */
export class OrderPlanner {
  readonly #bot: Planned;
  readonly #orders: WorkingOrders;
  readonly #outbox: Outbox;
  readonly #writer: OrderWriter;
  readonly #guards: Guards;
  readonly #signal: SignalOrders;
  readonly #byHand: HandOrders;

  constructor({ parts, desk, orders, options, funds, transact, bot }: OrderPlannerParts) {
    const holdings = new Holdings(parts, bot);
    const outbox = new Outbox(desk);
    const writer = new OrderWriter({ parts, desk, outbox, bot });
    const guards = new Guards({ parts, orders, holdings, writer, outbox, bot });
    this.#bot = bot;
    this.#orders = orders;
    this.#outbox = outbox;
    this.#writer = writer;
    this.#guards = guards;
    this.#signal = new SignalOrders({ parts, options, orders, holdings, guards, writer, outbox, funds, transact, bot });
    this.#byHand = new HandOrders({ parts, orders, holdings, guards, writer, bot });
  }

  /** The order that was written down last; undefined when it was refused. */
  get lastPlaced(): Order | undefined {
    return this.#writer.lastPlaced;
  }

  /** Why it was refused, if it was. */
  get lastRefusals(): readonly RiskRefusal[] {
    return this.#writer.lastRefusals;
  }

  /** See `SignalOrders`. */
  get isWaiting(): boolean {
    return this.#signal.isWaiting;
  }

  /** An order of the session is at the exchange, or on its way there. */
  get isUnderWay(): boolean {
    return this.#orders.pending !== undefined;
  }

  /** The session wants an order. */
  submit(tx: RunnerTransaction, order: OrderRequest): Promise<void> {
    return this.#signal.submit(tx, order);
  }

  /** The first price of the next candle is known. */
  opened(tx: RunnerTransaction, open: number): Promise<void> {
    return this.#signal.opened(tx, open);
  }

  /** A decided order that was never sized is given up. @param leg only one of this leg */
  dropWaiting(tx: RunnerTransaction, leg?: OrderLeg): Promise<void> {
    return this.#signal.dropWaiting(tx, leg);
  }

  /** Takes the signal's order back, if it is open. @param isUrgent see `OrderDesk.cancel` */
  cancelPending(isUrgent = false): void {
    const id = this.#orders.pending;
    if (id !== undefined) this.#outbox.takeBack(id, isUrgent);
  }

  /** Sees to it that stop and target stand as the session wants them; null takes both back. */
  protect(tx: RunnerTransaction, protection: Protection | null): Promise<void> {
    return this.#guards.protect(tx, protection);
  }

  /** Whether a price has reached a target that does not rest at the exchange; see `Guards`. */
  isTargetReached(price: number): boolean {
    return this.#guards.isTargetReached(price);
  }

  /** An order that is not the signal's has ended without having filled wholly; see `Guards`. */
  ended(tx: RunnerTransaction, order: Order): Promise<void> {
    return this.#guards.ended(tx, order);
  }

  /** Whether an order by hand of this side would make the position smaller. */
  isReducing(side: OrderSide): boolean {
    return this.#byHand.isReducing(side);
  }

  /** Writes an order of a person down; see `HandOrders`. @returns undefined when it was refused */
  byHand(tx: RunnerTransaction, order: ManualOrder, lastPrice: number): Promise<Order | undefined> {
    return this.#byHand.place(tx, order, lastPrice);
  }

  /**
   * Takes orders by hand back, once each until `forgetTakingBack` is called.
   * @param terms.onlyEntries leaves those that make the position smaller
   * @param terms.isUrgent see `OrderDesk.cancel`
   */
  cancelByHand({ onlyEntries = false, isUrgent = false } = {}): void {
    for (const [id, { reduceOnly }] of this.#orders.byHand) if (!onlyEntries || !reduceOnly) this.#outbox.takeBack(id, isUrgent);
  }

  /** What was asked to be taken back and is still open may be asked for once more. */
  forgetTakingBack(): void {
    this.#outbox.forgetTakingBack();
  }

  get hasActions(): boolean {
    return !this.#outbox.isEmpty;
  }

  /** The next thing to do outside any transaction. */
  nextAction(): Action | undefined {
    return this.#outbox.next();
  }

  save(state: BotState): void {
    this.#bot.save(state);
  }
}
