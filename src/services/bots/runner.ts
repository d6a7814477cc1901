import type { BotState } from '../../entities/trading/BotState.ts';
import type { Order } from '../../entities/trading/Order.ts';
import { BotStatus, moveBot } from '../../trading/bot.ts';
import type { Candle, Candles } from '../../trading/candle.ts';
import { Decimal, decimal } from '../../trading/money.ts';
import { isTerminal, OrderStatus } from '../../trading/order.ts';
import type { TradingOptions } from '../../trading/options.ts';
import { OrderLeg, type SessionEffect, type TradingSession } from '../../trading/session.ts';
import type { ExitReason } from '../../trading/position.ts';
import { candleAt } from '../../trading/series.ts';
import { openTimeAt, timeframeMs } from '../../trading/timeframe.ts';
import type { EntityManager } from '../database/database.ts';
import { logLine } from '../events/log-line.ts';
import type { CandleUpdate, Execution, FundingPayment, Unsubscribe } from '../exchanges/port.ts';
import { type BookedFill, writeOffDust, writtenOffEvent } from '../orders/fill-ledger.ts';
import { ledgerAmount } from '../orders/amounts.ts';
import { bookFunding, fundedEvent } from '../orders/funding-ledger.ts';
import { OrderDesk } from '../orders/order-desk.ts';
import type { OrderListener } from '../orders/order-desk-parts.ts';
import { Books } from './books.ts';
import { BotHalts } from './bot-halts.ts';
import { tradingOptionsOf } from './bot-options.ts';
import { CandleInbox } from './candle-inbox.ts';
import { EntryNews } from './entry-news.ts';
import { FundsDesk } from './funds-desk.ts';
import { OrderPlanner, type Planned } from './order-planner.ts';
import { markPosition } from './position-marks.ts';
import { Reconciler } from './reconciler.ts';
import { DayBook } from '../portfolio/day-book.ts';
import { ReconciliationError } from '../reconciliation/reconciliation-error.ts';
import { beyondText, overfillText, recoverSession } from './recovery.ts';
import { RequestDesk } from './request-desk.ts';
import { RulesChangedError, RulesWatch } from './rules-watch.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';
import { runnerTransaction, type TransactionHooks } from './runner-transaction.ts';
import { SerialQueue } from './serial-queue.ts';
import { executionOf, saveSession, writeOffOf } from './session-store.ts';
import { WindUp } from './wind-up.ts';
import { WorkingOrders } from './working-orders.ts';

const zero = new Decimal(0);
const dayMs = 86_400_000;
/** How long quiet candles may go unstored, in milliseconds. */
const quietMs = 5_000;

/**
 * One running bot. Everything that happens to it happens on one serial queue: candles and executions are told to the session, what the
 * session wants becomes orders, and what became of them is written with the bot's state in one transaction each. When a
 * transaction fails, memory and database may differ: the runner is given up, and another one recovers from the database.
 */
export class BotRunner implements OrderListener, Planned, TransactionHooks {
  readonly #parts: RunnerParts;
  readonly #options: TradingOptions;
  readonly #candleMs: number;
  readonly #queue: SerialQueue;
  readonly #candles: CandleInbox;
  readonly #desk: OrderDesk;
  /** Absent where the account has no wallet to bring anything from. */
  readonly #funds: FundsDesk | undefined;
  readonly #planner: OrderPlanner;
  readonly #orders = new WorkingOrders();
  readonly #halts: BotHalts;
  readonly #ending: WindUp;
  readonly #requests: RequestDesk;
  readonly #entryNews: EntryNews;
  readonly #days = new DayBook();
  readonly #reconciler: Reconciler;
  readonly #books: Books;
  readonly #rulesWatch: RulesWatch;
  #session!: TradingSession;
  /** Exact quantity of the open position, as the ledger has it. */
  #held: Decimal = zero;
  #inbox: (Execution | FundingPayment)[] = [];
  #unsubscribe: Unsubscribe[] = [];
  #stopChecking: (() => void) | undefined;
  /** The newest candle that was seen of the market. */
  #forming: Candle | undefined;
  #status: BotStatus = BotStatus.STARTING;
  #recovering = false;
  /** Something that was booked, and that the bot may not go on after. */
  #trouble: ReconciliationError | undefined;
  #isChecking = false;
  #isOpening = false;
  /** When open orders were looked at last, as the timers count. */
  #sweptAt = 0;
  /** When the state was last stored, as the timers count. */
  #savedAt = 0;
  readonly #closing = new AbortController();

