import { BotStatus, moveBot } from '../../trading/bot.ts';
import type { Decimal } from '../../trading/money.ts';
import type { TradingOptions } from '../../trading/options.ts';
import type { TradingSession } from '../../trading/session.ts';
import type { FundingPayment } from '../exchanges/port/exchange.ts';
import type { Execution } from '../exchanges/port/orders.ts';
import type { Unsubscribe } from '../exchanges/port/subscription.ts';
import { Books } from './books.ts';
import { BotMemory } from './bot-memory.ts';
import { tradingOptionsOf } from './bot-options.ts';
import { BotTrading } from './bot-trading.ts';
import { EntryNews } from './entry-news.ts';
import { ExchangeNews } from './exchange-news.ts';
import { MarketFollower } from './market-follower.ts';
import { Reconciler } from './reconciler.ts';
import { recoverSession } from './recovery.ts';
import { RequestDesk } from './request-desk.ts';
import { RulesWatch } from './rules-watch.ts';
import { RunnerChecks } from './runner-checks.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';
import { SerialQueue } from './serial-queue.ts';

/**
 * One running bot, from recovery to STOPPED. Everything that happens to it happens on one serial queue: what the market, the exchange and people say
 * is told to the parts that it concerns, each in its turn, and what follows at the exchange is done before the next.
 */
