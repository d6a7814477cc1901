import { BotStatus } from '../../trading/bot.ts';
import type { Candle, Candles } from '../../trading/candle.ts';
import { candleAt } from '../../trading/series.ts';
import type { SessionEffect } from '../../trading/session.ts';
import { openTimeAt, timeframeMs } from '../../trading/timeframe.ts';
import type { CandleUpdate } from '../exchanges/port/market-data.ts';
import type { BotMemory } from './bot-memory.ts';
import type { BotTrading } from './bot-trading.ts';
import { CandleInbox } from './candle-inbox.ts';
import type { EntryNews } from './entry-news.ts';
import { markPosition } from './position-marks.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';
import type { SerialQueue } from './serial-queue.ts';

export interface MarketFollowerParts {
  readonly parts: RunnerParts;
  readonly queue: SerialQueue;
  readonly memory: BotMemory;
  readonly trading: BotTrading;
  readonly entryNews: EntryNews;
  /** Takes what the exchange told and sends what is to be sent. */
  readonly settle: () => Promise<void>;
}

const dayMs = 86_400_000;
/** How long quiet candles may go unstored, in milliseconds. */
const quietMs = 5_000;

/** Tells a bot's session what its market does: each candle that closes, once and in order, the first price of the next one, and a target that is reached. */
export class MarketFollower {
  readonly #parts: MarketFollowerParts;
  readonly #candleMs: number;
  readonly #candles: CandleInbox;
  #isOpening = false;

  constructor(parts: MarketFollowerParts) {
    this.#parts = parts;
    this.#candleMs = timeframeMs(parts.parts.bot.timeframe);
    this.#candles = new CandleInbox(parts.queue, (candle) => this.#closed(candle));
  }

  /** The market has told something. */
  told({ candle, isClosed }: CandleUpdate): void {
    const { memory, queue, trading } = this.#parts;
    memory.see(candle);
    if (isClosed) this.#candles.push(candle);
    else if (trading.planner.isWaiting) this.#hearOpen(candle);
    if (trading.planner.isTargetReached(candle.close)) queue.push(() => this.#takeProfit(candle.close));
  }

  /** Candles that closed while nobody watched; undefined when there are none. @param until ms UTC */
  async missed(until: number): Promise<Candles | undefined> {
    const { parts, memory } = this.#parts;
    const { market, bot } = parts;
    const from = (memory.session.lastOpenTime ?? openTimeAt(bot.timeframe, until)) + this.#candleMs;
    if (from >= openTimeAt(bot.timeframe, until)) return undefined;
    return market.history(bot.symbol, bot.timeframe, from, until);
  }

  /** What was missed is followed, not acted upon. */
  async followLate(tx: RunnerTransaction, missed: Candles): Promise<void> {
    const { memory, trading } = this.#parts;
    await trading.planner.dropWaiting(tx);
    for (let i = 0; i < missed.openTime.length; i++)
      await trading.apply(tx, memory.session.handle({ type: 'CANDLE_CLOSED', candle: candleAt(missed, i), stale: true }));
  }

  /** One first price waits at a time: where the bot is behind, they must not pile up. */
  #hearOpen(candle: Candle): void {
    if (this.#isOpening) return;
    this.#isOpening = true;
    this.#parts.queue.push(() => {
      this.#isOpening = false;
      return this.#opened(candle);
    });
  }

  /** A target that cannot rest at the exchange was reached: the stop makes room for the exit. */
  async #takeProfit(price: number): Promise<void> {
    const { parts, memory, trading, settle } = this.#parts;
    if (!trading.planner.isTargetReached(price)) return;
    const at = parts.exchange.now();
    await memory.transact((tx) => trading.apply(tx, memory.session.handle({ type: 'TICK', price, at })));
    await settle();
  }

  /** The first price of a candle: what was decided at the last close can be sized and sent. */
  async #opened({ openTime, open }: Candle): Promise<void> {
    const { memory, trading, settle } = this.#parts;
    if (!trading.planner.isWaiting || openTime <= (memory.session.lastOpenTime ?? -1)) return;
    await memory.transact((tx) => trading.planner.opened(tx, open));
    await settle();
  }

  async #closed(candle: Candle): Promise<void> {
    const { parts, memory, settle } = this.#parts;
    // On its way to STOPPED it decides nothing; at the next start it follows what it has not seen.
    if (memory.status === BotStatus.STOPPING) return settle();
    const last = memory.session.lastOpenTime;
    if (last !== undefined && candle.openTime <= last) return;
    if (last !== undefined && candle.openTime > last + this.#candleMs) await this.#catchUp(candle.openTime);
    await this.#opened(candle);
    await parts.exchange.settled();
    await settle();
    const effects = memory.session.handle({ type: 'CANDLE_CLOSED', candle });
    if (this.#isQuiet(effects)) return;
    await memory.transact((tx) => this.#act(tx, effects, candle));
    await settle();
  }

  async #catchUp(until: number): Promise<void> {
    const missed = await this.missed(until);
    if (missed) await this.#parts.memory.transact((tx) => this.followLate(tx, missed));
  }

  /** Acts upon what the session has made of a candle. */
  async #act(tx: RunnerTransaction, effects: readonly SessionEffect[], candle: Candle): Promise<void> {
    const { parts, memory, trading, entryNews } = this.#parts;
    const { position } = memory.session;
    entryNews.tell(tx, effects, candle.openTime + this.#candleMs);
    await trading.apply(tx, effects);
    // A guard that was refused or lost comes back; nothing happens where both stand as they should.
    if (position.side !== 0) await trading.planner.protect(tx, position.protection());
    if (position.side !== 0) await markPosition(tx, parts.context, candle.close);
    tx.state.lastRunAt = parts.clock.now();
    if (memory.status !== BotStatus.STOPPING) await trading.halts.look(tx);
  }

  /**
   * A candle that changed nothing but the session's count need not be stored at once: after a crash it is followed once more. Stored
   * now and then and at the end of a day all the same, which is also how a runner hears of what other processes wrote into the row.
   * While something is held every candle is stored, because limits that halt measure it.
   */
  #isQuiet(effects: readonly SessionEffect[]): boolean {
    const { memory, entryNews } = this.#parts;
    const { session, closedAt } = memory;
    if (closedAt % dayMs === 0 || entryNews.isNews(effects, closedAt)) return false;
    const isIdle = session.position.side === 0 && session.pending === null && effects.every(({ type }) => type === 'NONE');
    return isIdle && memory.unsavedMs < quietMs;
  }
}
