import type { Candle, Candles } from './candle.ts';
import { type Decider, deciderOf } from './decider.ts';
import { ParameterError } from './errors.ts';
import { entryBudget, QuantityGrid } from './fills.ts';
import { HeldPosition, type HeldState } from './held.ts';
import { EntryGuard, type GuardState, hasLimits } from './limits.ts';
import type { TradingOptions } from './options.ts';
import { OrderSide } from './order.ts';
import { ExitReason, PositionSide } from './position.ts';
import { candleAt, CandleSeries } from './series.ts';
import {
  type Execution,
  IdleReason,
  OrderLeg,
  type OrderRequest,
  RefusalReason,
  type SessionEffect,
  type SessionEvent,
  type SessionTrade,
} from './session-types.ts';
import { type BoundStrategy, Decision, type DecisionLevels } from './strategy.ts';
import { type Timeframe, timeframeMs } from './timeframe.ts';

export * from './session-types.ts';

/** What a session is made of. */
export interface SessionConfig {
  readonly strategy: BoundStrategy;
  readonly options: TradingOptions;
  readonly timeframe: Timeframe;
}

/** Everything a restart needs to go on exactly where it was; plain JSON. */
export interface SessionState {
  /** Realised capital: the initial capital plus all profit after fees, the fees of an open position included. */
  readonly balance: number;
  readonly position: HeldState | null;
  readonly pending: OrderRequest | null;
  /** The entry that follows the pending exit of a reversal. */
  readonly following: OrderRequest | null;
  readonly guard: GuardState | null;
  readonly paused: boolean;
}

/** Candle columns with the indicators' columns beside them. */
interface Feed {
  readonly candles: Candles;
  readonly columns: Readonly<Record<string, Float64Array>>;
}

const nothing = new Map<IdleReason, readonly SessionEffect[]>(
  Object.values(IdleReason).map((reason) => [reason, [{ type: 'NONE', reason }]]),
);

/**
 * The one brain that backtest, paper and live share: it is told what happened and answers what it wants done. It has no clock, sends
 * nothing and knows no exchange. One symbol, one position, one order at a time.
 *
 * A runner makes it `onHistory` and calls `handle(event)`. The backtest makes it `onColumns` and calls `step` and `fill`, which
 * `handle` calls too. Simulated fills for either come from `Matcher`.
 */
export class TradingSession {
  readonly options: TradingOptions;
  /** What is held; read it, never write it. */
  readonly position: HeldPosition;
  /** Capital without the profit of the open position, in quote currency. */
  balance: number;
  /** The order under way, if any. A market order stays until `fill` completes it or `orderEnded` ends it. */
  pending: OrderRequest | null = null;
  /** Round trips completed; a runner gets each as a CLOSED effect instead. */
  readonly closed: SessionTrade[] = [];
  /** Wanted entries that were not made, by reason. */
  readonly refusals: Partial<Record<RefusalReason, number>> = {};
  /** Paused: the position is still managed, nothing new is entered. */
  paused = false;
  /** Candles seen. */
  count = 0;

  readonly #feed: Feed;
  readonly #series: CandleSeries | null;
  readonly #decider: Decider;
  readonly #firstDecision: number;
  readonly #levels: DecisionLevels = { stop: Number.NaN, target: Number.NaN };
  readonly #grid: QuantityGrid;
  readonly #feeRate: number;
  readonly #candleMs: number;
  readonly #guard: EntryGuard | null;
  #following: OrderRequest | null = null;
  #idle: IdleReason = IdleReason.HOLD;