export class BotRunner {
  readonly #parts: RunnerParts;
  readonly #options: TradingOptions;
  readonly #queue: SerialQueue;
  readonly #books: Books;
  readonly #memory: BotMemory;
  readonly #trading: BotTrading;
  readonly #news: ExchangeNews;
  readonly #market: MarketFollower;
  readonly #requests: RequestDesk;
  readonly #reconciler: Reconciler;
  readonly #checks: RunnerChecks;
  #unsubscribe: Unsubscribe[] = [];
  readonly #closing = new AbortController();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    const options = tradingOptionsOf(parts.bot, parts.rules);
    const queue = new SerialQueue(parts.onFailed);
    const books = new Books(parts);
    const memory = new BotMemory(parts, books);
    const entryNews = new EntryNews(parts, options);
    const rulesWatch = new RulesWatch(parts);
    const reconciler = new Reconciler(parts, books);
    const nextExecution = (): Execution | undefined => this.#news.nextExecution();
    const { signal } = this.#closing;
    const trading = new BotTrading({ parts, options, memory, books, entryNews, rulesWatch, nextExecution, signal });
    const { desk, planner } = trading;
    const settle = (): Promise<void> => this.#settle();
    this.#options = options;
    this.#queue = queue;
    this.#books = books;
    this.#memory = memory;
    this.#trading = trading;
    this.#news = new ExchangeNews({ parts, memory, trading });
    this.#market = new MarketFollower({ parts, queue, memory, trading, entryNews, settle });
    this.#requests = new RequestDesk({ parts, desk, planner, bot: trading, transact: (work) => memory.transact(work) });
    this.#reconciler = reconciler;
    this.#checks = new RunnerChecks({ parts, queue, memory, trading, reconciler, rulesWatch, settle });
  }

  /** What its row said when it was last looked at. */
  get status(): BotStatus {
    return this.#memory.status;
  }

  /** It has not come to run, and has sent nothing. */
  get isRecovering(): boolean {
    return this.#memory.isRecovering;
  }

  get session(): TradingSession {
    return this.#memory.session;
  }

  get lastPrice(): number {
    return this.#memory.lastPrice;
  }

  /**
   * Recovers and goes to work. Recovery is start-up: the same steps after a crash and at the very first start.
   * @throws DomainError or Error with what a person has to know when the bot cannot run
   */
  async start(): Promise<void> {
    const { market, exchange, bot } = this.#parts;
    await this.#queue.run(async () => {
      const hear = (news: Execution | FundingPayment): void => {
        this.#news.push(news);
        this.#queue.push(() => this.#settle());
      };
      this.#unsubscribe.push(exchange.subscribeExecutions(hear, hear));
      await this.#recover();
      await this.#trading.funds?.resolveOpen();
      this.#unsubscribe.push(market.subscribeCandles(bot.symbol, bot.timeframe, (update) => this.#market.told(update)));
      const missed = await this.#market.missed(market.now());
      await this.#memory.transact(async (tx) => {
        if (missed) await this.#market.followLate(tx, missed);
        await this.#begin(tx);
      });
      await this.#settle();
    });
    this.#checks.begin();
    this.serve();
  }

  /** Brings the session to where it would be; see `recoverSession`. */
  async #recover(): Promise<void> {
    const trading = this.#trading;
    const recover = (): Promise<Decimal | null> =>
      recoverSession({
        parts: this.#parts,
        options: this.#options,
        desk: trading.desk,
        orders: trading.orders,
        books: this.#books,
        setSession: (session, held) => this.#memory.restore(session, held),
        follow: (effects) => trading.follow(effects),
        fund: (payment) => this.#news.fund(payment),
        takeNews: () => this.#news.takeAll(),
        signal: AbortSignal.any([this.#closing.signal, this.#parts.cut]),
      });
    await this.#reconciler.recovering(this.#parts.trigger, async () => {
      try {
        return await recover();
      } catch (error) {
        // What was booked on the way explains more than what followed from it.
        throw trading.trouble ?? error;
      }
    });
    this.#memory.recovered();
  }

  /** Recovery is done: the bot runs, unless somebody has decided otherwise; what guards its position stands, and what stands over it is obeyed. */
  async #begin(tx: RunnerTransaction): Promise<void> {
    const { state } = tx;
    if (state.status === BotStatus.STARTING) state.status = moveBot(state.status, BotStatus.RUNNING);
    state.lastErrorMessage = null;
    this.#memory.obey(state.status);
    await this.#trading.guard(tx);
    await this.#trading.obeyHalts(tx);
  }

  /** Looks at the state row again: a person may have paused or stopped the bot. */
  poke(): void {
    this.#queue.pushUrgent(async () => {
      await this.#memory.transact((tx) => this.#trading.obeyHalts(tx));
      await this.#serve();
    });
    void this.#hurry();
  }

  /** A halt does not wait until the exchange has answered what the bot asks just now. Recovery has to know what became of its orders. */
  async #hurry(): Promise<void> {
    if (this.#queue.length < 2) return;
    const { halts, desk, funds } = this.#trading;
    try {
      if (!(await halts.isSharp())) return;
      this.#reconciler.stopWaiting();
      if (this.#memory.isRecovering) return;
      desk.stopWaiting();
      funds?.stopWaiting();
    } catch (error) {
      this.#parts.logger.warn({ bot: this.#parts.bot.id, err: error }, 'looking for halts failed; the bot looks in its turn');
    }
  }

  /** Carries out what people have asked of the bot. */
  serve(): void {
    this.#queue.pushUrgent(() => this.#serve());
  }

  async #serve(): Promise<void> {
    await this.#settle();
    await this.#requests.serve();
    await this.#settle();
  }

  /** Takes what the exchange told and sends what is to be sent, until there is neither. */
  async #settle(): Promise<void> {
    const { planner } = this.#trading;
    for (;;) {
      if (this.#trading.trouble) throw this.#trading.trouble;
      const step = this.#news.takeNext() ?? planner.nextAction()?.();
      if (!step) break;
      await step;
    }
    if (this.#memory.status === BotStatus.STOPPING && !this.#memory.isRecovering) await this.#windUp();
  }

  /** On the way to STOPPED; see `WindUp`. */
  async #windUp(): Promise<void> {
    const { windUp, planner } = this.#trading;
    const isDone = await this.#memory.transact((tx) => windUp.step(tx));
    if (isDone) this.#parts.onStopped();
    else if (planner.hasActions) await this.#settle();
  }

  /** Resolves when everything that the market and the exchange told so far has been dealt with. */
  async settled(): Promise<void> {
    await this.#parts.exchange.settled();
    while (this.#queue.length > 0) await this.#queue.drained();
  }

  /** Lets go of everything, at the end of the job that runs now; the database stays as it is. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#checks.end();
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    await this.#queue.close();
    await this.#parts.exchange.close();
  }
}
