import type { Account } from './account.ts';
import type { Candles } from './candle.ts';
import { type Decider, deciderOf } from './decider.ts';
import { entryOrder, type EntryStyle } from './entry-order.ts';
import { EntryType } from './options.ts';
import { OrderSide } from './order.ts';
import { ExitReason, MarketType, PositionSide } from './position.ts';
import type { CandleSeries } from './series.ts';
import { SessionBooks, type SessionOptions } from './session-books.ts';
import { IdleReason, OrderLeg, type OrderRequest, RefusalReason } from './session-types.ts';
import { type BoundStrategy, Decision, type DecisionLevels } from './strategy.ts';
import { type Timeframe, timeframeMs } from './timeframe.ts';

/** What a session is made of. */
export interface SessionConfig {
  readonly strategy: BoundStrategy;
  readonly options: SessionOptions;
  readonly timeframe: Timeframe;
}

/** Candle columns with the indicators' columns beside them. */
export interface Feed {
  readonly candles: Candles;
  readonly columns: Readonly<Record<string, Float64Array>>;
}

/** The first index from `from` whose signals have a bit of the mask, or `to`; four candles at a time where none of the four has. */
function nextSignal(signals: Uint8Array, words: Int32Array, mask: number, from: number, to: number): number {
  let index = from;
  while (index < to && (index & 3) !== 0) {
    if ((signals[index] & mask) !== 0) return index;
    index++;
  }
  const masks = Math.imul(mask, 0x01010101);
  while (index + 4 <= to && (words[index >> 2] & masks) === 0) index += 4;
  while (index < to && (signals[index] & mask) === 0) index++;
  return index;
}

/** The part of a session that backtest, paper and live all run through: told of closed candles by `step`, it decides. */
export class SessionCore extends SessionBooks {
  /** Paused: the position is still managed, nothing new is entered. */
  paused = false;

  protected readonly feed: Feed;
  /** The growing series of a running bot; null over whole columns. */
  protected readonly series: CandleSeries | null;
  protected readonly decider: Decider;
  readonly #firstDecision: number;
  readonly #entry: EntryStyle;
  readonly #patience: number;
  readonly #isSpot: boolean;
  readonly #levels: DecisionLevels = { stop: Number.NaN, target: Number.NaN };
  readonly #candleMs: number;
  /** Candles that the pending entry has waited. */
  #rested = 0;

  protected constructor(config: SessionConfig, feed: Feed, series: CandleSeries | null, account: Account | undefined) {
    super(config.options, series !== null, account);
    const { strategy, options } = config;
    this.feed = feed;
    this.series = series;
    this.#firstDecision = strategy.firstDecision;
    this.#entry = { entryType: options.entryType ?? EntryType.MARKET, entryOffsetPercent: options.entryOffsetPercent ?? 0 };
    this.#patience = options.entryCandles ?? 1;
    this.#isSpot = options.marketType === MarketType.SPOT;
    this.#candleMs = timeframeMs(config.timeframe);
    this.decider = deciderOf(strategy.definition, {
      candles: feed.candles,
      columns: feed.columns,
      parameters: strategy.parameters,
      shorts: !this.#isSpot,
    });
  }

  /** Open time of the newest candle the session was given; undefined before the first and in a backtest. */
  get lastOpenTime(): number | undefined {
    return this.series?.lastOpenTime;
  }

  /**
   * The candle at `index` has closed, after everything inside it was told by `fill`.
   * @returns the order wanted now, which is also `pending`, or null
   */
  step(index: number): OrderRequest | null {
    const number = this.follow(index);
    if (number < this.#firstDecision) {
      this.idle = IdleReason.WARMING_UP;
      return null;
    }
    if (this.pending !== null && this.#goesOnWaiting(this.pending, index)) {
      this.idle = IdleReason.ORDER_PENDING;
      return null;
    }
    if (this.series !== null) this.decider.prepare(index, index + 1);
    const decision = this.decider.decision(index, this.position);
    this.idle = IdleReason.HOLD;
    return decision === Decision.HOLD ? null : this.#act(decision, index);
  }

  /** An exit that has begun, or waits for its price, goes on as this order. @param price level of a limit; null: at the market */
  goOnExiting(reason: ExitReason, reference: number, candleTime: number, price: number | null): OrderRequest {
    const exit = this.exitOrder(reason, reference, candleTime);
    if (price === null) return exit;
    // A reversal was meant for the moment of the exit; nobody knows when that will come now.
    this.following = null;
    this.pending = { ...exit, type: EntryType.LIMIT, price };
    return this.pending;
  }

  /** A stop entry was reached and goes on at the market. */
  goOnEntering(entry: OrderRequest): void {
    this.pending = { ...entry, type: EntryType.MARKET, price: null };
  }