  constructor(parts: RunnerParts) {
    const { bot, rules, context, exchange, lease, idKey, logger, timers } = parts;
    this.#parts = parts;
    this.#options = tradingOptionsOf(bot, rules);
    this.#candleMs = timeframeMs(bot.timeframe);
    this.#queue = new SerialQueue(parts.onFailed);
    this.#candles = new CandleInbox(this.#queue, (candle) => this.#closed(candle));
    const transact = <T>(work: (tx: RunnerTransaction) => Promise<T>): Promise<T> => this.#transact(work);
    const read = <T>(work: (em: EntityManager) => Promise<T>): Promise<T> => work(parts.database.forUser(context.userId));
    const fencingToken = lease.token;
    const books = new Books(parts);
    this.#books = books;
    const openOrders = (): ReturnType<Books['openOrders']> => books.openOrders();
    this.#desk = new OrderDesk({
      context,
      exchange,
      listener: this,
      transact,
      read,
      openOrders,
      nextNews: () => this.#nextNews(),
      fencingToken,
      idKey,
      logger,
      timers,
    });
    const wallet = exchange.fundingWallet;
    const mayEnter = (em: EntityManager): Promise<boolean> => this.#mayEnter(em);
    this.#funds = wallet && new FundsDesk({ parts, wallet, transact, mayEnter, signal: this.#closing.signal });
    this.#planner = new OrderPlanner({
      parts,
      desk: this.#desk,
      orders: this.#orders,
      options: this.#options,
      funds: this.#funds,
      transact,
      bot: this,
    });
    this.#halts = new BotHalts({ parts, planner: this.#planner, bot: this });
    this.#ending = new WindUp({ parts, planner: this.#planner, orders: this.#orders, bot: this });
    this.#requests = new RequestDesk({ parts, desk: this.#desk, planner: this.#planner, bot: this, transact });
    this.#entryNews = new EntryNews(parts, this.#options);
    this.#reconciler = new Reconciler(parts, books);
    this.#rulesWatch = new RulesWatch(parts);
  }

  /** What its row said when it was last looked at. */
  get status(): BotStatus {
    return this.#status;
  }

  get session(): TradingSession {
    return this.#session;
  }

  get held(): Decimal {
    return this.#held;
  }

  get openPrice(): number | undefined {
    const next = (this.#session.lastOpenTime ?? 0) + this.#candleMs;
    return this.#forming?.openTime === next ? this.#forming.open : undefined;
  }

  /**
   * Recovers and goes to work. Recovery is start-up: the same steps after a crash and at the very first start.
   * @throws DomainError or Error with what a person has to know when the bot cannot run
   */
  async start(): Promise<void> {
    const { market, exchange, bot } = this.#parts;
    await this.#queue.run(async () => {
      const hear = (news: Execution | FundingPayment): void => {
        this.#inbox.push(news);
        this.#queue.push(() => this.#settle());
      };
      this.#unsubscribe.push(exchange.subscribeExecutions(hear, hear));
      await this.#recover();
      await this.#funds?.resolveOpen();
      this.#unsubscribe.push(market.subscribeCandles(bot.symbol, bot.timeframe, (update) => this.#told(update)));
      const missed = await this.#missed(market.now());
      await this.#transact(async (tx) => {
        if (missed) await this.#followLate(tx, missed);
        await this.#begin(tx);
      });
      await this.#settle();
    });
    const { timers, lookUpEveryMs } = this.#parts;
    this.#sweptAt = timers.elapsed();
    this.#stopChecking = timers.every(lookUpEveryMs, () => this.#checkInFlight());
    this.serve();
  }

  /** Recovery is done: the bot runs, unless somebody has decided otherwise; what guards its position stands, and what stands over it is obeyed. */
  async #begin(tx: RunnerTransaction): Promise<void> {
    const { state } = tx;
    if (state.status === BotStatus.STARTING) state.status = moveBot(state.status, BotStatus.RUNNING);
    state.lastErrorMessage = null;
    this.obey(state.status);
    await this.#guard(tx);
    if (state.status !== BotStatus.STOPPING) await this.#halts.obey(tx);
  }

  /** Brings the session to where it would be; until then nothing that it wants is acted upon. */
  async #recover(): Promise<void> {
    this.#recovering = true;
    const recover = (): Promise<Decimal | null> =>
      recoverSession({
        parts: this.#parts,
        options: this.#options,
        desk: this.#desk,
        orders: this.#orders,
        books: this.#books,
        setSession: (session, held) => {
          this.#session = session;
          this.#held = held;
        },
        follow: (effects) => this.#follow(effects),
        fund: (payment) => this.#fund(payment),
        takeNews: () => this.#takeNews(),
        signal: this.#closing.signal,
      });
    await this.#reconciler.recovering(this.#parts.trigger, async () => {
      try {
        return await recover();
      } catch (error) {
        // What was booked on the way explains more than what followed from it.
        throw this.#trouble ?? error;
      }
    });
    this.#recovering = false;
  }

  /** Takes what the exchange has told, and nothing else. @returns whether it had told anything */
  async #takeNews(): Promise<boolean> {
    await this.#parts.exchange.settled();
    const isAny = this.#inbox.length > 0;
    for (let news = this.#inbox.shift(); news; news = this.#inbox.shift()) {
      await this.#take(news);
      if (this.#trouble) throw this.#trouble;
    }
    return isAny;
  }

  /** Looks at the state row again: a person may have paused or stopped the bot. */
  poke(): void {
    this.#queue.pushUrgent(async () => {
      await this.#obey();
      await this.#settle();
      await this.#requests.serve();
      await this.#settle();
    });
    void this.#hurry();
  }

  /** A halt does not wait until the exchange has answered what the bot asks just now. Recovery has to know what became of its orders. */
  async #hurry(): Promise<void> {
    if (this.#queue.length < 2) return;
    try {
      if (!(await this.#halts.isSharp())) return;
      this.#reconciler.stopWaiting();
      if (this.#recovering) return;
      this.#desk.stopWaiting();
      this.#funds?.stopWaiting();
    } catch (error) {
      this.#parts.logger.warn({ bot: this.#parts.bot.id, err: error }, 'looking for halts failed; the bot looks in its turn');
    }
  }

  /** Does what stands over the bot; one that is on its way to STOPPED winds up by itself. */
  #obey(): Promise<void> {
    return this.#transact((tx) => (tx.state.status === BotStatus.STOPPING ? Promise.resolve() : this.#halts.obey(tx)));
  }

  /** Carries out what people have asked of the bot. */
  serve(): void {
    this.#queue.pushUrgent(async () => {
      await this.#settle();
      await this.#requests.serve();
      await this.#settle();
    });
  }

  /** Resolves when everything that the market and the exchange told so far has been dealt with. */
  async settled(): Promise<void> {
    await this.#parts.exchange.settled();
    while (this.#queue.length > 0) await this.#queue.drained();
  }

  get lastPrice(): number {
    return this.#forming?.close ?? this.#session.position.entryPrice;
  }

  /** Lets go of everything, at the end of the job that runs now; the database stays as it is. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#stopChecking?.();
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    await this.#queue.close();
    await this.#parts.exchange.close();
  }

  #told({ candle, isClosed }: CandleUpdate): void {
    this.#forming = candle;
    if (isClosed) this.#candles.push(candle);
    else if (this.#planner.isWaiting) this.#hearOpen(candle);
    if (this.#planner.isTargetReached(candle.close)) this.#queue.push(() => this.#takeProfit(candle.close));
  }

  /** One first price waits at a time: where the bot is behind, they must not pile up. */
  #hearOpen(candle: Candle): void {
    if (this.#isOpening) return;
    this.#isOpening = true;
    this.#queue.push(() => {
      this.#isOpening = false;
      return this.#opened(candle);
    });
  }

  /** A target that cannot rest at the exchange was reached: the stop makes room for the exit. */
  async #takeProfit(price: number): Promise<void> {
    if (!this.#planner.isTargetReached(price)) return;
    const at = this.#parts.exchange.now();
    await this.#transact((tx) => this.apply(tx, this.#session.handle({ type: 'TICK', price, at })));
    await this.#settle();
  }

  /** The first price of a candle: what was decided at the last close can be sized and sent. */
  async #opened({ openTime, open }: Candle): Promise<void> {
    if (!this.#planner.isWaiting || openTime <= (this.#session.lastOpenTime ?? -1)) return;
    await this.#transact((tx) => this.#planner.opened(tx, open));
    await this.#settle();
  }

  async #closed(candle: Candle): Promise<void> {
    // On its way to STOPPED it decides nothing; at the next start it follows what it has not seen.
    if (this.#status === BotStatus.STOPPING) return this.#settle();
    const last = this.#session.lastOpenTime;
    if (last !== undefined && candle.openTime <= last) return;
    if (last !== undefined && candle.openTime > last + this.#candleMs) await this.#catchUp(candle.openTime);
    await this.#opened(candle);
    await this.#parts.exchange.settled();
    await this.#settle();
    const effects = this.#session.handle({ type: 'CANDLE_CLOSED', candle });
    if (this.#isQuiet(effects)) return;
    await this.#transact(async (tx) => {
      this.#entryNews.tell(tx, effects, candle.openTime + this.#candleMs);
      await this.apply(tx, effects);
      // A guard that was refused or lost comes back; nothing happens where both stand as they should.
      if (this.#session.position.side !== 0) await this.#planner.protect(tx, this.#session.position.protection());
      if (this.#session.position.side !== 0) await markPosition(tx, this.#parts.context, candle.close);
      tx.state.lastRunAt = this.#parts.clock.now();
      if (this.#status !== BotStatus.STOPPING) await this.#halts.look(tx);
    });
    await this.#settle();
  }

  /** What the bot was worth at the last close, as its state row tells it. */
  #noteDay(): void {
    const { lastOpenTime } = this.#session;
    const equity = this.#session.state().guard?.equity;
    if (lastOpenTime !== undefined && equity !== undefined) this.#days.note(lastOpenTime + this.#candleMs, equity);
  }

  /**
   * A candle that changed nothing but the session's count need not be stored at once: after a crash it is followed once more. Stored
   * now and then and at the end of a day all the same, which is also how a runner hears of what other processes wrote into the row.
   * While something is held every candle is stored, because limits that halt measure it.
   */
  #isQuiet(effects: readonly SessionEffect[]): boolean {
    const closedAt = (this.#session.lastOpenTime ?? 0) + this.#candleMs;
    if (closedAt % dayMs === 0 || this.#entryNews.isNews(effects, closedAt)) return false;
    const isIdle =
      this.#session.position.side === 0 && this.#session.pending === null && effects.every(({ type }) => type === 'NONE');
    return isIdle && this.#parts.timers.elapsed() - this.#savedAt < quietMs;
  }

  async #catchUp(until: number): Promise<void> {
    const missed = await this.#missed(until);
    if (missed) await this.#transact((tx) => this.#followLate(tx, missed));
  }

  /** Candles that closed while nobody watched; undefined when there are none. */
  async #missed(until: number): Promise<Candles | undefined> {
    const { market, bot } = this.#parts;
    const from = (this.#session.lastOpenTime ?? openTimeAt(bot.timeframe, until)) + this.#candleMs;
    if (from >= openTimeAt(bot.timeframe, until)) return undefined;
    return market.history(bot.symbol, bot.timeframe, from, until);
  }

  /** What was missed is followed, not acted upon. */
  async #followLate(tx: RunnerTransaction, missed: Candles): Promise<void> {
    await this.#planner.dropWaiting(tx);
    for (let i = 0; i < missed.openTime.length; i++)
      await this.apply(tx, this.#session.handle({ type: 'CANDLE_CLOSED', candle: candleAt(missed, i), stale: true }));
  }

  /** Takes what the exchange told and sends what is to be sent, until there is neither. */
  async #settle(): Promise<void> {
    for (;;) {
      if (this.#trouble) throw this.#trouble;
      const news = this.#inbox.shift();
      const action = news ? undefined : this.#planner.nextAction();
      if (news) await this.#take(news);
      else if (action) await action();
      else break;
    }
    if (this.#status === BotStatus.STOPPING && !this.#recovering) await this.#windUp();
  }

  /** What the exchange has told next, unless recovery has its own order for it or it is funding. */
  #nextNews(): Execution | undefined {
    const [next] = this.#inbox;
    if (this.#recovering || !next || 'paid' in next) return undefined;
    this.#inbox.shift();
    return next;
  }

  #take(news: Execution | FundingPayment): Promise<void> {
    return 'paid' in news ? this.#fund(news) : this.#desk.take(news);
  }

  /** Funding of the position was paid: ledger and session have it in one transaction, once. */
  #fund(payment: FundingPayment): Promise<void> {
    return this.#transact(async (tx) => {
      const position = await bookFunding(tx.em, this.#parts.context, payment);
      if (position === null) return;
      tx.events.push(fundedEvent(position));
      this.#session.handle({ type: 'FUNDED', paid: payment.paid.toNumber() });
    });
  }

  /** One check waits at a time: where each takes longer than the interval, they must not pile up. */
  #checkInFlight(): void {
    void this.#lookAtRules();
    if (this.#isChecking) return;
    this.#isChecking = true;
    this.#queue.pushUrgent(async () => {
      await this.#desk.resolveUnknown();
      await this.#funds?.resolveOpen();
      await this.#sweep();
      this.#planner.forgetTakingBack();
      if (this.#halts.isHalted) await this.#obey();
      await this.#settle();
      await this.#lookAtBooks();
      this.#isChecking = false;
    });
  }

  /** Where its market has new rules the bot begins anew: recovery puts right what does not fit any more, as after any restart. */
  async #lookAtRules(): Promise<void> {
    const change = await this.#rulesWatch.look();
    if (change === undefined) return;
    this.#queue.pushUrgent(async () => {
      const { bot, context, clock } = this.#parts;
      const text = `${change}; bot "${bot.name}" goes by that from now on`;
      await this.#transact((tx) =>
        Promise.resolve(void tx.events.push(logLine(context.userId, 'WARN', text, { botId: bot.id }, clock.now()))),
      );
      throw new RulesChangedError(text);
    });
  }

  /** The invariants of the ledger are checked while the bot runs, not only when it begins. */
  async #lookAtBooks(): Promise<void> {
    if (this.#status !== BotStatus.RUNNING && this.#status !== BotStatus.PAUSED) return;
    await this.#reconciler.look(async () => {
      await this.#parts.exchange.settled();
      await this.#desk.sweep();
      await this.#settle();
    });
  }

  async #sweep(): Promise<void> {
    const now = this.#parts.timers.elapsed();
    if (now - this.#sweptAt < this.#parts.bot.checkIntervalSeconds * 1_000) return;
    this.#sweptAt = now;
    await this.#desk.sweep();
    if (this.#isGuarded) await this.#transact((tx) => this.#guard(tx));
  }

  /** A stop or a target that is missing at the exchange comes back. */
  async #guard(tx: RunnerTransaction): Promise<void> {
    if (this.#isGuarded) await this.#planner.protect(tx, this.#session.position.protection());
  }

  get #isGuarded(): boolean {
    return this.#session.position.side !== 0 && (this.#status === BotStatus.RUNNING || this.#status === BotStatus.PAUSED);
  }

  /** On the way to STOPPED; see `WindUp`. */
  async #windUp(): Promise<void> {
    const isDone = await this.#transact((tx) => this.#ending.step(tx));
    if (isDone) this.#parts.onStopped();
    else if (this.#planner.hasActions) await this.#settle();
  }

  async apply(tx: RunnerTransaction, effects: readonly SessionEffect[]): Promise<void> {
    if (this.#recovering) {
      this.#follow(effects);
      return;
    }
    this.#noteDay();
    for (const effect of effects) {
      if (effect.type === 'SUBMIT') await this.#planner.submit(tx, effect.order);
      else if (effect.type === 'PROTECT') await this.#planner.protect(tx, effect.protection);
      else if (effect.type === 'CANCEL') this.#planner.cancelPending();
    }
  }

  /** What a session that recovers wants is not acted upon. What it has followed is stored with whatever is written next. */
  #follow(effects: readonly SessionEffect[]): void {
    this.#noteDay();
    for (const effect of effects)
      if (effect.type === 'SUBMIT') this.#follow(this.#session.handle({ type: 'ORDER_ENDED', leg: effect.order.leg }));
      else if (effect.type === 'CANCEL') this.#planner.cancelPending();
  }

  async filled(tx: RunnerTransaction, { order, trade, position, closedTrade }: BookedFill): Promise<void> {
    const isBeyond = order.reduceOnly && trade.amount.gt(this.#held);
    // Fills before this one may still be unknown: recovery asks for all of them, and takes them in the order in which they happened.
    if (isBeyond && !this.#recovering) throw new Error(beyondText(this.#parts.bot.name, order));
    this.#held = position.isOpen ? position.quantity : zero;
    this.#ending.filled();
    if (!order.reduceOnly) this.#entryNews.entered();
    if (isTerminal(order.status)) this.#orders.remove(order.id);
    if (order.filledAmount.gt(order.amount)) this.#trouble = new ReconciliationError(overfillText(this.#parts.bot.name, order));
    else if (isBeyond) this.#trouble = new ReconciliationError(beyondText(this.#parts.bot.name, order));
    // The session cannot close more than it holds; the ledger has it, and a person has to look.
    if (isBeyond) return;
    await this.apply(
      tx,
      this.#session.handle({
        type: 'EXECUTION',
        execution: executionOf(order, trade, this.#parts.context.baseAsset, position.dust),
      }),
    );
    // What was placed by hand to close the position has nothing left to close.
    if (closedTrade !== null) this.#planner.cancelByHand();
    if (closedTrade !== null && !this.#recovering && this.#status !== BotStatus.STOPPING) await this.#halts.look(tx);
  }

  noEntry(tx: RunnerTransaction): void {
    const reason = this.#session.idleReason;
    this.#entryNews.tell(tx, [{ type: 'NONE', reason }], this.#parts.exchange.now());
  }

  async writeOff(tx: RunnerTransaction, reason: ExitReason | null, price: number): Promise<boolean> {
    const { context, exchange, rules } = this.#parts;
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
    this.#held = zero;
    await this.apply(tx, this.#session.handle({ type: 'EXECUTION', execution: writeOffOf(written.position, reason, price, at) }));
    return true;
  }

  async ended(tx: RunnerTransaction, order: Order): Promise<void> {
    const wasPending = this.#orders.pending === order.id;
    this.#orders.remove(order.id);
    if (order.status === OrderStatus.REJECTED) this.#rulesWatch.doubt();
    if (!wasPending && !this.#recovering) await this.#planner.ended(tx as RunnerTransaction, order);
    if (!wasPending) return;
    await this.apply(tx, this.#session.handle({ type: 'ORDER_ENDED', leg: order.reduceOnly ? OrderLeg.EXIT : OrderLeg.ENTRY }));
  }

  async isWanted({ em }: RunnerTransaction, order: Order): Promise<boolean> {
    if (!this.#orders.has(order.id)) return false;
    if (order.reduceOnly) return this.#held.gt(0);
    return this.#mayEnter(em);
  }

  async #mayEnter(em: EntityManager): Promise<boolean> {
    return this.#status === BotStatus.RUNNING && (await this.#parts.risk.haltOf(em, this.#parts.context)) === null;
  }

  async #transact<T>(work: (tx: RunnerTransaction) => Promise<T>): Promise<T> {
    this.#books.changed();
    const result = await runnerTransaction(this.#parts, this, work).finally(() => this.#books.changed());
    this.#savedAt = this.#parts.timers.elapsed();
    return result;
  }

  obey(status: BotStatus): void {
    this.#status = status;
    if (this.#session) this.#session.paused = status === BotStatus.PAUSED || status === BotStatus.STOPPING;
  }

  save(state: BotState): void {
    if (this.#session) saveSession(state, this.#session, this.#held);
  }

  async saveDay(em: EntityManager): Promise<void> {
    if (this.#session) this.#noteDay();
    await this.#days.write(em, this.#parts.context);
  }
}
