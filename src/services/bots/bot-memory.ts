import type { BotState } from '../../entities/trading/BotState.ts';
import { BotStatus } from '../../trading/bot.ts';
import type { Candle } from '../../trading/candle.ts';
import { Decimal } from '../../trading/money.ts';
import type { TradingSession } from '../../trading/session.ts';
import { timeframeMs } from '../../trading/timeframe.ts';
import type { EntityManager } from '../database/database.ts';
import { DayBook } from '../portfolio/day-book.ts';
import type { Books } from './books.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';
import { runnerTransaction, type TransactionHooks } from './runner-transaction.ts';
import { saveSession } from './session-store.ts';

/**
 * What a runner has in memory of its bot, and the transactions that write it down. When one fails, memory and database may differ: the
 * runner is given up, and another one recovers from the database.
 */
export class BotMemory implements TransactionHooks {
  readonly #parts: RunnerParts;
  readonly #books: Books;
  readonly #candleMs: number;
  readonly #days = new DayBook();
  #session!: TradingSession;
  /** Exact quantity of the open position, as the ledger has it. */
  held = new Decimal(0);
  /** The newest candle that was seen of the market. */
  #forming: Candle | undefined;
  #status: BotStatus = BotStatus.STARTING;
  #isRecovering = true;
  /** When the state was last stored, as the timers count. */
  #savedAt = 0;

  constructor(parts: RunnerParts, books: Books) {
    this.#parts = parts;
    this.#books = books;
    this.#candleMs = timeframeMs(parts.bot.timeframe);
  }

  /** There is none before recovery has begun. */
  get session(): TradingSession {
    return this.#session;
  }

  /** What the bot's row said when it was last looked at. */
  get status(): BotStatus {
    return this.#status;
  }

  /** Whether the bot looks after what it holds: not while it starts or winds up. */
  get isAtWork(): boolean {
    return this.#status === BotStatus.RUNNING || this.#status === BotStatus.PAUSED;
  }

  /** Whether the session is still being brought to where it would be; until then nothing that it wants is acted upon. */
  get isRecovering(): boolean {
    return this.#isRecovering;
  }

  /** When the last candle that was followed closed, which is when the next one opens, ms UTC. */
  get closedAt(): number {
    return (this.#session.lastOpenTime ?? 0) + this.#candleMs;
  }

  /** First price of the candle that is forming; undefined until it is seen. */
  get openPrice(): number | undefined {
    return this.#forming?.openTime === this.closedAt ? this.#forming.open : undefined;
  }

  /** The market's price; before it is heard, that of the entry, which is NaN where nothing is held. */
  get lastPrice(): number {
    return this.#forming?.close ?? this.#session.position.entryPrice;
  }

  /** How long ago the state was last stored, in milliseconds. */
  get unsavedMs(): number {
    return this.#parts.timers.elapsed() - this.#savedAt;
  }

  /** Begins anew with what the database has. */
  restore(session: TradingSession, held: Decimal): void {
    this.#session = session;
    this.held = held;
  }

  /** The session is where it would be. */
  recovered(): void {
    this.#isRecovering = false;
  }

  /** The market is here now. */
  see(candle: Candle): void {
    this.#forming = candle;
  }

  /** Notes what the bot was worth at the last close, as its state row tells it. */
  noteDay(): void {
    const equity = this.#session.state().guard?.equity;
    if (this.#session.lastOpenTime !== undefined && equity !== undefined) this.#days.note(this.closedAt, equity);
  }

  /** Runs `work` in one transaction under the lease, and stores with it what the session has become; see `runnerTransaction`. */
  async transact<T>(work: (tx: RunnerTransaction) => Promise<T>): Promise<T> {
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
    if (this.#session) saveSession(state, this.#session, this.held);
  }

  async saveDay(em: EntityManager): Promise<void> {
    if (this.#session) this.noteDay();
    await this.#days.write(em, this.#parts.context);
  }
}