  private constructor(config: SessionConfig, feed: Feed, series: CandleSeries | null) {
    const { strategy, options } = config;
    this.options = options;
    this.position = new HeldPosition(options);
    this.balance = options.initialCapital;
    this.#feed = feed;
    this.#series = series;
    this.#firstDecision = strategy.firstDecision;
    this.#grid = new QuantityGrid(options.quantityStep);
    this.#feeRate = options.feePercent / 100;
    this.#candleMs = timeframeMs(config.timeframe);
    this.#guard = series !== null || hasLimits(options) ? new EntryGuard(options, options.initialCapital) : null;
    this.#decider = deciderOf(strategy.definition, {
      candles: feed.candles,
      columns: feed.columns,
      parameters: strategy.parameters,
      shorts: options.marketType === 'FUTURES',
    });
  }

  /** A session over whole columns: `step` is called with each index in turn. */
  static onColumns(config: SessionConfig, candles: Candles, columns: Readonly<Record<string, Float64Array>>): TradingSession {
    const session = new TradingSession(config, { candles, columns }, null);
    session.#decider.prepare(Math.min(config.strategy.firstDecision, candles.openTime.length), candles.openTime.length);
    return session;
  }

  /**
   * A session for a runner, warmed up with past candles that it does not act on. Indicators such as the EMA remember their start, so
   * the more history, the closer to a backtest that began earlier; `strategy.firstDecision` candles are the least.
   */
  static onHistory(config: SessionConfig, history: Candles): TradingSession {
    const series = new CandleSeries(config.strategy.indicators, config.strategy.definition.lookBack);
    const session = new TradingSession(config, series, series);
    for (let index = 0; index < history.openTime.length; index++) series.append(candleAt(history, index));
    session.count = history.openTime.length;
    return session;
  }

  /** Capital with the open position at a price, in quote currency. */
  equity(price: number): number {
    return this.balance + this.position.unrealized(price);
  }

  /** Profit since the UTC day began; 0 in a backtest without limits. */
  get dailyPnl(): number {
    return this.#guard?.dailyPnl ?? 0;
  }

  /** Entries since the UTC day began; 0 in a backtest without limits. */
  get dailyTrades(): number {
    return this.#guard?.dailyTrades ?? 0;
  }

  /** Whether the drawdown limit has stopped all entries. */
  get halted(): boolean {
    return this.#guard?.halted ?? false;
  }

  /** Lets a halted session enter again. */
  releaseHalt(): void {
    this.#guard?.release();
  }

  /** Open time of the newest candle the session was given; undefined before the first and in a backtest. */
  get lastOpenTime(): number | undefined {
    return this.#series?.lastOpenTime;
  }

  /**
   * Quantity that an entry at `price` may have, or 0 with the refusal counted: the budget covers margin and entry fee.
   * Pure apart from the count; a runner asks it with the price it is about to send at.
   */
  entryQuantity(price: number): number {
    const budget = entryBudget(this.options, this.balance);
    if (budget > this.balance) return this.#refuse(RefusalReason.INSUFFICIENT_BALANCE);
    const quantity = this.#grid.floor(budget / (price / this.options.leverage + price * this.#feeRate));
    if (quantity === 0) return this.#refuse(RefusalReason.ZERO_QUANTITY);
    return quantity * price < this.options.minNotional ? this.#refuse(RefusalReason.MIN_NOTIONAL) : quantity;
  }

  #refuse(reason: RefusalReason): 0 {
    this.refusals[reason] = (this.refusals[reason] ?? 0) + 1;
    this.#idle = reason;
    return 0;
  }

  /**
   * The candle at `index` has closed, after everything inside it was told by `fill`.
   * @returns the order wanted now, which is also `pending`, or null
   */
  step(index: number): OrderRequest | null {
    const { position } = this;
    const { candles } = this.#feed;
    if (position.side !== 0) position.candleClosed(candles.high[index], candles.low[index]);
    if (this.#guard !== null) this.#guard.candle(candles.openTime[index] + this.#candleMs, this.equity(candles.close[index]));
    const number = this.count++;
    if (number < this.#firstDecision) {
      this.#idle = IdleReason.WARMING_UP;
      return null;
    }
    if (this.pending !== null) {
      this.#idle = IdleReason.ORDER_PENDING;
      return null;
    }
    if (this.#series !== null) this.#decider.prepare(index, index + 1);
    const decision = this.#decider.decision(index, position);
    this.#idle = IdleReason.HOLD;
    return decision === Decision.HOLD ? null : this.#act(decision, index);
  }

  /**
   * Steps over candles on which nothing happens: nothing is pending, no level is touched, the strategy wants nothing. Exactly what
   * filling and `step` would do there, in one tight loop; it is what makes the backtest fast.
   * @param equity takes the mark at each close; null where nobody asks for it
   * @returns the first index from `from` that needs filling and `step`, or `to`
   */
  calmUntil(from: number, to: number, equity: Float64Array | null): number {
    const { signals } = this.#decider;
    const { position } = this;
    if (signals === null || this.#guard !== null || this.pending !== null || position.trails) return from;
    const mask = this.#decider.mask(position.side);
    let index = from;
    if (position.side === 0) {
      while (index < to && (signals[index] & mask) === 0) index++;
      if (equity !== null) equity.fill(this.balance, from, index);
    } else {
      index = this.#heldUntil(from, to, signals, mask, equity);
      position.candles += index - from;
    }
    this.count += index - from;
    return index;
  }

  #heldUntil(from: number, to: number, signals: Uint8Array, mask: number, equity: Float64Array | null): number {
    const { position, balance } = this;
    const { high, low, close } = this.#feed.candles;
    const { side, quantity, entryPrice, floor, ceiling } = position;
    let { highest, lowest } = position;
    let index = from;
    for (; index < to; index++) {
      const top = high[index];
      const bottom = low[index];
      if (bottom <= floor || top >= ceiling || (signals[index] & mask) !== 0) break;
      if (top > highest) highest = top;
      if (bottom < lowest) lowest = bottom;
      if (equity !== null) equity[index] = balance + quantity * (close[index] - entryPrice) * side;
    }
    position.highest = highest;
    position.lowest = lowest;
    return index;
  }

  #act(decision: Decision, index: number): OrderRequest | null {
    const { side } = this.position;
    const price = this.#feed.candles.close[index];
    const time = this.#feed.candles.openTime[index];
    if (decision === Decision.EXIT) return side === 0 ? null : this.#exitOrder(ExitReason.SIGNAL, price, time);
    const wanted = decision === Decision.ENTER_LONG ? 1 : -1;
    if (side === wanted) return null;
    const refusal = this.#entryRefusal(wanted);
    if (refusal !== null) this.#refuse(refusal);
    const entry = refusal === null ? this.#entryOrder(wanted, price, time, index) : null;
    if (side === 0) {
      this.pending = entry;
      return entry;
    }
    // An entry against the position reverses it: the exit first, the entry at the same moment.
    this.#following = entry;
    return this.#exitOrder(ExitReason.SIGNAL, price, time);
  }

  #entryRefusal(wanted: 1 | -1): RefusalReason | null {
    if (wanted < 0 && this.options.marketType === 'SPOT') return RefusalReason.SHORT_NOT_ALLOWED;
    if (this.paused) return RefusalReason.PAUSED;
    return this.#guard?.refusal() ?? null;
  }

  #entryOrder(side: 1 | -1, price: number, candleTime: number, index: number): OrderRequest {
    this.#decider.levels(index, side, this.#levels);
    const { stop, target } = this.#levels;
    return {
      leg: OrderLeg.ENTRY,
      positionSide: side > 0 ? PositionSide.LONG : PositionSide.SHORT,
      side: side > 0 ? OrderSide.BUY : OrderSide.SELL,
      type: 'MARKET',
      quantity: null,
      referencePrice: price,
      reason: null,
      candleTime,
      stop: Number.isNaN(stop) ? null : stop,
      target: Number.isNaN(target) ? null : target,
    };
  }

  #exitOrder(reason: ExitReason, price: number, candleTime: number): OrderRequest {
    const long = this.position.side > 0;
    this.pending = {
      leg: OrderLeg.EXIT,
      positionSide: long ? PositionSide.LONG : PositionSide.SHORT,
      side: long ? OrderSide.SELL : OrderSide.BUY,
      type: 'MARKET',
      quantity: this.position.quantity,
      referencePrice: price,
      reason,
      candleTime,
      stop: null,
      target: null,
    };
    return this.pending;
  }

  /** The pending order was dropped or will not fill any further. */
  orderEnded(): void {
    this.pending = null;
    this.#following = null;
  }

  /**
   * An order of this session was filled, wholly or in part.
   * @param index number of the candle it happened in; by default the one that is forming
   * @returns the round trip, when this fill completed one
   * @throws RangeError when it is an exit of nothing, or of more than is held
   */
  fill(execution: Execution, index = this.count): SessionTrade | null {
    return execution.leg === OrderLeg.ENTRY ? this.#entered(execution, index) : this.#exited(execution, index);
  }

  #entered(execution: Execution, index: number): null {
    if (this.position.side === 0) this.#guard?.entered();
    const order = this.pending?.leg === OrderLeg.ENTRY ? this.pending : null;
    this.position.enter(order, execution, index);
    this.balance -= execution.fee;
    if (execution.complete) this.pending = null;
    return null;
  }

  #exited(execution: Execution, index: number): SessionTrade | null {
    const { position } = this;
    if (position.side === 0 || execution.quantity > position.quantity * (1 + 1e-12) + this.#grid.step / 2)
      throw new RangeError(`an exit of ${execution.quantity} was filled, but the position holds ${position.quantity}`);
    const reason = execution.reason ?? this.pending?.reason ?? ExitReason.SIGNAL;
    this.balance += execution.quantity * (execution.price - position.entryPrice) * position.side - execution.fee;
    const trade = position.exit(execution, reason, index, this.#grid.step / 2);
    if (trade !== null) {
      this.closed.push(trade);
      this.#guard?.exited(reason);
    }
    if (trade !== null || (execution.complete && this.pending?.leg === OrderLeg.EXIT)) {
      this.pending = trade === null ? null : this.#following;
      this.#following = null;
    }
    return trade;
  }

  /**
   * Tells the session one thing that happened, in the order of happening.
   * @returns what it wants done, in order; at least one effect, NONE with a reason when there is nothing
   * @throws RangeError for a candle that does not follow the newest one, or a fill that contradicts the position
   */
  handle(event: SessionEvent): readonly SessionEffect[] {
    switch (event.type) {
      case 'CANDLE_CLOSED':
        return this.#candleClosed(event.candle, event.stale ?? false);
      case 'EXECUTION':
        return this.#executed(event.execution);
      case 'ORDER_ENDED':
        if (this.pending?.leg === event.leg) this.orderEnded();
        return this.position.side === 0 ? this.#none(IdleReason.HOLD) : [this.#protect()];
      case 'TICK':
        return this.#tick(event.price, event.at);
      case 'CLOSE_POSITION':
        return this.#closeNow(event.reason, event.price);
    }
  }

  #none(reason: IdleReason): readonly SessionEffect[] {
    return nothing.get(reason)!;
  }

  #protect(): SessionEffect {
    return { type: 'PROTECT', protection: this.position.protection() };
  }

  #candleClosed(candle: Candle, stale: boolean): readonly SessionEffect[] {
    if (this.#series === null) throw new RangeError('a session on columns is driven by step');
    const index = this.#series.append(candle);
    const stopBefore = this.position.stop;
    if (stale) {
      if (this.position.side !== 0) this.position.candleClosed(candle.high, candle.low);
      this.count += 1;
      this.#idle = IdleReason.STALE;
    }
    const order = stale ? null : this.step(index);
    const effects: SessionEffect[] = [];
    if (this.position.side !== 0 && this.position.stop !== stopBefore) effects.push(this.#protect());
    if (order !== null) effects.push({ type: 'SUBMIT', order });
    return effects.length > 0 ? effects : this.#none(this.#idle);
  }

  #executed(execution: Execution): readonly SessionEffect[] {
    const trade = this.fill(execution);
    const effects: SessionEffect[] = [];
    if (trade !== null) {
      this.closed.length = 0;
      effects.push({ type: 'CLOSED', trade });
    }
    effects.push(this.#protect());
    if (trade !== null && this.pending !== null) effects.push({ type: 'SUBMIT', order: this.pending });
    return effects;
  }

  #tick(price: number, at: number): readonly SessionEffect[] {
    const { position } = this;
    if (position.side === 0) return this.#none(IdleReason.HOLD);
    if (this.pending !== null) return this.#none(IdleReason.ORDER_PENDING);
    const long = position.side > 0;
    const stopped = long ? price <= position.stop : price >= position.stop;
    const reached = long ? price >= position.target : price <= position.target;
    if (!stopped && !reached) return this.#none(IdleReason.HOLD);
    const stopReason = position.trailing ? ExitReason.TRAILING_STOP : ExitReason.STOP_LOSS;
    return [{ type: 'SUBMIT', order: this.#exitOrder(stopped ? stopReason : ExitReason.TAKE_PROFIT, price, at) }];
  }

  #closeNow(reason: 'MANUAL' | 'RISK_LIMIT', price: number): readonly SessionEffect[] {
    const effects: SessionEffect[] = [];
    this.#following = null;
    if (this.pending?.leg === OrderLeg.EXIT) return this.#none(IdleReason.ORDER_PENDING);
    if (this.pending !== null) effects.push({ type: 'CANCEL', leg: OrderLeg.ENTRY });
    if (this.position.side !== 0 && this.pending === null)
      effects.push({ type: 'SUBMIT', order: this.#exitOrder(reason, price, this.lastOpenTime ?? 0) });
    return effects.length > 0 ? effects : this.#none(IdleReason.HOLD);
  }

  /** What to store so that `restore` can go on from here. */
  state(): SessionState {
    return {
      balance: this.balance,
      position: this.position.state(),
      pending: this.pending,
      following: this.#following,
      guard: this.#guard?.state() ?? null,
      paused: this.paused,
    };
  }

  /**
   * Goes on from a stored state; the history must end where the state was taken, later candles follow as stale ones.
   * @throws ParameterError when the state does not fit, such as a short position on spot
   */
  restore(state: SessionState): void {
    if (state.position?.side === -1 && this.options.marketType === 'SPOT')
      throw new ParameterError('the stored position is short, which SPOT does not allow', ['state', 'position', 'side']);
    this.balance = state.balance;
    this.pending = state.pending;
    this.#following = state.following;
    this.paused = state.paused;
    if (state.position === null) this.position.clear();
    else this.position.restore(state.position, this.count);
    if (state.guard !== null) this.#guard?.restore(state.guard);
  }
}
