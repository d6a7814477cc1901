import type { BotState } from '../../entities/trading/BotState.ts';
import type { Order } from '../../entities/trading/Order.ts';
import { BotStatus } from '../../trading/bot.ts';
import { Decimal, decimal } from '../../trading/money.ts';
import { isTerminal, OrderStatus } from '../../trading/order.ts';
import type { TradingOptions } from '../../trading/options.ts';
import type { ExitReason } from '../../trading/position.ts';
import { OrderLeg, type SessionEffect, type TradingSession } from '../../trading/session.ts';
import type { EntityManager } from '../database/database.ts';
import type { Execution } from '../exchanges/port/orders.ts';
import { ledgerAmount } from '../orders/amounts.ts';
import { writeOffDust, writtenOffEvent } from '../orders/dust-ledger.ts';
import type { BookedFill } from '../orders/fill-ledger.ts';
import { OrderDesk } from '../orders/order-desk.ts';
import type { OrderListener } from '../orders/order-desk-parts.ts';
import { ReconciliationError } from '../reconciliation/reconciliation-error.ts';
import type { Books } from './books.ts';
import { BotHalts } from './bot-halts.ts';
import type { BotMemory } from './bot-memory.ts';
import type { EntryNews } from './entry-news.ts';
import { FundsDesk } from './funds-desk.ts';
import { OrderPlanner } from './order-planner.ts';
import type { Planned } from './planned.ts';
import { beyondText, overfillText } from './recovery.ts';
import type { RulesWatch } from './rules-watch.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';
import { executionOf, writeOffOf } from './session-store.ts';
import { WindUp } from './wind-up.ts';
import { WorkingOrders } from './working-orders.ts';

export interface BotTradingParts {
  readonly parts: RunnerParts;
  readonly options: TradingOptions;
  readonly memory: BotMemory;
  readonly books: Books;
  readonly entryNews: EntryNews;
  readonly rulesWatch: RulesWatch;
  /** The next execution that was told and not taken yet. */
  readonly nextExecution: () => Execution | undefined;
  /** Aborted when the runner is given up. */
  readonly signal: AbortSignal;
}

const zero = new Decimal(0);

/** A bot's session and its orders: what the session wants becomes orders, and what became of them is told to the session, in one transaction each. */
export class BotTrading implements OrderListener, Planned {
  readonly #parts: BotTradingParts;
  readonly desk: OrderDesk;
  readonly planner: OrderPlanner;
  readonly orders = new WorkingOrders();
  readonly halts: BotHalts;
  readonly windUp: WindUp;
  /** Absent where the account has no wallet to bring anything from. */
  readonly funds: FundsDesk | undefined;
  #trouble: ReconciliationError | undefined;