  /** Takes note of a closed candle without deciding. @returns how many came before it */
  protected follow(index: number): number {
    const { position } = this;
    const { candles } = this.feed;
    if (position.side !== 0) position.candleClosed(index, candles);
    if (this.guard !== null && !this.account.isShared)
      this.guard.candle(candles.openTime[index] + this.#candleMs, this.equity(candles.close[index]));
    return this.count++;
  }

  /**
   * Steps over candles on which nothing happens: nothing is pending, no level is touched, the strategy wants nothing. Exactly what
   * filling and `step` would do there, in one tight loop; it is what makes the backtest fast.
   * @returns the first index from `from` that needs filling and `step`, or `to`
   */
  calmUntil(from: number, to: number): number {
    const { signals } = this.decider;
    const { position } = this;
    if (signals === null || this.guard !== null || this.pending !== null || position.trails) return from;
    const mask = this.decider.mask(position.side);
    let index = from;
    if (position.side === 0) {
      index = nextSignal(signals, this.decider.words!, mask, from, to);
    } else {
      index = this.#heldUntil(from, to, signals, mask);
      position.candles += index - from;
    }
    this.count += index - from;
    return index;
  }

  #heldUntil(from: number, to: number, signals: Uint8Array, mask: number): number {
    const { position } = this;
    const { high, low } = this.feed.candles;
    const { floor, ceiling } = position;
    let { highest, lowest } = position;
    let index = from;
    for (; index < to; index++) {
      const top = high[index];
      const bottom = low[index];
      if (bottom <= floor || top >= ceiling || (signals[index] & mask) !== 0) break;
      if (top > highest) highest = top;
      if (bottom < lowest) lowest = bottom;
    }
    position.highest = highest;
    position.lowest = lowest;
    return index;
  }

  #act(decision: Decision, index: number): OrderRequest | null {
    const { side } = this.position;
    const price = this.feed.candles.close[index];
    const time = this.feed.candles.openTime[index];
    if (decision === Decision.EXIT) return side === 0 ? null : this.exitOrder(ExitReason.SIGNAL, price, time);
    const wanted = decision === Decision.ENTER_LONG ? 1 : -1;
    if (side === wanted) return null;
    const refusal = this.#entryRefusal(wanted);
    if (refusal !== null) this.refuse(refusal);
    const entry = refusal === null ? this.#entryOrder(wanted, price, time, index) : null;
    if (side === 0) {
      this.pending = entry;
      return entry;
    }
    // An entry against the position reverses it: the exit first, the entry at the same moment.
    this.following = entry;
    return this.exitOrder(ExitReason.SIGNAL, price, time);
  }

  #entryRefusal(wanted: 1 | -1): RefusalReason | null {
    if (wanted < 0 && this.#isSpot) return RefusalReason.SHORT_NOT_ALLOWED;
    if (this.paused) return RefusalReason.PAUSED;
    return this.account.refusalFor(this);
  }

  #entryOrder(side: 1 | -1, price: number, candleTime: number, index: number): OrderRequest {
    this.decider.levels(index, side, this.#levels);
    this.#rested = 0;
    return entryOrder(side, price, candleTime, this.#levels, this.#entry);
  }

  /**
   * Lets the order under way wait on, or ends it with the reason counted. An exit that waits for its price keeps nobody from deciding: a signal overtakes it.
   * @returns whether it goes on and keeps the session from deciding
   */
  #goesOnWaiting(pending: OrderRequest, index: number): boolean {
    if (this.isLive) return true;
    if (pending.leg === OrderLeg.EXIT) return pending.type === EntryType.MARKET;
    // What has become forbidden while it waited, by what other markets of the account did.
    const refusal = this.position.side === 0 ? this.account.refusalFor(this) : null;
    const isOver = refusal !== null || this.#takesBack(pending, index) || this.#hasLivedOut(pending);
    if (!isOver) return true;
    if (refusal !== null) this.refuse(refusal);
    else if (this.position.side === 0) this.refuse(RefusalReason.ENTRY_NOT_REACHED);
    this.orderEnded();
    return false;
  }

  /** A limit or stop entry has lived through one more candle. @returns whether it was the last one */
  #hasLivedOut({ type }: OrderRequest): boolean {
    if (type === EntryType.MARKET) return false;
    this.#rested += 1;
    return this.#rested >= this.#patience;
  }

  /** Whether the strategy no longer wants what it waits for: it says what would end the position, too. */
  #takesBack({ positionSide }: OrderRequest, index: number): boolean {
    const { signals } = this.decider;
    const side = positionSide === PositionSide.LONG ? 1 : -1;
    if (signals !== null) return (signals[index] & this.decider.mask(side)) !== 0;
    const decision = this.decider.decision(index, this.position);
    return decision === Decision.EXIT || decision === (side > 0 ? Decision.ENTER_SHORT : Decision.ENTER_LONG);
  }

  protected exitOrder(reason: ExitReason, price: number, candleTime: number): OrderRequest {
    const long = this.position.side > 0;
    this.pending = {
      leg: OrderLeg.EXIT,
      positionSide: long ? PositionSide.LONG : PositionSide.SHORT,
      side: long ? OrderSide.SELL : OrderSide.BUY,
      type: EntryType.MARKET,
      price: null,
      quantity: this.position.quantity,
      referencePrice: price,
      reason,
      candleTime,
      stop: null,
      target: null,
    };
    return this.pending;
  }
}