  constructor(own: BotTradingParts) {
    this.#parts = own;
    const { parts, options, memory, books, nextExecution, signal } = own;
    const { context, exchange, lease, idKey, logger, timers, database } = parts;
    const transact = <T>(work: (tx: RunnerTransaction) => Promise<T>): Promise<T> => memory.transact(work);
    this.desk = new OrderDesk({
      context,
      exchange,
      listener: this,
      transact,
      read: (work) => work(database.forUser(context.userId)),
      openOrders: () => books.openOrders(),
      nextNews: nextExecution,
      fencingToken: lease.token,
      idKey,
      logger,
      timers,
    });
    const wallet = exchange.fundingWallet;
    this.funds = wallet && new FundsDesk({ parts, wallet, transact, mayEnter: (em) => this.#mayEnter(em), signal });
    const { desk, orders, funds } = this;
    this.planner = new OrderPlanner({ parts, desk, orders, options, funds, transact, bot: this });
    this.halts = new BotHalts({ parts, planner: this.planner, bot: this });
    this.windUp = new WindUp({ parts, planner: this.planner, orders, bot: this });
  }

  get session(): TradingSession {
    return this.#parts.memory.session;
  }

  get held(): Decimal {
    return this.#parts.memory.held;
  }

  get openPrice(): number | undefined {
    return this.#parts.memory.openPrice;
  }

  get lastPrice(): number {
    return this.#parts.memory.lastPrice;
  }

  save(state: BotState): void {
    this.#parts.memory.save(state);
  }

  /** Something that was booked, and that the bot may not go on after. */
  get trouble(): ReconciliationError | undefined {
    return this.#trouble;
  }

  /** Does what stands over the bot; one that is on its way to STOPPED winds up by itself. */
  async obeyHalts(tx: RunnerTransaction): Promise<void> {
    if (tx.state.status !== BotStatus.STOPPING) await this.halts.obey(tx);
  }

  /** Whether the bot holds something that has to be guarded. */
  get isGuarded(): boolean {
    return this.session.position.side !== 0 && this.#parts.memory.isAtWork;
  }

  /** A stop or a target that is missing at the exchange comes back. */
  async guard(tx: RunnerTransaction): Promise<void> {
    if (this.isGuarded) await this.planner.protect(tx, this.session.position.protection());
  }

  async apply(tx: RunnerTransaction, effects: readonly SessionEffect[]): Promise<void> {
    if (this.#parts.memory.isRecovering) {
      this.follow(effects);
      return;
    }
    this.#parts.memory.noteDay();
    for (const effect of effects) {
      if (effect.type === 'SUBMIT') await this.planner.submit(tx, effect.order);
      else if (effect.type === 'PROTECT') await this.planner.protect(tx, effect.protection);
      else if (effect.type === 'CANCEL') this.planner.cancelPending();
    }
  }

  /** What a session that recovers wants is not acted upon. What it has followed is stored with whatever is written next. */
  follow(effects: readonly SessionEffect[]): void {
    this.#parts.memory.noteDay();
    for (const effect of effects)
      if (effect.type === 'SUBMIT') this.follow(this.session.handle({ type: 'ORDER_ENDED', leg: effect.order.leg }));
      else if (effect.type === 'CANCEL') this.planner.cancelPending();
  }

  async filled(tx: RunnerTransaction, { order, trade, position, closedTrade }: BookedFill): Promise<void> {
    const { parts, memory, entryNews } = this.#parts;
    const isBeyond = order.reduceOnly && trade.amount.gt(memory.held);
    // Fills before this one may still be unknown: recovery asks for all of them, and takes them in the order in which they happened.
    if (isBeyond && !memory.isRecovering) throw new Error(beyondText(parts.bot.name, order));
    memory.held = position.isOpen ? position.quantity : zero;
    this.windUp.filled();
    if (!order.reduceOnly) entryNews.entered();
    if (isTerminal(order.status)) this.orders.remove(order.id);
    if (order.filledAmount.gt(order.amount)) this.#trouble = new ReconciliationError(overfillText(parts.bot.name, order));
    else if (isBeyond) this.#trouble = new ReconciliationError(beyondText(parts.bot.name, order));
    // The session cannot close more than it holds; the ledger has it, and a person has to look.
    if (isBeyond) return;
    const execution = executionOf(order, trade, parts.context.baseAsset, position.dust);
    await this.apply(tx, this.session.handle({ type: 'EXECUTION', execution }));
    // What was placed by hand to close the position has nothing left to close.
    if (closedTrade !== null) this.planner.cancelByHand();
    if (closedTrade !== null && !memory.isRecovering && memory.status !== BotStatus.STOPPING) await this.halts.look(tx);
  }

  async ended(tx: RunnerTransaction, order: Order): Promise<void> {
    const wasPending = this.orders.pending === order.id;
    this.orders.remove(order.id);
    if (order.status === OrderStatus.REJECTED) this.#parts.rulesWatch.doubt();
    if (!wasPending && !this.#parts.memory.isRecovering) await this.planner.ended(tx, order);
    if (!wasPending) return;
    await this.apply(tx, this.session.handle({ type: 'ORDER_ENDED', leg: order.reduceOnly ? OrderLeg.EXIT : OrderLeg.ENTRY }));
  }

  async isWanted({ em }: RunnerTransaction, order: Order): Promise<boolean> {
    if (!this.orders.has(order.id)) return false;
    if (order.reduceOnly) return this.held.gt(0);
    return this.#mayEnter(em);
  }

  async #mayEnter(em: EntityManager): Promise<boolean> {
    const { parts, memory } = this.#parts;
    return memory.status === BotStatus.RUNNING && (await parts.risk.haltOf(em, parts.context)) === null;
  }

  noEntry(tx: RunnerTransaction): void {
    const { parts, entryNews } = this.#parts;
    entryNews.tell(tx, [{ type: 'NONE', reason: this.session.idleReason }], parts.exchange.now());
  }

  async writeOff(tx: RunnerTransaction, reason: ExitReason | null, price: number): Promise<boolean> {
    const { context, exchange, rules } = this.#parts.parts;
    const at = exchange.now();
    const written = await writeOffDust(tx.em, context, {
      exitReason: reason,
      price: ledgerAmount(decimal(price)),
      at,
      minNotional: rules.minNotional,
      holdsExits: exchange.sharesReduceOnly === false,
    });
    if (!written) return false;
    tx.events.push(writtenOffEvent(written));
    this.#parts.memory.held = zero;
    await this.apply(tx, this.session.handle({ type: 'EXECUTION', execution: writeOffOf(written.position, reason, price, at) }));
    return true;
  }
}
